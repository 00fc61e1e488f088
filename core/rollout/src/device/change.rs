//! What happened to a device, as the record that is saved: one event, and the attributes after it.

use std::collections::BTreeMap;

use outpost_domain::data::{Event, EventDataValue};
use outpost_domain::uid::DataElementUid;

use super::agreement::{CopyPlace, Ledger, Signature, Signer};
use super::facts::Device;
use super::state::{DeviceState, StateProblem, Step, check_step};
use crate::package::ids_device::{asked, stage};

/// A change: both parts are saved in one transaction or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The device after it.
    pub device: Device,
    /// The stage of the event.
    pub stage: &'static str,
    /// The answers of the event; empty ones are left out.
    pub values: BTreeMap<&'static str, String>,
}

impl Change {
    /// A step of the life-cycle.
    ///
    /// # Errors
    /// [`StateProblem`] if the step is not legal.
    pub fn step(
        device: &Device,
        stage: &'static str,
        step: &Step,
        values: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self, StateProblem> {
        check_step(device.state, step)?;
        let device = Device { state: step.to, ..device.clone() };
        Ok(Self::of(device, stage, (&step.reason, &step.by, &step.at), values))
    }

    /// Something that leaves the state as it is: a label, an audit, a claim.
    pub fn note(
        device: Device,
        stage: &'static str,
        (reason, by, at): (&str, &str, &str),
        values: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        Self::of(device, stage, (reason, by, at), values)
    }

    fn of(
        device: Device,
        stage: &'static str,
        (reason, by, at): (&str, &str, &str),
        values: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let mut all: BTreeMap<&'static str, String> = values.into_iter().collect();
        all.insert(asked::NEW_STATE, device.state.code().to_owned());
        all.insert(asked::REASON, reason.trim().to_owned());
        all.insert(asked::DONE_BY, by.trim().to_owned());
        all.insert(asked::DONE_AT, at.to_owned());
        all.retain(|_, value| !value.is_empty());
        Self { device, stage, values: all }
    }

    /// The answers as an event has them.
    #[must_use]
    pub fn data_values(&self) -> BTreeMap<DataElementUid, EventDataValue> {
        let value = |(id, value): (&&str, &String)| {
            let answer = EventDataValue { value: value.clone(), provided_elsewhere: false };
            (element(id), answer)
        };
        self.values.iter().map(value).collect()
    }
}

/// The data element of a written-down id.
fn element(id: &str) -> DataElementUid {
    DataElementUid::parse(id).expect("the ids of the package are ids")
}

/// An answer of an event; empty if there is none.
#[must_use]
pub fn answer<'a>(event: &'a Event, id: &str) -> &'a str {
    event.data_values.get(&element(id)).map_or("", |answer| answer.value.as_str())
}

/// Writes an answer into an event; an empty one is taken out.
pub fn set_answer(event: &mut Event, id: &str, value: &str) {
    if value.is_empty() {
        event.data_values.remove(&element(id));
    } else {
        let answer = EventDataValue { value: value.to_owned(), provided_elsewhere: false };
        event.data_values.insert(element(id), answer);
    }
}

/// The questions of a signature: the name and the drawing.
const fn of_signer(signer: Signer) -> (&'static str, &'static str) {
    match signer {
        Signer::HealthWorker => (asked::SIGNED_WORKER, asked::SIGNATURE_WORKER),
        Signer::Supervisor => (asked::SIGNED_SUPERVISOR, asked::SIGNATURE_SUPERVISOR),
        Signer::Council => (asked::SIGNED_COUNCIL, asked::SIGNATURE_COUNCIL),
    }
}

/// The answers of an agreement, with empty ones for what is not there.
#[must_use]
pub fn ledger_values(ledger: &Ledger) -> Vec<(&'static str, String)> {
    let mut values = vec![
        (asked::AGREEMENT_VERSION, ledger.version.clone()),
        (asked::AGREEMENT_LANGUAGE, ledger.language.clone()),
        (asked::AGREEMENT_SHA256, ledger.text_sha256.clone()),
        (asked::DECLINED, if ledger.is_declined { "true" } else { "" }.to_owned()),
        (asked::STAMP_PHOTO, ledger.stamp_photo.clone()),
        (asked::STILL_OPEN, ledger.open_words()),
    ];
    for signer in Signer::ALL {
        let (name, file) = of_signer(signer);
        let signature = ledger.signatures.get(&signer);
        values.push((name, signature.map(|it| it.name.clone()).unwrap_or_default()));
        values.push((file, signature.map(|it| it.file.clone()).unwrap_or_default()));
    }
    let stamped = (1..).zip(ledger.stamped).filter(|(_, stamped)| *stamped);
    let stamped: Vec<String> = stamped.map(|(copy, _): (u8, _)| copy.to_string()).collect();
    values.push((asked::STAMPED, stamped.join(",")));
    for (id, place) in [asked::COPY_1_PLACE, asked::COPY_2_PLACE].into_iter().zip(ledger.places) {
        values.push((id, place.map(CopyPlace::code).unwrap_or_default().to_owned()));
    }
    values
}

/// The agreement of a hand-over event.
#[must_use]
pub fn ledger_of(event: &Event) -> Ledger {
    let text = |id: &str| answer(event, id).to_owned();
    let mut ledger = Ledger {
        version: text(asked::AGREEMENT_VERSION),
        language: text(asked::AGREEMENT_LANGUAGE),
        text_sha256: text(asked::AGREEMENT_SHA256),
        is_declined: answer(event, asked::DECLINED) == "true",
        stamp_photo: text(asked::STAMP_PHOTO),
        places: [asked::COPY_1_PLACE, asked::COPY_2_PLACE]
            .map(|id| CopyPlace::parse(answer(event, id))),
        ..Ledger::default()
    };
    for signer in Signer::ALL {
        let (name, file) = of_signer(signer);
        if !answer(event, name).is_empty() {
            ledger.sign(signer, Signature { name: text(name), file: text(file) });
        }
    }
    for copy in answer(event, asked::STAMPED).split(',').filter_map(|it| it.trim().parse().ok()) {
        ledger.stamp(copy);
    }
    ledger
}

/// The stage in which a step of the life-cycle is written down.
#[must_use]
pub const fn stage_of(to: DeviceState) -> &'static str {
    match to {
        DeviceState::Received => stage::RECEIVE,
        DeviceState::Prepared => stage::PREPARE,
        DeviceState::HandedOver => stage::HAND_OVER,
        DeviceState::InRepair => stage::REPAIR,
        DeviceState::Lost | DeviceState::Stolen => stage::LOSS,
        DeviceState::Returned => stage::RETURN,
        DeviceState::Ordered
        | DeviceState::InUse
        | DeviceState::Recovered
        | DeviceState::Wiped
        | DeviceState::Retired => stage::CHANGE,
    }
}

#[cfg(test)]
mod tests {
    use outpost_domain::uid::{EventUid, OrganisationUnitUid, ProgramStageUid, ProgramUid};

    use super::super::samples::device;
    use super::*;

    fn event(values: Vec<(&'static str, String)>, stage: &str) -> Event {
        let place = OrganisationUnitUid::parse("OuClinicAaa").expect("an id");
        let program = ProgramUid::parse(crate::package::ids_device::PROGRAM).expect("an id");
        let stage = ProgramStageUid::parse(stage).expect("an id");
        let id = EventUid::parse("EvSomething").expect("an id");
        let mut event = Event::new(id, program, stage, place);
        for (id, value) in values {
            set_answer(&mut event, id, &value);
        }
        event
    }

    #[test]
    fn an_agreement_survives_its_event() {
        let mut ledger = Ledger { version: "2026.1".into(), ..Ledger::default() };
        let file = String::new();
        ledger.sign(Signer::HealthWorker, Signature { name: "Mary O.".into(), file });
        ledger.stamp(2);
        ledger.put(1, CopyPlace::OnTheWay);
        assert_eq!(ledger_of(&event(ledger_values(&ledger), stage::HAND_OVER)), ledger);
    }

    #[test]
    fn a_step_changes_the_state_and_tells_who_and_when() {
        let (reason, by, at) = (String::new(), "Supervisor".into(), "2026-11-29T10:00".into());
        let step = Step { to: DeviceState::HandedOver, reason, by, at };
        let change = Change::step(&device(1), stage::HAND_OVER, &step, []).expect("legal");
        assert_eq!(change.device.state, DeviceState::HandedOver);
        assert_eq!(change.values[asked::NEW_STATE], "HANDED_OVER");
        assert!(!change.values.contains_key(asked::REASON));
    }
}
