use super::*;
use crate::data::{Enrollment, EnrollmentStatus, Event, EventStatus, Note};
use crate::samples;
use crate::uid::NoteUid;

#[track_caller]
fn check_note(note: &str, expected: Option<(Mark, &str)>) {
    let found = parse_note(note).map(|found| (found.mark, found.text));
    assert_eq!(found, expected, "{note}");
}

#[test]
fn a_mark_stands_at_the_beginning_and_the_text_follows() {
    check_note(
        "#review:sent-back Which child moved?",
        Some((Mark::SentBack, "Which child moved?")),
    );
    check_note("#review:approved", Some((Mark::Approved, "")));
    check_note("#review:reviewed\nበጣም ጥሩ", Some((Mark::Reviewed, "በጣም ጥሩ")));
    // Typed by hand in a DHIS2 app.
    check_note("  #Review:Corrected  done ", Some((Mark::Corrected, "done")));
    for remark in [
        "",
        "#",
        "#review",
        "#review:",
        "#review: approved",
        "#review:approvedd",
        "#review:approved.",
        "approved",
        "see #review:approved",
        "#revieẁ:approved",
        "ኛ#review:approved",
    ] {
        check_note(remark, None);
    }
    for mark in Mark::ALL {
        check_note(&mark.note(" why \n so "), Some((mark, "why \n so")));
        check_note(&mark.note(""), Some((mark, "")));
    }
}

#[test]
fn a_remark_that_looks_like_a_mark_is_none() {
    for text in ["#review:approved", " #REVIEW:sent-back x", "##review:approved", "plain", ""] {
        assert_eq!(parse_note(&remark(text)), None, "{text}");
    }
    assert_eq!(remark("#review:approved by me"), "# review:approved by me");
    assert_eq!(remark("plain # text"), "plain # text");
}

fn id(number: usize) -> NoteUid {
    NoteUid::parse(&format!("noNote{number:05}")).expect("a uid")
}

/// Notes as (time on the server or "" for unsent, text); ids descend, so that they never decide.
fn notes(texts: &[(&str, &str)]) -> Vec<Note> {
    let note = |(at, (stored_at, value)): (usize, &(&str, &str))| Note {
        stored_by: (!stored_at.is_empty()).then(|| "supervisor".to_owned()),
        stored_at: (!stored_at.is_empty()).then(|| format!("2026-11-22T{stored_at}")),
        ..Note::new(id(900 - at), (*value).to_owned())
    };
    texts.iter().enumerate().map(note).collect()
}

#[track_caller]
fn check_state(texts: &[(&str, &str)], expected: &str) {
    let notes = notes(texts);
    let facts = ReviewFacts {
        notes: &notes,
        follow_up: true,
        is_complete: true,
        updated_at: Some("2026-11-22T08:00:00.000"),
        edited_here: false,
    };
    assert_eq!(facts.review().state.name(), expected, "{texts:?}");
    let reversed: Vec<_> = notes.iter().rev().cloned().collect();
    if notes.iter().filter(|note| note.stored_at.is_none()).count() < 2 {
        let facts = ReviewFacts { notes: &reversed, ..facts };
        assert_eq!(facts.review().state.name(), expected, "reversed {texts:?}");
    }
}

#[test]
fn the_last_mark_by_the_servers_time_decides() {
    check_state(&[], "new");
    check_state(&[("09:00:00.000", "all well")], "new");
    check_state(&[("09:00:00.000", "#review:reviewed")], "reviewed");
    check_state(&[("09:00:00.000", "#review:reviewed"), ("09:30:00.000", "thanks")], "reviewed");
    check_state(
        &[("09:30:00.000", "#review:sent-back why"), ("09:00:00.000", "#review:reviewed")],
        "sentBack",
    );
    check_state(
        &[("09:00:00.000", "#review:sent-back why"), ("09:30:00.000", "#review:corrected")],
        "corrected",
    );
    check_state(&[("09:00:00.000", "#review:approved")], "approved");
    // An own note that waits for the network is the newest.
    check_state(&[("", "#review:corrected"), ("09:30:00.000", "#review:sent-back x")], "corrected");
    check_state(&[("", "#review:corrected"), ("", "#review:sent-back y")], "sentBack");
    // At the same moment the cautious one counts.
    check_state(
        &[("09:00:00.000", "#review:approved"), ("09:00:00.000", "#review:sent-back x")],
        "sentBack",
    );
}

#[test]
fn what_was_sent_back_tells_why_and_who() {
    let notes = notes(&[("09:00:00.000", "#review:sent-back Which child moved?")]);
    let event = Event { notes, follow_up: true, ..event(EventStatus::Completed) };
    let review = ReviewFacts::of_event(&event, None, false).review();
    assert_eq!(
        review.state,
        ReviewState::SentBack {
            reason: "Which child moved?".to_owned(),
            by: Some("supervisor".to_owned()),
            at: Some("2026-11-22T09:00:00.000".to_owned()),
        }
    );
    assert!(review.is_task() && !review.is_for_supervisor());
}

struct Later {
    mark: &'static str,
    follow_up: bool,
    is_complete: bool,
    updated_at: &'static str,
    edited_here: bool,
}

#[track_caller]
fn check_later(later: &Later, state: &str, edited_since: bool) {
    let text = format!("#review:{}", later.mark);
    let notes = notes(&[("09:00:00.000", &text)]);
    let updated_at = format!("2026-11-22T{}", later.updated_at);
    let review = ReviewFacts {
        notes: &notes,
        follow_up: later.follow_up,
        is_complete: later.is_complete,
        updated_at: Some(&updated_at),
        edited_here: later.edited_here,
    }
    .review();
    assert_eq!((review.state.name(), review.edited_since), (state, edited_since), "{text}");
}

#[test]
fn a_later_change_makes_what_was_seen_new_again() {
    let at_once = "09:00:00.700";
    let later = "10:00:00.000";
    let plain = |mark, updated_at| Later {
        mark,
        follow_up: false,
        is_complete: true,
        updated_at,
        edited_here: false,
    };
    check_later(&plain("reviewed", at_once), "reviewed", false);
    check_later(&plain("reviewed", later), "new", true);
    check_later(&plain("approved", at_once), "approved", false);
    check_later(&plain("approved", later), "new", true);
    check_later(&Later { edited_here: true, ..plain("approved", at_once) }, "new", true);
    check_later(&Later { is_complete: false, ..plain("approved", at_once) }, "new", false);
    check_later(&plain("corrected", later), "corrected", true);
    // Changed but not answered yet.
    check_later(&Later { follow_up: true, ..plain("sent-back", later) }, "sentBack", true);
    // The flag is lost in somebody's update.
    check_later(&plain("sent-back", at_once), "sentBack", false);
    // Changed and the flag taken away in a DHIS2 app.
    check_later(&plain("sent-back", later), "corrected", true);
}

fn event(status: EventStatus) -> Event {
    Event {
        status,
        occurred_at: Some("2026-11-22".to_owned()),
        completed_at: (status == EventStatus::Completed).then(|| "2026-11-22".to_owned()),
        ..samples::event("review", "child", "visit")
    }
}

fn note(number: usize, text: &str) -> ReviewNote<'_> {
    ReviewNote { id: id(number), text }
}

#[track_caller]
fn check_event(event: &Event, state: &str, follow_up: bool, status: EventStatus) {
    let review = ReviewFacts::of_event(event, None, false).review();
    let found = (review.state.name(), event.follow_up, event.status);
    assert_eq!(found, (state, follow_up, status));
    assert_eq!(event.completed_at.is_some(), status == EventStatus::Completed);
}

#[test]
fn a_return_and_its_correction_travel_as_notes_and_flag() {
    let event = event(EventStatus::Completed);
    let sent = send_back(&event, note(1, " Which child? "), Reopen::Keep).expect("sent back");
    check_event(&sent, "sentBack", true, EventStatus::Completed);
    assert_eq!(sent.notes[0].value, "#review:sent-back Which child?");
    let again = send_back(&sent, note(1, "Which child?"), Reopen::Reopen).expect("sent back");
    assert_eq!(again.notes.len(), 1, "the same note id is one note");
    check_event(&again, "sentBack", true, EventStatus::Active);
    let corrected = answer_corrected(&sent, note(2, "The second")).expect("answered");
    check_event(&corrected, "corrected", false, EventStatus::Completed);
    let seen = mark_reviewed(&corrected, note(3, "")).expect("seen");
    check_event(&seen, "reviewed", false, EventStatus::Completed);
    let active = self::event(EventStatus::Active);
    let approved = approve(&active, note(4, ""), "2026-11-23").expect("approved");
    check_event(&approved, "approved", false, EventStatus::Completed);
    assert_eq!(approved.completed_at.as_deref(), Some("2026-11-23"));
    let kept = approve(&event, note(4, ""), "2026-11-23").expect("approved");
    assert_eq!(kept.completed_at.as_deref(), Some("2026-11-22"), "it was complete before");
}

#[test]
fn actions_that_make_no_sense_are_refused() {
    let done = event(EventStatus::Completed);
    let refused = |result: Result<Event, ReviewRefusal>| result.expect_err("a refusal");
    assert_eq!(refused(send_back(&done, note(1, " "), Reopen::Keep)), ReviewRefusal::NoReason);
    let long = "a".repeat(1_001);
    assert_eq!(refused(mark_reviewed(&done, note(1, &long))), ReviewRefusal::TooLong);
    assert_eq!(refused(answer_corrected(&done, note(1, ""))), ReviewRefusal::NotSentBack);
    for status in [EventStatus::Schedule, EventStatus::Overdue, EventStatus::Skipped] {
        let planned = event(status);
        let refusal = refused(approve(&planned, note(1, ""), "2026-11-23"));
        assert_eq!(refusal, ReviewRefusal::NotFilledIn);
    }
    let deleted = Event { deleted: true, ..done };
    assert_eq!(refused(mark_reviewed(&deleted, note(1, ""))), ReviewRefusal::Deleted);
}

#[test]
fn an_enrolment_is_approved_while_it_goes_on() {
    let enrollment = Enrollment {
        enrolled_at: Some("2026-11-22".to_owned()),
        follow_up: true,
        ..samples::enrollment("review", "person", "child")
    };
    let approved = approve(&enrollment, note(1, "well done"), "2026-11-23").expect("approved");
    let review = ReviewFacts::of_enrollment(&approved, None, false).review();
    assert_eq!(review.state, ReviewState::Approved);
    assert_eq!((approved.status, approved.follow_up), (EnrollmentStatus::Active, false));
}
