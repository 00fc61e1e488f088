//! Devices of a roll-out as the facade shows them.

use std::collections::BTreeMap;

use outpost_domain::uid::{EnrollmentUid, EventUid, OrganisationUnitUid};
use outpost_rollout::device::{Device, DeviceState, Finding, MyPhone, WipeStep};
use outpost_rollout::sim::Pairing;
use serde::{Deserialize, Serialize};

/// A device with what its events come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceRow {
    /// The device.
    #[serde(flatten)]
    pub device: Device,
    /// What its events come to.
    #[serde(flatten)]
    pub standing: DeviceStanding,
}

impl DeviceRow {
    /// Whether it is to be wiped and was not. A phone that was found again is not wiped any more.
    #[must_use]
    pub fn awaits_wipe(&self) -> bool {
        matches!(self.device.state, DeviceState::Lost | DeviceState::Stolen)
            && !self.standing.wipe_asked.is_empty()
            && self.standing.wiped_at.is_empty()
    }
}

/// What the events of a device come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceStanding {
    /// Its enrolment.
    pub enrollment: EnrollmentUid,
    /// What is open of its agreement: `stamp 2, copy 1`.
    #[serde(default)]
    pub still_open: String,
    /// Its latest hand-over.
    #[serde(default)]
    pub hand_over: Option<EventUid>,
    /// Its latest loss.
    #[serde(default)]
    pub loss: Option<EventUid>,
    /// When the lock of the account was asked for, after the latest loss.
    #[serde(default)]
    pub lock_asked: String,
    /// When the account was locked.
    #[serde(default)]
    pub locked_at: String,
    /// When the wipe was asked for.
    #[serde(default)]
    pub wipe_asked: String,
    /// When it was wiped.
    #[serde(default)]
    pub wiped_at: String,
    /// Code of the latest audit's result.
    #[serde(default)]
    pub last_audit: String,
}

/// Which devices a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceQuery {
    /// Only in this state.
    pub state: Option<DeviceState>,
    /// Only of this place.
    pub place: Option<OrganisationUnitUid>,
    /// Only with something open.
    pub only_open: bool,
    /// Only whose holder's name or number has this text.
    pub text: Option<String>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl DeviceQuery {
    /// Whether a device fits.
    #[must_use]
    pub fn fits(&self, row: &DeviceRow) -> bool {
        let device = &row.device;
        let has_text = self.text.as_deref().is_none_or(|text| {
            let text = outpost_domain::folding::normalise(text);
            [&device.facts.holder, &device.facts.number, &device.facts.model]
                .iter()
                .any(|fact| outpost_domain::folding::normalise(fact).contains(&text))
        });
        self.state.is_none_or(|state| state == device.state)
            && self.place.is_none_or(|place| place == device.place)
            && (!self.only_open || !row.standing.still_open.is_empty())
            && has_text
    }
}

/// The registry in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeviceReport {
    /// All.
    pub devices: u64,
    /// By state.
    pub by_state: BTreeMap<DeviceState, u64>,
    /// By place, by name.
    pub by_place: Vec<(String, BTreeMap<DeviceState, u64>)>,
    /// Of whose agreement something is open.
    pub with_something_open: u64,
    /// That belong to the health worker.
    pub personal: u64,
    /// Of which no SIM card is known.
    pub without_sim: u64,
    /// That the latest audit did not find where they should be.
    pub wrong_at_last_audit: u64,
}

/// A device with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceHistory {
    /// The device.
    #[serde(flatten)]
    pub row: DeviceRow,
    /// Name of its place.
    pub place_name: String,
    /// What happened, the latest last.
    pub events: Vec<DeviceEvent>,
    /// Every SIM card that was in it.
    pub sims: Vec<Pairing>,
}

/// Something that happened to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceEvent {
    /// Its record.
    pub id: EventUid,
    /// Name of the stage.
    pub what: String,
    /// State after it.
    pub state: Option<DeviceState>,
    /// Why.
    pub reason: String,
    /// Who did it.
    pub done_by: String,
    /// When.
    pub done_at: String,
    /// The other answers, by label.
    pub more: Vec<(String, String)>,
}

/// What a line of a table changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceChange {
    /// Line of the file.
    pub line: u64,
    /// Number of the device.
    pub number: String,
    /// Facts: name in tables, value before, value after.
    pub facts: Vec<(String, String, String)>,
    /// It comes to another place.
    pub is_moved: bool,
}

/// What a table did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeviceImport {
    /// Devices that are new.
    pub added: usize,
    /// Devices that changed.
    pub changed: usize,
    /// Lines that say what was known.
    pub unchanged: usize,
    /// What changed of which device.
    pub changes: Vec<DeviceChange>,
    /// What is wrong; then nothing was taken in.
    pub problems: Vec<outpost_rollout::table::LineProblem>,
}

/// The phone that this is, with what it should do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MyPhoneView {
    /// The card.
    pub card: MyPhone,
    /// What the self-check found.
    pub findings: Vec<FindingView>,
    /// Whether it opens with the PIN, or asks for the password.
    pub lease: outpost_rollout::device::LeaseState,
    /// What to do about a wipe.
    pub wipe: WipeStep,
}

/// A finding of the self-check, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingView {
    /// Its code, by which requests of one cause are found.
    pub code: String,
    /// What it is and what to do.
    pub words: String,
    /// Whether a support request is proposed.
    pub proposes_request: bool,
    /// The finding itself.
    #[serde(flatten)]
    pub finding: Finding,
}

/// A label to be printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceLabel {
    /// Number of the device.
    pub number: String,
    /// The text of its QR code.
    pub code: String,
    /// The line for people.
    pub line: String,
    /// How many labels of it were printed before.
    pub printed_before: u64,
}
