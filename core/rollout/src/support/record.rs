//! Requests and steps as records of DHIS2, and back.
//!
//! What was made in DHIS2's own apps is read too: there nobody fills in exact times, so the time at
//! which the server had it counts. A record that makes no sense is no request, or a step that
//! changes nothing; it is never an error, for others wrote it.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use outpost_domain::data::{Enrollment, Event, EventDataValue, EventStatus, TrackedEntity};
use outpost_domain::uid::{
    DataElementUid, EventUid, ProgramStageUid, ProgramUid, TrackedEntityAttributeUid,
    TrackedEntityTypeUid,
};

use super::clock::ClockState;
use super::limits::{TEXT_CHARS_MAX, TITLE_CHARS_MAX, WORD_CHARS_MAX};
use super::request::{Channel, Links, Made, Problem, SupportRequest};
use super::settings::SupportSettings;
use super::standing::Standing;
use super::step::{Step, StepKind};
use crate::package::ids_support::{self as ids, asked, stage};

/// An event with when the server had it, Unix milliseconds, if that is known.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// The event.
    pub event: &'a Event,
    /// When.
    pub server_ms: Option<i64>,
}

/// The program of support requests.
#[must_use]
pub fn program() -> ProgramUid {
    ProgramUid::parse(ids::PROGRAM).expect("the constant is a uid")
}

/// The tracked entity type of support requests.
#[must_use]
pub fn request_type() -> TrackedEntityTypeUid {
    TrackedEntityTypeUid::parse(ids::REQUEST_TYPE).expect("the constant is a uid")
}

fn attribute(id: &str) -> TrackedEntityAttributeUid {
    TrackedEntityAttributeUid::parse(id).expect("the constant is a uid")
}

fn element(id: &str) -> DataElementUid {
    DataElementUid::parse(id).expect("the constant is a uid")
}

/// A moment as it is written into answers.
fn moment(ms: i64) -> Option<String> {
    Timestamp::from_millisecond(ms).ok().map(|it| it.to_string())
}

fn read_moment(text: &str) -> Option<i64> {
    text.trim().parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// The values of a request's attributes.
#[must_use]
pub fn request_values(request: &SupportRequest) -> Vec<(TrackedEntityAttributeUid, String)> {
    let links = &request.links;
    let skew = request.made.skew_ms.map(|ms| (ms / 1_000).to_string());
    let values = [
        (ids::TITLE, Some(cut(&request.title, TITLE_CHARS_MAX))),
        (ids::PROBLEM, Some(request.problem.code().to_owned())),
        (ids::URGENT, request.urgent.then(|| "true".to_owned())),
        (ids::REPORTER, Some(cut(&request.reporter, WORD_CHARS_MAX))),
        (ids::PHONE, request.phone.clone()),
        (ids::CHANNEL, Some(request.channel.code().to_owned())),
        (ids::DEVICE, links.device.clone()),
        (ids::SIM, links.sim.clone()),
        (ids::ERROR, links.error.clone()),
        (ids::FORM, links.form.clone()),
        (ids::BATCH, links.batch.clone()),
        (ids::MADE_AT, moment(request.made.device_ms)),
        (ids::CLOCK_BEHIND, skew),
        (ids::RECEIVED_AT, request.received_ms.and_then(moment)),
        (ids::ENTERED_AT, request.entered_ms.and_then(moment)),
        (ids::MESSAGE_ID, request.message_id.as_deref().map(|it| cut(it, 250))),
    ];
    let given = values.into_iter().filter_map(|(id, value)| Some((attribute(id), value?)));
    given.filter(|(_, value)| !value.trim().is_empty()).collect()
}

fn cut(text: &str, most: usize) -> String {
    text.trim().chars().take(most).collect()
}

/// What every event of a request is stamped with.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Now in the server's zone, as DHIS2 writes it.
    pub now: String,
    /// Today there, `yyyy-MM-dd`.
    pub today: String,
}

fn event_of(
    id: EventUid,
    stage: &str,
    enrollment: &Enrollment,
    stamp: &Stamp,
    answers: Vec<(&str, Option<String>)>,
) -> Event {
    let stage = ProgramStageUid::parse(stage).expect("the constant is a uid");
    let given = answers.into_iter().filter_map(|(id, value)| {
        let value = value.filter(|it| !it.trim().is_empty())?;
        Some((element(id), EventDataValue { value, provided_elsewhere: false }))
    });
    Event {
        status: EventStatus::Completed,
        occurred_at: Some(stamp.today.clone()),
        completed_at: Some(stamp.today.clone()),
        created_at_client: Some(stamp.now.clone()),
        updated_at_client: Some(stamp.now.clone()),
        data_values: given.collect(),
        ..Event::of_enrollment(id, stage, enrollment)
    }
}

/// The event that carries the words of a request.
#[must_use]
pub fn request_event(
    id: EventUid,
    request: &SupportRequest,
    enrollment: &Enrollment,
    stamp: &Stamp,
) -> Event {
    let answers = vec![
        (asked::TEXT, Some(cut(&request.text, TEXT_CHARS_MAX))),
        (asked::DIAGNOSTICS, request.links.diagnostics.clone()),
    ];
    event_of(id, stage::REQUEST, enrollment, stamp, answers)
}

/// The event that is a step; what it says about the clock is for the indicators of DHIS2 and is
/// read from `after`, the standing with the step in it.
#[must_use]
pub fn step_event(
    step: &Step,
    enrollment: &Enrollment,
    stamp: &Stamp,
    after: &Standing,
    settings: &SupportSettings,
) -> Event {
    let mut answers = vec![
        (asked::AT, moment(step.at_ms)),
        (asked::BY, Some(cut(&step.by, WORD_CHARS_MAX))),
        (asked::RECEIVED, step.received_ms.and_then(moment)),
    ];
    let text = || Some(step.kind.text().to_owned());
    let stage = match &step.kind {
        StepKind::Acknowledge => {
            answers.extend(measured(step, after, settings));
            stage::ACKNOWLEDGE
        }
        StepKind::Reply { .. } | StepKind::UserReply { .. } | StepKind::AutoReply { .. } => {
            let speaker = match &step.kind {
                StepKind::Reply { .. } => "TEAM",
                StepKind::UserReply { .. } => "USER",
                _ => "MACHINE",
            };
            answers.extend([(asked::SPEAKER, Some(speaker.to_owned())), (asked::TEXT, text())]);
            stage::REPLY
        }
        StepKind::Note { .. } => {
            answers.push((asked::TEXT, text()));
            stage::NOTE
        }
        StepKind::Escalate { to, by_time, .. } => {
            answers.push((asked::TO_TIER, Some(to.to_string())));
            answers.push((asked::REASON, text()));
            answers.push((asked::BY_TIME, by_time.then(|| "true".to_owned())));
            stage::ESCALATE
        }
        StepKind::Wait { .. } => {
            answers.push((asked::TEXT, text()));
            stage::WAIT
        }
        StepKind::Resume => stage::RESUME,
        StepKind::Resolve { .. } | StepKind::Invalid { .. } => {
            let outcome = match &step.kind {
                StepKind::Resolve { .. } => "RESOLVED",
                _ => "INVALID",
            };
            answers.extend([(asked::OUTCOME, Some(outcome.to_owned())), (asked::TEXT, text())]);
            stage::CLOSE
        }
        StepKind::Reopen { .. } => {
            answers.push((asked::REASON, text()));
            stage::REOPEN
        }
    };
    event_of(step.id, stage, enrollment, stamp, answers)
}

/// How long it took, if the step is the first reaction.
fn measured(
    step: &Step,
    after: &Standing,
    settings: &SupportSettings,
) -> Vec<(&'static str, Option<String>)> {
    let Some(reaction) = after.reaction.as_ref().filter(|it| it.at_ms >= step.at_ms) else {
        return Vec::new();
    };
    let view = after.acknowledging.at(reaction.at_ms, &settings.calendar);
    let in_time = matches!(view.state, ClockState::Stopped { in_time: true, .. });
    let ages = after.ages_at(reaction.at_ms);
    let minutes = |ms: Option<i64>| ms.map(|ms| (ms / 60_000).to_string());
    let tick = |set: bool| set.then(|| "true".to_owned());
    vec![
        (asked::TIER, Some(reaction.tier.to_string())),
        (asked::MINUTES, minutes(ages.since_received_ms)),
        (asked::MINUTES_MADE, minutes(ages.since_made_ms)),
        (asked::IN_TIME, tick(in_time)),
        (asked::LATE, tick(!in_time)),
    ]
}

/// A request from its records; `None` if it is not one of the support program. `offset_minutes` is
/// the zone of the server.
#[must_use]
pub fn read_request(
    entity: &TrackedEntity,
    enrollment: &Enrollment,
    events: &[Recorded<'_>],
    offset_minutes: i32,
) -> Option<SupportRequest> {
    if enrollment.program != program() || entity.deleted || enrollment.deleted {
        return None;
    }
    let value = |id: &str| {
        let id = attribute(id);
        let found = entity.attributes.get(&id).or_else(|| enrollment.attributes.get(&id));
        found.map(|it| it.trim().to_owned()).filter(|it| !it.is_empty())
    };
    let words = events
        .iter()
        .find(|it| it.event.program_stage.as_str() == stage::REQUEST && !it.event.deleted);
    let said = |id: &str| words.and_then(|it| answer(it.event, id));
    let made_ms = value(ids::MADE_AT).as_deref().and_then(read_moment);
    let behind_ms = value(ids::CLOCK_BEHIND).and_then(|it| it.parse::<f64>().ok());
    let made = match made_ms {
        Some(device_ms) => {
            Made { device_ms, skew_ms: behind_ms.map(|seconds| (seconds * 1_000.0) as i64) }
        }
        // On the web: during the day that stands there, and before the server had it.
        None => Made { device_ms: end_of(enrollment, offset_minutes), skew_ms: Some(0) },
    };
    let channel = value(ids::CHANNEL).as_deref().and_then(Channel::parse);
    Some(SupportRequest {
        id: entity.id,
        enrollment: enrollment.id,
        place: enrollment.organisation_unit,
        title: value(ids::TITLE).unwrap_or_default(),
        text: said(asked::TEXT).unwrap_or_default(),
        problem: value(ids::PROBLEM).as_deref().and_then(Problem::parse).unwrap_or(Problem::Other),
        channel: channel.unwrap_or(Channel::Web),
        urgent: value(ids::URGENT).is_some_and(|it| it == "true"),
        made,
        received_ms: value(ids::RECEIVED_AT).as_deref().and_then(read_moment),
        entered_ms: value(ids::ENTERED_AT).as_deref().and_then(read_moment),
        reporter: value(ids::REPORTER).unwrap_or_default(),
        phone: value(ids::PHONE),
        message_id: value(ids::MESSAGE_ID),
        links: Links {
            device: value(ids::DEVICE),
            sim: value(ids::SIM),
            form: value(ids::FORM),
            batch: value(ids::BATCH),
            error: value(ids::ERROR),
            diagnostics: said(asked::DIAGNOSTICS),
        },
    })
}

fn end_of(enrollment: &Enrollment, offset_minutes: i32) -> i64 {
    let text = enrollment.created_at_client.as_deref().or(enrollment.enrolled_at.as_deref());
    text.and_then(|text| latest_ms(text, offset_minutes)).unwrap_or(i64::MAX)
}

fn answer(event: &Event, id: &str) -> Option<String> {
    event.data_values.get(&element(id)).map(|it| it.value.clone())
}

/// The steps among the events of a request, in no particular order.
#[must_use]
pub fn read_steps(events: &[Recorded<'_>], offset_minutes: i32) -> Vec<Step> {
    let of_request = events.iter().filter(|it| !it.event.deleted);
    of_request.filter_map(|it| read_step(*it, offset_minutes)).collect()
}

fn read_step(recorded: Recorded<'_>, offset_minutes: i32) -> Option<Step> {
    let event = recorded.event;
    if !matches!(event.status, EventStatus::Active | EventStatus::Completed) {
        return None;
    }
    let kind = read_kind(event)?;
    let told = answer(event, asked::AT).as_deref().and_then(read_moment);
    let at_ms = told.or_else(|| {
        let text = event.created_at_client.as_deref().or(event.occurred_at.as_deref())?;
        let latest = latest_ms(text, offset_minutes)?;
        // Of a day without a time: not later than the server had it.
        Some(recorded.server_ms.map_or(latest, |server| server.min(latest)))
    })?;
    Some(Step {
        id: event.id,
        at_ms,
        by: answer(event, asked::BY).unwrap_or_default(),
        received_ms: answer(event, asked::RECEIVED).as_deref().and_then(read_moment),
        kind,
    })
}

fn read_kind(event: &Event) -> Option<StepKind> {
    let text = || answer(event, asked::TEXT).unwrap_or_default();
    let reason = || answer(event, asked::REASON).unwrap_or_default();
    Some(match event.program_stage.as_str() {
        stage::ACKNOWLEDGE => StepKind::Acknowledge,
        stage::REPLY => match answer(event, asked::SPEAKER).as_deref() {
            Some("TEAM") => StepKind::Reply { text: text() },
            Some("USER") => StepKind::UserReply { text: text() },
            // Nobody says that a person spoke.
            _ => StepKind::AutoReply { text: text() },
        },
        stage::NOTE => StepKind::Note { text: text() },
        stage::ESCALATE => StepKind::Escalate {
            to: answer(event, asked::TO_TIER)?.parse().ok()?,
            reason: reason(),
            by_time: answer(event, asked::BY_TIME).is_some_and(|it| it == "true"),
        },
        stage::WAIT => StepKind::Wait { text: text() },
        stage::RESUME => StepKind::Resume,
        stage::CLOSE => match answer(event, asked::OUTCOME).as_deref() {
            Some("INVALID") => StepKind::Invalid { reason: text() },
            Some("RESOLVED") => StepKind::Resolve { text: text() },
            _ => return None,
        },
        stage::REOPEN => StepKind::Reopen { reason: reason() },
        _ => return None,
    })
}

/// The latest moment that a text of the server can mean: a time, or the end of a day.
fn latest_ms(text: &str, offset_minutes: i32) -> Option<i64> {
    let offset = Offset::from_seconds(offset_minutes.checked_mul(60)?).ok()?;
    let at = match text.parse::<DateTime>() {
        Ok(at) if text.contains('T') => at,
        _ => text.get(..10)?.parse::<Date>().ok()?.at(23, 59, 59, 0),
    };
    offset.to_timestamp(at).ok().map(Timestamp::as_millisecond)
}
