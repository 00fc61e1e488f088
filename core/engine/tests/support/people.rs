//! People of the demonstration: a child is registered, looked at on the server, and searched for.

use outpost_domain::uid::{
    OrganisationUnitUid, ProgramUid, TrackedEntityAttributeUid, TrackedEntityUid,
};
use outpost_engine::model::{PersonOutcome, SyncOptions, SyncReport};
use outpost_engine::{PeopleOf, Session};
use serde_json::Value;

use super::{CLINIC, Server, last_month, sync};

pub const CHILD: &str = "PrChildHeal";
pub const HOUSE: &str = "PrHousehold";
pub const GROWTH: &str = "PsGrowthVis";
pub const GIVEN: &str = "TaGivenName";
pub const FAMILY: &str = "TaFamilyNam";
pub const SEX: &str = "TaSex000000";
pub const BORN: &str = "TaBirthDate";

pub fn program(id: &str) -> ProgramUid {
    ProgramUid::parse(id).expect("a uid")
}

pub fn attribute(id: &str) -> TrackedEntityAttributeUid {
    TrackedEntityAttributeUid::parse(id).expect("a uid")
}

pub fn clinic() -> OrganisationUnitUid {
    OrganisationUnitUid::parse(CLINIC).expect("a uid")
}

pub fn sex(session: &Session) -> String {
    let layout = session.people_layout(PeopleOf::Program(program(CHILD))).expect("a layout");
    let column = layout.columns.iter().find(|it| it.attribute == attribute(SEX)).expect("sex");
    let set = column.option_set.expect("options");
    session.options(set, None, None).expect("options").items[0].code.clone()
}

/// Registers a child at the clinic.
#[track_caller]
pub fn register(session: &Session, given: &str, family: &str) -> PersonOutcome {
    let of = PeopleOf::Program(program(CHILD));
    let (mut form, _) = session.open_person_form(of, clinic(), None).expect("a form");
    form.set_value(attribute(GIVEN), given).expect("taken");
    form.set_value(attribute(FAMILY), family).expect("taken");
    form.set_value(attribute(SEX), &sex(session)).expect("taken");
    let born = last_month().start().to_string();
    form.set_value(attribute(BORN), &born).expect("taken");
    form.change_enrollment(|it| it.occurred_at = Some(born)).expect("taken");
    let outcome = form.save().expect("an answer");
    assert!(outcome.saved, "{outcome:?}");
    outcome
}

pub fn on_server(server: &Server, person: TrackedEntityUid) -> Value {
    let path =
        format!("/api/tracker/trackedEntities/{person}?program={CHILD}&fields=*,enrollments[*]");
    server.admin("GET", &path, &Value::Null).1
}

pub fn given_name(entity: &Value) -> Option<&str> {
    let values = entity["attributes"].as_array()?;
    values.iter().find(|it| it["attribute"] == GIVEN)?["value"].as_str()
}

/// A place by its id.
pub fn unit(id: &str) -> OrganisationUnitUid {
    OrganisationUnitUid::parse(id).expect("a uid")
}

/// Today on the server, or so many days before.
pub fn days_ago(days: i32) -> String {
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    today.checked_sub(jiff::Span::new().days(days)).expect("a day").to_string()
}

/// Synchronises and expects nothing to be refused.
#[track_caller]
pub fn sync_all(session: &Session) -> SyncReport {
    let report = sync(session, SyncOptions::ALL);
    assert_eq!((report.rejected, report.stopped.clone()), (0, None), "{report:?}");
    report
}
