//! Places without network: the same records in files, from phone to tablet to server, and receipts
//! back.
//!
//! Every account of a device has an identity of its own, because rows and files are numbered in its
//! database. What a file is and whether it counts is decided by `outpost-exchange`; what happens to
//! rows is done by the store, one transaction a file. Files are streamed, never held in memory; what
//! lies on the disk on the way is encrypted.

mod hand_over;
mod keys;
mod nearby;
mod package;
mod receipt;
mod release;
mod rotate;
mod setup;
mod show;
mod signed_pair;
mod spool;
mod take_in;

use outpost_exchange::file::{Captured, Carried, Kind, MetadataBase, Written};
use outpost_exchange::keys::{Card, Identity, KeyId, KeyRing};
use outpost_exchange::ledger::{Ledger, SentLog};
use outpost_store::{Direction, Exchange};
use outpost_sync::ports::{StoreCommand, facts};
use serde::{Deserialize, Serialize};

use super::Session;
use crate::error::{OutpostError, Result};
use crate::model::{HandedOver, SiteName};
use crate::refusals;

pub(super) use hand_over::must_catch_up;

pub use package::{DriftPlace, PackageExtent, PackageSource};
pub use release::publish_release;
pub use setup::read_setup_code;
pub use show::{join_parts, split_for_mail};
pub use signed_pair::{SignedPair, read_signed_pair};

/// Names of the documents in the store.
const RING: &str = "ring";
const CARD: &str = "card";
pub(super) const KEY_LIST: &str = "keyList";
const KEY_LIST_SIGNATURE: &str = "keyListSignature";

/// Who this device is and whom it believes.
pub(super) struct Keys {
    pub identity: Identity,
    /// Those that it replaced.
    earlier: Vec<Identity>,
    pub ring: KeyRing,
}

/// Where a carried record comes from, as it is kept in the store.
#[derive(Serialize, Deserialize)]
struct Provenance {
    captured: Captured,
    #[serde(default)]
    carried: Vec<Carried>,
}

impl Keys {
    pub(super) fn me(&self) -> KeyId {
        self.identity.public().key_id()
    }

    /// The identity for which a file was written: the present one or an earlier one.
    fn opens(&self, to: KeyId) -> &Identity {
        let earlier = self.earlier.iter().find(|identity| identity.public().key_id() == to);
        earlier.unwrap_or(&self.identity)
    }

    /// The first key of this device.
    fn my_line(&self) -> KeyId {
        self.line(self.me())
    }

    /// The first key of a device or site.
    fn line(&self, key: KeyId) -> KeyId {
        self.ring.line_of(key).unwrap_or(key)
    }

    fn site(&self, key: KeyId) -> SiteName {
        site(&self.ring, key)
    }

    /// What is told of a file that was written for a partner.
    fn handed_over(&self, to: KeyId, written: &Written, again: bool) -> HandedOver {
        let manifest = &written.manifest;
        HandedOver {
            file_name: manifest.file_name(),
            to: self.site(to),
            number: manifest.sequence,
            hash: written.hash.to_string(),
            records: manifest.records,
            counts: manifest.counts.clone(),
            bytes: manifest.entries.iter().map(|entry| entry.bytes).sum(),
            again,
        }
    }
}

/// A key with the name of its site, as it is called now.
pub(super) fn site(ring: &KeyRing, key: KeyId) -> SiteName {
    let member = ring.current(key).ok().or_else(|| ring.member(key));
    let name = member.map(|member| member.card.name().to_owned()).unwrap_or_default();
    SiteName { key: key.to_string(), name }
}

pub(super) fn key_of(text: &str) -> Result<KeyId> {
    let key = KeyId::parse(&text.trim().to_ascii_uppercase());
    key.ok_or_else(|| OutpostError::invalid("key", "shape", "a key has sixteen letters and digits"))
}

/// The program that writes a file, as its manifest names it.
pub(super) fn app() -> Option<String> {
    Some(format!("outpost {} {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS))
}

impl Session {
    /// Who this device is and whom it believes.
    pub(super) fn who_is_who(&self) -> Result<Keys> {
        let identity = self.store().exchange_identity()?.ok_or_else(no_card)?;
        let identity = keys::read_identity(&identity)?;
        let ring = self.store().exchange_document(RING)?;
        let ring = ring.map(|text| KeyRing::from_json(&text)).transpose();
        let earlier = self.store().earlier_identities()?;
        let earlier: Result<_> = earlier.iter().map(|kept| keys::read_identity(kept)).collect();
        Ok(Keys {
            identity,
            earlier: earlier?,
            ring: ring.map_err(refusals::of_key)?.unwrap_or_default(),
        })
    }

    /// The key ring; empty before the first card.
    pub(super) fn ring(&self) -> Result<KeyRing> {
        let ring = self.store().exchange_document(RING)?;
        let ring = ring.map(|text| KeyRing::from_json(&text)).transpose();
        Ok(ring.map_err(refusals::of_key)?.unwrap_or_default())
    }

    /// Does the work of one file in one transaction.
    pub(super) fn exchange<T, E>(
        &self,
        work: impl FnOnce(&mut Exchange<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E>
    where
        E: From<outpost_store::StoreError>,
    {
        self.store().exchange(self.by(), self.now_ms(), work)
    }

    /// Rows that a run left behind when it died are to be handed over too.
    fn take_back_rows(&self) -> Result<()> {
        self.store().command(StoreCommand::LoadLastOutboxId)?;
        Ok(())
    }

    /// The device's clock as text, for people.
    pub(super) fn now_text(&self) -> String {
        let now = jiff::Timestamp::from_millisecond(self.now_ms());
        now.map(|now| now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
    }

    /// The forms with which records are captured here.
    pub(super) fn metadata_base(&self) -> Result<Option<MetadataBase>> {
        let version = self.store().load_fact(facts::METADATA_VERSION)?;
        if let Some(forms) = &version
            && let Some(base) = self.package_base(forms)?
        {
            return Ok(Some(base));
        }
        Ok(version.map(|version| MetadataBase { hash: version.clone(), version }))
    }

    /// Looks at what others handed over and could not wait in the outbox, once more. After a
    /// synchronisation: forms may have come, rows may have gone.
    pub(super) fn look_at_aside_again(&self) -> Result<u64> {
        if self.store().aside_page(0, 1)?.is_empty() {
            return Ok(0);
        }
        self.exchange(|exchange| Ok(exchange.retry_aside()?))
    }
}

fn no_card() -> OutpostError {
    OutpostError::not_found("card of this device: give it a name first (exchange card)", "own")
}

/// What is known of the files between this device and a partner.
pub(super) fn load_ledger(exchange: &Exchange<'_>, partner: KeyId, kind: Kind) -> Result<Ledger> {
    let text = exchange.stream(Direction::In, &partner.to_string(), kind.name())?;
    read_stream(text)
}

pub(super) fn load_log(exchange: &Exchange<'_>, partner: KeyId, kind: Kind) -> Result<SentLog> {
    let text = exchange.stream(Direction::Out, &partner.to_string(), kind.name())?;
    read_stream(text)
}

fn read_stream<T: Default + serde::de::DeserializeOwned>(text: Option<String>) -> Result<T> {
    let read = text.map(|text| serde_json::from_str(&text)).transpose();
    Ok(read
        .map_err(|_| OutpostError::internal("a kept ledger cannot be read"))?
        .unwrap_or_default())
}

pub(super) fn keep_stream(
    exchange: &Exchange<'_>,
    direction: Direction,
    partner: KeyId,
    kind: Kind,
    stream: &impl Serialize,
) -> Result<()> {
    let text = serde_json::to_string(stream).map_err(OutpostError::internal)?;
    Ok(exchange.keep_stream(direction, &partner.to_string(), kind.name(), &text)?)
}

/// The card with everything that people read of it.
pub(super) fn card_view(card: &Card) -> crate::model::CardView {
    crate::model::CardView {
        key: card.key_id().to_string(),
        name: card.name().to_owned(),
        role: card.role(),
        fingerprint: card.fingerprint().to_string(),
        text: card.to_text(),
    }
}
