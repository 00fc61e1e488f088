//! Many boxes in one sitting: a scanner that types, box and phone in turn, two hundred times.
//!
//! Scan the label of a box, then the bar code of the phone in it; the next box begins by itself. A
//! wrong pair is noted and put aside, and the sitting goes on.

use serde::{Deserialize, Serialize};

use super::super::change::Change;
use super::super::facts::Device;
use super::super::ident;
use super::super::limits::SITTING_DEVICES_MAX;
use super::super::pair::{MixUp, Swap, check_pair, swaps};
use super::super::state::{DeviceState, Step, check_step};
use super::{SessionProblem, checked};
use crate::package::ids_device::{asked, stage};

/// A sitting under way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preparation {
    /// The box that waits for its phone.
    pub waiting: Option<Device>,
    /// Devices whose box and phone agreed, as they will be saved.
    pub ready: Vec<Device>,
    /// Boxes with a wrong phone, to be looked at.
    pub mixed: Vec<MixUp>,
    /// Version of the app that is put on them.
    pub app_version: String,
}

/// What a scan did, for a sound and a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "did")]
pub enum PrepareReply {
    /// A box: now its phone.
    Box {
        /// Its number.
        number: String,
    },
    /// Its phone: a pair.
    Ready {
        /// The number of both.
        number: String,
        /// How many pairs there are.
        count: usize,
    },
    /// The phone is another one's: the box is put aside.
    Mixed {
        /// Both.
        mix_up: MixUp,
    },
    /// The label of the box came a second time: a scanner that fires twice proves no pair.
    SameLabel {
        /// Its number.
        number: String,
    },
    /// It was scanned before.
    Again {
        /// Its number.
        number: String,
    },
}

impl Preparation {
    /// The label of a box was scanned. A box that waited for its phone is forgotten.
    ///
    /// # Errors
    /// If the device cannot be prepared.
    pub fn scan_box(&mut self, device: Device) -> Result<PrepareReply, SessionProblem> {
        let number = device.facts.number.clone();
        if self.ready.iter().any(|it| it.id == device.id) {
            return Ok(PrepareReply::Again { number });
        }
        if self.ready.len() >= SITTING_DEVICES_MAX {
            return Err(SessionProblem::Full);
        }
        check_step(device.state, &step("somebody", ""))?;
        self.waiting = Some(device);
        Ok(PrepareReply::Box { number })
    }

    /// A label was scanned while a box waits for its phone. That of the box itself may be the scanner
    /// firing twice: the phone is known by its own bar code.
    ///
    /// # Errors
    /// If no box waits.
    pub fn scan_label(&mut self, of_label: &Device) -> Result<PrepareReply, SessionProblem> {
        match &self.waiting {
            Some(of_box) if of_box.id == of_label.id => {
                Ok(PrepareReply::SameLabel { number: of_box.facts.number.clone() })
            }
            _ => self.scan_phone(of_label),
        }
    }

    /// The phone was scanned and the registry knows it.
    ///
    /// # Errors
    /// If no box waits.
    pub fn scan_phone(&mut self, phone: &Device) -> Result<PrepareReply, SessionProblem> {
        let missing = SessionProblem::Earlier { missing: "scan the box" };
        let of_box = self.waiting.take().ok_or(missing)?;
        match check_pair(&of_box, phone) {
            Ok(()) => {
                self.mixed.retain(|it| it.box_number != of_box.facts.number);
                Ok(self.pair(of_box))
            }
            Err(mix_up) => {
                self.mixed.retain(|it| it.box_number != mix_up.box_number);
                self.mixed.push(mix_up.clone());
                Ok(PrepareReply::Mixed { mix_up })
            }
        }
    }

    /// A phone that the registry does not know yet: its IMEI or serial number becomes that of the box,
    /// if nothing is known of the phone of this box.
    ///
    /// # Errors
    /// If no box waits, or the box is that of another phone.
    pub fn scan_new_phone(&mut self, scanned: &str) -> Result<PrepareReply, SessionProblem> {
        let missing = SessionProblem::Earlier { missing: "scan the box" };
        let mut of_box = self.waiting.take().ok_or(missing)?;
        let facts = &mut of_box.facts;
        let scanned = scanned.trim().to_uppercase();
        if !facts.serial.is_empty() || !facts.imei_1.is_empty() {
            let box_number = facts.number.clone();
            let mix_up = MixUp { box_number, phone_number: scanned, phone_holder: String::new() };
            self.mixed.retain(|it| it.box_number != mix_up.box_number);
            self.mixed.push(mix_up.clone());
            return Ok(PrepareReply::Mixed { mix_up });
        }
        match ident::imei(&scanned) {
            Ok(imei) => facts.imei_1 = imei,
            Err(_) => facts.serial = scanned,
        }
        match checked(of_box.clone()) {
            Ok(of_box) => Ok(self.pair(of_box)),
            Err(problem) => {
                // The box waits on for its phone.
                of_box.facts.imei_1.clear();
                of_box.facts.serial.clear();
                self.waiting = Some(of_box);
                Err(problem)
            }
        }
    }

    fn pair(&mut self, device: Device) -> PrepareReply {
        let number = device.facts.number.clone();
        self.ready.push(device);
        PrepareReply::Ready { number, count: self.ready.len() }
    }

    /// Of the mix-ups those in which two phones lie in each other's box.
    #[must_use]
    pub fn swaps(&self) -> Vec<Swap> {
        swaps(&self.mixed)
    }

    /// The changes of all pairs. Mixed boxes stay as they are.
    ///
    /// # Errors
    /// If nobody stands for it.
    pub fn finish(&self, by: &str, at: &str) -> Result<Vec<Change>, SessionProblem> {
        let of = |device: &Device| {
            let number = device.facts.number.clone();
            let values = [
                (asked::BOX_SCANNED, number.clone()),
                (asked::PHONE_SCANNED, number),
                (asked::APP_VERSION, self.app_version.clone()),
            ];
            Ok(Change::step(device, stage::PREPARE, &step(by, at), values)?)
        };
        self.ready.iter().map(of).collect()
    }
}

fn step(by: &str, at: &str) -> Step {
    let (by, at) = (by.to_owned(), at.to_owned());
    Step { to: DeviceState::Prepared, reason: String::new(), by, at }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::samples::device;
    use super::*;

    fn received(number: u32) -> Device {
        Device { state: DeviceState::Received, ..device(number) }
    }

    #[test]
    fn boxes_and_phones_are_scanned_in_turn_and_a_swapped_pair_is_found() {
        let mut sitting = Preparation::default();
        let order = [(1, 1), (2, 3), (3, 2), (4, 4)];
        for (of_box, phone) in order {
            sitting.scan_box(received(of_box)).expect("received");
            sitting.scan_phone(&received(phone)).expect("a box waits");
        }
        assert_eq!(sitting.ready.len(), 2);
        let swap = Swap { one: "0002".to_owned(), other: "0003".to_owned() };
        assert_eq!(sitting.swaps(), [swap]);
        // Put right and scanned again they are ready like the others.
        for number in [2, 3] {
            sitting.scan_box(received(number)).expect("received");
            sitting.scan_phone(&received(number)).expect("a box waits");
        }
        assert_eq!((sitting.ready.len(), sitting.mixed.len()), (4, 0));
        assert_eq!(sitting.finish("S", "now").expect("changes").len(), 4);
    }

    #[test]
    fn a_phone_that_is_new_becomes_that_of_its_box() {
        let mut bare = received(5);
        bare.facts.serial.clear();
        let mut sitting = Preparation::default();
        sitting.scan_box(bare).expect("received");
        sitting.scan_new_phone("490154203237518").expect("a pair");
        assert_eq!(sitting.ready[0].facts.imei_1, "490154203237518");
        // A box of which the phone is known takes no other.
        sitting.scan_box(received(6)).expect("received");
        let reply = sitting.scan_new_phone("OTHER").expect("an answer");
        assert!(matches!(reply, PrepareReply::Mixed { .. }));
    }

    #[test]
    fn a_scanner_that_fires_twice_makes_no_pair() {
        let mut sitting = Preparation::default();
        sitting.scan_box(received(1)).expect("received");
        let same = PrepareReply::SameLabel { number: "0001".to_owned() };
        assert_eq!(sitting.scan_label(&received(1)), Ok(same));
        assert!(sitting.ready.is_empty() && sitting.waiting.is_some());
        let mixed = sitting.scan_label(&received(2)).expect("a box waits");
        assert!(matches!(mixed, PrepareReply::Mixed { .. }));
    }

    #[test]
    fn what_cannot_be_a_phone_leaves_its_box_waiting() {
        let mut bare = received(5);
        bare.facts.serial.clear();
        let mut sitting = Preparation::default();
        sitting.scan_box(bare).expect("received");
        assert!(sitting.scan_new_phone(&"X".repeat(300)).is_err());
        sitting.scan_new_phone("R58N0005").expect("its phone");
        assert_eq!(sitting.ready[0].facts.serial, "R58N0005");
    }

    #[test]
    fn a_phone_needs_a_box_and_a_box_is_counted_once() {
        let mut sitting = Preparation::default();
        assert!(sitting.scan_phone(&received(1)).is_err());
        sitting.scan_box(received(1)).expect("received");
        sitting.scan_phone(&received(1)).expect("a pair");
        let again = PrepareReply::Again { number: "0001".to_owned() };
        assert_eq!(sitting.scan_box(received(1)), Ok(again));
        assert!(sitting.scan_box(device(2)).is_err()); // prepared already
    }

    proptest! {
        #[test]
        fn two_hundred_boxes_with_any_phones_leave_only_right_pairs(
            order in Just((1..41u32).collect::<Vec<_>>()).prop_shuffle(), killed_at in 0usize..40
        ) {
            let mut sitting = Preparation::default();
            for (at, phone) in order.iter().enumerate() {
                let of_box = u32::try_from(at + 1).expect("small");
                sitting.scan_box(received(of_box)).expect("received");
                if at == killed_at {
                    let text = serde_json::to_string(&sitting).expect("JSON");
                    sitting = serde_json::from_str(&text).expect("read again");
                }
                sitting.scan_phone(&received(*phone)).expect("a box waits");
            }
            let right = order.iter().zip(1..).filter(|(phone, of_box)| **phone == *of_box).count();
            prop_assert_eq!(sitting.ready.len(), right);
            prop_assert_eq!(sitting.mixed.len(), 40 - right);
        }
    }
}
