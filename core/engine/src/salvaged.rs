//! What was saved of a damaged database, kept until the damaged file is gone.
//!
//! Several calls of a command line may lie between the opening that saved it and the person who asks.

use std::path::Path;

use outpost_store::{SalvageReport, Store};
use serde::{Deserialize, Serialize};

use crate::error::{OutpostError, Result};

/// Name of the fact.
const FACT: &str = "salvage";

/// What was saved, and where the rest is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Salvaged {
    /// Name of the damaged file beside the database.
    pub file: String,
    /// Unsent records that were saved.
    pub outbox_rows: u64,
    /// Tables of which some rows may be missing.
    pub incomplete: Vec<String>,
}

impl Salvaged {
    /// In words, for the one who looks at the state of the work.
    pub fn words(&self) -> String {
        let saved = format!("{} unsent records were saved of a damaged database", self.outbox_rows);
        match self.incomplete.is_empty() {
            true => saved,
            false => {
                format!("{saved}; some may be missing ({})", self.incomplete.join(", "))
            }
        }
    }
}

/// Keeps the report of an opening.
pub(crate) fn remember(store: &Store, report: &SalvageReport) -> Result<()> {
    let file = report.moved_to.file_name().map(|name| name.to_string_lossy().into_owned());
    let incomplete = report.tables.iter().filter(|table| !table.is_complete);
    let salvaged = Salvaged {
        file: file.unwrap_or_default(),
        outbox_rows: report.outbox().0,
        incomplete: incomplete.map(|table| table.name.to_owned()).collect(),
    };
    let text = serde_json::to_string(&salvaged).map_err(OutpostError::internal)?;
    Ok(store.save_fact(FACT, &text)?)
}

/// What an opening saved, as long as the damaged file lies beside `database`.
pub(crate) fn load(store: &Store, database: &Path) -> Result<Option<Salvaged>> {
    let text = store.load_fact(FACT)?;
    let salvaged = text.and_then(|text| serde_json::from_str::<Salvaged>(&text).ok());
    Ok(salvaged.filter(|salvaged| database.with_file_name(&salvaged.file).exists()))
}
