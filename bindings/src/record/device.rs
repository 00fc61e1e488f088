//! Devices of a roll-out: rows, the card of this phone, hand-over, return and audit as they stand.

use outpost_engine::model;
use outpost_engine::rollout::device as rules;
use outpost_engine::rollout::device::session::{GiveBack, HandOver};

use super::{first_page, list, signed, text};

/// A device of a list.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DeviceItem {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// DHIS2 code of its state, such as `HANDED_OVER`.
    pub state: String,
    /// The state in words.
    pub state_words: String,
    /// Who has it; empty if nobody.
    pub holder: String,
    /// Make and model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// Phone number of its SIM card.
    pub msisdn: String,
    /// Number of its SIM card.
    pub iccid: String,
    /// District.
    pub district: String,
    /// What is open of its agreement; empty if nothing is.
    pub still_open: String,
}

impl From<model::DeviceRow> for DeviceItem {
    fn from(it: model::DeviceRow) -> Self {
        let (device, facts) = (it.device.clone(), it.device.facts);
        Self {
            id: text(device.id),
            number: facts.number,
            state: device.state.code().to_owned(),
            state_words: device.state.words().to_owned(),
            holder: facts.holder,
            model: format!("{} {}", facts.make, facts.model).trim().to_owned(),
            serial: facts.serial,
            msisdn: facts.sim.msisdn,
            iccid: facts.sim.iccid,
            district: facts.district,
            still_open: it.standing.still_open,
        }
    }
}

/// Which devices a list shows.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DeviceListQuery {
    /// Only in the state of this code.
    pub state: Option<String>,
    /// Only of this place.
    pub place: Option<String>,
    /// Only of whose agreement something is open.
    pub only_open: bool,
    /// Only with this in number, model or holder.
    pub search: Option<String>,
}

/// What Android lets the app see of the phone; `None` where it does not.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PhoneSeen {
    /// Number of the SIM card inside; empty if there is none.
    pub iccid: Option<String>,
    /// Free space in bytes.
    pub free_bytes: Option<i64>,
    /// Version of the app as numbers: major, minor, patch.
    pub app_version: Vec<i64>,
    /// The oldest version that is still supported.
    pub app_version_floor: Vec<i64>,
    /// Whether somebody who knows the password is at the phone.
    pub key_holder_is_present: bool,
}

impl From<PhoneSeen> for rules::PhoneState {
    fn from(it: PhoneSeen) -> Self {
        let numbers = |list: Vec<i64>| list.into_iter().map(i64::unsigned_abs).collect();
        Self {
            iccid: it.iccid,
            free_bytes: it.free_bytes.map(|bytes| u64::try_from(bytes).unwrap_or(0)),
            app_version: numbers(it.app_version),
            app_version_floor: numbers(it.app_version_floor),
            ..Self::default()
        }
    }
}

/// Something that the self-check found.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PhoneFinding {
    /// Its code, such as `SIM_CHANGED`.
    pub code: String,
    /// What it is and what to do.
    pub words: String,
    /// Whether a support request is proposed.
    pub proposes_request: bool,
}

/// What to do about a wipe order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum WipeStep {
    /// There is none.
    Nothing,
    /// Lock and ask for the password: unsent work would be lost.
    LockAndWait,
    /// Export the unsent work encrypted, then wipe.
    ExportThenWipe,
    /// Wipe.
    Wipe,
}

/// The card *My phone*, with what the self-check found.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MyPhone {
    /// Its number.
    pub number: String,
    /// Make and model.
    pub model: String,
    /// Phone number of its SIM card.
    pub msisdn: String,
    /// The last four digits of the SIM card.
    pub iccid_end: String,
    /// Whether it is the health worker's own.
    pub is_personal: bool,
    /// Who has it.
    pub holder: String,
    /// Who looks after what, one sentence each.
    pub responsibilities: Vec<String>,
    /// Whom to call.
    pub support_name: String,
    /// Under which number.
    pub support_phone: String,
    /// What the self-check found.
    pub findings: Vec<PhoneFinding>,
    /// Whether it asks for the password before it opens: it was not in contact for its lease.
    pub asks_password: bool,
    /// Days until it does; `None` without a lease, or if it does.
    pub lease_days_left: Option<i64>,
    /// What to do about a wipe order.
    pub wipe: WipeStep,
}

impl From<model::MyPhoneView> for MyPhone {
    fn from(it: model::MyPhoneView) -> Self {
        let finding = |it: model::FindingView| PhoneFinding {
            code: it.code,
            words: it.words,
            proposes_request: it.proposes_request,
        };
        let (asks_password, lease_days_left) = match it.lease {
            rules::LeaseState::AsksPassword => (true, None),
            rules::LeaseState::Running { days_left } => (false, days_left),
        };
        let card = it.card;
        Self {
            number: card.number,
            model: card.model,
            msisdn: card.msisdn,
            iccid_end: card.iccid_end,
            is_personal: card.ownership == rules::Ownership::Personal,
            holder: card.holder,
            responsibilities: card.responsibilities,
            support_name: card.support_name,
            support_phone: card.support_phone,
            findings: it.findings.into_iter().map(finding).collect(),
            asks_password,
            lease_days_left,
            wipe: match it.wipe {
                rules::WipeStep::Nothing => WipeStep::Nothing,
                rules::WipeStep::LockAndWait => WipeStep::LockAndWait,
                rules::WipeStep::ExportThenWipe => WipeStep::ExportThenWipe,
                rules::WipeStep::Wipe => WipeStep::Wipe,
            },
        }
    }
}

/// A signature: whose it is, and how it was given.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DeviceSignature {
    /// `health_worker`, `supervisor` or `council`.
    pub of: String,
    /// Name of the one who signed.
    pub name: String,
    /// Id of the drawing or photo; empty if it was seen on paper.
    pub file: String,
}

/// What is filled in of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandOverFacts {
    /// Who gets the phone.
    pub receiver: String,
    /// Their user name.
    pub receiver_user: String,
    /// Whom they call.
    pub support_name: String,
    /// Under which number.
    pub support_phone: String,
    /// Id of the organisation unit where the phone is from now on; `None`: where it was.
    pub place: Option<String>,
    /// DHIS2 code of the condition: `NEW`, `GOOD`, `WORN`, `DAMAGED`, `BROKEN`.
    pub condition: String,
    /// What is in the box, separated by commas.
    pub accessories: String,
    /// Version of the agreement.
    pub agreement_version: String,
    /// Its language.
    pub agreement_language: String,
    /// SHA-256 of its text, in hexadecimal.
    pub agreement_sha256: String,
    /// The health worker declined.
    pub is_declined: bool,
    /// Why.
    pub reason: String,
    /// Signatures.
    pub signatures: Vec<DeviceSignature>,
    /// Whether copy 1 bears the council's stamp.
    pub is_stamped_1: bool,
    /// Whether copy 2 does.
    pub is_stamped_2: bool,
    /// Id of the photo of the stamps.
    pub stamp_photo: String,
    /// DHIS2 code of where copy 1 lies: `DISTRICT`, `BOX_FILE`, `ON_THE_WAY`, `SUPERVISOR`, `LOST`.
    pub copy_1: Option<String>,
    /// Where copy 2 lies.
    pub copy_2: Option<String>,
}

impl From<&HandOver> for HandOverFacts {
    fn from(it: &HandOver) -> Self {
        let ledger = &it.ledger;
        let place = |at: usize| ledger.places[at].map(|place| place.code().to_owned());
        Self {
            receiver: it.receiver.clone(),
            receiver_user: it.receiver_user.clone(),
            support_name: it.support_name.clone(),
            support_phone: it.support_phone.clone(),
            place: it.place.map(|place| place.to_string()),
            condition: it.condition.clone(),
            accessories: it.accessories.clone(),
            agreement_version: ledger.version.clone(),
            agreement_language: ledger.language.clone(),
            agreement_sha256: ledger.text_sha256.clone(),
            is_declined: ledger.is_declined,
            reason: it.reason.clone(),
            signatures: signatures(&ledger.signatures),
            is_stamped_1: ledger.stamped[0],
            is_stamped_2: ledger.stamped[1],
            stamp_photo: ledger.stamp_photo.clone(),
            copy_1: place(0),
            copy_2: place(1),
        }
    }
}

fn signatures(
    kept: &std::collections::BTreeMap<rules::Signer, rules::Signature>,
) -> Vec<DeviceSignature> {
    let of = |(signer, it): (&rules::Signer, &rules::Signature)| DeviceSignature {
        of: signer.words().replace(' ', "_"),
        name: it.name.clone(),
        file: it.file.clone(),
    };
    kept.iter().map(of).collect()
}

/// Signatures by whose they are; one of somebody unknown is left out.
pub(crate) fn signed_by(
    given: Vec<DeviceSignature>,
) -> impl Iterator<Item = (rules::Signer, rules::Signature)> {
    given.into_iter().filter_map(|it| {
        let signature = rules::Signature { name: it.name, file: it.file };
        Some((rules::Signer::parse(&it.of)?, signature))
    })
}

impl From<HandOverFacts> for HandOver {
    fn from(it: HandOverFacts) -> Self {
        let place = |code: Option<String>| code.as_deref().and_then(rules::CopyPlace::parse);
        let ledger = rules::Ledger {
            version: it.agreement_version,
            language: it.agreement_language,
            text_sha256: it.agreement_sha256,
            is_declined: it.is_declined,
            signatures: signed_by(it.signatures).collect(),
            stamped: [it.is_stamped_1, it.is_stamped_2],
            stamp_photo: it.stamp_photo,
            places: [place(it.copy_1), place(it.copy_2)],
        };
        Self {
            receiver: it.receiver,
            receiver_user: it.receiver_user,
            support_name: it.support_name,
            support_phone: it.support_phone,
            condition: it.condition,
            accessories: it.accessories,
            reason: it.reason,
            ledger,
            ..Self::default()
        }
    }
}

/// Box and phone that do not belong together.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DeviceMixUp {
    /// Number on the box.
    pub box_number: String,
    /// Number of the phone.
    pub phone_number: String,
    /// Who has, or is to have, the phone; empty if nobody.
    pub phone_holder: String,
}

/// The next thing to do in a hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum HandOverStage {
    /// Scan the box.
    Box,
    /// Scan the phone.
    Phone,
    /// Say who gets it and in what condition it is.
    Check,
    /// Sign.
    Sign,
    /// Stamps and copies.
    Stamp,
    /// Nothing is open.
    Finish,
}

/// A hand-over as it stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HandOverState {
    /// What comes next.
    pub stage: HandOverStage,
    /// Number of the box that was scanned.
    pub box_number: Option<String>,
    /// Number of the phone that was scanned.
    pub phone_number: Option<String>,
    /// If they are of two devices.
    pub mixed_up: Option<DeviceMixUp>,
    /// What is filled in.
    pub facts: HandOverFacts,
    /// What is open, in words.
    pub open: Vec<String>,
}

impl From<HandOver> for HandOverState {
    fn from(it: HandOver) -> Self {
        use outpost_engine::rollout::device::session::HandOverStep as Step;
        let number = |device: &Option<rules::Device>| {
            device.as_ref().map(|device| device.facts.number.clone())
        };
        let mix_up = |it: &rules::MixUp| DeviceMixUp {
            box_number: it.box_number.clone(),
            phone_number: it.phone_number.clone(),
            phone_holder: it.phone_holder.clone(),
        };
        Self {
            stage: match it.step() {
                Step::Box => HandOverStage::Box,
                Step::Phone => HandOverStage::Phone,
                Step::Check => HandOverStage::Check,
                Step::Sign => HandOverStage::Sign,
                Step::Stamp => HandOverStage::Stamp,
                Step::Finish => HandOverStage::Finish,
            },
            box_number: number(&it.of_box),
            phone_number: number(&it.of_phone),
            mixed_up: it.mixed.as_ref().map(mix_up),
            facts: (&it).into(),
            open: it.open(),
        }
    }
}

/// What is filled in of a return.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReturnFacts {
    /// DHIS2 code of the condition.
    pub condition: String,
    /// What came with it, separated by commas.
    pub accessories: String,
    /// Signatures.
    pub signatures: Vec<DeviceSignature>,
    /// Whether the data were wiped; `None` until somebody says.
    pub is_wiped: Option<bool>,
    /// Why it comes back.
    pub reason: String,
}

impl From<ReturnFacts> for GiveBack {
    fn from(it: ReturnFacts) -> Self {
        Self {
            device: None,
            condition: it.condition,
            accessories: it.accessories,
            signatures: signed_by(it.signatures).collect(),
            is_wiped: it.is_wiped,
            reason: it.reason,
        }
    }
}

/// The next thing to do in a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ReturnStage {
    /// Scan the phone.
    Phone,
    /// Say in what condition it is.
    Condition,
    /// Sign.
    Sign,
    /// Say whether the data were wiped.
    Wipe,
    /// Nothing is missing.
    Finish,
}

/// A return as it stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReturnState {
    /// What comes next.
    pub stage: ReturnStage,
    /// Number of the phone.
    pub number: Option<String>,
    /// Who has it.
    pub holder: Option<String>,
    /// What is filled in.
    pub facts: ReturnFacts,
    /// What is open, in words.
    pub open: Vec<String>,
}

impl From<GiveBack> for ReturnState {
    fn from(it: GiveBack) -> Self {
        use outpost_engine::rollout::device::session::GiveBackStep as Step;
        let (stage, open) = (it.step(), it.open());
        Self {
            stage: match stage {
                Step::Phone => ReturnStage::Phone,
                Step::Condition => ReturnStage::Condition,
                Step::Sign => ReturnStage::Sign,
                Step::Wipe => ReturnStage::Wipe,
                Step::Finish => ReturnStage::Finish,
            },
            number: it.device.as_ref().map(|device| device.facts.number.clone()),
            holder: it.device.map(|device| device.facts.holder),
            facts: ReturnFacts {
                condition: it.condition,
                accessories: it.accessories,
                signatures: signatures(&it.signatures),
                is_wiped: it.is_wiped,
                reason: it.reason,
            },
            open,
        }
    }
}

/// What an audit says of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum AuditResult {
    /// As it should be.
    Found,
    /// Not seen.
    Missing,
    /// Seen and not expected here.
    Extra,
    /// With somebody else.
    WrongHands,
}

/// A line of an audit.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DeviceAuditLine {
    /// Number of the device.
    pub number: String,
    /// The result.
    pub result: AuditResult,
    /// The result in words.
    pub words: String,
    /// Who should have it; empty if nobody.
    pub holder: String,
    /// Who had it.
    pub seen_with: String,
}

impl From<rules::AuditLine> for DeviceAuditLine {
    fn from(it: rules::AuditLine) -> Self {
        Self {
            number: it.number,
            result: match it.result {
                rules::AuditResult::Found => AuditResult::Found,
                rules::AuditResult::Missing => AuditResult::Missing,
                rules::AuditResult::Extra => AuditResult::Extra,
                rules::AuditResult::WrongHands => AuditResult::WrongHands,
            },
            words: it.result.words().to_owned(),
            holder: it.holder,
            seen_with: it.seen_with,
        }
    }
}

/// An audit as it stands.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct DeviceAudit {
    /// Place and day.
    pub name: String,
    /// Devices that were found.
    pub found: i64,
    /// Devices that are expected.
    pub expected: i64,
    /// Devices that are not as they should be and of which nobody said why, by number; the first page.
    pub open: Vec<String>,
    /// Its lines; the first page.
    pub lines: Vec<DeviceAuditLine>,
}

impl From<rules::session::AuditSession> for DeviceAudit {
    fn from(it: rules::session::AuditSession) -> Self {
        let lines = it.lines();
        let found = lines.iter().filter(|line| line.result == rules::AuditResult::Found).count();
        let open = it.open().into_iter().map(|it| it.number);
        Self {
            name: it.name.clone(),
            found: signed(found as u64),
            expected: signed(it.expected.len() as u64),
            open: list(open.take(crate::limits::PAGE_ROWS_MAX)),
            lines: first_page(lines),
        }
    }
}
