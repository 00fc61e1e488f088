//! Whether a tracked entity, an enrolment or a relationship may be created, changed or deleted: the
//! checks of DHIS2 2.42 in its order.
//!
//! Each step reports all its faults; a later step only runs if the earlier ones found none.

use serde_json::Value;

use super::access;
use super::attributes::{Sender, linked};
use super::batch::Home;
use super::check::{Judge, Verdict, identifier};
use super::enrollment::{self, Enrollment};
use super::entity::{self, Entity};
use super::event;
use super::payload::{SentAttribute, SentEnrollment, SentEntity};
use super::report::{Fault, Kind};
use crate::model::meta::store::Object;

impl Judge<'_> {
    /// Judges a tracked entity to be created or changed.
    ///
    /// # Errors
    /// Only when the store fails; faults are the inner error.
    pub fn entity(&self, sent: &SentEntity, stored: Option<&Entity>) -> Verdict<()> {
        let fault = |code, message: String, args: Vec<String>| {
            Fault::of(Kind::TrackedEntity, &sent.uid, code, message, args)
        };
        let mut faults = Vec::new();
        for (name, value) in [("trackedEntityType", &sent.kind), ("orgUnit", &sent.ou)] {
            if value.is_none() {
                let message = format!("Missing required trackedEntity property: `{name}`.");
                faults.push(fault("E1121", message, vec![name.to_owned()]));
            }
        }
        let (Some(kind), Some(ou)) = (&sent.kind, &sent.ou) else { return Ok(Err(faults)) };
        let meta = &self.world.meta;
        let found = meta.get("trackedEntityTypes", kind).filter(|kind| self.user.can_read(kind));
        if found.is_none() {
            let message = format!("Could not find TrackedEntityType: `{kind}`.");
            faults.push(fault("E1005", message, vec![identifier(kind)]));
        }
        if meta.get("organisationUnits", ou).is_none() {
            let message =
                format!("Could not find OrganisationUnit: `{ou}`, linked to Tracked Entity.");
            faults.push(fault("E1049", message, vec![identifier(ou)]));
        }
        let Some(found) = found.filter(|_| faults.is_empty()) else { return Ok(Err(faults)) };
        if stored.is_some_and(|stored| stored.kind != *kind) {
            let message = "Not allowed to update trackedEntity property: trackedEntityType.";
            let args = vec!["trackedEntityType".to_owned()];
            return Ok(Err(vec![fault("E1126", message.to_owned(), args)]));
        }
        let place = stored.map_or(ou.as_str(), |stored| stored.ou.as_str());
        if let Err(fault) = self.entity_rights(&sent.uid, place, found, stored.is_none()) {
            return Ok(Err(vec![fault]));
        }
        let sender = Sender { kind: Kind::TrackedEntity, uid: &sent.uid, te: &sent.uid, ou };
        self.mandatory_of_type(&sender, &sent.attributes, found, stored.is_some(), &mut faults)?;
        self.attributes(&sender, &sent.attributes, &mut faults)?;
        faults.extend(self.shape(Kind::TrackedEntity, &sent.uid, sent.geometry.as_ref(), found));
        Ok(if faults.is_empty() { Ok(()) } else { Err(faults) })
    }

    fn entity_rights(&self, uid: &str, ou: &str, kind: &Object, is_new: bool) -> Result<(), Fault> {
        let user = &self.user.id;
        let fault = |code, message: String, about: &str| {
            let args = vec![user.clone(), about.to_owned()];
            Err(Fault::of(Kind::TrackedEntity, uid, code, message, args))
        };
        if is_new && !access::in_capture(self.world, self.user, ou) {
            let message =
                format!("User: `{user}` has no write access to OrganisationUnit: `{ou}`.");
            return fault("E1000", message, ou);
        }
        if !is_new && !access::in_search(self.world, self.user, ou) {
            let message = format!(
                "OrganisationUnit: `{ou}` of TrackedEntity is outside search scope of User: \
                 `{user}`."
            );
            return fault("E1003", message, ou);
        }
        if !self.user.can_write_data(kind) {
            let message = format!(
                "User: `{user}` has no data write access to TrackedEntityType: `{}`.",
                kind.id
            );
            return fault("E1001", message, &kind.id);
        }
        Ok(())
    }

    fn mandatory_of_type(
        &self,
        sender: &Sender<'_>,
        sent: &[SentAttribute],
        kind: &Object,
        is_stored: bool,
        faults: &mut Vec<Fault>,
    ) -> rusqlite::Result<()> {
        let stored = if is_stored { entity::values(&self.world.db, sender.te)? } else { vec![] };
        for id in linked(kind.items("trackedEntityTypeAttributes"), true) {
            match sent.iter().find(|(attribute, _)| attribute == id) {
                Some((_, None)) => faults.push(null(sender, id)),
                Some(_) => {}
                None if stored.iter().any(|value| value.attribute == id) => {}
                None => {
                    let message = format!(
                        "Attribute: `{id}` is mandatory in TrackedEntityType `{}` but not declared \
                         in TrackedEntity `{}`.",
                        kind.id, sender.te
                    );
                    let args = vec![identifier(id), kind.id.clone(), sender.te.to_owned()];
                    faults.push(sender.fault("E1090", message, args));
                }
            }
        }
        Ok(())
    }

    /// Judges the deletion of a tracked entity (captures 194, t008e, t008g).
    ///
    /// # Errors
    /// Only when the store fails; faults are the inner error.
    pub fn delete_entity(&self, stored: &Entity) -> Verdict<()> {
        let kind = self.world.meta.get("trackedEntityTypes", &stored.kind);
        let enrolled = !enrollment::of_entity(&self.world.db, &stored.uid)?.is_empty();
        let user = &self.user.id;
        let uid = &stored.uid;
        let fault = |code, message: String, about: &str| {
            let args = vec![user.clone(), about.to_owned()];
            Ok(Err(vec![Fault::of(Kind::TrackedEntity, uid, code, message, args)]))
        };
        if !access::in_capture(self.world, self.user, &stored.ou) {
            let ou = &stored.ou;
            let message =
                format!("User: `{user}` has no write access to OrganisationUnit: `{ou}`.");
            return fault("E1000", message, ou);
        }
        if enrolled && !self.user.may("F_TEI_CASCADE_DELETE") {
            let message = format!(
                "User: `{user}` lacks F_TEI_CASCADE_DELETE authority to delete TrackedEntity: \
                 `{uid}`."
            );
            return fault("E1100", message, uid);
        }
        if let Some(kind) = kind.filter(|kind| !self.user.can_write_data(kind)) {
            let message = format!(
                "User: `{user}` has no data write access to TrackedEntityType: `{}`.",
                kind.id
            );
            return fault("E1001", message, &kind.id);
        }
        Ok(Ok(()))
    }

    /// Judges an enrolment to be created or changed.
    ///
    /// # Errors
    /// Only when the store fails; faults are the inner error.
    pub fn enrollment(&self, sent: &SentEnrollment, stored: Option<&Enrollment>) -> Verdict<()> {
        let (te, home, program, ou) = match self.enrollment_place(sent)? {
            Ok(place) => place,
            Err(faults) => return Ok(Err(faults)),
        };
        let one = |code, message: String, args: Vec<String>| {
            Ok(Err(vec![Fault::of(Kind::Enrollment, &sent.uid, code, message, args)]))
        };
        if let Some(stored) = stored {
            let changed =
                [("program", stored.program != program.id), ("trackedEntity", stored.te != te)];
            if let Some((name, _)) = changed.into_iter().find(|(_, changed)| *changed) {
                let message = format!("Not allowed to update enrollment property: {name}.");
                return one("E1127", message, vec![name.to_owned()]);
            }
        }
        if program.text("programType") != Some("WITH_REGISTRATION") {
            let message = format!(
                "Provided Program: `{}`, is a Program without registration. An Enrollment cannot \
                 be created into Program without registration.",
                program.id
            );
            return one("E1014", message, vec![program.id.clone()]);
        }
        if !program.references("organisationUnits").contains(&ou) {
            let message = format!(
                "Enrollment OrganisationUnit: `{ou}` and Program: `{}`, do not match.",
                program.id
            );
            return one("E1041", message, vec![ou.to_owned(), program.id.clone()]);
        }
        if program.reference("trackedEntityType") != Some(home.kind.as_str()) {
            let message = format!(
                "TrackedEntity: `{te}` must have same TrackedEntityType as Program `{}`.",
                program.id
            );
            return one("E1022", message, vec![te.to_owned(), program.id.clone()]);
        }
        let place = stored.is_none().then_some(ou);
        if let Err(fault) = self.enrollment_rights(&sent.uid, te, &home, program, place)? {
            return Ok(Err(vec![fault]));
        }
        let mut faults = self.already_enrolled(sent, te, program)?;
        faults.extend(self.enrollment_dates(sent, program));
        faults.extend(self.shape(Kind::Enrollment, &sent.uid, sent.geometry.as_ref(), program));
        let sender = Sender { kind: Kind::Enrollment, uid: &sent.uid, te, ou: &home.ou };
        self.program_attributes(&sender, &sent.attributes, program, &mut faults)?;
        Ok(if faults.is_empty() { Ok(()) } else { Err(faults) })
    }

    fn enrollment_place<'s>(
        &'s self,
        sent: &'s SentEnrollment,
    ) -> Verdict<(&'s str, Home, &'s Object, &'s str)> {
        let fault = |code, message: String, about: String| {
            Fault::of(Kind::Enrollment, &sent.uid, code, message, vec![about])
        };
        let mut faults = Vec::new();
        for (name, value) in
            [("orgUnit", &sent.ou), ("program", &sent.program), ("trackedEntity", &sent.te)]
        {
            if value.is_none() {
                let message = format!("Missing required enrollment property: `{name}`.");
                faults.push(fault("E1122", message, name.to_owned()));
            }
        }
        let (Some(te), Some(program), Some(ou)) = (&sent.te, &sent.program, &sent.ou) else {
            return Ok(Err(faults));
        };
        let meta = &self.world.meta;
        let home = self.batch.home(self.world, te)?;
        if home.is_none() {
            let message = format!("Could not find TrackedEntity: `{te}`, linked to Enrollment.");
            faults.push(fault("E1068", message, te.clone()));
        }
        let found = meta.get("programs", program).filter(|program| self.user.can_read(program));
        if found.is_none() {
            let message = format!("Could not find Program: `{program}` linked to Enrollment.");
            faults.push(fault("E1069", message, identifier(program)));
        }
        if meta.get("organisationUnits", ou).is_none() {
            let message = format!("Could not find OrganisationUnit: `{ou}`, linked to Enrollment.");
            faults.push(fault("E1070", message, identifier(ou)));
        }
        match (home, found) {
            (Some(home), Some(program)) if faults.is_empty() => {
                Ok(Ok((te, home, program.as_ref(), ou)))
            }
            _ => Ok(Err(faults)),
        }
    }

    /// Rights of an enrolment; `ou` only when it is created or deleted (capture t025).
    fn enrollment_rights(
        &self,
        uid: &str,
        te: &str,
        home: &Home,
        program: &Object,
        ou: Option<&str>,
    ) -> rusqlite::Result<Result<(), Fault>> {
        let user = &self.user.id;
        let fault = |code, message: String, args: &[&str]| {
            let args = std::iter::once(user.as_str()).chain(args.iter().copied());
            let args = args.map(str::to_owned).collect();
            Ok(Err(Fault::of(Kind::Enrollment, uid, code, message, args)))
        };
        if let Some(ou) = ou.filter(|ou| !access::in_capture(self.world, self.user, ou)) {
            let message =
                format!("User: `{user}` has no write access to OrganisationUnit: `{ou}`.");
            return fault("E1000", message, &[ou]);
        }
        if !self.user.can_write_data(program) {
            let message =
                format!("User: `{user}` has no data write access to Program: `{}`.", program.id);
            return fault("E1091", message, &[&program.id]);
        }
        let kind = self.world.meta.get("trackedEntityTypes", &home.kind);
        if !kind.is_some_and(|kind| access::reads(self.user, kind)) {
            let message = format!(
                "User: `{user}` has no data read access to Program: `{}`, TrackedEntityType: `{}`.",
                program.id, home.kind
            );
            return fault("E1104", message, &[&program.id, &home.kind]);
        }
        if !access::has(self.world, self.user, te, &home.ou, program, self.now)? {
            let message = format!(
                "User: `{user}` does not have access to the TrackedEntity: `{te}` and Program: \
                 `{}`.",
                program.id
            );
            return fault("E1102", message, &[te, &program.id]);
        }
        Ok(Ok(()))
    }

    /// One active enrolment at a time, and one for ever where the program says so (capture 144).
    fn already_enrolled(
        &self,
        sent: &SentEnrollment,
        te: &str,
        program: &Object,
    ) -> rusqlite::Result<Vec<Fault>> {
        if sent.status == "CANCELLED" {
            return Ok(Vec::new());
        }
        let stored = enrollment::of_entity(&self.world.db, te)?;
        let stored = stored.iter().filter(|known| {
            let replaced = self.batch.holds(Kind::Enrollment, &known.uid);
            !known.deleted && !replaced && known.program == program.id
        });
        let mut others: Vec<&str> = stored.map(|known| known.status.as_str()).collect();
        let batch = self.batch.enrollments_of(te).iter().filter(|other| {
            other.uid != sent.uid && other.program.as_deref() == Some(program.id.as_str())
        });
        others.extend(batch.map(|other| other.status.as_str()));
        let fault = |code, message: String| {
            let args = vec![te.to_owned(), program.id.clone()];
            Fault::of(Kind::Enrollment, &sent.uid, code, message, args)
        };
        let mut faults = Vec::new();
        if sent.status == "ACTIVE" && others.contains(&"ACTIVE") {
            let message = format!(
                "TrackedEntity: `{te}` already has an active Enrollment in Program `{}`.",
                program.id
            );
            faults.push(fault("E1015", message));
        }
        if program.flag("onlyEnrollOnce") && others.iter().any(|status| *status != "CANCELLED") {
            let message = format!(
                "TrackedEntity: `{te}` already has an Enrollment in Program: `{}`, and this \
                 Program only allows enrolling once.",
                program.id
            );
            faults.push(fault("E1016", message));
        }
        Ok(faults)
    }

    fn enrollment_dates(&self, sent: &SentEnrollment, program: &Object) -> Vec<Fault> {
        let zone = &self.world.zone;
        let fault = |code, message: String, about: String| {
            Fault::of(Kind::Enrollment, &sent.uid, code, message, vec![about])
        };
        let today = zone.day_number(self.now);
        let is_future = |time: &i64| zone.day_number(*time) > today;
        let mut faults = Vec::new();
        if sent.enrolled.is_none() {
            let message = "Property enrolledAt is null or has an invalid format: `null`.";
            faults.push(fault("E1025", message.to_owned(), "null".to_owned()));
        }
        if program.flag("displayIncidentDate") && sent.occurred.is_none() {
            let message = "Property displayIncidentDate is true but property occurredAt is null \
                           or has an invalid format: `null`.";
            faults.push(fault("E1023", message.to_owned(), "null".to_owned()));
        }
        let enrolled = sent.enrolled.filter(is_future);
        if let Some(time) = enrolled.filter(|_| !program.flag("selectEnrollmentDatesInFuture")) {
            let date = zone.local(time);
            let message = format!("Enrollment date: `{date}` cannot be a future date.");
            faults.push(fault("E1020", message, date));
        }
        let occurred = sent.occurred.filter(is_future);
        if let Some(time) = occurred.filter(|_| !program.flag("selectIncidentDatesInFuture")) {
            let date = zone.local(time);
            let message = format!("Incident date: `{date}` cannot be a future date.");
            faults.push(fault("E1021", message, date));
        }
        if sent.completed.is_some() && sent.status == "ACTIVE" {
            let message = format!(
                "Enrollment: `{}` has a completedAt date, which status `ACTIVE` does not allow.",
                sent.uid
            );
            faults.push(fault("E1052", message, sent.uid.clone()));
        }
        faults
    }

    fn program_attributes(
        &self,
        sender: &Sender<'_>,
        sent: &[SentAttribute],
        program: &Object,
        faults: &mut Vec<Fault>,
    ) -> rusqlite::Result<()> {
        self.attributes(sender, sent, faults)?;
        let links = program.items("programTrackedEntityAttributes");
        let allowed = linked(links, false);
        let known = |id: &str| self.world.meta.get("trackedEntityAttributes", id).is_some();
        for (id, _) in sent.iter().filter(|(id, _)| !allowed.contains(&id.as_str()) && known(id)) {
            let message = format!(
                "Only Program attributes is allowed for Enrollment; Non valid attribute: `{id}`."
            );
            faults.push(sender.fault("E1019", message, vec![id.clone()]));
        }
        let mandatory = linked(links, true);
        if mandatory.is_empty() {
            return Ok(());
        }
        let stored = entity::values(&self.world.db, sender.te)?;
        let of_entity = self.batch.entity(sender.te).map(|te| te.attributes.as_slice());
        let of_entity = of_entity.unwrap_or_default();
        for id in mandatory {
            let given = |list: &[SentAttribute]| {
                list.iter().find(|(attribute, _)| attribute == id).map(|(_, value)| value.is_some())
            };
            match given(sent) {
                Some(false) => faults.push(null(sender, id)),
                Some(true) => {}
                None if given(of_entity) == Some(true) => {}
                None if stored.iter().any(|value| value.attribute == id) => {}
                None => {
                    let message = format!(
                        "Attribute: `{id}` is mandatory in Program `{}` but not declared in \
                         Enrollment `{}`.",
                        program.id, sender.uid
                    );
                    let args = vec![identifier(id), program.id.clone(), sender.uid.to_owned()];
                    faults.push(sender.fault("E1018", message, args));
                }
            }
        }
        Ok(())
    }

    /// Judges the deletion of an enrolment (captures t008c, t008d, t065b).
    ///
    /// # Errors
    /// Only when the store fails; faults are the inner error.
    pub fn delete_enrollment(&self, stored: &Enrollment) -> Verdict<()> {
        let uid = &stored.uid;
        let program = self.world.meta.get("programs", &stored.program);
        let home = self.batch.home(self.world, &stored.te)?;
        let (Some(program), Some(home)) = (program, home) else { return Ok(Ok(())) };
        let visited = !event::of_enrollment(&self.world.db, uid)?.is_empty();
        let mut faults = Vec::new();
        if visited && !self.user.may("F_ENROLLMENT_CASCADE_DELETE") {
            let user = &self.user.id;
            let message = format!(
                "User: `{user}` lacks F_ENROLLMENT_CASCADE_DELETE authority to delete Enrollment : \
                 `{uid}`."
            );
            let args = vec![user.clone(), uid.clone()];
            faults.push(Fault::of(Kind::Enrollment, uid, "E1103", message, args));
        }
        let rights = self.enrollment_rights(uid, &stored.te, &home, program, Some(&stored.ou))?;
        faults.extend(rights.err());
        Ok(if faults.is_empty() { Ok(()) } else { Err(faults) })
    }

    /// Whether a geometry has the shape that the program, stage or type asks for.
    pub fn shape(
        &self,
        kind: Kind,
        uid: &str,
        geometry: Option<&Value>,
        of: &Object,
    ) -> Option<Fault> {
        let geometry = geometry?;
        let wanted = of.text("featureType").unwrap_or("NONE");
        let given = geometry.get("type").and_then(Value::as_str).unwrap_or("");
        let fits = match wanted {
            "NONE" => false,
            "MULTI_POLYGON" => given == "MultiPolygon",
            other => given.eq_ignore_ascii_case(other),
        };
        let message = format!("Geometry does not conform to FeatureType: `{wanted}`.");
        (!fits).then(|| Fault::of(kind, uid, "E1012", message, vec![wanted.to_owned()]))
    }
}

fn null(sender: &Sender<'_>, id: &str) -> Fault {
    let message = format!("`TrackedEntityAttribute` `{id}` is mandatory and cannot be null.");
    let args = vec!["TrackedEntityAttribute".to_owned(), id.to_owned()];
    sender.fault("E1076", message, args)
}
