//! In what this device, or its server, differs from a version of the centre, and whether that stops data
//! from moving up.
//!
//! Only what the centre says something about is compared, and what a server fills in of its own is no
//! difference. Says what follows; changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{Read, Seek};

use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::Uid;
use outpost_exchange::package::{Difference, Inventory, ObjectKey, PackageLine, Way};
use outpost_sync::ports::facts;
use outpost_wire::me::parse_me;
use serde_json::{Value, json};

use super::content::{self, SetContent, SetObject};
use super::{IN_USE, ON_SERVER, name_in, object_name};
use crate::error::{OutpostError, Result};
use crate::limits::{PACKAGE_OBJECTS_MAX, PAGE_ROWS_MAX};
use crate::model::{DriftLine, DriftReport, DriftStops, DriftWay, ImportObserver};
use crate::refusals;
use crate::session::Session;

/// What is compared with the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftPlace {
    /// The forms on this device.
    Device,
    /// The DHIS2 of this account; needs network.
    Server,
}

/// Members by which the centre judges and reads data, by class. A list whose name ends in `*` stops data
/// only by what the centre does not have, or what it demands.
const JUDGED_BY: [(&str, &[&str]); 16] = [
    ("dataElements", &["valueType", "domainType", "categoryCombo", "optionSet"]),
    (
        "dataSets",
        &[
            "periodType",
            "categoryCombo",
            "dataSetElements*",
            "organisationUnits*",
            "expiryDays",
            "openFuturePeriods",
        ],
    ),
    ("organisationUnits", &["openingDate", "closedDate"]),
    ("categoryOptionCombos", &["categoryCombo", "categoryOptions*"]),
    ("categoryCombos", &["categories*"]),
    ("categories", &["categoryOptions*"]),
    ("categoryOptions", &["startDate", "endDate", "organisationUnits*"]),
    ("options", &["code", "optionSet"]),
    ("optionSets", &["valueType"]),
    (
        "programs",
        &[
            "programType",
            "categoryCombo",
            "trackedEntityType",
            "organisationUnits*",
            "programTrackedEntityAttributes*",
            "programStages*",
        ],
    ),
    ("programStages", &["program", "programStageDataElements*", "validationStrategy"]),
    ("trackedEntityAttributes", &["valueType", "optionSet", "unique", "generated", "pattern"]),
    ("trackedEntityTypes", &["trackedEntityTypeAttributes*"]),
    ("relationshipTypes", &["fromConstraint", "toConstraint", "bidirectional"]),
    ("programRules", &["condition"]),
    ("programRuleActions", &["programRuleActionType", "data", "dataElement"]),
];

/// Classes that records name.
const NAMED_BY_DATA: [&str; 11] = [
    "dataElements",
    "dataSets",
    "organisationUnits",
    "categoryOptionCombos",
    "categoryOptions",
    "options",
    "programs",
    "programStages",
    "trackedEntityAttributes",
    "trackedEntityTypes",
    "relationshipTypes",
];

/// Both sides while they are compared.
struct Sides {
    centre: SetContent,
    here: BTreeMap<ObjectKey, SetObject>,
    /// Members that differ, of objects that both have.
    members: BTreeMap<ObjectKey, Vec<String>>,
    place: DriftPlace,
}

impl Session {
    /// Compares a place with a version of the centre, object by object; of a package that holds only what
    /// changed, only that.
    ///
    /// # Errors
    /// `InvalidInput` if the package is damaged or signed by no centre known here; server errors if the
    /// server is compared; storage errors.
    pub fn drift(
        &self,
        input: &mut (impl Read + Seek),
        place: DriftPlace,
        observer: &dyn ImportObserver,
    ) -> Result<DriftReport> {
        let document = if place == DriftPlace::Device { IN_USE } else { ON_SERVER };
        let opened = self.open_package(input, document)?;
        let (package, is_full) = (opened.view(), opened.package.manifest().is_full());
        let (mut centre, mut gone) = (SetContent::new(), BTreeSet::new());
        let mut take = |line: PackageLine| -> Result<()> {
            let PackageLine::Object { body, .. } = &line else {
                gone.insert(line.key());
                return Ok(());
            };
            let body = serde_json::from_str(body.get()).map_err(OutpostError::internal)?;
            centre.insert(line.key(), SetObject { name: name_in(&line), body });
            Ok(())
        };
        if is_full {
            opened.read(take)?;
        } else {
            let mut lines = opened.package.lines().map_err(refusals::of_exchange)?;
            lines.try_for_each(|line| take(line.map_err(refusals::of_exchange)?))?;
        }
        let classes = centre.keys().chain(&gone).map(|key| key.class.clone()).collect();
        let mut here = match place {
            DriftPlace::Device => self.device_has(&classes)?,
            DriftPlace::Server => self.server_has(&classes, observer)?,
        };
        if !is_full {
            here.retain(|key, _| centre.contains_key(key) || gone.contains(key));
        }
        if place == DriftPlace::Device {
            self.keep_what_a_device_would_have(&mut centre, &here)?;
        }
        let sides = Sides { centre, here, members: BTreeMap::new(), place };
        let place = match place {
            DriftPlace::Device => "device".to_owned(),
            DriftPlace::Server => self.inner.account.server.clone(),
        };
        self.judge(sides, package, place)
    }

    /// What this device shows of these classes, with the places that objects are assigned to.
    fn device_has(&self, classes: &BTreeSet<String>) -> Result<SetContent> {
        let mut here = SetContent::new();
        for kind in classes.iter().filter_map(|class| MetadataKind::from_collection(class)) {
            for object in self.store().load_all(kind, PACKAGE_OBJECTS_MAX)? {
                let Ok(mut body) = serde_json::from_str::<Value>(&object.body) else { continue };
                let name = body["displayName"].as_str().or(body["name"].as_str());
                let name = name.unwrap_or_default().to_owned();
                if kind.collection().starts_with("categor") && name == "default" {
                    continue;
                }
                let units = self.units_of(object.uid)?;
                if let (Some(members), false) = (body.as_object_mut(), units.is_empty()) {
                    members.insert("organisationUnits".to_owned(), Value::Array(units));
                }
                let key = ObjectKey { class: kind.collection().to_owned(), id: object.uid };
                here.insert(key, SetObject { name, body });
            }
        }
        Ok(here)
    }

    fn units_of(&self, object: Uid) -> Result<Vec<Value>> {
        let (mut units, mut after) = (Vec::new(), None);
        loop {
            let page = self.store().organisation_units_of(object, after, PAGE_ROWS_MAX)?;
            // Without a place the list of assignments has one empty line.
            units.extend(page.iter().map(|unit| json!({ "id": unit.to_string() })));
            after = page.last().copied();
            if page.len() < PAGE_ROWS_MAX as usize {
                return Ok(units);
            }
        }
    }

    /// A device knows its own kinds, and the places of its user; that others are not here is no drift.
    fn keep_what_a_device_would_have(
        &self,
        centre: &mut SetContent,
        here: &SetContent,
    ) -> Result<()> {
        let me = self.store().load_fact(facts::ME)?;
        let me = me.and_then(|me| parse_me(me.as_bytes()).ok());
        let roots: Vec<String> = me
            .map(|me| me.organisation_units.into_iter().map(|unit| unit.id.to_string()).collect())
            .unwrap_or_default();
        let is_ours = |path: &str| path.split('/').any(|id| roots.iter().any(|root| root == id));
        let units = MetadataKind::OrganisationUnit.collection();
        centre.retain(|key, object| {
            let path = object.body["path"].as_str().unwrap_or_default();
            let is_known = MetadataKind::from_collection(&key.class).is_some();
            let is_expected = key.class != units || here.contains_key(key) || is_ours(path);
            is_known && is_expected
        });
        Ok(())
    }

    fn judge(
        &self,
        mut sides: Sides,
        package: crate::model::PackageView,
        place: String,
    ) -> Result<DriftReport> {
        let (standard, here) = sides.inventories();
        let differences = here.differences(&standard);
        let ids: HashSet<Uid> = differences.iter().map(|difference| difference.key.id).collect();
        let waiting = self.store().waiting_that_name(&ids)?;
        let line = |difference: Difference| {
            let waiting = waiting.get(&difference.key.id).copied().unwrap_or_default();
            sides.line(difference, waiting)
        };
        let mut lines: Vec<DriftLine> = differences.into_iter().map(line).collect();
        lines.sort_by(|a, b| {
            let order = |line: &DriftLine| (line.stops, line.object.class.clone());
            order(a).cmp(&order(b)).then_with(|| a.object.name.cmp(&b.object.name))
        });
        let count =
            |stops: DriftStops| lines.iter().filter(|line| line.stops == stops).count() as u64;
        Ok(DriftReport {
            package,
            place,
            compared: standard.objects().max(here.objects()),
            stop_now: count(DriftStops::Now),
            stop_later: count(DriftStops::Later),
            differences: lines,
        })
    }
}

impl Sides {
    /// Both sets, in which an object has the same hash when both say the same of it.
    fn inventories(&mut self) -> (Inventory, Inventory) {
        let (mut standard, mut found) = (Inventory::default(), Inventory::default());
        for (key, object) in &self.centre {
            standard.put(key.clone(), &object.text());
        }
        for (key, object) in &self.here {
            let Some(centre) = self.centre.get(key) else {
                found.put(key.clone(), &object.text());
                continue;
            };
            let kind = MetadataKind::from_collection(&key.class);
            let said = match (self.place, kind) {
                (DriftPlace::Device, Some(kind)) => content::asked_of(kind, &centre.body),
                _ => content::owned(&key.class, &centre.body),
            };
            let translations = match self.place {
                DriftPlace::Device => &centre.body["translations"],
                DriftPlace::Server => &Value::Null,
            };
            let members = content::differing(&key.class, &said, &object.body, translations);
            let text = if members.is_empty() { centre.text() } else { object.text() + " " };
            found.put(key.clone(), &text);
            let mut members: Vec<String> =
                members.iter().map(|name| content::plain_member(&centre.body, name)).collect();
            members.dedup();
            self.members.insert(key.clone(), members);
        }
        (standard, found)
    }

    fn line(&self, Difference { key, way }: Difference, waiting: u64) -> DriftLine {
        let (centre, here) = (self.centre.get(&key), self.here.get(&key));
        let name = centre.or(here).map(|object| object.name.as_str()).unwrap_or_default();
        let members = self.members.get(&key).cloned().unwrap_or_default();
        let (does_stop, reason) = match way {
            Way::Missing => (false, "The centre has it; it cannot be entered here.".to_owned()),
            Way::Added if NAMED_BY_DATA.contains(&key.class.as_str()) => {
                (true, "The centre does not have it: what names it is refused there.".to_owned())
            }
            Way::Added => (false, "The centre does not have it; no record names it.".to_owned()),
            Way::Changed => self.of_change(&key, &members),
        };
        let stops = match (does_stop, waiting) {
            (false, _) => DriftStops::Nothing,
            (true, 0) => DriftStops::Later,
            (true, _) => DriftStops::Now,
        };
        let way = match way {
            Way::Missing => DriftWay::Missing,
            Way::Added => DriftWay::Added,
            Way::Changed => DriftWay::Changed,
        };
        DriftLine { object: object_name(&key, name), way, members, stops, waiting, reason }
    }

    fn of_change(&self, key: &ObjectKey, members: &[String]) -> (bool, String) {
        let judged = JUDGED_BY.iter().find(|(class, _)| *class == key.class);
        let judged = judged.map_or(&[][..], |(_, members)| *members);
        let Some((centre, here)) = self.centre.get(key).zip(self.here.get(key)) else {
            return (false, String::new());
        };
        let stopping: Vec<&str> = members
            .iter()
            .filter(|member| {
                judged.iter().any(|judged| match judged.strip_suffix('*') {
                    Some(list) => list == *member && has_more(key, list, &centre.body, &here.body),
                    None => judged == member,
                })
            })
            .map(String::as_str)
            .collect();
        match stopping.is_empty() {
            true => (false, "It is called or shown otherwise; data is read the same.".to_owned()),
            false => {
                let members = stopping.join(", ");
                (true, format!("The centre judges data by another {members}."))
            }
        }
    }
}

/// Whether this place has items that the centre lacks, or does not ask for what the centre demands.
fn has_more(key: &ObjectKey, member: &str, centre: &Value, here: &Value) -> bool {
    let id_of = |item: &Value| {
        let inner = ["dataElement", "trackedEntityAttribute"]
            .iter()
            .find_map(|name| item[*name]["id"].as_str());
        inner.or(item["id"].as_str()).unwrap_or_default().to_owned()
    };
    let items = |of: &Value| -> BTreeMap<String, bool> {
        let is_demanded = |item: &Value| item["compulsory"] == true || item["mandatory"] == true;
        let list = of[member].as_array().into_iter().flatten();
        list.map(|item| (id_of(item), is_demanded(item))).collect()
    };
    let (centre, here) = (items(centre), items(here));
    // A form that is not split otherwise tells nothing by the order of what it is split by.
    let has_more = here.keys().any(|id| !centre.contains_key(id));
    let demands = |(id, is_demanded): (&String, &bool)| {
        *is_demanded && !here.get(id).copied().unwrap_or_default()
    };
    let is_other_combo = key.class.starts_with("categoryOptionCombo") && centre != here;
    has_more || is_other_combo || centre.iter().any(demands)
}
