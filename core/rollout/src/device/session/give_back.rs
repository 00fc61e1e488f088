//! A phone comes back (D8): condition first, then accessories and signatures, the wipe last.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::agreement::{Signature, Signer};
use super::super::change::Change;
use super::super::facts::Device;
use super::super::state::{DeviceState, Step, check_step};
use super::{SessionProblem, missing_accessories};
use crate::package::ids_device::{asked, stage};

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiveBackStep {
    /// Scan the phone.
    Phone,
    /// Say in what condition it is and what came with it.
    Condition,
    /// Let health worker and supervisor sign.
    Sign,
    /// Say whether the data were wiped.
    Wipe,
    /// Nothing is open.
    Finish,
}

/// Who signs a return.
const SIGNERS: [Signer; 2] = [Signer::HealthWorker, Signer::Supervisor];

/// A return under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GiveBack {
    /// The phone.
    pub device: Option<Device>,
    /// A code of the conditions.
    pub condition: String,
    /// What came with it.
    pub accessories: String,
    /// Who signed.
    pub signatures: BTreeMap<Signer, Signature>,
    /// Whether the data were wiped; `None` until somebody says.
    pub is_wiped: Option<bool>,
    /// Why it comes back.
    pub reason: String,
}

impl GiveBack {
    /// The phone was scanned.
    ///
    /// # Errors
    /// If it is with nobody.
    pub fn scan_phone(&mut self, device: Device) -> Result<(), SessionProblem> {
        let step = Step {
            to: DeviceState::Returned,
            reason: "given back".to_owned(),
            by: "somebody".to_owned(),
            at: String::new(),
        };
        check_step(device.state, &step)?;
        self.device = Some(device);
        Ok(())
    }

    /// What comes next.
    #[must_use]
    pub fn step(&self) -> GiveBackStep {
        let signed = |of: &Signer| self.signatures.contains_key(of);
        if self.device.is_none() {
            GiveBackStep::Phone
        } else if self.condition.is_empty() {
            GiveBackStep::Condition
        } else if !SIGNERS.iter().all(signed) {
            GiveBackStep::Sign
        } else if self.is_wiped.is_none() {
            GiveBackStep::Wipe
        } else {
            GiveBackStep::Finish
        }
    }

    /// What is open, as a list for people: signatures, the wipe, accessories that did not come.
    #[must_use]
    pub fn open(&self) -> Vec<String> {
        let unsigned = SIGNERS.iter().filter(|of| !self.signatures.contains_key(of));
        let mut open: Vec<String> =
            unsigned.map(|of| format!("signature of the {}", of.words())).collect();
        if self.is_wiped != Some(true) {
            open.push("data not wiped".to_owned());
        }
        if let Some(device) = &self.device {
            open.extend(missing_accessories(device, &self.accessories));
        }
        open
    }

    /// Ends the session: the phone is returned and is nobody's. If its data were wiped it may be
    /// prepared again after [`DeviceState::Wiped`], which is a change of its own.
    ///
    /// # Errors
    /// What is missing; nothing is changed.
    pub fn finish(&self, by: &str, at: &str) -> Result<Change, SessionProblem> {
        let missing = SessionProblem::Earlier { missing: "scan the phone" };
        let device = self.device.as_ref().ok_or(missing)?;
        if self.condition.is_empty() {
            return Err(SessionProblem::Say { what: "in what condition the phone is" });
        }
        let is_wiped = self.is_wiped;
        let is_wiped = is_wiped.ok_or(SessionProblem::Say { what: "whether it was wiped" })?;
        let (reason, by, at) = (self.reason.clone(), by.to_owned(), at.to_owned());
        let step = Step { to: DeviceState::Returned, reason, by, at };
        let signed = |of| self.signatures.get(&of).cloned();
        let name = |of| signed(of).map(|it: Signature| it.name).unwrap_or_default();
        let file = |of| signed(of).map(|it: Signature| it.file).unwrap_or_default();
        let values = [
            (asked::CONDITION, self.condition.clone()),
            (asked::ACCESSORIES_SEEN, self.accessories.clone()),
            (asked::DATA_WIPED, is_wiped.to_string()),
            (asked::PHONE_SCANNED, device.facts.number.clone()),
            (asked::SIGNED_WORKER, name(Signer::HealthWorker)),
            (asked::SIGNED_SUPERVISOR, name(Signer::Supervisor)),
            (asked::SIGNATURE_WORKER, file(Signer::HealthWorker)),
            (asked::SIGNATURE_SUPERVISOR, file(Signer::Supervisor)),
            (asked::STILL_OPEN, self.open().join(", ")),
        ];
        let mut change = Change::step(device, stage::RETURN, &step, values)?;
        let facts = &mut change.device.facts;
        facts.holder.clear();
        facts.holder_user.clear();
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::samples::device;
    use super::*;

    fn with_somebody() -> Device {
        let mut device = device(147);
        device.state = DeviceState::InUse;
        device.facts.holder = "Mary O.".to_owned();
        device.facts.accessories = "charger, cable".to_owned();
        device
    }

    #[test]
    fn a_return_asks_for_condition_signatures_and_the_wipe() {
        let mut session = GiveBack::default();
        session.scan_phone(with_somebody()).expect("with somebody");
        assert_eq!(session.step(), GiveBackStep::Condition);
        session.condition = "WORN".to_owned();
        session.accessories = "Charger".to_owned();
        assert_eq!(session.step(), GiveBackStep::Sign);
        let words = ["signature of the health worker", "signature of the supervisor"];
        assert_eq!(session.open(), [&words[..], &["data not wiped", "cable"]].concat());
        for of in SIGNERS {
            let name = "N. N.".to_owned();
            session.signatures.insert(of, Signature { name, file: String::new() });
        }
        assert_eq!(session.step(), GiveBackStep::Wipe);
        session.is_wiped = Some(true);
        session.reason = "leaves the program".to_owned();
        let change = session.finish("S", "2026-11-29T10:00").expect("allowed");
        assert_eq!(change.device.state, DeviceState::Returned);
        assert_eq!(change.device.facts.holder, "");
        assert_eq!(change.values[asked::STILL_OPEN], "cable");
    }

    #[test]
    fn what_nobody_has_does_not_come_back() {
        assert!(GiveBack::default().scan_phone(device(147)).is_err());
    }

    #[test]
    fn a_return_has_a_reason_and_a_word_about_the_wipe() {
        let mut session = GiveBack { condition: "GOOD".to_owned(), ..GiveBack::default() };
        session.scan_phone(with_somebody()).expect("with somebody");
        assert!(session.finish("S", "now").is_err());
        session.is_wiped = Some(false);
        assert!(session.finish("S", "now").is_err());
        session.reason = "broken".to_owned();
        assert!(session.finish("S", "now").is_ok());
    }
}
