//! On the phone itself: the card *My phone*, the self-check, and the lease that locks a phone which has
//! not been in contact (D10).

use serde::{Deserialize, Serialize};

use super::facts::{Device, Ownership};
use super::limits::{CLOCK_WRONG_MS, STORAGE_LOW_BYTES, SYNC_LATE_DAYS};
use crate::sim::{Pairing, SimSeen, judge_seen};

/// What the phone shows of itself, without network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyPhone {
    /// Its number.
    pub number: String,
    /// Make and model.
    pub model: String,
    /// Phone number of its SIM card.
    pub msisdn: String,
    /// The last four digits of the SIM card, enough to compare.
    pub iccid_end: String,
    /// Whose it is.
    pub ownership: Ownership,
    /// Who has it.
    pub holder: String,
    /// Who looks after what, one sentence each.
    pub responsibilities: Vec<String>,
    /// Whom to call.
    pub support_name: String,
    /// Under which number.
    pub support_phone: String,
}

/// Who pays and who looks after it (the guide: clear at the moment of handing out).
const OF_INSTITUTION: [&str; 4] = [
    "The phone belongs to the institution.",
    "You look after it and keep it charged and dry.",
    "The institution pays for repair and for the airtime of the forms.",
    "Tell your supervisor on the same day if it is lost, stolen or broken.",
];
const OF_PERSON: [&str; 4] = [
    "The phone is your own.",
    "You look after it and pay for its repair.",
    "Airtime and data for the forms are paid back, up to the monthly allowance.",
    "Tell your supervisor on the same day if it is lost or stolen, so that the forms are locked.",
];

impl MyPhone {
    /// The card of a device. `agreed` are the project's own sentences; without them the defaults stand.
    #[must_use]
    pub fn of(device: &Device, agreed: &[String]) -> Self {
        let facts = &device.facts;
        let default = match facts.ownership {
            Ownership::Institution => &OF_INSTITUTION,
            Ownership::Personal => &OF_PERSON,
        };
        let responsibilities = match agreed {
            [] => default.iter().map(|it| (*it).to_owned()).collect(),
            agreed => agreed.to_vec(),
        };
        let iccid = &facts.sim.iccid;
        Self {
            number: facts.number.clone(),
            model: format!("{} {}", facts.make, facts.model).trim().to_owned(),
            msisdn: facts.sim.msisdn.clone(),
            iccid_end: iccid.get(iccid.len().saturating_sub(4)..).unwrap_or_default().to_owned(),
            ownership: facts.ownership,
            holder: facts.holder.clone(),
            responsibilities,
            support_name: facts.support_name.clone(),
            support_phone: facts.support_phone.clone(),
        }
    }
}

/// What Android and the store tell of the phone; `None` where it does not let us see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PhoneState {
    /// The SIM card that is inside; `Some("")` if there is none.
    pub iccid: Option<String>,
    /// Free space in bytes.
    pub free_bytes: Option<u64>,
    /// Server's clock minus the phone's, in milliseconds, as last measured.
    pub skew_ms: Option<i64>,
    /// Version of the app as comparable numbers.
    pub app_version: Vec<u64>,
    /// The oldest version that is still supported.
    pub app_version_floor: Vec<u64>,
    /// When the phone was last in contact: a synchronisation or a receipt; Unix ms.
    pub last_contact_ms: Option<i64>,
    /// Records that were not sent.
    pub unsent: u64,
    /// Now, Unix ms.
    pub now_ms: i64,
}

/// What a self-check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "finding")]
pub enum Finding {
    /// Another SIM card is inside.
    SimChanged {
        /// Number of the phone to which the card belongs, if any is known.
        of: Option<String>,
    },
    /// No SIM card is inside.
    SimMissing,
    /// Little space is left.
    StorageLow {
        /// Free bytes.
        free_bytes: u64,
    },
    /// The clock is wrong.
    ClockWrong {
        /// Server minus phone in ms.
        skew_ms: i64,
    },
    /// The app is older than what is supported.
    AppOld,
    /// Not in contact for long.
    NotSynced {
        /// For how many days; `None` if never.
        days: Option<i64>,
    },
}

impl Finding {
    /// The code under which a support request of this cause is filed.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SimChanged { .. } => "SIM_CHANGED",
            Self::SimMissing => "SIM_MISSING",
            Self::StorageLow { .. } => "STORAGE_LOW",
            Self::ClockWrong { .. } => "CLOCK_WRONG",
            Self::AppOld => "APP_OLD",
            Self::NotSynced { .. } => "NOT_SYNCED",
        }
    }

    /// What it is and what to do, in at most twelve words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::SimChanged { of: Some(number) } => {
                format!("The SIM card belongs to phone {number}. Tell your supervisor.")
            }
            Self::SimChanged { of: None } => {
                "Another SIM card is inside. Tell your supervisor.".to_owned()
            }
            Self::SimMissing => "No SIM card is found. Is it in its place?".to_owned(),
            Self::StorageLow { free_bytes } => {
                let megabytes = free_bytes / 1_000_000;
                format!("Only {megabytes} MB are free. Delete photos or videos.")
            }
            Self::ClockWrong { .. } => "The clock is wrong. Set date and time.".to_owned(),
            Self::AppOld => "The app is too old. Ask for the update.".to_owned(),
            Self::NotSynced { days: Some(days) } => {
                format!("Nothing was sent for {days} days. Go to network or supervisor.")
            }
            Self::NotSynced { days: None } => "Nothing was ever sent from this phone.".to_owned(),
        }
    }

    /// Whether a support request is proposed: somebody else has to do something.
    #[must_use]
    pub const fn proposes_request(&self) -> bool {
        matches!(self, Self::SimChanged { .. } | Self::SimMissing | Self::AppOld)
            || matches!(self, Self::NotSynced { .. })
    }
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Looks the phone over. `device` is its record if that is known, `open` the SIM pairings that are.
#[must_use]
pub fn self_check(state: &PhoneState, device: Option<&Device>, open: &[Pairing]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let (Some(device), Some(seen)) = (device, &state.iccid) {
        findings.extend(sim_finding(device, seen, open));
    }
    if let Some(free_bytes) = state.free_bytes.filter(|free| *free < STORAGE_LOW_BYTES) {
        findings.push(Finding::StorageLow { free_bytes });
    }
    if let Some(skew_ms) = state.skew_ms.filter(|skew| skew.saturating_abs() > CLOCK_WRONG_MS) {
        findings.push(Finding::ClockWrong { skew_ms });
    }
    if !state.app_version.is_empty() && state.app_version < state.app_version_floor {
        findings.push(Finding::AppOld);
    }
    // By the server's clock as far as it is known: a phone whose clock ran ahead is not late.
    let now_ms = state.now_ms.saturating_add(state.skew_ms.unwrap_or(0));
    let days = state.last_contact_ms.map(|last| now_ms.saturating_sub(last) / DAY_MS);
    match days {
        Some(days) if days >= SYNC_LATE_DAYS => {
            findings.push(Finding::NotSynced { days: Some(days) });
        }
        None if state.unsent > 0 => findings.push(Finding::NotSynced { days: None }),
        _ => {}
    }
    findings
}

fn sim_finding(device: &Device, seen: &str, open: &[Pairing]) -> Option<Finding> {
    let known = &device.facts.sim.iccid;
    // A phone of which no card is known has nothing to compare.
    if known.is_empty() {
        return None;
    }
    match judge_seen(&device.facts.number, seen, open) {
        SimSeen::AsKnown => None,
        SimSeen::Missing => Some(Finding::SimMissing),
        SimSeen::OfAnother { number } => Some(Finding::SimChanged { of: Some(number) }),
        SimSeen::Unknown if seen == known => None,
        SimSeen::Unknown => Some(Finding::SimChanged { of: None }),
    }
}

/// The lease of a phone: for how long it opens without having been in contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Days; 0 means for ever.
    pub days: u32,
}

/// What a phone whose lease is looked at does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "lease")]
pub enum LeaseState {
    /// Opens as always.
    Running {
        /// Whole days that are left; `None` without a lease.
        days_left: Option<i64>,
    },
    /// Asks for the password, not only the PIN. Nothing is deleted.
    AsksPassword,
}

/// A phone that was not in contact for its lease asks for the password before it opens. `latest_ms`
/// is the latest time that the phone ever saw: turning the clock back wins nothing.
#[must_use]
pub fn lease_state(lease: Lease, last_contact_ms: i64, latest_ms: i64, now_ms: i64) -> LeaseState {
    if lease.days == 0 {
        return LeaseState::Running { days_left: None };
    }
    let now_ms = now_ms.max(latest_ms);
    let ends_ms = last_contact_ms.saturating_add(i64::from(lease.days).saturating_mul(DAY_MS));
    if now_ms >= ends_ms {
        return LeaseState::AsksPassword;
    }
    LeaseState::Running { days_left: Some((ends_ms - now_ms) / DAY_MS) }
}

/// What goes out when a phone is lost, and what was heard of it (D10).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LossOrders {
    /// When the lock of the account was asked for.
    pub lock_asked: String,
    /// When it was locked.
    pub locked_at: String,
    /// When the wipe was asked for.
    pub wipe_asked: String,
    /// When the phone told, or a person saw, that it is wiped.
    pub wiped_at: String,
}

/// What a phone does that hears of a wipe order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WipeStep {
    /// No order.
    Nothing,
    /// Ask for the password; with it export the unsent work encrypted, then wipe.
    LockAndWait,
    /// Export the unsent work encrypted, then wipe.
    ExportThenWipe,
    /// Wipe: nothing would be lost.
    Wipe,
}

/// Unsent work is never wiped away: without the key holder a phone that has some only locks.
#[must_use]
pub const fn wipe_step(is_ordered: bool, unsent: u64, key_holder_is_present: bool) -> WipeStep {
    match (is_ordered, unsent, key_holder_is_present) {
        (false, ..) => WipeStep::Nothing,
        (true, 0, _) => WipeStep::Wipe,
        (true, _, true) => WipeStep::ExportThenWipe,
        (true, _, false) => WipeStep::LockAndWait,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::device;
    use super::*;
    use crate::sim::SimCard;

    const NOW: i64 = 1_796_000_000_000;

    fn well() -> PhoneState {
        PhoneState {
            iccid: Some("8925600000000000001".to_owned()),
            free_bytes: Some(4_000_000_000),
            skew_ms: Some(2_000),
            app_version: vec![1, 4, 0],
            app_version_floor: vec![1, 4, 0],
            last_contact_ms: Some(NOW - DAY_MS),
            unsent: 3,
            now_ms: NOW,
        }
    }

    fn own() -> Device {
        let mut device = device(147);
        device.facts.sim.iccid = "8925600000000000001".to_owned();
        device
    }

    #[track_caller]
    fn check(state: &PhoneState, codes: &[&str]) {
        let other = Pairing {
            device_number: "0151".to_owned(),
            sim: SimCard { iccid: "8925600000000000151".to_owned(), ..SimCard::default() },
            from: "2026-01-01".to_owned(),
            ..Pairing::default()
        };
        let findings = self_check(state, Some(&own()), &[other]);
        let found: Vec<_> = findings.iter().map(Finding::code).collect();
        assert_eq!(found, codes);
        for finding in findings {
            assert!(finding.words().split_whitespace().count() <= 12, "{}", finding.words());
        }
    }

    #[test]
    fn a_phone_that_is_well_has_nothing_to_say() {
        check(&well(), &[]);
        check(&PhoneState { iccid: None, free_bytes: None, ..well() }, &[]);
    }

    #[test]
    fn each_trouble_is_found() {
        let card = |text: &str| PhoneState { iccid: Some(text.to_owned()), ..well() };
        check(&card("8925600000000000151"), &["SIM_CHANGED"]);
        check(&card("8925600000000000999"), &["SIM_CHANGED"]);
        check(&card(""), &["SIM_MISSING"]);
        check(&PhoneState { free_bytes: Some(50_000_000), ..well() }, &["STORAGE_LOW"]);
        check(&PhoneState { skew_ms: Some(-600_000), ..well() }, &["CLOCK_WRONG"]);
        check(&PhoneState { app_version: vec![1, 3, 9], ..well() }, &["APP_OLD"]);
        let late = Some(NOW - 9 * DAY_MS);
        check(&PhoneState { last_contact_ms: late, ..well() }, &["NOT_SYNCED"]);
        check(&PhoneState { last_contact_ms: None, ..well() }, &["NOT_SYNCED"]);
        check(&PhoneState { last_contact_ms: None, unsent: 0, ..well() }, &[]);
    }

    #[test]
    fn a_clock_that_runs_ahead_does_not_make_a_phone_late() {
        let ahead = PhoneState { now_ms: NOW + 30 * DAY_MS, skew_ms: Some(-30 * DAY_MS), ..well() };
        check(&ahead, &["CLOCK_WRONG"]);
    }

    #[test]
    fn the_card_says_who_looks_after_what() {
        let card = MyPhone::of(&own(), &[]);
        assert_eq!((card.number.as_str(), card.iccid_end.as_str()), ("0147", "0001"));
        assert_eq!(card.responsibilities.len(), 4);
        let agreed = ["You keep it dry.".to_owned()];
        assert_eq!(MyPhone::of(&own(), &agreed).responsibilities, agreed);
    }

    #[test]
    fn a_wipe_waits_for_unsent_work() {
        assert_eq!(wipe_step(false, 9, true), WipeStep::Nothing);
        assert_eq!(wipe_step(true, 0, false), WipeStep::Wipe);
        assert_eq!(wipe_step(true, 12, false), WipeStep::LockAndWait);
        assert_eq!(wipe_step(true, 12, true), WipeStep::ExportThenWipe);
    }

    #[test]
    fn a_lease_ends_after_its_days() {
        let lease = Lease { days: 14 };
        let state = |days| lease_state(lease, NOW, NOW, NOW + days * DAY_MS);
        assert_eq!(state(0), LeaseState::Running { days_left: Some(14) });
        assert_eq!(state(13), LeaseState::Running { days_left: Some(1) });
        assert_eq!(state(14), LeaseState::AsksPassword);
        let never = lease_state(Lease { days: 0 }, NOW, NOW, i64::MAX);
        assert_eq!(never, LeaseState::Running { days_left: None });
    }

    proptest! {
        #[test]
        fn turning_the_clock_back_wins_nothing(
            days in 1u32..60, passed in 0i64..100, back in 0i64..1_000
        ) {
            let lease = Lease { days };
            let true_now = NOW + passed * DAY_MS;
            let honest = lease_state(lease, NOW, true_now, true_now);
            let turned = lease_state(lease, NOW, true_now, true_now - back * DAY_MS);
            prop_assert_eq!(honest, turned);
        }
    }
}
