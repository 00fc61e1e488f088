//! Legends of values: name and colour by the first legend set of whatever the value is of.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use outpost_domain::legend::{legend_of, legend_of_text};
use outpost_domain::metadata::{DataElement, Legend, LegendSet, MetadataKind};
use outpost_domain::uid::{DataElementUid, Uid};
use outpost_store::Store;
use outpost_wire::metadata as wire;

use super::bundle::Reader;
use crate::error::Result;
use crate::model::LegendView;

/// Legend sets, each read once; one that cannot be read has no legends.
pub(super) struct Legends<'a> {
    store: &'a Store,
    known: RefCell<BTreeMap<Uid, Option<Arc<LegendSet>>>>,
}

impl<'a> Legends<'a> {
    pub fn new(store: &'a Store) -> Self {
        Self { store, known: RefCell::default() }
    }

    /// A legend set; `None` if it is not on the device.
    pub fn set(&self, id: Uid) -> Result<Option<Arc<LegendSet>>> {
        if let Some(known) = self.known.borrow().get(&id) {
            return Ok(known.clone());
        }
        let object = self.store.load_object(MetadataKind::LegendSet, id)?;
        let set = object.and_then(|it| wire::parse_legend_set(it.body.as_bytes()).ok());
        let set = set.map(Arc::new);
        self.known.borrow_mut().insert(id, set.clone());
        Ok(set)
    }
}

/// Legend sets of the elements of a form; what cannot be read is added to the reader's problems.
pub(super) fn of_elements(
    reader: &mut Reader<'_>,
    elements: &BTreeMap<DataElementUid, DataElement>,
) -> Result<BTreeMap<DataElementUid, Arc<LegendSet>>> {
    let owners = elements.iter().map(|(id, element)| (*id, element.legend_sets.as_slice()));
    of_owners(reader, owners)
}

/// The first legend set of each owner.
pub(super) fn of_owners<'a, K: Ord>(
    reader: &mut Reader<'_>,
    owners: impl Iterator<Item = (K, &'a [Uid])>,
) -> Result<BTreeMap<K, Arc<LegendSet>>> {
    let mut sets: BTreeMap<Uid, Option<Arc<LegendSet>>> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for (owner, wanted) in owners {
        let Some(id) = wanted.first() else { continue };
        let set = match sets.get(id) {
            Some(known) => known.clone(),
            None => {
                let set = reader.one(MetadataKind::LegendSet, *id, wire::parse_legend_set)?;
                sets.entry(*id).or_insert(set.map(Arc::new)).clone()
            }
        };
        found.extend(set.map(|set| (owner, set)));
    }
    Ok(found)
}

/// The legend of a number.
pub(super) fn of_number(set: &LegendSet, number: f64) -> Option<LegendView> {
    legend_of(set, number).map(view)
}

/// The legend of a stored value.
pub(super) fn of_text(set: &LegendSet, text: &str) -> Option<LegendView> {
    legend_of_text(set, text).map(view)
}

fn view(legend: &Legend) -> LegendView {
    LegendView { name: legend.name.clone(), color: legend.color.clone() }
}
