//! Working lists that an administrator prepared: of people, of the people at a stage, of events.
//!
//! DHIS2 keeps them in three metadata types with three shapes; here they are one.

use outpost_domain::data::{EnrollmentStatus, EventStatus};
use outpost_domain::uid::{OrganisationUnitUid, ProgramStageUid, ProgramUid, Uid};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::WireError;
use crate::json::{object_from_slice, parse_object, shown};
use crate::limits::SKIPPED_MAX;
use crate::loose::{self, Text};
use crate::metadata::Skipped;
use crate::search::FilterOperator;

const WHAT: &str = "working list";

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkingListKind {
    /// DHIS2 `trackedEntityInstanceFilters`.
    People,
    /// DHIS2 `programStageWorkingLists` (from 2.39).
    Stage,
    /// DHIS2 `eventFilters`.
    Events,
}

impl WorkingListKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::People, Self::Stage, Self::Events];

    /// Name of the collection in the Web API.
    #[must_use]
    pub const fn collection(self) -> &'static str {
        match self {
            Self::People => "trackedEntityInstanceFilters",
            Self::Stage => "programStageWorkingLists",
            Self::Events => "eventFilters",
        }
    }

    /// Target of the `GET` of all of them. A server without the collection answers 404: it has none.
    #[must_use]
    pub fn target(self) -> String {
        let criteria = match self {
            Self::People => "entityQueryCriteria",
            Self::Stage => "programStageQueryCriteria",
            Self::Events => "eventQueryCriteria",
        };
        format!(
            "/api/{}?fields=id,displayName,name,description,sortOrder,program,programStage,\
             enrollmentStatus,followup,{criteria}&paging=false",
            self.collection()
        )
    }
}

/// A span of days: fixed, or counted from the day on which the list is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateSpan {
    /// From and to a day, each inclusive and possibly open.
    Fixed {
        /// First day.
        start: Option<String>,
        /// Last day.
        end: Option<String>,
    },
    /// A relative period such as `LAST_30_DAYS`.
    Period(String),
    /// Days before (negative) and after today.
    Buffer {
        /// First day, counted from today.
        start: i64,
        /// Last day, counted from today.
        end: i64,
    },
}

/// A condition on an attribute or a data element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueFilter {
    /// The attribute or data element.
    pub item: Uid,
    /// Operators with their values; those of [`FilterOperator::In`] are separated by semicolons.
    pub conditions: Vec<(FilterOperator, String)>,
    /// A span in which the value, a date, must lie.
    pub date: Option<DateSpan>,
}

/// What a list holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Criteria {
    /// Status of the enrolment.
    pub enrollment_status: Option<EnrollmentStatus>,
    /// Status of the event.
    pub event_status: Option<EventStatus>,
    /// Stage of the event.
    pub program_stage: Option<ProgramStageUid>,
    /// Only what is marked for follow-up.
    pub follow_up: Option<bool>,
    /// At a place.
    pub organisation_unit: Option<OrganisationUnitUid>,
    /// DHIS2 mode of that place (`SELECTED`, `DESCENDANTS` …).
    pub organisation_unit_mode: Option<String>,
    /// DHIS2 `assignedUserMode` (`CURRENT`, `PROVIDED`, `NONE`, `ANY`).
    pub assigned_user_mode: Option<String>,
    /// Users, if the mode is `PROVIDED`.
    pub assigned_users: Vec<Uid>,
    /// Date of enrolment.
    pub enrolled: Option<DateSpan>,
    /// Date of the incident.
    pub incident: Option<DateSpan>,
    /// Date of the event.
    pub occurred: Option<DateSpan>,
    /// Planned date of the event.
    pub scheduled: Option<DateSpan>,
    /// Date of completion.
    pub completed: Option<DateSpan>,
    /// Day of the last change.
    pub updated: Option<DateSpan>,
    /// Conditions on attributes.
    pub attributes: Vec<ValueFilter>,
    /// Conditions on data elements.
    pub data: Vec<ValueFilter>,
    /// Order as DHIS2 writes it (`createdAt:desc`).
    pub order: Option<String>,
    /// Columns: ids or names of properties.
    pub columns: Vec<String>,
}

/// A working list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingList {
    /// Its id.
    pub id: Uid,
    /// Which of the three.
    pub kind: WorkingListKind,
    /// Display name.
    pub name: String,
    /// Help text.
    pub description: Option<String>,
    /// The program.
    pub program: ProgramUid,
    /// Place among the lists, ascending.
    pub sort_order: i64,
    /// What it holds.
    pub criteria: Criteria,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ListDto {
    #[serde(deserialize_with = "loose::reference")]
    id: Option<Uid>,
    #[serde(deserialize_with = "loose::text")]
    display_name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    name: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    description: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    sort_order: i64,
    #[serde(deserialize_with = "loose::reference")]
    program: Option<ProgramUid>,
    #[serde(deserialize_with = "loose::reference")]
    program_stage: Option<ProgramStageUid>,
    #[serde(deserialize_with = "loose::text")]
    enrollment_status: Option<String>,
    #[serde(
        alias = "entityQueryCriteria",
        alias = "programStageQueryCriteria",
        alias = "eventQueryCriteria",
        deserialize_with = "loose::or_default"
    )]
    criteria: CriteriaDto,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct CriteriaDto {
    #[serde(deserialize_with = "loose::text")]
    enrollment_status: Option<String>,
    #[serde(alias = "status", deserialize_with = "loose::text")]
    event_status: Option<String>,
    #[serde(deserialize_with = "loose::reference")]
    program_stage: Option<ProgramStageUid>,
    #[serde(deserialize_with = "loose::flag")]
    follow_up: bool,
    #[serde(alias = "orgUnit", deserialize_with = "loose::reference")]
    organisation_unit: Option<OrganisationUnitUid>,
    #[serde(deserialize_with = "loose::text")]
    ou_mode: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    assigned_user_mode: Option<String>,
    #[serde(deserialize_with = "loose::references")]
    assigned_users: Vec<Uid>,
    #[serde(alias = "enrolledAt")]
    enrollment_created_date: Option<SpanDto>,
    #[serde(alias = "enrollmentOccurredAt")]
    enrollment_incident_date: Option<SpanDto>,
    #[serde(alias = "eventOccurredAt")]
    event_date: Option<SpanDto>,
    #[serde(alias = "eventScheduledAt")]
    due_date: Option<SpanDto>,
    completed_date: Option<SpanDto>,
    last_updated_date: Option<SpanDto>,
    #[serde(deserialize_with = "loose::list")]
    attribute_value_filters: Vec<FilterDto>,
    #[serde(deserialize_with = "loose::list")]
    data_filters: Vec<FilterDto>,
    #[serde(deserialize_with = "loose::text")]
    order: Option<String>,
    #[serde(deserialize_with = "loose::list")]
    display_column_order: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct SpanDto {
    #[serde(rename = "type", deserialize_with = "loose::text")]
    kind: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    period: Option<String>,
    #[serde(deserialize_with = "loose::integer")]
    start_buffer: i64,
    #[serde(deserialize_with = "loose::integer")]
    end_buffer: i64,
    #[serde(deserialize_with = "loose::text")]
    start_date: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    end_date: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct FilterDto {
    #[serde(alias = "dataItem", deserialize_with = "loose::reference")]
    attribute: Option<Uid>,
    eq: Text,
    like: Text,
    sw: Text,
    ew: Text,
    ge: Text,
    gt: Text,
    le: Text,
    lt: Text,
    #[serde(rename = "in", deserialize_with = "loose::list")]
    one_of: Vec<Text>,
    date_filter: Option<SpanDto>,
}

/// Parses the answer to [`WorkingListKind::target`]: the lists, by their place and name, and those
/// that cannot be read, with the reason. A list without a program is of a whole type and not shown.
///
/// # Errors
/// [`WireError`] if it is no such answer.
pub fn parse_working_lists(
    kind: WorkingListKind,
    bytes: &[u8],
) -> Result<(Vec<WorkingList>, Vec<Skipped>), WireError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Lists<'a> {
        #[serde(
            borrow,
            alias = "trackedEntityInstanceFilters",
            alias = "programStageWorkingLists",
            alias = "eventFilters"
        )]
        lists: Vec<&'a RawValue>,
    }
    let raws = parse_object::<Lists<'_>>(bytes, WHAT)?.lists;
    let (mut lists, mut skipped) = (Vec::new(), Vec::new());
    for raw in raws {
        match object_from_slice(raw.get().as_bytes(), WHAT).and_then(|dto| list_of(kind, dto)) {
            Ok(list) => lists.extend(list),
            Err(error) if skipped.len() < SKIPPED_MAX => {
                skipped.push(Skipped { uid: id_text(raw), reason: error.to_string() });
            }
            Err(_) => {}
        }
    }
    lists.sort_by(|a: &WorkingList, b| (a.sort_order, &a.name).cmp(&(b.sort_order, &b.name)));
    Ok((lists, skipped))
}

fn id_text(raw: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Id {
        #[serde(deserialize_with = "loose::text")]
        id: Option<String>,
    }
    serde_json::from_str::<Id>(raw.get()).ok()?.id.map(|text| shown(&text))
}

fn list_of(kind: WorkingListKind, dto: ListDto) -> Result<Option<WorkingList>, WireError> {
    let id = dto.id.ok_or_else(|| WireError::shape(WHAT, "$", "missing field `id`"))?;
    let Some(program) = dto.program else {
        return Ok(None);
    };
    let criteria = dto.criteria;
    let enrollment_status = status_of(
        criteria.enrollment_status.or(dto.enrollment_status),
        "enrollmentStatus",
        EnrollmentStatus::parse,
    )?;
    let event_status = status_of(criteria.event_status, "eventStatus", EventStatus::parse)?;
    Ok(Some(WorkingList {
        id,
        kind,
        name: dto.display_name.or(dto.name).unwrap_or_default(),
        description: dto.description,
        program,
        sort_order: dto.sort_order,
        criteria: Criteria {
            enrollment_status,
            event_status,
            program_stage: criteria.program_stage.or(dto.program_stage),
            follow_up: criteria.follow_up.then_some(true),
            organisation_unit: criteria.organisation_unit,
            organisation_unit_mode: criteria.ou_mode,
            assigned_user_mode: criteria.assigned_user_mode,
            assigned_users: criteria.assigned_users,
            enrolled: criteria.enrollment_created_date.and_then(span_of),
            incident: criteria.enrollment_incident_date.and_then(span_of),
            occurred: criteria.event_date.and_then(span_of),
            scheduled: criteria.due_date.and_then(span_of),
            completed: criteria.completed_date.and_then(span_of),
            updated: criteria.last_updated_date.and_then(span_of),
            attributes: criteria
                .attribute_value_filters
                .into_iter()
                .filter_map(filter_of)
                .collect(),
            data: criteria.data_filters.into_iter().filter_map(filter_of).collect(),
            order: criteria.order.filter(|order| !order.is_empty()),
            columns: criteria.display_column_order,
        },
    }))
}

fn status_of<T>(
    name: Option<String>,
    path: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, WireError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    parse(&name).map(Some).ok_or_else(|| WireError::shape(WHAT, path, "not a status"))
}

/// Servers write both buffers as 0 beside a period (capture t033b): the period counts.
fn span_of(dto: SpanDto) -> Option<DateSpan> {
    let is_fixed = dto.kind.as_deref() == Some("ABSOLUTE")
        || (dto.kind.is_none() && (dto.start_date.is_some() || dto.end_date.is_some()));
    match (is_fixed, dto.period.filter(|period| !period.is_empty())) {
        (true, _) if dto.start_date.is_none() && dto.end_date.is_none() => None,
        (true, _) => Some(DateSpan::Fixed { start: dto.start_date, end: dto.end_date }),
        (false, Some(period)) => Some(DateSpan::Period(period)),
        (false, None) => Some(DateSpan::Buffer { start: dto.start_buffer, end: dto.end_buffer }),
    }
}

fn filter_of(dto: FilterDto) -> Option<ValueFilter> {
    use FilterOperator::{Eq, Ew, Ge, Gt, In, Le, Like, Lt, Sw};
    let list: Vec<String> = dto.one_of.into_iter().filter_map(|text| text.0).collect();
    let single = [
        (Eq, dto.eq.0),
        (Like, dto.like.0),
        (Sw, dto.sw.0),
        (Ew, dto.ew.0),
        (Ge, dto.ge.0),
        (Gt, dto.gt.0),
        (Le, dto.le.0),
        (Lt, dto.lt.0),
        (In, (!list.is_empty()).then(|| list.join(";"))),
    ];
    let conditions = single.into_iter().filter_map(|(operator, value)| Some((operator, value?)));
    Some(ValueFilter {
        item: dto.attribute?,
        conditions: conditions.collect(),
        date: dto.date_filter.and_then(span_of),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kind: WorkingListKind, list: &str) -> WorkingList {
        let body = format!(r#"{{"{}":[{list}]}}"#, kind.collection());
        let (mut lists, skipped) = parse_working_lists(kind, body.as_bytes()).expect("an answer");
        assert_eq!(skipped, []);
        lists.remove(0)
    }

    #[test]
    fn the_three_shapes_become_one() {
        // Captures t033, t033b, t033c.
        let list = one(
            WorkingListKind::People,
            r#"{"id":"wlTeActive1","displayName":"Active children","program":{"id":"prFiles0001"},
                "sortOrder":0,"enrollmentStatus":"COMPLETED","entityQueryCriteria":{
                "followUp":false,"order":"createdAt:desc","displayColumnOrder":["w75KJ2mc4zz"],
                "enrollmentStatus":"ACTIVE",
                "enrollmentCreatedDate":{"type":"RELATIVE","startBuffer":-30,"endBuffer":0},
                "attributeValueFilters":[{"attribute":"teaLastName","like":"ka"}]}}"#,
        );
        assert_eq!(list.criteria.enrollment_status, Some(EnrollmentStatus::Active));
        assert_eq!(list.criteria.follow_up, None);
        assert_eq!(list.criteria.enrolled, Some(DateSpan::Buffer { start: -30, end: 0 }));
        let likes = [(FilterOperator::Like, "ka".to_owned())];
        assert_eq!(list.criteria.attributes[0].conditions, likes);
        assert_eq!(list.criteria.order.as_deref(), Some("createdAt:desc"));

        let list = one(
            WorkingListKind::Events,
            r#"{"id":"wlEvRecent1","name":"Recent cases","program":"prEventMal1",
                "eventQueryCriteria":{"displayColumnOrder":[],"dataFilters":[
                {"dataItem":"deEvGender1","in":["FEMALE","MALE"]},{"eq":"1"}],
                "status":"COMPLETED","dueDate":{"type":"ABSOLUTE","startDate":"2026-01-01"},
                "eventDate":{"startBuffer":0,"endBuffer":0,"period":"LAST_30_DAYS",
                "type":"RELATIVE"}}}"#,
        );
        assert_eq!(list.criteria.event_status, Some(EventStatus::Completed));
        assert_eq!(list.criteria.occurred, Some(DateSpan::Period("LAST_30_DAYS".to_owned())));
        let from = Some("2026-01-01".to_owned());
        assert_eq!(list.criteria.scheduled, Some(DateSpan::Fixed { start: from, end: None }));
        let one_of = [(FilterOperator::In, "FEMALE;MALE".to_owned())];
        assert_eq!(
            (list.criteria.data.len(), &list.criteria.data[0].conditions[..]),
            (1, &one_of[..])
        );

        let list = one(
            WorkingListKind::Stage,
            r#"{"id":"wlStageTmp1","name":"High temperature","program":{"id":"prFiles0001"},
                "programStage":{"id":"psFiles0001"},"programStageQueryCriteria":{
                "eventStatus":"ACTIVE","orgUnit":"ouClinicA01","ouMode":"SELECTED",
                "assignedUserMode":"CURRENT","assignedUsers":[],
                "dataFilters":[{"dataItem":"deTrTemp001","ge":"38"}]}}"#,
        );
        assert_eq!(list.criteria.program_stage.expect("a stage").as_str(), "psFiles0001");
        assert_eq!(list.criteria.organisation_unit.expect("a unit").as_str(), "ouClinicA01");
        assert_eq!(list.criteria.organisation_unit_mode.as_deref(), Some("SELECTED"));
        assert_eq!(list.criteria.assigned_user_mode.as_deref(), Some("CURRENT"));
    }

    #[test]
    fn a_bad_list_is_named_and_the_others_kept() {
        let body = br#"{"eventFilters":[{"id":"wlEvRecent2","name":"b","program":"prEventMal1"},
            {"id":"wlEvRecent1","name":"a","program":"prEventMal1"},
            {"id":"wlEvBad0001","program":"prEventMal1","eventQueryCriteria":{"status":"LOST"}},
            {"id":"wlNoProgram","name":"of a type"},{"program":"prEventMal1"},9]}"#;
        let (lists, skipped) =
            parse_working_lists(WorkingListKind::Events, body).expect("an answer");
        let names: Vec<_> = lists.iter().map(|list| list.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let named: Vec<_> = skipped.iter().map(|skipped| skipped.uid.as_deref()).collect();
        assert_eq!(named, [Some("wlEvBad0001"), None, None]);
        assert_eq!(skipped[0].reason, "working list: at `eventStatus`: not a status");
        assert!(parse_working_lists(WorkingListKind::Events, b"{}").is_err());
        for kind in WorkingListKind::ALL {
            assert!(kind.target().starts_with(&format!("/api/{}?fields=id,", kind.collection())));
        }
    }
}
