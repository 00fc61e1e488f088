//! Box and phone are one pair (D3): what was scanned, and whether both name the same device.

use serde::{Deserialize, Serialize};

use super::facts::Device;

/// Two devices that got mixed up. A hand-over goes no further until both scans agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("box and phone are mixed up: the box says {box_number}, the phone says {phone_number}{}",
    holder_words(.phone_holder))]
pub struct MixUp {
    /// Number on the box.
    pub box_number: String,
    /// Number of the phone.
    pub phone_number: String,
    /// Who has, or is to have, the phone that was scanned; empty if nobody.
    pub phone_holder: String,
}

fn holder_words(holder: &str) -> String {
    match holder {
        "" => String::new(),
        holder => format!(", which is {holder}'s"),
    }
}

/// Whether the box and the phone that were scanned are one device.
///
/// # Errors
/// [`MixUp`], which names both.
pub fn check_pair(of_box: &Device, of_phone: &Device) -> Result<(), MixUp> {
    if of_box.id == of_phone.id {
        return Ok(());
    }
    Err(MixUp {
        box_number: of_box.facts.number.clone(),
        phone_number: of_phone.facts.number.clone(),
        phone_holder: of_phone.facts.holder.clone(),
    })
}

/// A pair of boxes whose phones lie crosswise, found while many are scanned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swap {
    /// One number.
    pub one: String,
    /// The other.
    pub other: String,
}

/// Of the mix-ups of a sitting those that are each other's: two phones in each other's box.
#[must_use]
pub fn swaps(mixed: &[MixUp]) -> Vec<Swap> {
    let mut found: Vec<Swap> = Vec::new();
    for (at, one) in mixed.iter().enumerate() {
        let crosses =
            |it: &&MixUp| it.box_number == one.phone_number && it.phone_number == one.box_number;
        if mixed[at + 1..].iter().any(|it| crosses(&it)) {
            let swap = Swap { one: one.box_number.clone(), other: one.phone_number.clone() };
            if !found.contains(&swap) {
                found.push(swap);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::device;
    use super::*;

    #[test]
    fn a_mix_up_names_both_and_who_has_the_phone() {
        let (of_box, mut of_phone) = (device(147), device(149));
        of_phone.facts.holder = "John Were".to_owned();
        let words = "box and phone are mixed up: the box says 0147, the phone says 0149, which is \
                     John Were's";
        assert_eq!(check_pair(&of_box, &of_phone).expect_err("mixed").to_string(), words);
        assert_eq!(check_pair(&of_box, &of_box.clone()), Ok(()));
    }

    #[test]
    fn two_phones_in_each_others_box_are_a_swap() {
        let mixed = |of_box: &str, phone: &str| MixUp {
            box_number: of_box.to_owned(),
            phone_number: phone.to_owned(),
            phone_holder: String::new(),
        };
        let swap = Swap { one: "1".to_owned(), other: "2".to_owned() };
        assert_eq!(swaps(&[mixed("1", "2"), mixed("7", "8"), mixed("2", "1")]), [swap]);
        assert_eq!(swaps(&[mixed("1", "2"), mixed("2", "3")]), []);
    }

    proptest! {
        #[test]
        fn whichever_phones_are_swapped_no_wrong_pair_passes(order in Just((0..30u32).collect::<Vec<_>>()).prop_shuffle()) {
            for (of_box, phone) in order.iter().enumerate() {
                let number = u32::try_from(of_box).expect("small");
                let passes = check_pair(&device(number), &device(*phone)).is_ok();
                prop_assert_eq!(passes, number == *phone);
            }
        }
    }
}
