//! Handing over and taking over without network: what is known again, what is merged, what is kept
//! aside, what a receipt does.

use outpost_domain::metadata::MetadataKind;

use super::metadata::{object, unit};
use super::*;
use crate::{
    Exchange, FileName, Incoming, OwedState, PartnerStage, Resolution, RowState, StoreError,
    TakenIn,
};

const PHONE: &str = "PHONE";
const TABLET: &str = "TABLET";

/// A tablet with the forms of the suites.
fn tablet() -> World {
    let world = World::new();
    world.begin("scope");
    world.stage(MetadataKind::OrganisationUnit, vec![unit(0, None, "A"), unit(1, None, "B")]);
    world.stage(MetadataKind::DataElement, vec![object('e', 0, "Cases"), object('f', 0, "Deaths")]);
    world.stage(MetadataKind::DataSet, vec![object('d', 0, "Report")]);
    world.stage(MetadataKind::Program, vec![object('p', 0, "Visits")]);
    world.stage(MetadataKind::ProgramStage, vec![object('t', 0, "Visit")]);
    world.swap();
    world
}

fn incoming(payload: Payload, revision: i64, file: u64) -> Incoming {
    Incoming {
        partner: PHONE.into(),
        file: FileName { number: file, hash: format!("hash{file}") },
        device: PHONE.into(),
        row: 7,
        revision,
        captured_by: "asha".into(),
        captured_ms: 1,
        provenance: "{}".into(),
        payload,
        base: None,
    }
}

fn visit(answer: &str) -> Payload {
    Payload::Event { event: event(1, answer) }
}

impl World {
    fn exchange<T>(&self, work: impl FnOnce(&mut Exchange<'_>) -> Result<T, StoreError>) -> T {
        self.store.exchange("grace", 9, work).expect("done")
    }

    fn take(&self, incoming: &Incoming) -> TakenIn {
        self.exchange(|exchange| exchange.take_in(&incoming.clone().prepare()?))
    }

    /// What the phone is told of its records, e.g. `7.1 taken`.
    fn owed(&self) -> String {
        let lines = self.exchange(|exchange| {
            let mut lines = Vec::new();
            exchange.owed(PHONE, |line| {
                lines.push(line);
                Ok::<(), StoreError>(())
            })?;
            Ok(lines)
        });
        let words = lines.iter().map(|line| {
            let state = match &line.state {
                OwedState::Taken => "taken".to_owned(),
                OwedState::OnServer => "on server".to_owned(),
                OwedState::Refused { reason, .. } => format!("refused: {reason}"),
                OwedState::Waits { .. } => "waits".to_owned(),
            };
            format!("{}.{} {state}", line.row, line.revision)
        });
        words.collect::<Vec<_>>().join(", ")
    }

    fn answer(&self) -> Option<String> {
        let filter = crate::EventFilter::of(ProgramUid(uid('p', 0)));
        let rows = self.store.events_page(&filter, None, 5).expect("events");
        let event = rows.into_iter().next()?.event;
        event.data_values.values().next().map(|answer| answer.value.clone())
    }

    fn send_all(&self, outcome: Outcome) {
        for kind in PayloadKind::UPLOAD_ORDER {
            for row in self.claim_kind(kind, 100, 20) {
                self.settle(&row, outcome.clone());
            }
        }
    }

    /// Hands everything over to the tablet in a file of this number; the rows.
    fn hand_over(&self, file: u64, again: bool) -> Vec<i64> {
        self.exchange(|exchange| {
            let mut rows = Vec::new();
            for kind in Exchange::carried_kinds() {
                let (page, _) = exchange.to_hand_over(kind, TABLET, again, "")?;
                for record in page {
                    exchange.handed_over(record.id, TABLET, file)?;
                    rows.push(record.id.0);
                }
            }
            Ok(rows)
        })
    }

    fn first(&self) -> crate::OutboxEntry {
        let page = self.store.outbox_page(&OutboxFilter::default(), None, 1).expect("a page");
        page.into_iter().next().expect("a row")
    }
}

#[test]
fn a_record_of_somebody_else_waits_here_and_the_same_once_more_changes_nothing() {
    let world = tablet();
    let first = incoming(visit("a"), 1, 1);
    assert_eq!(world.take(&first), TakenIn::New);
    assert_eq!(world.owed(), "7.1 taken");
    let before = world.first();
    assert_eq!(before.edited_by, "asha");
    // Another file, and after a restore even another number of the row: it is the same record.
    for (row, file) in [(7, 1), (7, 2), (3, 3)] {
        let again = Incoming { row, ..incoming(visit("a"), 1, file) };
        assert_eq!(world.take(&again), TakenIn::Known);
    }
    assert_eq!(world.first(), before);
    assert_eq!(world.owed(), "3.1 taken");
    let carried = world.store.carried_for(before.id).expect("read");
    assert_eq!((carried.len(), carried[0].captured_by.as_str()), (1, "asha"));
}

#[test]
fn nothing_of_a_file_is_written_if_it_breaks_off() {
    let world = tablet();
    let cut: Result<(), StoreError> = world.store.exchange("grace", 9, |exchange| {
        exchange.take_in(&incoming(visit("a"), 1, 1).prepare()?)?;
        exchange.keep_stream(crate::Direction::In, PHONE, "data", "ledger")?;
        Err(StoreError::Interrupted)
    });
    assert_eq!(cut, Err(StoreError::Interrupted));
    assert_eq!((world.states(), world.owed(), world.answer()), Default::default());
    let stream = world.exchange(|it| it.stream(crate::Direction::In, PHONE, "data"));
    assert_eq!(stream, None);
}

#[test]
fn a_newer_version_takes_the_place_of_the_older_whichever_comes_first() {
    for order in [[1, 2], [2, 1]] {
        let world = tablet();
        for revision in order {
            let answer = if revision == 1 { "a" } else { "b" };
            let _ = world.take(&incoming(visit(answer), revision, revision.unsigned_abs()));
        }
        assert_eq!((world.answer().as_deref(), world.states().as_str()), (Some("b"), "pending"));
    }
}

#[test]
fn what_the_person_here_changed_meets_what_comes() {
    let world = tablet();
    let _ = world.take(&incoming(visit("a"), 1, 1));
    // A supervisor marks the visit; then the phone sends another answer.
    let mut marked = event(1, "a");
    marked.follow_up = true;
    let _ = world.store.save_event(&marked, "grace", 10).expect("saved");
    assert_eq!(world.take(&incoming(visit("b"), 2, 2)), TakenIn::Changed);
    let Payload::Event { event } = world.first().payload else { panic!("an event") };
    assert!(event.follow_up, "the mark stays");
    assert_eq!(world.answer().as_deref(), Some("b"));
}

#[test]
fn a_record_that_cannot_be_merged_is_kept_aside_and_own_work_stays() {
    let world = tablet();
    let _ = world.store.save_event(&event(1, "mine"), "grace", 1).expect("saved");
    let taken = world.take(&incoming(visit("theirs"), 1, 1));
    assert!(matches!(taken, TakenIn::Differs { .. }), "{taken:?}");
    assert_eq!((world.answer().as_deref(), world.owed().as_str()), (Some("mine"), "7.1 waits"));
    assert_eq!(world.store.aside_page(0, 10).map(|rows| rows.len()), Ok(1));
    // Once the own version is on the server it is a change that the server had not when it was made.
    world.send_all(Outcome::Synced);
    assert_eq!(world.exchange(|it| it.retry_aside()), 1);
    assert_eq!((world.states().as_str(), world.owed().as_str()), ("conflict", "7.1 waits"));
    let choice = Resolution::Choice(outpost_domain::merge::Choice::Theirs);
    let id = world.first().id;
    world.store.resolve_conflict(id, &choice, "asked", "grace", 12).expect("decided");
    assert_eq!((world.answer().as_deref(), world.states().as_str()), (Some("mine"), ""));
}

#[test]
fn a_record_whose_forms_are_unknown_is_kept_aside_until_they_come() {
    let world = World::new();
    let taken = world.take(&incoming(visit("a"), 1, 1));
    assert!(matches!(taken, TakenIn::Unknown(_)), "{taken:?}");
    let aside = world.store.aside_page(0, 10).expect("read");
    assert!(aside[0].reason.contains("program p0000000000"), "{}", aside[0].reason);
    assert_eq!((world.owed().as_str(), world.states().as_str()), ("7.1 waits", ""));
    world.begin("scope");
    world.stage(MetadataKind::OrganisationUnit, vec![unit(1, None, "B")]);
    world.stage(MetadataKind::DataElement, vec![object('e', 0, "Cases")]);
    world.stage(MetadataKind::Program, vec![object('p', 0, "Visits")]);
    world.stage(MetadataKind::ProgramStage, vec![object('t', 0, "Visit")]);
    world.swap();
    assert_eq!(world.exchange(|it| it.retry_aside()), 1);
    assert_eq!((world.owed().as_str(), world.states().as_str()), ("7.1 taken", "pending"));
}

#[test]
fn whoever_captured_a_record_is_told_what_the_server_said() {
    let world = tablet();
    let _ = world.take(&incoming(visit("a"), 1, 1));
    world.send_all(refused());
    assert_eq!(world.owed(), "7.1 refused: Value must match value type");
    // It goes back to who captured it: here it is not edited, and given up only with a reason.
    let edited = world.store.save_event(&event(1, "x"), "grace", 10);
    assert!(matches!(edited, Err(StoreError::Refused { .. })));
    // Corrected there, it is sent again.
    assert_eq!(world.take(&incoming(visit("b"), 2, 2)), TakenIn::Changed);
    world.send_all(Outcome::Synced);
    assert_eq!((world.states().as_str(), world.owed().as_str()), ("", "7.2 on server"));
    // A phone that was restored sends the first version once more: nothing comes of it.
    assert_eq!(world.take(&incoming(visit("a"), 1, 3)), TakenIn::Known);
    assert_eq!((world.states().as_str(), world.answer().as_deref()), ("", Some("b")));
}

#[test]
fn what_is_given_up_here_goes_back_with_the_reason() {
    let world = tablet();
    let _ = world.take(&incoming(visit("a"), 1, 1));
    world.send_all(refused());
    let id = world.first().id;
    assert!(world.store.discard(id, " ", "grace", 10).is_err(), "it takes a reason");
    world.store.discard(id, "entered twice", "grace", 10).expect("given up");
    assert_eq!(world.states(), "");
    assert_eq!(world.owed(), "7.1 refused: Given up by grace, who carried it: entered twice");
    assert_eq!(world.take(&incoming(visit("a"), 1, 2)), TakenIn::GivenUp);
}

#[test]
fn a_record_that_the_server_is_known_to_hold_is_told_so() {
    let world = tablet();
    let _ = world.store.save_event(&event(1, "a"), "grace", 1).expect("saved");
    world.send_all(Outcome::Synced);
    assert_eq!(world.take(&incoming(visit("a"), 1, 1)), TakenIn::OnServer);
    assert_eq!((world.states().as_str(), world.owed().as_str()), ("", "7.1 on server"));
}

#[test]
fn handing_over_leaves_the_row_and_a_receipt_settles_the_revision_it_names() {
    let world = tablet();
    let _ = world.store.save_event(&event(1, "a"), "asha", 1).expect("saved");
    let id = world.first().id;
    assert_eq!(world.hand_over(1, false), [id.0]);
    assert_eq!(world.states(), "pending");
    assert!(world.first().may_have_arrived, "from now on somebody else may bring it");
    assert!(world.hand_over(2, false).is_empty(), "the tablet has it");
    assert_eq!(world.hand_over(2, true), [id.0], "unless nothing was heard of it");

    let row = world.exchange(|it| it.handed_row(None, id.0, 1, TABLET)).expect("handed over");
    assert_eq!((row.revision, row.file, row.is_taken), (1, 2, false));
    world.exchange(|it| it.brought(id, TABLET, PartnerStage::Taken));
    assert_eq!(world.states(), "pending", "somebody holds it; it is not on the server");
    assert!(world.hand_over(3, false).is_empty(), "whoever holds it answers for it");

    let _ = world.store.save_event(&event(1, "b"), "asha", 2).expect("saved");
    assert_eq!(world.hand_over(3, false), [id.0], "another version goes again");
    world.exchange(|it| it.brought(id, TABLET, PartnerStage::OnServer));
    assert_eq!((world.states().as_str(), world.answer().as_deref()), ("", Some("b")));
    assert_eq!(world.exchange(|it| it.handed_row(None, id.0, 2, TABLET)), None);
}

#[test]
fn what_the_partner_lost_is_not_shown_as_held_any_more() {
    let world = tablet();
    let _ = world.store.save_event(&event(1, "a"), "asha", 1).expect("saved");
    let id = world.first().id;
    world.hand_over(1, false);
    let is_held = || world.store.handed_to(id).expect("read")[0].is_taken;
    world.exchange(|it| it.brought(id, TABLET, PartnerStage::Taken));
    world.exchange(|it| it.lost_from(TABLET, 2));
    assert!(is_held(), "file 1 is still there");
    world.exchange(|it| it.lost_from(TABLET, 1));
    assert!(!is_held());
    assert_eq!(world.hand_over(2, true), [id.0]);
}

#[test]
fn a_refusal_by_receipt_parks_the_row_until_it_is_corrected_or_sent_again() {
    let world = tablet();
    let _ = world.store.save_event(&event(1, "a"), "asha", 1).expect("saved");
    let id = world.first().id;
    world.hand_over(1, false);
    let Outcome::Rejected(rejection) = refused() else { panic!("a refusal") };
    assert!(world.exchange(|it| it.park(id, TABLET, rejection.clone())));
    let row = world.first();
    assert_eq!(row.state, RowState::Rejected);
    assert_eq!(row.rejection, Some(rejection.clone()));
    assert!(!world.exchange(|it| it.park(id, TABLET, rejection)), "it is parked");
    world.store.retry(id, "asha", 3).expect("again");
    assert_eq!(world.hand_over(2, false), [id.0]);
}

#[test]
fn a_late_answer_of_the_server_does_not_let_a_version_go_that_it_never_saw() {
    let world = tablet();
    let _ = world.store.save_event(&event(1, "a"), "asha", 1).expect("saved");
    let sent = world.claim_kind(PayloadKind::Event, 10, 5);
    world.settle(&sent[0], put_off(0, true));
    let _ = world.store.save_event(&event(1, "b"), "asha", 2).expect("saved");
    world.hand_over(1, false);
    world.settle(&sent[0], Outcome::Synced);
    assert_eq!(world.states(), "pending");
    assert_eq!(world.answer().as_deref(), Some("b"));
}

#[test]
fn a_carried_row_is_handed_on_with_its_provenance_and_not_back() {
    let world = tablet();
    let _ = world.take(&incoming(visit("a"), 1, 1));
    let page = |partner: &str| {
        let kind = PayloadKind::Event;
        world.exchange(|it| it.to_hand_over(kind, partner, false, "")).0
    };
    assert!(page(PHONE).is_empty(), "it came from there");
    let on = page("LAPTOP");
    assert_eq!(on[0].provenance.as_deref(), Some("{}"));
    assert_eq!(on[0].device.as_deref(), Some(PHONE));
    world.exchange(|it| it.handed_over(on[0].id, "LAPTOP", 1));
    let row = world.exchange(|it| it.handed_row(Some(PHONE), 7, 1, "LAPTOP")).expect("known");
    assert_eq!(row.revision, 1);
    world.exchange(|it| it.brought(row.id, "LAPTOP", PartnerStage::OnServer));
    assert_eq!((world.states().as_str(), world.owed().as_str()), ("", "7.1 on server"));
}

#[test]
fn the_next_version_of_a_record_that_went_to_the_server_from_here_is_no_conflict() {
    let world = tablet();
    let _ = world.take(&incoming(visit("a"), 1, 1));
    // The server writes days in another way; what it holds is still what was sent.
    let mut held = event(1, "a");
    held.occurred_at = held.occurred_at.map(|day| format!("{day}T00:00:00.000"));
    let row = world.claim_kind(PayloadKind::Event, 1, 5).remove(0);
    let base = Payload::Event { event: held };
    world.settle(&row, Outcome::Merged { payload: row.payload.clone(), base });
    world.send_all(Outcome::Synced);
    assert_eq!(world.owed(), "7.1 on server");
    assert_eq!(world.take(&incoming(visit("b"), 2, 2)), TakenIn::New);
    assert_eq!((world.states().as_str(), world.answer().as_deref()), ("pending", Some("b")));
}

#[test]
fn a_record_whose_forms_are_unknown_is_handed_on_once_and_settled_by_a_receipt() {
    const CENTRE: &str = "CENTRE";
    let world = World::new();
    world.take(&incoming(visit("a"), 1, 1));
    let onward = |partner: &str, again: bool| {
        let (page, next) = world.exchange(|it| it.aside_to_hand_over(partner, again, 0));
        assert_eq!(next, None);
        page
    };
    assert_eq!(onward(PHONE, true), [], "nobody gets back what came from them");
    let page = onward(CENTRE, false);
    assert_eq!((page.len(), page[0].edited_by.as_str()), (1, "asha"));
    assert_eq!(page[0].provenance.as_deref(), Some("{}"));
    world.exchange(|it| it.handed_over(page[0].id, CENTRE, 4));
    assert_eq!((onward(CENTRE, false).len(), onward(CENTRE, true).len()), (0, 1));

    // The centre answers for it; then it waits there; then the server has it.
    let named = |world: &World| world.exchange(|it| it.handed_row(Some(PHONE), 7, 1, CENTRE));
    let handed = named(&world).expect("handed on");
    assert_eq!((handed.file, handed.revision, handed.is_taken), (4, 1, false));
    world.exchange(|it| it.brought(handed.id, CENTRE, PartnerStage::Taken));
    assert!(named(&world).expect("handed on").is_taken);
    assert_eq!(world.owed(), "7.1 waits");
    let refused = outpost_sync::ports::Rejection {
        code: None,
        field: None,
        reason: "no such place".into(),
        report: String::new(),
    };
    assert!(!world.exchange(|it| it.park(handed.id, CENTRE, refused)));
    assert_eq!(world.store.aside_page(0, 9).expect("read")[0].reason, "no such place");
    world.exchange(|it| it.brought(handed.id, CENTRE, PartnerStage::OnServer));
    assert_eq!(world.owed(), "7.1 on server");
    assert_eq!(world.store.aside_page(0, 9).expect("read"), []);
    assert_eq!(named(&world), None);
}

#[test]
fn what_was_settled_long_ago_is_forgotten_and_what_waits_is_not() {
    let world = tablet();
    let long_ago = |payload, row, file| Incoming {
        row,
        captured_ms: -400 * 24 * 3_600_000,
        ..incoming(payload, 1, file)
    };
    let visit_of = |number| Payload::Event { event: event(number, "a") };
    world.take(&long_ago(visit_of(1), 7, 1));
    world.take(&long_ago(visit_of(2), 8, 2));
    world.send_all(Outcome::Synced);
    world.take(&long_ago(visit_of(3), 9, 3));
    let all = "9.1 taken, 8.1 on server, 7.1 on server";
    assert_eq!(world.owed(), all);
    let forget = |kept| world.exchange(|it| it.forget_settled_beyond(PHONE, kept));
    assert_eq!((forget(2), world.owed().as_str()), (0, all));
    assert_eq!((forget(1), world.owed().as_str()), (1, "9.1 taken, 8.1 on server"));
    // It comes again all the same: the server is known to hold it.
    assert_eq!(world.take(&long_ago(visit_of(1), 7, 4)), TakenIn::OnServer);
    // What was captured lately stays.
    world.take(&incoming(visit_of(4), 1, 5));
    world.send_all(Outcome::Synced);
    assert_eq!(forget(0), 3);
    assert!(world.owed().ends_with("7.1 on server"), "{}", world.owed());
}

#[test]
fn a_deletion_of_what_never_came_here_is_carried_on() {
    let world = tablet();
    let gone = Payload::Event { event: Event { deleted: true, ..event(1, "a") } };
    assert_eq!(world.take(&incoming(gone, 2, 1)), TakenIn::New);
    assert_eq!(world.owed(), "7.2 taken", "another carrier may bring the event itself later");
}

#[test]
fn a_deletion_that_waits_here_is_work_like_any_other_when_somebody_brings_a_value() {
    let world = tablet();
    world.sync('e', value("13"));
    assert_eq!(world.save('e', emptied()).changed(), 1);
    // The phone never had the 13: its value has no base.
    let taken = world.take(&incoming(payload('e', value("21")), 1, 1));
    assert!(matches!(taken, TakenIn::Differs { .. }), "{taken:?}");
    assert_eq!(world.value('e').filter(|value| !value.deleted), None);
    assert_eq!(world.store.aside_page(0, 10).map(|rows| rows.len()), Ok(1));
}

#[test]
fn a_deletion_travels_with_the_version_that_went_out_before_it() {
    let world = tablet();
    let _saved = world.store.save_event(&event(1, "a"), "grace", 1).expect("saved");
    world.hand_over(1, false);
    let _saved = world.store.delete_event(event(1, "a").id, "grace", 2).expect("deleted");
    let (page, _) =
        world.exchange(|exchange| exchange.to_hand_over(PayloadKind::Event, TABLET, false, ""));
    let [gone] = page.as_slice() else { panic!("{page:?}") };
    assert!(matches!(&gone.payload, Payload::Event { event } if event.deleted));
    assert_eq!(gone.base, Some(visit("a")), "or it would look like no change");
}

#[test]
fn a_deletion_that_the_server_has_nothing_of_waits_until_whoever_carries_the_record_knows() {
    for knows in [PartnerStage::Taken, PartnerStage::OnServer] {
        let world = tablet();
        let _saved = world.store.save_event(&event(1, "a"), "grace", 1).expect("saved");
        let id = world.first().id;
        world.hand_over(1, false);
        let _saved = world.store.delete_event(event(1, "a").id, "grace", 2).expect("deleted");
        world.send_all(Outcome::Synced);
        assert_eq!(world.states(), "pending");
        let reason = world.first().put_off_reason.expect("in words");
        assert!(reason.contains("hand over to them again"), "{reason}");
        // It goes to them at once, and they may lose it: only their answer counts.
        assert_eq!(world.hand_over(2, false), [id.0]);
        let later = 20 * 60 * 1_000;
        for row in world.claim_kind(PayloadKind::Event, 9, later) {
            world.settle(&row, Outcome::Synced);
        }
        assert_eq!(world.states(), "pending");
        world.exchange(|it| it.brought(id, TABLET, knows));
        for row in world.claim_kind(PayloadKind::Event, 9, 2 * later) {
            world.settle(&row, Outcome::Synced);
        }
        assert_eq!((world.states().as_str(), world.answer()), ("", None));
    }
}

#[test]
fn a_deletion_that_one_carrier_brought_waits_for_the_other_who_has_the_record() {
    let world = tablet();
    let _saved = world.store.save_event(&event(1, "a"), "grace", 1).expect("saved");
    let id = world.first().id;
    world.hand_over(1, false);
    let _saved = world.store.delete_event(event(1, "a").id, "grace", 2).expect("deleted");
    world.exchange(|it| it.handed_over(id, "LAPTOP", 1));
    world.exchange(|it| it.brought(id, "LAPTOP", PartnerStage::OnServer));
    assert_eq!(world.states(), "pending", "the tablet would bring it again");
    // The tablet is reported lost: nobody waits for it any more.
    world.exchange(|it| it.forget_partner(TABLET));
    world.exchange(|it| it.brought(id, "LAPTOP", PartnerStage::OnServer));
    assert_eq!(world.states(), "");
}

#[test]
fn the_next_row_of_a_device_follows_the_one_that_waits_here() {
    let world = tablet();
    let with_both = |answer: &str| {
        let mut both = event(1, answer);
        let second = EventDataValue { value: "2".into(), provided_elsewhere: false };
        both.data_values.insert(DataElementUid(uid('f', 0)), second);
        Payload::Event { event: both }
    };
    world.take(&incoming(visit("a"), 1, 1));
    // The phone sent its row itself meanwhile, and edited on.
    let next = Incoming { row: 9, base: Some(with_both("a")), ..incoming(with_both("b"), 1, 2) };
    assert_eq!(world.take(&next), TakenIn::Changed);
    assert_eq!(world.first().payload, with_both("b"), "nothing of it was cleared here");
}

#[test]
fn what_a_restored_phone_says_anew_under_an_old_number_is_kept_and_what_it_said_before_is_no_news()
{
    let world = tablet();
    assert_eq!(world.take(&incoming(visit("a"), 1, 1)), TakenIn::New);
    assert_eq!(world.take(&incoming(visit("b"), 2, 2)), TakenIn::Changed);
    // It comes back with the first version, and an edit that was made of that.
    assert_eq!(world.take(&incoming(visit("a"), 1, 3)), TakenIn::Known);
    let branch = world.take(&incoming(visit("c"), 1, 4));
    assert!(matches!(branch, TakenIn::Differs { .. }), "{branch:?}");
    let same_number = world.take(&incoming(visit("d"), 2, 5));
    assert!(matches!(same_number, TakenIn::Differs { .. }), "{same_number:?}");
    assert_eq!(world.answer().as_deref(), Some("b"));
    assert_eq!(world.store.aside_page(0, 10).map(|rows| rows.len()), Ok(2));
    // A file from before that comes late holds nothing new, whatever it says.
    assert_eq!(world.take(&incoming(visit("x"), 1, 2)), TakenIn::Known);
}

#[test]
fn what_a_restored_phone_said_anew_stays_though_what_it_said_in_its_first_life_comes_later() {
    const CARRIER: &str = "CARRIER";
    let cases =
        [("b", 2, PHONE, 5), ("b", 2, CARRIER, 1), ("y", 3, PHONE, 3), ("y", 3, CARRIER, 1)];
    for (answer, revision, partner, file) in cases {
        let world = tablet();
        let _ = world.take(&incoming(visit("a"), 1, 1));
        let _ = world.take(&incoming(visit("b"), 2, 2));
        let branch = world.take(&incoming(visit("c"), 1, 4));
        assert!(matches!(branch, TakenIn::Differs { .. }), "{branch:?}");
        let late = incoming(visit(answer), revision, file);
        let _ = world.take(&Incoming { partner: partner.into(), ..late });
        assert_eq!(world.exchange(|it| it.retry_aside()), 0);
        let aside = world.store.aside_page(0, 10).expect("read");
        let kept: Vec<&Payload> = aside.iter().map(|row| &row.incoming.payload).collect();
        assert_eq!(kept, [&visit("c")], "{answer} by {partner}");
    }
}

#[test]
fn what_a_restored_phone_says_of_a_refused_record_is_its_correction() {
    let world = tablet();
    let _ = world.take(&incoming(visit("a"), 1, 1));
    let _ = world.take(&incoming(visit("b"), 2, 2));
    world.send_all(refused());
    assert_eq!(world.take(&incoming(visit("c"), 2, 3)), TakenIn::Changed);
    assert_eq!((world.states().as_str(), world.answer().as_deref()), ("pending", Some("c")));
}

#[test]
fn a_version_that_says_what_the_server_holds_in_a_conflict_is_on_the_server() {
    let world = tablet();
    let _ = world.store.save_event(&event(1, "mine"), "grace", 1).expect("saved");
    let _ = world.take(&incoming(visit("theirs"), 1, 1));
    world.send_all(Outcome::Synced);
    assert_eq!(world.exchange(|it| it.retry_aside()), 1);
    assert_eq!(world.states(), "conflict");
    assert_eq!(world.take(&incoming(visit("mine"), 2, 2)), TakenIn::OnServer);
    assert_eq!((world.states().as_str(), world.owed().as_str()), ("", "7.2 on server"));
}
