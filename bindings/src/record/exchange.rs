//! Cards, files and receipts of places without network. Nothing here says what a record says.

use std::collections::BTreeMap;

use outpost_engine::model;

use super::sync::TypeCount;
use super::{first_page, signed};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum SiteRole {
    /// The phone of one who captures.
    Device,
    /// A tablet that takes in what phones captured and carries it on.
    Tablet,
    /// The machine of a district.
    District,
    /// The national centre: signs key lists, metadata and releases.
    Centre,
    /// Opens files when another key is lost; lies in a safe, never on a device.
    Recovery,
}

impl From<SiteRole> for model::SiteRole {
    fn from(it: SiteRole) -> Self {
        match it {
            SiteRole::Device => Self::Device,
            SiteRole::Tablet => Self::Tablet,
            SiteRole::District => Self::District,
            SiteRole::Centre => Self::Centre,
            SiteRole::Recovery => Self::Recovery,
        }
    }
}

impl From<model::SiteRole> for SiteRole {
    fn from(it: model::SiteRole) -> Self {
        match it {
            model::SiteRole::Device => Self::Device,
            model::SiteRole::Tablet => Self::Tablet,
            model::SiteRole::District => Self::District,
            model::SiteRole::Centre => Self::Centre,
            model::SiteRole::Recovery => Self::Recovery,
        }
    }
}

/// A card: what a device or site hands out so that others can write to it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ExchangeCard {
    /// Id of the key.
    pub key: String,
    /// Name of the place or device.
    pub name: String,
    /// What the key is for.
    pub role: SiteRole,
    /// Thirty digits that two people compare.
    pub fingerprint: String,
    /// The text of the QR code.
    pub text: String,
}

impl From<model::CardView> for ExchangeCard {
    fn from(it: model::CardView) -> Self {
        Self {
            key: it.key,
            name: it.name,
            role: it.role.into(),
            fingerprint: it.fingerprint,
            text: it.text,
        }
    }
}

/// A key that this device knows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ExchangeKey {
    /// Its card.
    pub card: ExchangeCard,
    /// Whether it is this device's own.
    pub is_own: bool,
    /// `active`, `superseded` or `revoked`.
    pub standing: String,
    /// Why it was revoked.
    pub reason: Option<String>,
    /// How it came here, in words.
    pub trust: String,
}

impl From<model::KeyView> for ExchangeKey {
    fn from(it: model::KeyView) -> Self {
        Self {
            card: it.card.into(),
            is_own: it.is_own,
            standing: it.standing,
            reason: it.reason,
            trust: it.trust,
        }
    }
}

/// Why a key is no longer believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum RevocationReason {
    /// The device cannot be found.
    Lost,
    /// The device was taken.
    Stolen,
    /// Somebody else may have the key.
    Compromised,
    /// The device or site is no longer in use.
    Retired,
}

impl From<RevocationReason> for model::RevocationReason {
    fn from(it: RevocationReason) -> Self {
        match it {
            RevocationReason::Lost => Self::Lost,
            RevocationReason::Stolen => Self::Stolen,
            RevocationReason::Compromised => Self::Compromised,
            RevocationReason::Retired => Self::Retired,
        }
    }
}

/// A new key of this device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewExchangeKey {
    /// The key that it replaced.
    pub old: String,
    /// The new card.
    pub card: ExchangeCard,
}

/// A recovery key that was just made.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewRecoveryKey {
    /// Its card, which every device enrols.
    pub card: ExchangeCard,
    /// The secret as the `age` tool reads it, for paper in a safe. It is kept nowhere.
    pub secret: String,
}

/// A key list that was just signed.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PublishedKeyList {
    /// Its number.
    pub number: i64,
}

/// A file in parts for e-mails.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MailParts {
    /// How many there are.
    pub count: i64,
    /// Where they are, in order; a page of them. The others lie in the same folder.
    pub paths: Vec<String>,
}

/// What a new phone is to begin with.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
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

impl From<SetupPlan> for model::SetupPlan {
    fn from(it: SetupPlan) -> Self {
        let SetupPlan { server, language, is_training, programs } = it;
        Self { server, language, is_training, programs }
    }
}

/// A setup code.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SetupCode {
    /// What it says.
    pub plan: SetupPlan,
    /// When it was made, by the signer's clock.
    pub issued_at: String,
    /// Who signed it.
    pub signer: ExchangeCard,
    /// The text of the QR code.
    pub text: String,
}

impl From<model::SetupView> for SetupCode {
    fn from(it: model::SetupView) -> Self {
        let model::SetupPlan { server, language, is_training, programs } = it.plan;
        Self {
            plan: SetupPlan { server, language, is_training, programs: first_page(programs) },
            issued_at: it.issued_at,
            signer: it.signer.into(),
            text: it.text,
        }
    }
}

/// A page of known keys.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ExchangeKeyPage {
    /// Keys by name.
    pub items: Vec<ExchangeKey>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// A device or site by its first key.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SiteName {
    /// The key.
    pub key: String,
    /// The name on its card; empty if it is not known here.
    pub name: String,
}

impl From<model::SiteName> for SiteName {
    fn from(it: model::SiteName) -> Self {
        Self { key: it.key, name: it.name }
    }
}

/// What a file is to this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
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

impl From<model::FilePlan> for FilePlan {
    fn from(it: model::FilePlan) -> Self {
        match it {
            model::FilePlan::TakeIn => Self::TakeIn,
            model::FilePlan::Known => Self::Known,
            model::FilePlan::Covered => Self::Covered,
            model::FilePlan::Waits => Self::Waits,
            model::FilePlan::OlderBackup => Self::OlderBackup,
            model::FilePlan::Fork => Self::Fork,
            model::FilePlan::NotForUs => Self::NotForUs,
            model::FilePlan::Revoked => Self::Revoked,
            model::FilePlan::Superseded => Self::Superseded,
            model::FilePlan::UnknownSender => Self::UnknownSender,
        }
    }
}

/// What may be known of a file without opening it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ExchangeFile {
    /// `data` or `receipt`.
    pub kind: String,
    /// Who signed it.
    pub from: SiteName,
    /// For whom it is.
    pub to: SiteName,
    /// Its number among those of its kind between the two.
    pub number: i64,
    /// The number of the file that it builds upon.
    pub since: Option<i64>,
    /// Its hash.
    pub hash: String,
    /// When it was made, by the sender's clock.
    pub created_at: String,
    /// Records in it.
    pub records: i64,
    /// The same by class.
    pub counts: Vec<TypeCount>,
    /// Whether its records were captured with the forms that this device has; `None` if either is
    /// not known.
    pub same_forms: Option<bool>,
    /// Whether a key list travels with it.
    pub has_key_list: bool,
    /// What it is to this device.
    pub plan: FilePlan,
    /// The same in words, with what to do.
    pub advice: String,
}

impl From<model::ExchangeFileView> for ExchangeFile {
    fn from(it: model::ExchangeFileView) -> Self {
        Self {
            kind: it.kind,
            from: it.from.into(),
            to: it.to.into(),
            number: signed(it.number),
            since: it.since.map(signed),
            hash: it.hash,
            created_at: it.created_at,
            records: signed(it.records),
            counts: counts(it.counts),
            same_forms: it.same_forms,
            has_key_list: it.has_key_list,
            plan: it.plan.into(),
            advice: it.advice,
        }
    }
}

/// Records by class.
pub(crate) fn counts(by_class: BTreeMap<String, u64>) -> Vec<TypeCount> {
    first_page(by_class.into_iter().map(|(kind, count)| TypeCount { kind, count: signed(count) }))
}

/// A file that was written for a partner.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandedOver {
    /// Where it is.
    pub path: String,
    /// For whom.
    pub to: SiteName,
    /// Its number.
    pub number: i64,
    /// Its hash.
    pub hash: String,
    /// Records in it.
    pub records: i64,
    /// The same by class.
    pub counts: Vec<TypeCount>,
    /// Its size in bytes.
    pub bytes: i64,
    /// Whether it holds again what earlier files held.
    pub again: bool,
}

impl From<(model::HandedOver, String)> for HandedOver {
    fn from((it, path): (model::HandedOver, String)) -> Self {
        Self {
            path,
            to: it.to.into(),
            number: signed(it.number),
            hash: it.hash,
            records: signed(it.records),
            counts: counts(it.counts),
            bytes: signed(it.bytes),
            again: it.again,
        }
    }
}

/// Objects that records need and that are not on this device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct UnknownObject {
    /// Class and id, in words.
    pub what: String,
    /// Records that are kept aside for it.
    pub records: i64,
}

impl From<model::UnknownObject> for UnknownObject {
    fn from(it: model::UnknownObject) -> Self {
        Self { what: it.object, records: signed(it.records) }
    }
}

/// What a receipt did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReceiptReport {
    /// Records that the partner holds now.
    pub held: i64,
    /// Records that are on the server now and left the outbox.
    pub settled: i64,
    /// Records that were refused and are parked with the reason.
    pub parked: i64,
    /// Records that wait there.
    pub waiting: i64,
    /// What the partner says of the files, in words.
    pub advice: Vec<String>,
}

impl From<model::ReceiptReport> for ReceiptReport {
    fn from(it: model::ReceiptReport) -> Self {
        Self {
            held: signed(it.held),
            settled: signed(it.settled),
            parked: signed(it.parked),
            waiting: signed(it.waiting),
            advice: first_page(it.advice),
        }
    }
}

/// What taking in a file did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TakenInReport {
    /// Records that wait in the outbox now.
    pub new: i64,
    /// Records that changed a waiting row.
    pub changed: i64,
    /// Records that were here already.
    pub known: i64,
    /// Records that the server is known to hold.
    pub on_server: i64,
    /// Records of which the server holds another version; a person decides.
    pub conflicts: i64,
    /// Records kept aside because another version waits here.
    pub differs: i64,
    /// The first objects for which records were kept aside because they are unknown here.
    pub unknown: Vec<UnknownObject>,
    /// Records that are not taken (given up here before, or not carried by others).
    pub given_up: i64,
    /// Files that had waited and were taken in with it.
    pub waited: i64,
    /// Keys that came in or were revoked by the key list in the file.
    pub keys_changed: i64,
    /// What a receipt did.
    pub receipt: Option<ReceiptReport>,
}

impl From<model::TakenInReport> for TakenInReport {
    fn from(it: model::TakenInReport) -> Self {
        Self {
            new: signed(it.new),
            changed: signed(it.changed),
            known: signed(it.known),
            on_server: signed(it.on_server),
            conflicts: signed(it.conflicts),
            differs: signed(it.differs),
            unknown: first_page(it.unknown),
            given_up: signed(it.given_up),
            waited: signed(it.waited),
            keys_changed: signed(it.keys_changed),
            receipt: it.receipt.map(Into::into),
        }
    }
}

/// A file and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TakenIn {
    /// The file.
    pub file: ExchangeFile,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// What it did.
    pub report: TakenInReport,
}

impl From<model::TakenIn> for TakenIn {
    fn from(it: model::TakenIn) -> Self {
        Self { file: it.file.into(), dry_run: it.dry_run, report: it.report.into() }
    }
}

/// Files that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct FileGap {
    /// Number of the first one.
    pub first: i64,
    /// Number of the last one.
    pub last: i64,
}

impl From<(u64, u64)> for FileGap {
    fn from((first, last): (u64, u64)) -> Self {
        Self { first: signed(first), last: signed(last) }
    }
}

/// A partner and what lies between it and this device.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ExchangePartner {
    /// Who.
    pub site: SiteName,
    /// Number of the last data file that came from it.
    pub last: Option<i64>,
    /// The first files that are missing.
    pub missing: Vec<FileGap>,
    /// Records of it that wait here.
    pub held: i64,
    /// Records of it that are on the server.
    pub on_server: i64,
    /// Records of it that were refused.
    pub refused: i64,
    /// Records of it that wait for something.
    pub waiting: i64,
}

impl From<model::ExchangePartner> for ExchangePartner {
    fn from(it: model::ExchangePartner) -> Self {
        Self {
            site: it.site.into(),
            last: it.last.map(signed),
            missing: first_page(it.missing),
            held: signed(it.held),
            on_server: signed(it.on_server),
            refused: signed(it.refused),
            waiting: signed(it.waiting),
        }
    }
}

/// A page of partners.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ExchangePartnerPage {
    /// Partners.
    pub items: Vec<ExchangePartner>,
    /// Give this to the next call; `None` after the last page.
    pub next: Option<i32>,
}

/// A record of somebody else that is kept aside.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AsideRecord {
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

impl From<model::AsideView> for AsideRecord {
    fn from(it: model::AsideView) -> Self {
        Self {
            id: it.id,
            kind: it.kind,
            uid: it.uid,
            captured_by: it.captured_by,
            device: it.device.into(),
            reason: it.reason,
        }
    }
}

/// To whom a row of the outbox was handed in a file.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandedTo {
    /// Who.
    pub site: SiteName,
    /// Number of the file.
    pub file: i64,
    /// Whether they said that they have it, as it is now.
    pub is_held: bool,
    /// Why it waits there.
    pub reason: Option<String>,
}

impl From<model::HandedToView> for HandedTo {
    fn from(it: model::HandedToView) -> Self {
        Self { site: it.site.into(), file: signed(it.file), is_held: it.is_held, reason: it.reason }
    }
}

/// Who captured a row that waits here for somebody else.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct CarriedFor {
    /// User name of the one who captured it.
    pub captured_by: String,
    /// When, by that device's clock, Unix ms.
    pub captured_ms: i64,
    /// The device.
    pub device: SiteName,
    /// Who has carried it since, first to last.
    pub carriers: Vec<SiteName>,
}

impl From<model::CarriedView> for CarriedFor {
    fn from(it: model::CarriedView) -> Self {
        Self {
            captured_by: it.captured_by,
            captured_ms: it.captured_ms,
            device: it.device.into(),
            carriers: first_page(it.carriers),
        }
    }
}
