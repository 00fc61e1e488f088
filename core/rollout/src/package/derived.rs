//! Ids that follow from other ids: of options, actions, and of the links between objects.
//!
//! So only objects that somebody refers to are written down, and still every id is the same in every
//! package that is ever made.

/// The id that follows from `parts`: 64 bits of FNV-1a, ten characters of them, after the letter `r`.
///
/// ```
/// let id = outpost_rollout::package::derived_id(&["RoDevProgrm", "RoDevNumber"]);
/// assert_eq!(id.len(), 11);
/// ```
#[must_use]
pub fn derived_id(parts: &[&str]) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().flat_map(|part| part.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut id = String::from("r");
    for _ in 0..10 {
        let digit = usize::try_from(hash % 62).unwrap_or_default();
        id.push(char::from(ALPHABET[digit]));
        hash /= 62;
    }
    id
}

#[cfg(test)]
mod tests {
    use outpost_domain::uid::Uid;

    use super::*;

    #[test]
    fn the_end_of_a_part_counts() {
        assert_ne!(derived_id(&["ab", "c"]), derived_id(&["a", "bc"]));
    }

    #[test]
    fn every_derived_id_is_one_of_dhis2() {
        for text in ["", "a", "RoDevNumber", "été"] {
            assert!(Uid::parse(&derived_id(&[text])).is_ok(), "{text}");
        }
    }

    #[test]
    fn ids_never_change() {
        // FNV-1a of one zero byte is the offset basis times the prime: 0xaf63bd4c8601b7df.
        let mut rest: u64 = 0xaf63_bd4c_8601_b7df;
        for got in derived_id(&[""]).chars().skip(1) {
            let digit = u32::try_from(rest % 62).expect("small");
            let expected = match digit {
                0..10 => char::from_digit(digit, 10).expect("a digit"),
                10..36 => char::from(b'A' + u8::try_from(digit - 10).expect("small")),
                _ => char::from(b'a' + u8::try_from(digit - 36).expect("small")),
            };
            assert_eq!(got, expected);
            rest /= 62;
        }
    }
}
