//! Places of the search scope that are not on the device: to hand people over to them, to refer people
//! there. The device holds only places for which the user enters data; others are asked of the server
//! when a person names one, and kept, so that they have a name and a path from then on.

use outpost_domain::metadata::{MetadataKind, OrganisationUnit};
use outpost_domain::uid::OrganisationUnitUid;
use outpost_wire::metadata::parse_organisation_unit;
use outpost_wire::percent::{encoded_query, encoded_value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Session;
use super::find::{Candidate, pick};
use super::online::get;
use crate::error::{OutpostError, Result};
use crate::limits::{ONLINE_RESULTS_MAX, PLACES_KEPT_MAX};
use crate::model::OrganisationUnitView;

/// Fact with the places that were looked up, the latest last.
const PLACES: &str = "placesElsewhere";

/// Members that are asked of a place.
const FIELDS: &str = "id,code,name,displayName,path,level,openingDate,closedDate,parent[id]";

/// A place as it is kept.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    id: OrganisationUnitUid,
    /// As the server wrote it.
    body: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    organisation_units: Vec<Box<RawValue>>,
}

impl Session {
    /// The place that is meant by an id, code or exact name: of those on the device, else of those that
    /// were looked up before, else of the whole search scope, which is asked of the server.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several; `Offline` if only the server could know;
    /// storage errors.
    pub fn find_place(&self, text: &str) -> Result<OrganisationUnitUid> {
        match self.find_organisation_unit(text) {
            Err(OutpostError::NotFound { .. }) => {}
            known => return known,
        }
        let kept: Vec<_> = self.kept_places()?.iter().filter_map(read).collect();
        if let Ok(id) = pick_place(text, &kept) {
            return Ok(id);
        }
        let value = encoded_value(text);
        let filters = ["id", "code", "displayName"];
        let filters = filters.map(|name| format!("filter={name}:eq:{value}")).join("&");
        let found = self.ask_for_places(&format!("{filters}&rootJunction=OR"))?;
        pick_place(text, &found)
    }

    /// Places of the search scope whose name holds the text, asked of the server; those are known
    /// without network from then on. At most a screenful: more must be narrowed.
    ///
    /// # Errors
    /// `InvalidInput` without a text; `Offline`; other answers of the server; storage errors.
    pub fn search_places(&self, text: &str) -> Result<Vec<OrganisationUnitView>> {
        let text = text.trim();
        if text.is_empty() {
            let reason = "give a part of the name";
            return Err(OutpostError::invalid("organisation unit", "missing", reason));
        }
        let filter = format!("filter=displayName:ilike:{}", encoded_value(text));
        let found = self.ask_for_places(&filter)?.into_iter();
        let view = |unit: OrganisationUnit| OrganisationUnitView {
            uid: unit.id,
            name: unit.name,
            code: unit.code,
            level: unit.level,
            above: String::new(),
        };
        Ok(found.map(view).collect())
    }

    /// Asks for places and keeps those that are not on the device.
    fn ask_for_places(&self, filters: &str) -> Result<Vec<OrganisationUnit>> {
        let target = format!(
            "/api/organisationUnits?withinUserSearchHierarchy=true&{filters}&fields={FIELDS}\
             &page=1&pageSize={ONLINE_RESULTS_MAX}"
        );
        let answer = self.ask(get(encoded_query(&target)))?.done("the list of places")?;
        let answer: Answer =
            serde_json::from_slice(&answer.body).map_err(|_| OutpostError::Incompatible {
                found: "a list of places that cannot be read".to_owned(),
                supported: "DHIS2 2.38 and later".to_owned(),
            })?;
        let mut kept = self.kept_places()?;
        let mut found = Vec::new();
        for body in answer.organisation_units {
            let Ok(unit) = parse_organisation_unit(body.get().as_bytes()) else { continue };
            kept.retain(|it| it.id != unit.id);
            if self.store().load_object(MetadataKind::OrganisationUnit, unit.id.0)?.is_none() {
                kept.push(Kept { id: unit.id, body });
            }
            found.push(unit);
        }
        kept.drain(..kept.len().saturating_sub(PLACES_KEPT_MAX));
        let text = serde_json::to_string(&kept).map_err(OutpostError::internal)?;
        self.store().save_fact(PLACES, &text)?;
        Ok(found)
    }

    fn kept_places(&self) -> Result<Vec<Kept>> {
        let text = self.store().load_fact(PLACES)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// A place that was looked up.
    pub(super) fn place_elsewhere(
        &self,
        id: OrganisationUnitUid,
    ) -> Result<Option<OrganisationUnit>> {
        Ok(self.kept_places()?.iter().find(|it| it.id == id).and_then(read))
    }

    /// The path of a place on the device, or of one that was looked up.
    pub(super) fn path_of_place(&self, id: OrganisationUnitUid) -> Result<Option<String>> {
        match self.store().path_of(id)? {
            Some(path) => Ok(Some(path)),
            None => Ok(self.place_elsewhere(id)?.map(|unit| unit.path)),
        }
    }
}

fn read(kept: &Kept) -> Option<OrganisationUnit> {
    parse_organisation_unit(kept.body.get().as_bytes()).ok()
}

fn pick_place(text: &str, places: &[OrganisationUnit]) -> Result<OrganisationUnitUid> {
    let candidates: Vec<_> = places
        .iter()
        .map(|unit| Candidate {
            id: unit.id,
            uid: unit.id.0,
            code: unit.code.clone(),
            names: vec![unit.name.clone()],
        })
        .collect();
    pick("organisation unit", text, &candidates)
}
