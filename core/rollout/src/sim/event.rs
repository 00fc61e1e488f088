//! What happened to a SIM card, as the answers of an event and back.

use outpost_domain::data::Event;

use super::card::{Sim, SimState};
use super::pair::Pairing;
use crate::device::answer;
use crate::package::ids_sim::{asked, stage};

/// The answers of a pairing; empty ones say that nothing is known.
#[must_use]
pub fn pairing_answers(pairing: &Pairing) -> Vec<(&'static str, String)> {
    vec![
        (asked::PHONE, pairing.device_number.clone()),
        (asked::FROM, pairing.from.clone()),
        (asked::TO, pairing.to.clone()),
        (asked::PUT_BY, pairing.put_by.clone()),
        (asked::GLUED_ON, pairing.glued_on.clone()),
        (asked::GLUED_BY, pairing.glued_by.clone()),
        (asked::PIN_SEALED, if pairing.pin_sealed { "true" } else { "" }.to_owned()),
    ]
}

/// The pairing of an event; `None` for an event of another stage and one without a phone.
#[must_use]
pub fn pairing_of(sim: &Sim, event: &Event) -> Option<Pairing> {
    let text = |id: &str| answer(event, id).to_owned();
    let device_number = text(asked::PHONE);
    let is_pairing = event.program_stage.as_str() == stage::IN_PHONE && !event.deleted;
    (is_pairing && !device_number.is_empty()).then(|| Pairing {
        event: Some(event.id),
        device_number,
        sim: sim.card.clone(),
        from: text(asked::FROM),
        to: text(asked::TO),
        put_by: text(asked::PUT_BY),
        glued_on: text(asked::GLUED_ON),
        glued_by: text(asked::GLUED_BY),
        pin_sealed: answer(event, asked::PIN_SEALED) == "true",
    })
}

/// The answers of a change of state: who did it is told by name, when as `yyyy-MM-ddTHH:mm`.
#[must_use]
pub fn change_answers(
    to: SimState,
    reason: &str,
    by: &str,
    at: &str,
) -> Vec<(&'static str, String)> {
    vec![
        (asked::NEW_STATE, to.code().to_owned()),
        (asked::REASON, reason.trim().to_owned()),
        (asked::DONE_BY, by.trim().to_owned()),
        (asked::DONE_AT, at.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use outpost_domain::uid::{EventUid, OrganisationUnitUid, ProgramStageUid, ProgramUid};

    use super::super::pair::SimCard;
    use super::*;
    use crate::device::set_answer;
    use crate::package::ids_sim;

    fn event(answers: Vec<(&'static str, String)>, stage: &str) -> Event {
        let place = OrganisationUnitUid::parse("OuClinicAaa").expect("an id");
        let program = ProgramUid::parse(ids_sim::PROGRAM).expect("an id");
        let stage = ProgramStageUid::parse(stage).expect("an id");
        let id = EventUid::parse("EvSomething").expect("an id");
        let mut event = Event::new(id, program, stage, place);
        for (id, value) in answers {
            set_answer(&mut event, id, &value);
        }
        event
    }

    #[test]
    fn a_pairing_survives_its_event_and_no_other_event_is_one() {
        let card = SimCard { iccid: "8925600000000000012".into(), ..SimCard::default() };
        let place = OrganisationUnitUid::parse("OuClinicAaa").expect("an id");
        let sim = Sim::new(card.clone(), place);
        let pairing = Pairing {
            event: Some(EventUid::parse("EvSomething").expect("an id")),
            device_number: "0001".into(),
            sim: card,
            from: "2026-01-01".into(),
            put_by: "Amina K.".into(),
            glued_on: "2026-01-02".into(),
            glued_by: "Mary O.".into(),
            pin_sealed: true,
            ..Pairing::default()
        };
        let answers = pairing_answers(&pairing);
        assert_eq!(pairing_of(&sim, &event(answers.clone(), stage::CHANGE)), None);
        assert_eq!(pairing_of(&sim, &event(Vec::new(), stage::IN_PHONE)), None);
        assert_eq!(pairing_of(&sim, &event(answers, stage::IN_PHONE)), Some(pairing));
    }
}
