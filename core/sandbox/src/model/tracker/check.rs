//! Whether an event may be created, changed or deleted: the checks of DHIS2 2.42 in its order.
//!
//! Each step reports all its faults; a later step only runs if the earlier ones found none.

use serde_json::Value;

use super::access;
use super::batch::Batch;
use super::event::{self, Event, Sent};
use super::report::{Fault, Kind};
use crate::model::aggregate::DEFAULT_COMBO;
use crate::model::aggregate::lock;
use crate::model::meta::access::User;
use crate::model::meta::store::Object;
use crate::model::period::{self, PeriodType};
use crate::model::time::DAY_MS;
use crate::model::value;
use crate::model::world::World;

/// Judges objects of one payload for one user at one time.
pub struct Judge<'a> {
    /// The world.
    pub world: &'a World,
    /// Who sends the objects.
    pub user: &'a User,
    /// Unix ms.
    pub now: i64,
    /// The payload.
    pub batch: &'a Batch<'a>,
}

/// What a judgement says: the store failed, or faults, or what was found out.
pub type Verdict<T> = rusqlite::Result<Result<T, Vec<Fault>>>;

/// Why a judgement ended early.
enum Stop {
    Faults(Vec<Fault>),
    Store(rusqlite::Error),
}

impl From<Vec<Fault>> for Stop {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Faults(faults)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

/// Planned and nothing more: the search scope is enough (DHIS2 `isCreatableInSearchScope`).
fn is_bare_plan(sent: &Sent) -> bool {
    sent.status == "SCHEDULE" && sent.occurred.is_none() && sent.values.is_empty()
}

fn verdict<T>(outcome: Result<T, Stop>) -> Verdict<T> {
    match outcome {
        Ok(found) => Ok(Ok(found)),
        Err(Stop::Faults(faults)) => Ok(Err(faults)),
        Err(Stop::Store(error)) => Err(error),
    }
}

/// The metadata of an event that passed.
pub struct Placed<'a> {
    /// The program.
    pub program: &'a Object,
    /// The stage.
    pub stage: &'a Object,
    /// Attribute option combo.
    pub aoc: String,
    /// Its category options.
    pub options: Vec<String>,
    /// The tracked entity; nothing in an event program.
    pub te: Option<String>,
}

/// How arguments of faults name a metadata object.
pub fn identifier(uid: &str) -> String {
    format!("MetadataIdentifier(idScheme=UID, identifier={uid}, attributeValue=null)")
}

impl<'a> Judge<'a> {
    /// Judges an event to be created or changed.
    ///
    /// # Errors
    /// Only when the store fails; the faults of the first step that found any are the inner error.
    pub fn write(&self, sent: &Sent, stored: Option<&Event>) -> Verdict<Placed<'a>> {
        verdict(self.judge_event(sent, stored))
    }

    fn judge_event(&self, sent: &Sent, stored: Option<&Event>) -> Result<Placed<'a>, Stop> {
        let (program, stage, te) = self.place(sent)?;
        self.rights(sent, stored, program, stage, te.as_deref())?;
        let (aoc, options) = self.combo(sent, program)?;
        self.dates(sent, stored, program, &aoc)?;
        self.geometry(sent, stage)?;
        self.visit(sent, stored, stage, te.is_some())?;
        self.locked(sent, stored, stage)?;
        self.values(sent, stage)?;
        Ok(Placed { program, stage, aoc, options, te })
    }

    /// Judges a deletion.
    ///
    /// # Errors
    /// Only when the store fails; faults are the inner error.
    pub fn delete(&self, stored: &Event) -> Verdict<()> {
        let meta = &self.world.meta;
        let program = meta.get("programs", &stored.program);
        let Some(program) = program else { return Ok(Ok(())) };
        let te = stored.te.as_deref();
        let is_reached = access::in_capture(self.world, self.user, &stored.ou);
        let faults = self.write_rights(&stored.uid, (&stored.ou, is_reached), program, te)?;
        Ok(if faults.is_empty() { Ok(()) } else { Err(faults) })
    }

    /// What a visit may not: come twice, or go back to a plan (captures 138, t011h).
    fn visit(
        &self,
        sent: &Sent,
        stored: Option<&Event>,
        stage: &Object,
        registered: bool,
    ) -> Result<(), Stop> {
        let (true, Some(enrollment)) = (registered, &sent.enrollment) else { return Ok(()) };
        if let Some(stored) = stored {
            let done = matches!(stored.status.as_str(), "ACTIVE" | "COMPLETED");
            let planned = matches!(sent.status.as_str(), "SCHEDULE" | "OVERDUE" | "SKIPPED");
            if done && planned {
                let message = format!(
                    "Event cannot transition from status `{}` to status `{}`.",
                    stored.status, sent.status
                );
                let args = vec![stored.status.clone(), sent.status.clone()];
                return Err(vec![Fault::new(&sent.uid, "E1316", message, args)].into());
            }
        }
        if stage.flag("repeatable") || stored.is_some() {
            return Ok(());
        }
        let known = event::of_enrollment(&self.world.db, enrollment)?;
        let again = known
            .iter()
            .any(|known| !known.deleted && known.stage == stage.id && known.uid != sent.uid);
        if again || self.batch.visits_again(&sent.uid, enrollment, &stage.id) {
            let message = format!(
                "ProgramStage: `{}` is not repeatable and an Event already exists.",
                stage.id
            );
            let args = vec![identifier(&stage.id)];
            return Err(vec![Fault::new(&sent.uid, "E1039", message, args)].into());
        }
        Ok(())
    }

    /// A stage may lock what is completed until it is reopened (from 2.41 on).
    fn locked(
        &self,
        sent: &Sent,
        stored: Option<&Event>,
        stage: &Object,
    ) -> Result<(), Vec<Fault>> {
        let was_completed = stored.is_some_and(|stored| stored.status == "COMPLETED");
        let stays = was_completed && sent.status == "COMPLETED";
        if self.world.version.minor < 41 || !stays || !stage.flag("blockEntryForm") {
            return Ok(());
        }
        let message = format!(
            "Event: `{}` is completed and its ProgramStage blocks the entry form; it has to be \
             reopened first.",
            sent.uid
        );
        Err(vec![Fault::new(&sent.uid, "E1326", message, vec![sent.uid.clone()])])
    }

    fn place(&self, sent: &Sent) -> Result<(&'a Object, &'a Object, Option<String>), Stop> {
        let meta = &self.world.meta;
        let mut faults = Vec::new();
        let missing = |name: &str| {
            let message = format!("Missing required event property: `{name}`.");
            Fault::new(&sent.uid, "E1123", message, vec![name.to_owned()])
        };
        let mut find = |plural: &str, word: &str, code: &'static str, uid: &Option<String>| {
            let Some(uid) = uid else {
                let name = match word {
                    "OrganisationUnit" => "orgUnit",
                    "Program" => "program",
                    _ => "programStage",
                };
                faults.push(missing(name));
                return None;
            };
            let found = meta.get(plural, uid).filter(|object| self.user.can_read(object));
            if found.is_none() {
                let message = format!("Could not find {word}: `{uid}`, linked to Event.");
                faults.push(Fault::new(&sent.uid, code, message, vec![identifier(uid)]));
            }
            found.map(AsRef::as_ref)
        };
        let unit = find("organisationUnits", "OrganisationUnit", "E1011", &sent.ou);
        let stage_uid = sent.stage.clone();
        let program_uid = sent.program.clone().or_else(|| {
            let stage = meta.get("programStages", stage_uid.as_deref()?)?;
            stage.reference("program").map(str::to_owned)
        });
        let stage_uid = stage_uid.or_else(|| self.only_stage(program_uid.as_deref()?));
        let program = find("programs", "Program", "E1010", &program_uid);
        let stage = find("programStages", "ProgramStage", "E1013", &stage_uid);
        let (Some(unit), Some(program), Some(stage)) = (unit, program, stage) else {
            return Err(faults.into());
        };
        let te = self.relations(sent, unit, program, stage)?;
        Ok((program, stage, te))
    }

    /// An event program has one stage, which may be left out.
    fn only_stage(&self, program: &str) -> Option<String> {
        let program = self.world.meta.get("programs", program)?;
        if program.text("programType") != Some("WITHOUT_REGISTRATION") {
            return None;
        }
        let listed = program.references("programStages").first().map(|id| (*id).to_owned());
        let stages = self.world.meta.children("programs", "programStages", &program.id);
        listed.or_else(|| stages.first().map(|stage| stage.id.clone()))
    }

    fn relations(
        &self,
        sent: &Sent,
        unit: &Object,
        program: &Object,
        stage: &Object,
    ) -> Result<Option<String>, Stop> {
        let fault = |code, message: String, args: Vec<String>| {
            Err(Stop::Faults(vec![Fault::new(&sent.uid, code, message, args)]))
        };
        let stages = self.world.meta.children("programs", "programStages", &program.id);
        let belongs = stage.reference("program") == Some(program.id.as_str())
            || program.references("programStages").contains(&stage.id.as_str())
            || stages.iter().any(|known| known.id == stage.id);
        if !belongs {
            let message = format!(
                "Event: `{}` references a ProgramStage `{}` that does not belong to Program: `{}`.",
                sent.uid, stage.id, program.id
            );
            let args = vec![sent.uid.clone(), stage.id.clone(), program.id.clone()];
            return fault("E1089", message, args);
        }
        let te = if program.text("programType") == Some("WITH_REGISTRATION") {
            Some(self.enrolled(sent, program)?)
        } else {
            None
        };
        if !program.references("organisationUnits").contains(&unit.id.as_str()) {
            let message = format!(
                "Event OrganisationUnit: `{}` and Program: `{}`, do not match.",
                unit.id, program.id
            );
            return fault("E1029", message, vec![unit.id.clone(), program.id.clone()]);
        }
        Ok(te)
    }

    /// The tracked entity of the enrolment that an event names (captures 136, 137).
    fn enrolled(&self, sent: &Sent, program: &Object) -> Result<String, Stop> {
        let uid = &sent.uid;
        let Some(enrollment) = &sent.enrollment else {
            let message = format!("Event: `{uid}` Enrollment value is null.");
            return Err(vec![Fault::new(uid, "E1033", message, vec![uid.clone()])].into());
        };
        let mut faults = Vec::new();
        let placement = self.batch.placement(self.world, enrollment)?;
        if placement.as_ref().is_none_or(|placement| placement.program != program.id) {
            let message = format!(
                "Event: `{uid}`, program: `{}` is different from program defined in enrollment \
                 `{enrollment}`.",
                program.id
            );
            let args = vec![uid.clone(), program.id.clone(), enrollment.clone()];
            faults.push(Fault::new(uid, "E1079", message, args));
        }
        if placement.is_none() {
            let message =
                format!("Event `{uid}` of an Enrollment does not reference a TrackedEntity.");
            faults.push(Fault::new(uid, "E1313", message, vec![uid.clone()]));
        }
        match placement {
            Some(placement) if faults.is_empty() => Ok(placement.te),
            _ => Err(faults.into()),
        }
    }

    fn rights(
        &self,
        sent: &Sent,
        stored: Option<&Event>,
        program: &Object,
        stage: &Object,
        te: Option<&str>,
    ) -> Result<(), Stop> {
        let ou = sent.ou.as_deref().unwrap_or("");
        let is_reached = match (te, stored) {
            // A visit that is there already is judged by who owns the person.
            (Some(_), Some(_)) => true,
            (Some(_), None) if is_bare_plan(sent) => access::in_search(self.world, self.user, ou),
            _ => access::in_capture(self.world, self.user, ou),
        };
        let mut faults = self.write_rights(&sent.uid, (ou, is_reached), program, te)?;
        if !self.user.can_write_data(stage) {
            let message = format!(
                "User: `{}` has no data write access to ProgramStage: `{}`.",
                self.user.id, stage.id
            );
            let args = vec![self.user.id.clone(), stage.id.clone()];
            faults.push(Fault::new(&sent.uid, "E1095", message, args));
        }
        if !faults.is_empty() {
            return Err(faults.into());
        }
        let reopens =
            stored.is_some_and(|stored| stored.status == "COMPLETED") && sent.status != "COMPLETED";
        if reopens && !self.user.may("F_UNCOMPLETE_EVENT") {
            let message =
                format!("User: `{}`, is not authorized to modify completed events.", self.user.id);
            let args = vec![self.user.id.clone()];
            return Err(vec![Fault::new(&sent.uid, "E1083", message, args)].into());
        }
        Ok(())
    }

    /// What is missing of the rights on the place and the program; in a program with registration
    /// the owner counts too.
    fn write_rights(
        &self,
        uid: &str,
        (ou, is_reached): (&str, bool),
        program: &Object,
        te: Option<&str>,
    ) -> rusqlite::Result<Vec<Fault>> {
        let user = self.user;
        let mut faults = Vec::new();
        let mut fault = |code, message: String, args: &[&str]| {
            let args = args.iter().map(|arg| (*arg).to_owned()).collect();
            faults.push(Fault::new(uid, code, message, args));
        };
        if !is_reached {
            let message =
                format!("User: `{}` has no write access to OrganisationUnit: `{ou}`.", user.id);
            fault("E1000", message, &[&user.id, ou]);
        }
        let Some(te) = te else {
            if !user.can_write_data(program) {
                let message = format!(
                    "User: `{}` has no data write access to Program: `{}`.",
                    user.id, program.id
                );
                fault("E1091", message, &[&user.id, &program.id]);
            }
            return Ok(faults);
        };
        if !user.can_read_data(program) {
            let message = format!(
                "User: `{}` has no data read access to Program: `{}`.",
                user.id, program.id
            );
            fault("E1096", message, &[&user.id, &program.id]);
        }
        let kind = program.reference("trackedEntityType").unwrap_or("");
        let known = self.world.meta.get("trackedEntityTypes", kind);
        if !known.is_some_and(|known| access::reads(user, known)) {
            let message = format!(
                "User: `{}` has no data read access to Program: `{}`, TrackedEntityType: `{kind}`.",
                user.id, program.id
            );
            fault("E1104", message, &[&user.id, &program.id, kind]);
        }
        let home = self.batch.home(self.world, te)?.map(|home| home.ou).unwrap_or_default();
        if !access::has(self.world, user, te, &home, program, self.now)? {
            let message = format!(
                "User: `{}` does not have access to the TrackedEntity: `{te}` and Program: `{}`.",
                user.id, program.id
            );
            fault("E1102", message, &[&user.id, te, &program.id]);
        }
        Ok(faults)
    }

    fn dates(
        &self,
        sent: &Sent,
        stored: Option<&Event>,
        program: &Object,
        aoc: &str,
    ) -> Result<(), Vec<Fault>> {
        let fault = |code, message: String, args: Vec<String>| {
            Err(vec![Fault::new(&sent.uid, code, message, args)])
        };
        let happened = matches!(sent.status.as_str(), "ACTIVE" | "COMPLETED");
        if sent.occurred.is_none() && happened {
            let message = "Event occurredAt date is missing.".to_owned();
            return fault("E1031", message, vec![sent.uid.clone()]);
        }
        if sent.scheduled.is_none() && sent.status == "SCHEDULE" {
            let message = format!("Event ScheduledAt date is missing: `{}`.", sent.uid);
            return fault("E1050", message, vec![sent.uid.clone()]);
        }
        if !self.user.may("F_EDIT_EXPIRED") {
            self.expiry(sent, stored, program)?;
        }
        if self.world.version.minor >= 42 && sent.completed.is_some() && sent.status != "COMPLETED"
        {
            let message = format!(
                "Event: `{}` has a completedAt date, which status `{}` does not allow.",
                sent.uid, sent.status
            );
            let args = vec![sent.uid.clone(), sent.status.clone()];
            return fault("E1051", message, args);
        }
        if aoc != DEFAULT_COMBO
            && let Some(time) = sent.occurred.or(sent.scheduled)
        {
            let day = self.world.zone.day_number(time);
            let window = lock::combo_window(self.world, aoc, None);
            let extra = program.integer("openDaysAfterCoEndDate");
            if window.begins_after(day) {
                let message = format!("Event date is before start date of CategoryOption `{aoc}`.");
                return fault("E1056", message, vec![aoc.to_owned()]);
            }
            if !window.holds(day - extra, day - extra) && !window.begins_after(day - extra) {
                let message = format!("Event date is after end date of CategoryOption `{aoc}`.");
                return fault("E1057", message, vec![aoc.to_owned()]);
            }
        }
        Ok(())
    }

    fn expiry(
        &self,
        sent: &Sent,
        stored: Option<&Event>,
        program: &Object,
    ) -> Result<(), Vec<Fault>> {
        let after_completion = program.integer("completeEventsExpiryDays");
        let completed = stored.and_then(|stored| stored.completed);
        if let (1.., Some(completed)) = (after_completion, completed)
            && self.now > completed.saturating_add(after_completion.saturating_mul(DAY_MS))
        {
            let message = format!(
                "Event: `{}`, completeness date has expired. Not possible to make changes.",
                sent.uid
            );
            return Err(vec![Fault::new(&sent.uid, "E1043", message, vec![sent.uid.clone()])]);
        }
        let days = program.integer("expiryDays");
        let kind = program.text("expiryPeriodType").and_then(|name| PeriodType::parse(name).ok());
        let (Some(kind), 1.., Some(time)) = (kind, days, sent.occurred.or(sent.scheduled)) else {
            return Ok(());
        };
        let day = self.world.zone.day_number(time);
        let last = kind.containing(period::date_of(day)).map(|p| period::days(&p).1);
        if last.is_some_and(|last| self.world.zone.day_number(self.now) > last + days + 1) {
            let message = format!(
                "Event: `{}`, date belongs to an expired period. It is not possible to create \
                 such event.",
                sent.uid
            );
            return Err(vec![Fault::new(&sent.uid, "E1047", message, vec![sent.uid.clone()])]);
        }
        Ok(())
    }

    fn geometry(&self, sent: &Sent, stage: &Object) -> Result<(), Vec<Fault>> {
        let fault = self.shape(Kind::Event, &sent.uid, sent.geometry.as_ref(), stage);
        fault.map_or(Ok(()), |fault| Err(vec![fault]))
    }

    fn values(&self, sent: &Sent, stage: &Object) -> Result<(), Stop> {
        let uid = &sent.uid;
        let mut faults = Vec::new();
        if !sent.values.is_empty()
            && matches!(sent.status.as_str(), "SCHEDULE" | "OVERDUE" | "SKIPPED")
        {
            let message = format!(
                "Status `{}` does not allow creating data values, allow statuses: [COMPLETED, \
                 VISITED, ACTIVE].",
                sent.status
            );
            let args = vec![sent.status.clone(), "[COMPLETED, VISITED, ACTIVE]".to_owned()];
            faults.push(Fault::new(uid, "E1315", message, args));
            return Err(faults.into());
        }
        let elements = stage.items("programStageDataElements");
        let in_stage = |id: &str| elements.iter().any(|item| item["dataElement"]["id"] == id);
        self.mandatory(sent, stage, &mut faults);
        for (id, text, _) in &sent.values {
            let element = self.world.meta.get("dataElements", id);
            match element.filter(|element| self.user.can_read(element)) {
                Some(element) => faults.extend(self.value(uid, element, text.as_deref())?),
                None => {
                    let message = format!("DataElement `{id}` is not a valid DataElement.");
                    faults.push(Fault::new(uid, "E1304", message, vec![identifier(id)]));
                }
            }
        }
        for (id, _, _) in sent.values.iter().filter(|(id, _, _)| !in_stage(id)) {
            let message = format!("DataElement `{id}` is not part of ProgramStage `{}`.", stage.id);
            let args = vec![identifier(id), stage.id.clone()];
            faults.push(Fault::new(uid, "E1305", message, args));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.into()) }
    }

    fn mandatory(&self, sent: &Sent, stage: &Object, faults: &mut Vec<Fault>) {
        let strategy = stage.text("validationStrategy").unwrap_or("ON_COMPLETE");
        let checked = match sent.status.as_str() {
            "COMPLETED" => true,
            "ACTIVE" => strategy == "ON_UPDATE_AND_INSERT",
            _ => false,
        };
        if !checked {
            return;
        }
        for item in stage.items("programStageDataElements") {
            let compulsory = item.get("compulsory").and_then(Value::as_bool).unwrap_or(false);
            let id = item["dataElement"]["id"].as_str().unwrap_or("");
            let given = sent.values.iter().find(|(element, _, _)| element == id);
            match given {
                _ if !compulsory => {}
                None => {
                    let message = format!("Mandatory DataElement `{id}` is not present.");
                    faults.push(Fault::new(&sent.uid, "E1303", message, vec![identifier(id)]));
                }
                Some((_, None, _)) => {
                    let message = format!("`DataElement` `{id}` is mandatory and cannot be null.");
                    let args = vec!["DataElement".to_owned(), id.to_owned()];
                    faults.push(Fault::new(&sent.uid, "E1076", message, args));
                }
                Some(_) => {}
            }
        }
    }

    fn value(
        &self,
        uid: &str,
        element: &Object,
        text: Option<&str>,
    ) -> rusqlite::Result<Option<Fault>> {
        let Some(text) = text else { return Ok(None) };
        match element.text("valueType") {
            Some("FILE_RESOURCE" | "IMAGE") => return self.file_value(uid, text),
            Some("ORGANISATION_UNIT")
                if self.world.meta.get("organisationUnits", text).is_none() =>
            {
                // The server leaves the second gap of its sentence open (capture t044b).
                let message =
                    format!("Error validating attribute value type: `{text}`; Error: `{{1}}`.");
                return Ok(Some(Fault::new(uid, "E1007", message, vec![text.to_owned()])));
            }
            _ => {}
        }
        if let Some(problem) = value::problem(element, text) {
            let message =
                format!("DataElement `{}` is not valid: `{}`.", element.id, problem.key());
            let args = vec![element.id.clone(), problem.key().to_owned()];
            return Ok(Some(Fault::new(uid, "E1302", message, args)));
        }
        let set = value::foreign_option(&self.world.meta, element, text);
        Ok(set.map(|set| {
            let message =
                format!("Value `{text}` is not a valid option code in OptionSet `{set}`.");
            Fault::new(uid, "E1125", message, vec![text.to_owned(), set.to_owned()])
        }))
    }
}
