//! When files last came from and went to each site or device, and what it runs: as its files say.
//!
//! Written in the transaction of the file. Says nothing about people.

use std::collections::BTreeMap;

use outpost_exchange::file::{Kind, Manifest};
use outpost_exchange::keys::KeyId;
use outpost_store::{Exchange, Store};
use serde::{Deserialize, Serialize};

use crate::error::{OutpostError, Result};

/// Name of the document.
pub(super) const CONTACTS: &str = "contacts";

/// What is known of one site or device.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contact {
    /// When its last data file and receipt came, Unix ms.
    #[serde(default)]
    pub data_came_ms: Option<i64>,
    #[serde(default)]
    pub receipt_came_ms: Option<i64>,
    /// When the last of each was written for it.
    #[serde(default)]
    pub data_wrote_ms: Option<i64>,
    #[serde(default)]
    pub receipt_wrote_ms: Option<i64>,
    #[serde(default)]
    pub app: Option<String>,
    #[serde(default)]
    pub metadata: Option<String>,
    /// How far its clock was ahead of this device's, if it was.
    #[serde(default)]
    pub ahead_ms: Option<i64>,
}

impl Contact {
    pub fn came_ms(&self) -> Option<i64> {
        self.data_came_ms.max(self.receipt_came_ms)
    }

    pub fn wrote_ms(&self) -> Option<i64> {
        self.data_wrote_ms.max(self.receipt_wrote_ms)
    }
}

pub(super) type Contacts = BTreeMap<String, Contact>;

/// Reads the document.
pub(super) fn read(text: Option<String>) -> Contacts {
    // It only informs: one that cannot be read is begun anew.
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// When anything last came from anybody in a file, Unix ms.
pub(in crate::session) fn last_came_ms(store: &Store) -> Result<Option<i64>> {
    let contacts = read(store.exchange_document(CONTACTS)?);
    Ok(contacts.values().filter_map(Contact::came_ms).max())
}

fn change(
    exchange: &Exchange<'_>,
    partner: KeyId,
    change: impl FnOnce(&mut Contact),
) -> Result<()> {
    let mut contacts = read(exchange.document(CONTACTS)?);
    change(contacts.entry(partner.to_string()).or_default());
    let text = serde_json::to_string(&contacts).map_err(OutpostError::internal)?;
    Ok(exchange.keep_document(CONTACTS, Some(&text))?)
}

/// A file came.
pub(in crate::session) fn came(
    exchange: &Exchange<'_>,
    partner: KeyId,
    manifest: &Manifest,
    now_ms: i64,
) -> Result<()> {
    change(exchange, partner, |contact| {
        match manifest.kind {
            Kind::Data => contact.data_came_ms = Some(now_ms),
            Kind::Receipt => contact.receipt_came_ms = Some(now_ms),
        }
        contact.app.clone_from(&manifest.app);
        if let Some(metadata) = &manifest.metadata {
            contact.metadata = Some(metadata.version.clone());
        }
        let made = manifest.created_at.parse::<jiff::Timestamp>().ok();
        let ahead = made.map(|made| made.as_millisecond().saturating_sub(now_ms));
        contact.ahead_ms = ahead.filter(|ahead| *ahead > 0);
    })
}

/// A file was written.
pub(in crate::session) fn wrote(
    exchange: &Exchange<'_>,
    partner: KeyId,
    kind: Kind,
    now_ms: i64,
) -> Result<()> {
    change(exchange, partner, |contact| match kind {
        Kind::Data => contact.data_wrote_ms = Some(now_ms),
        Kind::Receipt => contact.receipt_wrote_ms = Some(now_ms),
    })
}
