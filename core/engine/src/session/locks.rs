//! Slices that the server opens or closes one by one, as known since the last synchronisation.

use std::collections::HashSet;

use outpost_domain::data::SliceKey;
use outpost_domain::form::data_set::Approval;
use outpost_domain::period::Period;
use outpost_domain::uid::DataSetUid;
use outpost_store::Store;
use outpost_sync::ports::facts;

use crate::error::Result;

/// Lock exceptions and approvals, as `dataSet/period/organisationUnit`.
pub(super) struct Locks {
    exceptions: HashSet<String>,
    approved: HashSet<String>,
}

impl Locks {
    pub fn load(store: &Store) -> Result<Self> {
        let slices = |name: &str| -> Result<HashSet<String>> {
            let text = store.load_fact(name)?;
            Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
        };
        Ok(Self {
            exceptions: slices(facts::LOCK_EXCEPTIONS)?,
            approved: slices(facts::APPROVED_SLICES)?,
        })
    }

    /// Whether the server lets this slice in although its time is over.
    pub fn has_exception(&self, key: &SliceKey) -> bool {
        self.exceptions.contains(&name(key))
    }

    /// The same for any place.
    pub fn has_exception_somewhere(&self, data_set: DataSetUid, period: Period) -> bool {
        let begin = format!("{data_set}/{period}/");
        self.exceptions.iter().any(|slice| slice.starts_with(&begin))
    }

    /// Where the slice stands in its workflow.
    pub fn approval(&self, key: &SliceKey) -> Approval {
        match self.approved.contains(&name(key)) {
            true => Approval::Approved,
            false => Approval::Open,
        }
    }
}

fn name(key: &SliceKey) -> String {
    format!("{}/{}/{}", key.data_set, key.period, key.organisation_unit)
}
