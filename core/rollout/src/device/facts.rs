//! What is known of a device: its attributes as a record, and back (D2).

use std::collections::BTreeMap;

use outpost_domain::data::TrackedEntity;
use outpost_domain::uid::{
    OrganisationUnitUid, TrackedEntityAttributeUid, TrackedEntityTypeUid, TrackedEntityUid,
};
use serde::{Deserialize, Serialize};

use super::ident::{self, IdentProblem};
use super::limits::FACT_CHARS_MAX;
use super::number::{DeviceNumber, NumberProblem};
use super::state::DeviceState;
use crate::package::ids_device as id;
use crate::sim::SimCard;

/// Whose phone it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Ownership {
    /// The institution's.
    #[default]
    Institution,
    /// The health worker's own (BYOD).
    Personal,
}

impl Ownership {
    /// The code of the option set.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Institution => "INSTITUTION",
            Self::Personal => "PERSONAL",
        }
    }

    /// Reads a code, in capitals or not.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Institution, Self::Personal]
            .into_iter()
            .find(|it| it.code().eq_ignore_ascii_case(code.trim()))
    }
}

/// Facts of a device that people type, scan or import. Empty texts are unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceFacts {
    /// Number on box, agreement, label, registry.
    pub number: String,
    /// Whose it is.
    pub ownership: Ownership,
    /// Make.
    pub make: String,
    /// Model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// IMEI of the first slot.
    pub imei_1: String,
    /// IMEI of the second slot.
    pub imei_2: String,
    /// Storage in GB.
    pub storage_gb: String,
    /// What lies in the box besides.
    pub accessories: String,
    /// Who has it, by name.
    pub holder: String,
    /// Their user name.
    pub holder_user: String,
    /// District, by name.
    pub district: String,
    /// Whom to call.
    pub support_name: String,
    /// Under which number.
    pub support_phone: String,
    /// The SIM card inside.
    pub sim: SimCard,
    /// Its id in an MDM.
    pub mdm_id: String,
    /// The day the MDM saw it last.
    pub mdm_seen: String,
}

/// What is wrong with a fact, and with which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{fact}: {problem}")]
pub struct FactProblem {
    /// Name of the fact, as in tables: `imei_1`.
    pub fact: String,
    /// What is wrong and what to do.
    pub problem: String,
}

/// A device of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: TrackedEntityUid,
    /// Where it belongs.
    pub place: OrganisationUnitUid,
    /// Its state.
    pub state: DeviceState,
    /// What is known of it.
    pub facts: DeviceFacts,
    /// Attributes that this version does not know.
    #[serde(default)]
    pub more: BTreeMap<TrackedEntityAttributeUid, String>,
}

/// Each fact with its name in tables, its attribute, and its place.
type Slot = (&'static str, &'static str, fn(&mut DeviceFacts) -> &mut String);

/// All text facts, in the order of a table.
pub(super) const SLOTS: [Slot; 18] = [
    ("number", id::NUMBER, |it| &mut it.number),
    ("make", id::MAKE, |it| &mut it.make),
    ("model", id::MODEL, |it| &mut it.model),
    ("serial", id::SERIAL, |it| &mut it.serial),
    ("imei_1", id::IMEI_1, |it| &mut it.imei_1),
    ("imei_2", id::IMEI_2, |it| &mut it.imei_2),
    ("storage_gb", id::STORAGE_GB, |it| &mut it.storage_gb),
    ("accessories", id::ACCESSORIES, |it| &mut it.accessories),
    ("iccid", id::SIM_ICCID, |it| &mut it.sim.iccid),
    ("msisdn", id::SIM_MSISDN, |it| &mut it.sim.msisdn),
    ("operator", id::SIM_OPERATOR, |it| &mut it.sim.operator),
    ("holder", id::HOLDER, |it| &mut it.holder),
    ("holder_user", id::HOLDER_USER, |it| &mut it.holder_user),
    ("district", id::DISTRICT, |it| &mut it.district),
    ("support_name", id::SUPPORT_NAME, |it| &mut it.support_name),
    ("support_phone", id::SUPPORT_PHONE, |it| &mut it.support_phone),
    ("mdm_id", id::MDM_ID, |it| &mut it.mdm_id),
    ("mdm_seen", id::MDM_SEEN, |it| &mut it.mdm_seen),
];

/// The attribute of a written-down id.
pub(crate) fn attribute(id: &str) -> TrackedEntityAttributeUid {
    // A test reads every written-down id.
    TrackedEntityAttributeUid::parse(id).expect("the ids of the package are ids")
}

/// What is wrong with a text whatever it means; `None` if it can be kept.
pub(crate) fn text_problem(text: &str) -> Option<String> {
    if text.chars().count() > FACT_CHARS_MAX {
        return Some(format!("longer than {FACT_CHARS_MAX} characters"));
    }
    let is_odd = text.chars().any(char::is_control);
    is_odd.then(|| "has a line break or another character that cannot be printed".to_owned())
}

impl DeviceFacts {
    /// Brings the facts to their stored form, or names every one that cannot be right.
    ///
    /// # Errors
    /// Each problem with its fact.
    pub fn checked(mut self) -> Result<Self, Vec<FactProblem>> {
        let mut problems = Vec::new();
        let mut note = |fact: &str, problem: String| {
            problems.push(FactProblem { fact: fact.to_owned(), problem });
        };
        for (name, _, slot) in SLOTS {
            let text = slot(&mut self);
            *text = text.trim().to_owned();
            if let Some(problem) = text_problem(text) {
                note(name, problem);
            }
        }
        match DeviceNumber::parse(&self.number) {
            Ok(number) => self.number = number.to_string(),
            Err(problem) => note("number", problem.to_string()),
        }
        type Rule = fn(&str) -> Result<String, IdentProblem>;
        let rules: [(&str, &mut String, Rule); 5] = [
            ("imei_1", &mut self.imei_1, ident::imei),
            ("imei_2", &mut self.imei_2, ident::imei),
            ("iccid", &mut self.sim.iccid, ident::iccid),
            ("msisdn", &mut self.sim.msisdn, ident::msisdn),
            ("support_phone", &mut self.support_phone, ident::msisdn),
        ];
        for (name, text, rule) in rules.into_iter().filter(|(_, text, _)| !text.is_empty()) {
            match rule(text) {
                Ok(stored) => *text = stored,
                Err(problem) => note(name, problem.to_string()),
            }
        }
        if !self.imei_1.is_empty() && self.imei_1 == self.imei_2 {
            note("imei_2", IdentProblem::SameTwice.to_string());
        }
        self.serial = self.serial.to_uppercase();
        let gigabytes = self.storage_gb.parse::<u16>();
        match (self.storage_gb.is_empty(), gigabytes) {
            (true, _) => {}
            (false, Ok(gigabytes)) => self.storage_gb = gigabytes.to_string(),
            (false, Err(_)) => {
                note("storage_gb", "a whole number of gigabytes, such as 64".to_owned())
            }
        }
        match (self.mdm_seen.is_empty(), self.mdm_seen.parse::<jiff::civil::Date>()) {
            (true, _) => {}
            (false, Ok(day)) => self.mdm_seen = day.to_string(),
            (false, Err(_)) => note("mdm_seen", "a day, such as 2026-11-29".to_owned()),
        }
        if problems.is_empty() { Ok(self) } else { Err(problems) }
    }

    /// Takes over every fact that `other` knows.
    pub fn take_over(&mut self, mut other: Self) {
        for (_, _, slot) in SLOTS {
            let new = std::mem::take(slot(&mut other));
            if !new.is_empty() {
                *slot(self) = new;
            }
        }
    }

    /// The facts that are others in `after`: name in tables, value here, value there.
    #[must_use]
    pub fn differences(&self, after: &Self) -> Vec<(&'static str, String, String)> {
        let names = SLOTS.iter().map(|(name, ..)| *name).chain(["ownership"]);
        let values = names.map(|name| {
            (name, self.fact(name).unwrap_or_default(), after.fact(name).unwrap_or_default())
        });
        values.filter(|(_, before, after)| before != after).collect()
    }

    /// The names of all facts, for whoever typed another.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        SLOTS.iter().map(|(name, ..)| *name).chain(["ownership"]).collect()
    }

    /// A fact by its name in tables.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<String> {
        if name == "ownership" {
            return Some(self.ownership.code().to_owned());
        }
        let (_, _, slot) = SLOTS.iter().find(|(known, _, _)| *known == name)?;
        Some(slot(&mut self.clone()).clone())
    }

    /// Sets a fact by its name in tables; `false` if there is none of that name.
    pub fn set_fact(&mut self, name: &str, value: &str) -> bool {
        if name == "ownership" {
            match Ownership::parse(value) {
                Some(ownership) => self.ownership = ownership,
                None => return false,
            }
            return true;
        }
        match SLOTS.iter().find(|(known, _, _)| *known == name) {
            Some((_, _, slot)) => {
                slot(self).replace_range(.., value.trim());
                true
            }
            None => false,
        }
    }
}

impl Device {
    /// The device of a record; `None` if it has no number or no state that is known.
    #[must_use]
    pub fn of(record: &TrackedEntity) -> Option<Self> {
        let mut more = record.attributes.clone();
        let mut take = |id: &str| more.remove(&attribute(id)).unwrap_or_default();
        let mut facts = DeviceFacts::default();
        for (_, id, slot) in SLOTS {
            *slot(&mut facts) = take(id);
        }
        facts.ownership = Ownership::parse(&take(id::OWNERSHIP)).unwrap_or_default();
        let state = DeviceState::parse(&take(id::STATE))?;
        let (id, place) = (record.id, record.organisation_unit);
        (!facts.number.is_empty()).then_some(Self { id, place, state, facts, more })
    }

    /// The attributes of its record.
    #[must_use]
    pub fn attributes(&self) -> BTreeMap<TrackedEntityAttributeUid, String> {
        let mut attributes = self.more.clone();
        let mut facts = self.facts.clone();
        for (_, id, slot) in SLOTS {
            attributes.insert(attribute(id), std::mem::take(slot(&mut facts)));
        }
        attributes.insert(attribute(id::STATE), self.state.code().to_owned());
        attributes.insert(attribute(id::OWNERSHIP), self.facts.ownership.code().to_owned());
        attributes.retain(|_, value| !value.is_empty());
        attributes
    }

    /// Its record; the times are the caller's.
    #[must_use]
    pub fn record(&self) -> TrackedEntity {
        TrackedEntity {
            id: self.id,
            tracked_entity_type: TrackedEntityTypeUid::parse(id::DEVICE_TYPE)
                .expect("the ids of the package are ids"),
            organisation_unit: self.place,
            geometry: None,
            attributes: self.attributes(),
            created_at_client: None,
            updated_at_client: None,
            deleted: false,
        }
    }
}

impl From<NumberProblem> for FactProblem {
    fn from(problem: NumberProblem) -> Self {
        Self { fact: "number".to_owned(), problem: problem.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> DeviceFacts {
        DeviceFacts {
            number: "0147".into(),
            serial: "r58n".into(),
            imei_1: "49-015420-323751-8".into(),
            storage_gb: "064".into(),
            mdm_seen: "20261129".into(),
            ..DeviceFacts::default()
        }
    }

    #[test]
    fn facts_come_to_their_stored_form() {
        let facts = facts().checked().expect("right");
        assert_eq!((facts.serial.as_str(), facts.imei_1.as_str()), ("R58N", "490154203237518"));
        assert_eq!((facts.storage_gb.as_str(), facts.mdm_seen.as_str()), ("64", "2026-11-29"));
    }

    #[test]
    fn every_wrong_fact_is_named_at_once() {
        let wrong = DeviceFacts {
            number: "box".into(),
            imei_2: "1".into(),
            storage_gb: "many".into(),
            mdm_seen: "yesterday".into(),
            holder: "x".repeat(300),
            ..facts()
        };
        let problems = wrong.checked().expect_err("wrong");
        let names: Vec<_> = problems.iter().map(|it| it.fact.as_str()).collect();
        assert_eq!(names, ["holder", "number", "imei_2", "storage_gb", "mdm_seen"]);
    }

    #[test]
    fn a_device_survives_its_record() {
        let mut more = BTreeMap::new();
        more.insert(attribute("TaSomething"), "kept".to_owned());
        let device = Device {
            id: TrackedEntityUid::parse("TeDevice001").expect("an id"),
            place: OrganisationUnitUid::parse("OuClinicAaa").expect("an id"),
            state: DeviceState::Prepared,
            facts: facts().checked().expect("right"),
            more,
        };
        assert_eq!(Device::of(&device.record()), Some(device));
    }

    #[test]
    fn every_id_of_the_tables_is_an_id() {
        for (_, id, _) in SLOTS {
            assert_eq!(attribute(id).as_str(), id);
        }
    }
}
