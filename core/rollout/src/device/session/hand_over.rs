//! A phone is handed over (D3, D4): scan the box, scan the phone, check, sign, stamp.

use outpost_domain::uid::OrganisationUnitUid;
use serde::{Deserialize, Serialize};

use super::super::agreement::Ledger;
use super::super::change::{Change, ledger_values};
use super::super::facts::Device;
use super::super::pair::{MixUp, check_pair};
use super::super::state::{DeviceState, Step, check_step};
use super::{SessionProblem, checked, missing_accessories};
use crate::package::ids_device::{asked, stage};

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOverStep {
    /// Scan the label of the box.
    Box,
    /// Scan the phone: its own screen or its label.
    Phone,
    /// Say who gets it, what condition it is in, what is in the box.
    Check,
    /// Let health worker, supervisor and council sign.
    Sign,
    /// Note the stamps and where both copies lie.
    Stamp,
    /// Nothing is open.
    Finish,
}

/// A hand-over under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HandOver {
    /// The device of the box.
    pub of_box: Option<Device>,
    /// The device of the phone.
    pub of_phone: Option<Device>,
    /// Box and phone as they were scanned last, if they do not fit.
    pub mixed: Option<MixUp>,
    /// Who gets the phone.
    pub receiver: String,
    /// Their user name.
    pub receiver_user: String,
    /// Whom they call for help.
    pub support_name: String,
    /// Under which number.
    pub support_phone: String,
    /// Where the phone is from now on; `None`: where it was.
    pub place: Option<OrganisationUnitUid>,
    /// A code of the conditions.
    pub condition: String,
    /// What is in the box.
    pub accessories: String,
    /// The agreement.
    pub ledger: Ledger,
    /// Why it was declined.
    pub reason: String,
}

impl HandOver {
    /// The box was scanned; it may be scanned again.
    ///
    /// # Errors
    /// If the device is not prepared, is with somebody, or does not fit the phone that was scanned.
    pub fn scan_box(&mut self, device: Device) -> Result<(), SessionProblem> {
        ready(&device)?;
        self.of_box = Some(device);
        self.check_pair()
    }

    /// The phone was scanned; it may be scanned again.
    ///
    /// # Errors
    /// [`SessionProblem::Mixed`] names box and phone; nothing else can be done before both agree.
    pub fn scan_phone(&mut self, device: Device) -> Result<(), SessionProblem> {
        if self.of_box.is_none() {
            return Err(SessionProblem::Earlier { missing: "scan the box" });
        }
        self.of_phone = Some(device);
        self.check_pair()
    }

    fn check_pair(&mut self) -> Result<(), SessionProblem> {
        self.mixed = None;
        let (Some(of_box), Some(of_phone)) = (&self.of_box, &self.of_phone) else { return Ok(()) };
        if let Err(mixed) = check_pair(of_box, of_phone) {
            self.mixed = Some(mixed.clone());
            return Err(mixed.into());
        }
        Ok(())
    }

    /// The device, once box and phone agree.
    ///
    /// # Errors
    /// What has to be scanned first, or the mix-up.
    pub fn device(&self) -> Result<&Device, SessionProblem> {
        let missing = |missing| SessionProblem::Earlier { missing };
        let of_box = self.of_box.as_ref().ok_or(missing("scan the box"))?;
        let of_phone = self.of_phone.as_ref().ok_or(missing("scan the phone"))?;
        check_pair(of_box, of_phone)?;
        Ok(of_box)
    }

    /// What comes next.
    #[must_use]
    pub fn step(&self) -> HandOverStep {
        if self.of_box.is_none() {
            return HandOverStep::Box;
        }
        if self.device().is_err() {
            return HandOverStep::Phone;
        }
        if self.receiver.trim().is_empty() || self.condition.is_empty() {
            return HandOverStep::Check;
        }
        match self.ledger.open().first() {
            None => HandOverStep::Finish,
            Some(super::super::agreement::OpenEnd::Signature { .. }) => HandOverStep::Sign,
            Some(_) => HandOverStep::Stamp,
        }
    }

    /// What is open, as a list for people: of the agreement, and accessories that are not there.
    #[must_use]
    pub fn open(&self) -> Vec<String> {
        let mut open: Vec<String> = self.ledger.open().into_iter().map(|it| it.words()).collect();
        if let (Ok(device), false) = (self.device(), self.condition.is_empty()) {
            open.extend(missing_accessories(device, &self.accessories));
        }
        open
    }

    /// Ends the session. Open ends of the agreement go into the record and stay open there; if the
    /// health worker declined, the phone stays prepared and the reason is kept.
    ///
    /// # Errors
    /// What is missing; nothing is changed.
    pub fn finish(&self, by: &str, at: &str) -> Result<Change, SessionProblem> {
        let device = self.device()?;
        if self.receiver.trim().is_empty() {
            return Err(SessionProblem::Say { what: "who gets the phone" });
        }
        let number = device.facts.number.clone();
        let mut values = ledger_values(&self.ledger);
        values.extend([
            (asked::BOX_SCANNED, number.clone()),
            (asked::PHONE_SCANNED, number),
            (asked::RECEIVER, self.receiver.trim().to_owned()),
            (asked::RECEIVER_USER, self.receiver_user.trim().to_owned()),
            (asked::CONDITION, self.condition.clone()),
            (asked::ACCESSORIES_SEEN, self.accessories.clone()),
        ]);
        if self.ledger.is_declined {
            if self.reason.trim().is_empty() {
                return Err(SessionProblem::Say { what: "why it was declined" });
            }
            let told = (self.reason.as_str(), by, at);
            return Ok(Change::note(device.clone(), stage::HAND_OVER, told, values));
        }
        if self.condition.is_empty() {
            return Err(SessionProblem::Say { what: "in what condition the phone is" });
        }
        let step = Step {
            to: DeviceState::HandedOver,
            reason: self.reason.clone(),
            by: by.to_owned(),
            at: at.to_owned(),
        };
        let mut change = Change::step(device, stage::HAND_OVER, &step, values)?;
        let facts = &mut change.device.facts;
        self.receiver.trim().clone_into(&mut facts.holder);
        self.receiver_user.trim().clone_into(&mut facts.holder_user);
        if !self.support_name.is_empty() {
            facts.support_name.clone_from(&self.support_name);
            facts.support_phone.clone_from(&self.support_phone);
        }
        if let Some(place) = self.place {
            change.device.place = place;
        }
        change.device = checked(change.device)?;
        Ok(change)
    }
}

/// Whether a device can be handed over at all, said when its box is scanned and not at the end.
fn ready(device: &Device) -> Result<(), SessionProblem> {
    if device.state.is_with_holder() {
        let facts = &device.facts;
        let (number, holder) = (facts.number.clone(), facts.holder.clone());
        return Err(SessionProblem::AlreadyWith { number, holder });
    }
    let step = Step {
        to: DeviceState::HandedOver,
        reason: String::new(),
        by: "somebody".to_owned(),
        at: String::new(),
    };
    Ok(check_step(device.state, &step)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::agreement::{CopyPlace, Signature, Signer};
    use super::super::super::samples::device;
    use super::*;

    fn scanned() -> HandOver {
        let mut session = HandOver::default();
        session.scan_box(device(147)).expect("prepared");
        session.scan_phone(device(147)).expect("a pair");
        session
    }

    #[test]
    fn a_hand_over_goes_step_by_step_and_survives_a_kill_after_each() {
        let again = |session: HandOver| -> HandOver {
            let text = serde_json::to_string(&session).expect("JSON");
            serde_json::from_str(&text).expect("read again")
        };
        let mut session = HandOver::default();
        assert_eq!(session.step(), HandOverStep::Box);
        session.scan_box(device(147)).expect("prepared");
        session = again(session);
        assert_eq!(session.step(), HandOverStep::Phone);
        session.scan_phone(device(147)).expect("a pair");
        session = again(session);
        assert_eq!(session.step(), HandOverStep::Check);
        session.receiver = "Mary O.".to_owned();
        session.condition = "NEW".to_owned();
        assert_eq!(again(session.clone()).step(), HandOverStep::Sign);
        for of in Signer::ALL {
            let name = "N. N.".to_owned();
            session.ledger.sign(of, Signature { name, file: String::new() });
        }
        assert_eq!(again(session.clone()).step(), HandOverStep::Stamp);
        session.ledger.stamped = [true, true];
        session.ledger.places = [Some(CopyPlace::District), Some(CopyPlace::BoxFile)];
        assert_eq!(again(session).step(), HandOverStep::Finish);
    }

    #[test]
    fn a_mix_up_stops_it_until_the_right_phone_is_scanned() {
        let mut session = HandOver::default();
        session.scan_box(device(147)).expect("prepared");
        let mixed = session.scan_phone(device(149)).expect_err("mixed");
        assert!(mixed.to_string().contains("the box says 0147, the phone says 0149"));
        session.receiver = "Mary O.".to_owned();
        session.condition = "NEW".to_owned();
        assert!(matches!(session.finish("S", "now"), Err(SessionProblem::Mixed(_))));
        session.scan_phone(device(147)).expect("the right one");
        assert!(session.finish("S", "now").is_ok());
    }

    #[test]
    fn open_ends_go_into_the_record() {
        let mut session = scanned();
        session.receiver = "Mary O.".to_owned();
        session.condition = "NEW".to_owned();
        let change = session.finish("S", "2026-11-29T10:00").expect("allowed");
        assert_eq!(change.device.state, DeviceState::HandedOver);
        assert_eq!(change.device.facts.holder, "Mary O.");
        assert!(change.values[asked::STILL_OPEN].ends_with("copy 1, copy 2"));
    }

    #[test]
    fn who_declines_leaves_the_phone_prepared() {
        let mut session = scanned();
        session.receiver = "Mary O.".to_owned();
        session.ledger.is_declined = true;
        assert!(session.finish("S", "now").is_err()); // without a reason
        session.reason = "does not want to answer for it".to_owned();
        let change = session.finish("S", "now").expect("kept");
        assert_eq!(change.device.state, DeviceState::Prepared);
        assert_eq!(change.device.facts.holder, "");
    }

    #[test]
    fn a_phone_that_is_with_somebody_is_not_given_again() {
        let mut with = device(147);
        (with.state, with.facts.holder) = (DeviceState::InUse, "John".to_owned());
        let refused = HandOver::default().scan_box(with).expect_err("refused");
        assert_eq!(refused.to_string(), "phone 0147 is already with John");
        let mut lost = device(147);
        lost.state = DeviceState::Lost;
        assert!(HandOver::default().scan_box(lost).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_scanned_in_whatever_order_no_wrong_pair_is_finished(
            scans in proptest::collection::vec((any::<bool>(), 1u32..5), 0..12)
        ) {
            let mut session = HandOver {
                receiver: "Mary O.".to_owned(),
                condition: "NEW".to_owned(),
                ..HandOver::default()
            };
            let (mut of_box, mut of_phone) = (None, None);
            for (is_box, number) in scans {
                // A scan counts once there is a box, even if it does not fit.
                if is_box {
                    of_box = Some(number);
                    let _ = session.scan_box(device(number));
                } else {
                    let had_box = of_box.is_some();
                    let _ = session.scan_phone(device(number));
                    if had_box {
                        of_phone = Some(number);
                    }
                }
            }
            let right = of_box.is_some() && of_box == of_phone;
            prop_assert_eq!(session.finish("S", "now").is_ok(), right);
        }
    }
}
