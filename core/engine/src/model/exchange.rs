//! Keys, files and receipts of places without network, as people read them. Nothing here says what a
//! record says.

use std::collections::BTreeMap;

pub use outpost_exchange::keys::{Reason as RevocationReason, Role as SiteRole};
use serde::Serialize;
use zeroize::Zeroizing;

/// A card: what a device or site hands out so that others can write to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardView {
    /// Id of the key.
    pub key: String,
    /// Name of the place or device.
    pub name: String,
    /// What the key is for: `device`, `tablet`, `district`, `centre` or `recovery`.
    pub role: SiteRole,
    /// Thirty digits that two people compare.
    pub fingerprint: String,
    /// The text of the QR code.
    pub text: String,
}

/// A key that this device knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// Its card.
    #[serde(flatten)]
    pub card: CardView,
    /// Whether it is this device's own.
    pub is_own: bool,
    /// `active`, `superseded` or `revoked`.
    pub standing: String,
    /// Why it was revoked.
    pub reason: Option<String>,
    /// How it came here, in words.
    pub trust: String,
}

/// A recovery key that was just made. Its secret is shown once and kept nowhere.
#[derive(Debug)]
pub struct RecoveryKey {
    /// Its card, which every device enrols.
    pub card: CardView,
    /// The secret as the `age` tool reads it, for paper in a safe.
    pub secret: Zeroizing<String>,
}

/// The key list of a centre in its two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyListFiles {
    /// Its number.
    pub number: u64,
    /// The content of `keys.json`.
    pub list: Vec<u8>,
    /// The content of `keys.json.minisig`.
    pub signature: String,
}

/// A new key of this device, vouched for by the old one, in its two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationFiles {
    /// The key that was replaced.
    pub old: String,
    /// The new card.
    pub card: CardView,
    /// The content of `rotation.json`.
    pub statement: Vec<u8>,
    /// The content of `rotation.json.minisig`.
    pub signature: String,
}

/// What a new phone is to begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetupPlan {
    /// Address of the server, with `https://` (or `http://` in a training network).
    pub server: String,
    /// Language of the app, e.g. `fr`; `None`: the phone's own.
    pub language: Option<String>,
    /// Whether it is for practice.
    pub is_training: bool,
    /// Ids of programs and data sets that the phone is for; empty: all that its user may see.
    pub programs: Vec<String>,
}

/// A setup code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetupView {
    /// What it says.
    #[serde(flatten)]
    pub plan: SetupPlan,
    /// When it was made, by the signer's clock.
    pub issued_at: String,
    /// Who signed it.
    pub signer: CardView,
    /// The text of the QR code.
    pub text: String,
}

/// A partner by its first key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteName {
    /// The key.
    pub key: String,
    /// The name on its card; empty if it is not known here.
    pub name: String,
}

/// What may be known of a file without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExchangeFileView {
    /// `data` or `receipt`.
    pub kind: String,
    /// Who signed it.
    pub from: SiteName,
    /// For whom it is.
    pub to: SiteName,
    /// Its number among those of its kind between the two.
    pub number: u64,
    /// The number of the file that it builds upon.
    pub since: Option<u64>,
    /// Its hash.
    pub hash: String,
    /// When it was made, by the sender's clock.
    pub created_at: String,
    /// Records in it.
    pub records: u64,
    /// The same by class.
    pub counts: BTreeMap<String, u64>,
    /// Whether its records were captured with the forms that this device has; `None` if either is not
    /// known.
    pub same_forms: Option<bool>,
    /// Whether a key list travels with it.
    pub has_key_list: bool,
    /// What it is to this device.
    pub plan: FilePlan,
    /// The same in words, with what to do.
    pub advice: String,
}

/// What a file is to this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FilePlan {
    /// It can be taken in.
    TakeIn,
    /// It was taken in before.
    Known,
    /// A later file held its records too.
    Covered,
    /// Files before it are missing; it is kept until they come.
    Waits,
    /// Its sender was restored from an older backup.
    OlderBackup,
    /// Its sender tells another history than before.
    Fork,
    /// It is for somebody else.
    NotForUs,
    /// Its key is revoked.
    Revoked,
    /// Its key was replaced.
    Superseded,
    /// Nobody here knows its sender.
    UnknownSender,
}

/// What was written for a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandedOver {
    /// Name for the file: it says what it is and sorts by number.
    pub file_name: String,
    /// For whom.
    pub to: SiteName,
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: String,
    /// Records in it.
    pub records: u64,
    /// The same by class.
    pub counts: BTreeMap<String, u64>,
    /// Its size.
    pub bytes: u64,
    /// Whether it holds again what earlier files held.
    pub again: bool,
}

/// Objects that records need and that are not on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownObject {
    /// Class and id, in words.
    pub object: String,
    /// Records that are kept aside for it.
    pub records: u64,
}

/// What taking in a file did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TakenInReport {
    /// Records that wait in the outbox now.
    pub new: u64,
    /// Records that changed a waiting row.
    pub changed: u64,
    /// Records that were here already.
    pub known: u64,
    /// Records that the server is known to hold.
    pub on_server: u64,
    /// Records of which the server holds another version; a person decides.
    pub conflicts: u64,
    /// Records kept aside because another version waits here.
    pub differs: u64,
    /// Records kept aside because an object is unknown.
    pub unknown: Vec<UnknownObject>,
    /// Records that are not taken (given up here before, or not carried by others).
    pub given_up: u64,
    /// Files that had waited and were taken in with it.
    pub waited: u64,
    /// Keys that came in or were revoked by the key list in the file.
    pub keys_changed: u64,
    /// What a receipt did.
    pub receipt: Option<ReceiptReport>,
}

/// What a receipt did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReceiptReport {
    /// Records that the partner holds now.
    pub held: u64,
    /// Records that are on the server now and left the outbox.
    pub settled: u64,
    /// Records that were refused and are parked with the reason.
    pub parked: u64,
    /// Records that wait there.
    pub waiting: u64,
    /// What the partner says of the files, in words.
    pub advice: Vec<String>,
}

/// A file and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakenIn {
    /// The file.
    pub file: ExchangeFileView,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// What it did.
    pub report: TakenInReport,
}

/// A partner and what lies between it and this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExchangePartner {
    /// Who.
    pub site: SiteName,
    /// Number of the last data file that came from it.
    pub last: Option<u64>,
    /// First and last numbers of files that are missing.
    pub missing: Vec<(u64, u64)>,
    /// Records of it that wait here.
    pub held: u64,
    /// Records of it that are on the server.
    pub on_server: u64,
    /// Records of it that were refused.
    pub refused: u64,
    /// Records of it that wait for something.
    pub waiting: u64,
}

/// A record of somebody else that is kept aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AsideView {
    /// Its number.
    pub id: i64,
    /// Class of the record.
    pub kind: String,
    /// Its id; empty for values and completions.
    pub uid: String,
    /// User name of the one who captured it.
    pub captured_by: String,
    /// The device that captured it.
    pub device: SiteName,
    /// Why.
    pub reason: String,
}

/// To whom a row of the outbox was handed in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandedToView {
    /// Who.
    pub site: SiteName,
    /// Number of the file.
    pub file: u64,
    /// Whether they said that they have it, as it is now.
    pub is_held: bool,
    /// Why it waits there.
    pub reason: Option<String>,
}

/// Who captured a row that waits here for somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CarriedView {
    /// User name of the one who captured it.
    pub captured_by: String,
    /// When, by that device's clock, Unix ms.
    pub captured_ms: i64,
    /// The device.
    pub device: SiteName,
    /// Who has carried it since, first to last.
    pub carriers: Vec<SiteName>,
}
