//! A go-live as records of DHIS2: one tracked entity for a site, an event for each thing written down.
//!
//! What was made in DHIS2's own apps is read too. A record that makes no sense is left out, never an
//! error: others wrote it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use outpost_domain::data::{Event, EventDataValue, TrackedEntity};
use outpost_domain::uid::{
    DataElementUid, OrganisationUnitUid, ProgramUid, TrackedEntityAttributeUid,
    TrackedEntityTypeUid, TrackedEntityUid,
};
use serde::Serialize;

use super::calendar::{CalendarEntry, Sort};
use super::compare::{Behind, Compared};
use super::decision::{Decision, Verdict};
use super::limits::TEXT_CHARS_MAX;
use super::plan::{Choice, PlanItem};
use super::readiness::{Check, Progress};
use super::said::read_case;
use crate::package::ids_golive::{self as ids, asked, stage};

/// Days to settle in if nobody said otherwise: two weeks.
const SETTLE_DAYS: i32 = 14;

/// The program of go-lives.
#[must_use]
pub fn program() -> ProgramUid {
    ProgramUid::parse(ids::PROGRAM).expect("the constant is a uid")
}

/// The tracked entity type of go-lives.
#[must_use]
pub fn site_type() -> TrackedEntityTypeUid {
    TrackedEntityTypeUid::parse(ids::SITE_TYPE).expect("the constant is a uid")
}

fn attribute(id: &str) -> TrackedEntityAttributeUid {
    TrackedEntityAttributeUid::parse(id).expect("the constant is a uid")
}

fn element(id: &str) -> DataElementUid {
    DataElementUid::parse(id).expect("the constant is a uid")
}

/// A comparison that was written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Period.
    pub period: String,
    /// What is counted.
    pub what: String,
    /// Total of the register.
    pub before: i64,
    /// Total of the app.
    pub app: i64,
    /// The records behind a difference, a line each.
    pub behind: Vec<String>,
}

/// Everything that is written down about a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoLive {
    /// Its tracked entity.
    pub id: TrackedEntityUid,
    /// Its place.
    pub place: OrganisationUnitUid,
    /// Its name.
    pub site: String,
    /// Day of going live.
    #[serde(serialize_with = "super::day::option")]
    pub live_on: Option<Date>,
    /// Days to settle in after it.
    pub settle_days: i32,
    /// What becomes of each thing; the latest word on each.
    pub plan: Vec<PlanItem>,
    /// The team's calendar.
    pub calendar: Vec<CalendarEntry>,
    /// How far each check has come, as it was seen last.
    pub progress: BTreeMap<Check, Progress>,
    /// The latest comparison of each period and thing.
    pub comparisons: Vec<Kept>,
    /// All decisions in their order.
    pub decisions: Vec<Decision>,
}

impl Kept {
    /// Whether nothing spoke against it: same total, and no case that only one side has.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.before == self.app && self.behind.is_empty()
    }
}

impl GoLive {
    /// Whether it is live: the latest decision has not taken it back.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.last().is_some_and(|it| matches!(it.verdict, Verdict::Go | Verdict::CutOver))
    }

    /// What was decided last.
    #[must_use]
    pub fn last(&self) -> Option<&Decision> {
        self.decisions.last()
    }

    /// The comparisons as they were, for the rule of stopping.
    #[must_use]
    pub fn compared(&self) -> Vec<Compared> {
        let case = |words: &String| {
            let said = read_case(words)?;
            let (words, found) = (words.clone(), String::new());
            Some(Behind { cause: said.cause, key: said.key, found, words })
        };
        let one = |it: &Kept| Compared {
            period: it.period.clone(),
            what: it.what.clone(),
            before: it.before,
            is_stated: true,
            app: it.app,
            behind: it.behind.iter().filter_map(case).collect(),
            left_out: 0,
        };
        self.comparisons.iter().map(one).collect()
    }
}

/// The tracked entity of a site.
#[must_use]
pub fn site_record(
    id: TrackedEntityUid,
    place: OrganisationUnitUid,
    (site, live_on, settle_days): (&str, Option<Date>, Option<i32>),
) -> TrackedEntity {
    let mut attributes = BTreeMap::from([(attribute(ids::SITE), cut(site))]);
    if let Some(day) = live_on {
        attributes.insert(attribute(ids::LIVE_ON), day.to_string());
    }
    if let Some(days) = settle_days {
        attributes.insert(attribute(ids::SETTLE_DAYS), days.to_string());
    }
    TrackedEntity {
        id,
        tracked_entity_type: site_type(),
        organisation_unit: place,
        geometry: None,
        attributes: attributes.into_iter().collect(),
        created_at_client: None,
        updated_at_client: None,
        deleted: false,
    }
}

/// Something to be written down about a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// What becomes of a thing.
    Plan(PlanItem),
    /// A calendar entry.
    Calendar(CalendarEntry),
    /// How far a check has come, and who looked.
    Readiness(Check, Progress),
    /// A total of the parallel run.
    Comparison(Compared),
    /// A decision.
    Decision(Decision),
}

impl Note {
    /// The stage of its event.
    #[must_use]
    pub const fn stage(&self) -> &'static str {
        match self {
            Self::Plan(_) => stage::PLAN,
            Self::Calendar(_) => stage::CALENDAR,
            Self::Readiness(..) => stage::READINESS,
            Self::Comparison(_) => stage::COMPARISON,
            Self::Decision(_) => stage::DECISION,
        }
    }

    /// Day of the event, if it says one.
    #[must_use]
    pub const fn day(&self) -> Option<Date> {
        match self {
            Self::Plan(item) => item.decided_on,
            Self::Decision(decision) => decision.on,
            _ => None,
        }
    }

    /// The answers of its event, `by` whoever writes it down.
    #[must_use]
    pub fn values(&self, by: &str) -> Vec<(DataElementUid, EventDataValue)> {
        let answers: Vec<(&str, String)> = match self {
            Self::Plan(it) => vec![
                (asked::WHAT, it.what.clone()),
                (asked::CHOICE, it.choice.code().to_owned()),
                (asked::UNTIL, it.until.map_or(String::new(), |day| day.to_string())),
                (asked::COMPARES, it.compares.clone()),
                (asked::BY, it.decided_by.clone()),
                (asked::REASON, it.reason.clone()),
            ],
            Self::Calendar(it) => vec![
                (asked::WHAT, it.what.clone()),
                (asked::SORT, it.sort.code().to_owned()),
                (asked::FROM, it.from.to_string()),
                (asked::TO, it.to.to_string()),
                (asked::BY, by.to_owned()),
            ],
            Self::Readiness(check, it) => vec![
                (asked::CHECK, check.code().to_owned()),
                (asked::DONE, it.done.to_string()),
                (asked::OF, it.of.to_string()),
                (asked::MISSING, it.missing.clone()),
                (asked::BY, by.to_owned()),
            ],
            Self::Comparison(it) => {
                let behind: Vec<_> = it.behind.iter().map(|it| it.words.as_str()).collect();
                vec![
                    (asked::PERIOD, it.period.clone()),
                    (asked::WHAT, it.what.clone()),
                    (asked::BEFORE, it.before.to_string()),
                    (asked::APP, it.app.to_string()),
                    (asked::DIFFERENCE, it.difference().to_string()),
                    (asked::BEHIND, lines(&behind)),
                    (asked::BY, by.to_owned()),
                ]
            }
            Self::Decision(it) => vec![
                (asked::VERDICT, it.verdict.code().to_owned()),
                (asked::BY, it.by.clone()),
                (asked::REASON, it.reason.clone()),
            ],
        };
        let given = answers.into_iter().filter(|(_, value)| !value.trim().is_empty());
        let value = |(id, value): (&str, String)| {
            let value = if id == asked::BEHIND { value } else { cut(&value) };
            (element(id), EventDataValue { value, provided_elsewhere: false })
        };
        given.map(value).collect()
    }
}

fn cut(text: &str) -> String {
    text.trim().chars().take(TEXT_CHARS_MAX).collect()
}

/// Whole lines, as many as a long text may hold.
fn lines(lines: &[&str]) -> String {
    const CHARS_MAX: usize = 40_000;
    let mut whole = String::new();
    for line in lines {
        if whole.len() + line.len() > CHARS_MAX {
            whole.push('…');
            break;
        }
        whole.push_str(line);
        whole.push('\n');
    }
    whole.trim_end().to_owned()
}

/// Reads a site of its records; `events` in any order.
#[must_use]
pub fn read(entity: &TrackedEntity, events: &[&Event]) -> GoLive {
    let of =
        |id: &str| entity.attributes.get(&attribute(id)).map(String::as_str).unwrap_or_default();
    let mut live = GoLive {
        id: entity.id,
        place: entity.organisation_unit,
        site: of(ids::SITE).to_owned(),
        live_on: of(ids::LIVE_ON).get(..10).and_then(|day| day.parse().ok()),
        settle_days: of(ids::SETTLE_DAYS).parse().unwrap_or(SETTLE_DAYS),
        plan: Vec::new(),
        calendar: Vec::new(),
        progress: BTreeMap::new(),
        comparisons: Vec::new(),
        decisions: Vec::new(),
    };
    let mut events: Vec<_> = events.iter().filter(|event| !event.deleted).collect();
    // What was written down later counts; the id decides where nobody can tell.
    events.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut plan = Vec::new();
    for event in events {
        take(&mut live, &mut plan, event);
    }
    live.plan = super::plan::current(&plan).into_iter().cloned().collect();
    live
}

fn order(event: &Event) -> (&str, &str, String) {
    let day = event.occurred_at.as_deref().unwrap_or_default();
    let made = event.created_at_client.as_deref().unwrap_or_default();
    (day.get(..10).unwrap_or(day), made, event.id.to_string())
}

fn take(live: &mut GoLive, plan: &mut Vec<PlanItem>, event: &Event) {
    let of = |id: &str| {
        let value = event.data_values.get(&element(id));
        value.map(|it| it.value.trim().to_owned()).unwrap_or_default()
    };
    let day = |id: &str| of(id).get(..10).and_then(|day| day.parse::<Date>().ok());
    let on = event.occurred_at.as_deref().and_then(|it| it.get(..10)?.parse().ok());
    match event.program_stage.to_string().as_str() {
        stage::PLAN => plan.extend(Choice::parse(&of(asked::CHOICE)).map(|choice| PlanItem {
            what: of(asked::WHAT),
            choice,
            until: day(asked::UNTIL),
            compares: of(asked::COMPARES),
            decided_by: of(asked::BY),
            decided_on: on,
            reason: of(asked::REASON),
        })),
        stage::CALENDAR => {
            let days = day(asked::FROM).zip(day(asked::TO)).filter(|(from, to)| from <= to);
            live.calendar.extend(
                Sort::parse(&of(asked::SORT)).zip(days).map(|(sort, (from, to))| CalendarEntry {
                    what: of(asked::WHAT),
                    sort,
                    from,
                    to,
                }),
            );
        }
        stage::READINESS => {
            let numbers = of(asked::DONE).parse().ok().zip(of(asked::OF).parse().ok());
            if let Some((check, (done, of_all))) = Check::parse(&of(asked::CHECK)).zip(numbers) {
                let missing = of(asked::MISSING);
                live.progress.insert(check, Progress { done, of: of_all, missing });
            }
        }
        stage::COMPARISON => {
            let totals = of(asked::BEFORE).parse().ok().zip(of(asked::APP).parse().ok());
            let (period, what) = (of(asked::PERIOD), of(asked::WHAT));
            if let Some((before, app)) = totals {
                let behind = of(asked::BEHIND).lines().map(str::to_owned).collect();
                live.comparisons.retain(|it| (&it.period, &it.what) != (&period, &what));
                live.comparisons.push(Kept { period, what, before, app, behind });
            }
        }
        stage::DECISION => {
            live.decisions.extend(Verdict::parse(&of(asked::VERDICT)).map(|verdict| Decision {
                verdict,
                on,
                by: of(asked::BY),
                reason: of(asked::REASON),
            }));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use outpost_domain::data::{Enrollment, EnrollmentStatus};
    use outpost_domain::uid::{EnrollmentUid, EventUid, ProgramStageUid};

    use super::*;
    use crate::golive::compare::{Case, StopRule, compare, safe_to_stop};

    fn event(number: u32, note: &Note) -> Event {
        let id = EventUid::parse(&format!("Ev{number:09}")).expect("an id");
        let stage = ProgramStageUid::parse(note.stage()).expect("an id");
        let enrollment = Enrollment {
            id: EnrollmentUid::parse("En000000001").expect("an id"),
            tracked_entity: TrackedEntityUid::parse("TeSite00001").expect("an id"),
            program: program(),
            organisation_unit: OrganisationUnitUid::parse("OuClinicAaa").expect("an id"),
            status: EnrollmentStatus::Active,
            enrolled_at: None,
            occurred_at: None,
            completed_at: None,
            follow_up: false,
            geometry: None,
            attribute_option_combo: None,
            attributes: BTreeMap::default(),
            notes: Vec::new(),
            created_at_client: None,
            updated_at_client: None,
            deleted: false,
        };
        Event {
            occurred_at: Some("2026-12-01".to_owned()),
            created_at_client: Some(format!("2026-12-01T10:00:{number:02}")),
            data_values: note.values("nurse").into_iter().collect(),
            ..Event::of_enrollment(id, stage, &enrollment)
        }
    }

    #[test]
    fn totals_that_agreed_by_chance_are_not_safe_when_they_are_read_again() {
        let case = |key: &str, found: &str| Case {
            period: "2026W36".into(),
            what: "ANC".into(),
            key: key.into(),
            count: 1,
            found: found.into(),
        };
        let compared = compare(&[case("A1", "line 2")], &[case("B1", "record EvAbcdefg01")]);
        let note = event(1, &Note::Comparison(compared[0].clone()));
        let entity = site_record(
            TrackedEntityUid::parse("TeSite00001").expect("an id"),
            OrganisationUnitUid::parse("OuClinicAaa").expect("an id"),
            ("Clinic A", None, None),
        );
        let live = read(&entity, &[&note]);
        let rule = StopRule { periods: 1, difference_max: 0 };
        assert!(!live.comparisons[0].agrees(), "{live:?}");
        assert!(!safe_to_stop(&live.compared(), rule).is_safe, "{live:?}");
    }

    #[test]
    fn what_is_written_down_is_read_again_and_the_latest_word_counts() {
        let plan = |choice| {
            Note::Plan(PlanItem {
                what: "Register".into(),
                choice,
                until: Some(date(2027, 1, 31)),
                compares: "Supervisor".into(),
                decided_by: "Chief".into(),
                decided_on: Some(date(2026, 12, 1)),
                reason: "Figures".into(),
            })
        };
        let progress = |done| {
            Note::Readiness(Check::Training, Progress { done, of: 12, missing: "Amina".into() })
        };
        let compared = Compared {
            period: "2026W36".into(),
            what: "ANC".into(),
            before: 44,
            is_stated: true,
            app: 41,
            behind: Vec::new(),
            left_out: 0,
        };
        let holiday = CalendarEntry {
            what: "Feast".into(),
            sort: Sort::Holiday,
            from: date(2026, 12, 25),
            to: date(2026, 12, 26),
        };
        let go = Decision {
            verdict: Verdict::Go,
            on: Some(date(2026, 12, 1)),
            by: "Chief".into(),
            reason: "Ready".into(),
        };
        let notes = [
            plan(Choice::Parallel),
            progress(3),
            Note::Calendar(holiday.clone()),
            Note::Comparison(compared),
            plan(Choice::Replace),
            progress(11),
            Note::Decision(go.clone()),
        ];
        let events: Vec<_> = notes.iter().zip(1..).map(|(note, n)| event(n, note)).collect();
        let entity = site_record(
            TrackedEntityUid::parse("TeSite00001").expect("an id"),
            OrganisationUnitUid::parse("OuClinicAaa").expect("an id"),
            ("Kacyiru", Some(date(2026, 12, 14)), None),
        );
        let mut mixed: Vec<_> = events.iter().collect();
        mixed.reverse();
        let live = read(&entity, &mixed);
        assert_eq!((live.site.as_str(), live.live_on), ("Kacyiru", Some(date(2026, 12, 14))));
        assert_eq!((live.plan.len(), live.plan[0].choice), (1, Choice::Replace));
        assert_eq!(live.calendar, [holiday]);
        assert_eq!(live.progress[&Check::Training].done, 11);
        assert_eq!((live.comparisons[0].before, live.comparisons[0].app), (44, 41));
        assert_eq!(live.decisions, [go]);
    }
}
