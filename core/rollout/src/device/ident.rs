//! IMEI, ICCID and phone numbers as people type, scan and paste them (D2).
//!
//! Decides whether a number can be right at all; whether it is this phone's only a person can tell.

use serde::{Deserialize, Serialize};

/// Why a number cannot be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentProblem {
    /// Something else than digits, spaces, dashes and slashes.
    #[error("only digits are expected: look for a letter that was read as a digit")]
    NotDigits,
    /// A spreadsheet made `3.52E+14` of it.
    #[error("a spreadsheet shortened the number: format the column as text and type it again")]
    Shortened,
    /// An IMEI has 15 digits (3GPP TS 23.003); 14 lack the check digit, 16 carry a software version.
    #[error("an IMEI has 15 digits: dial *#06# on the phone")]
    ImeiLength,
    /// An ICCID has 19 or 20 digits (ITU-T E.118).
    #[error("the number of a SIM card (ICCID) has 19 or 20 digits: look at the card itself")]
    IccidLength,
    /// An ICCID begins with 89, the code of telecommunication (ITU-T E.118).
    #[error("the number of a SIM card (ICCID) begins with 89")]
    IccidStart,
    /// The check digit does not fit.
    #[error("a digit is wrong or two are swapped: the check digit does not fit, read it again")]
    CheckDigit,
    /// Both IMEI are the same number.
    #[error("both IMEI are the same: a phone for two SIM cards has two")]
    SameTwice,
    /// A phone number has at most 15 digits (ITU-T E.164); DHIS2 takes none below 6 characters.
    #[error("a phone number has 6 to 15 digits, with + and country code in front if there is one")]
    PhoneNumber,
}

/// Digits without what people put between them.
fn digits(text: &str) -> Result<String, IdentProblem> {
    if text.to_ascii_uppercase().contains("E+") {
        return Err(IdentProblem::Shortened);
    }
    let mut digits = String::with_capacity(text.len());
    for character in text.trim().chars() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '-' | '/' | '\u{a0}' => {}
            _ => return Err(IdentProblem::NotDigits),
        }
    }
    Ok(digits)
}

/// Whether the last digit is the check digit of the others (Luhn, ISO/IEC 7812-1 annex B).
///
/// ```
/// assert!(outpost_rollout::device::luhn_fits("490154203237518"));
/// ```
#[must_use]
pub fn luhn_fits(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            match (index % 2, digit * 2) {
                (0, _) => digit,
                (_, double) if double > 9 => double - 9,
                (_, double) => double,
            }
        })
        .sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// An IMEI in its stored form: 15 digits.
///
/// # Errors
/// [`IdentProblem`].
pub fn imei(text: &str) -> Result<String, IdentProblem> {
    let digits = digits(text)?;
    match digits.len() {
        15 if luhn_fits(&digits) => Ok(digits),
        15 => Err(IdentProblem::CheckDigit),
        _ => Err(IdentProblem::ImeiLength),
    }
}

/// The number of a SIM card in its stored form. Cards of 19 digits carry a check digit, and so do most
/// of 20; some of 20 digits are 19 with a filler, which Android shows as `F`.
///
/// # Errors
/// [`IdentProblem`].
pub fn iccid(text: &str) -> Result<String, IdentProblem> {
    let text = text.trim();
    let digits = digits(text.strip_suffix(['f', 'F']).unwrap_or(text))?;
    if !(19..=20).contains(&digits.len()) {
        return Err(IdentProblem::IccidLength);
    }
    if !digits.starts_with("89") {
        return Err(IdentProblem::IccidStart);
    }
    if luhn_fits(&digits) { Ok(digits) } else { Err(IdentProblem::CheckDigit) }
}

/// A phone number in its stored form: digits, with `+` in front if it was given.
///
/// # Errors
/// [`IdentProblem`].
pub fn msisdn(text: &str) -> Result<String, IdentProblem> {
    let text = text.trim();
    let (plus, rest) = match text.strip_prefix('+') {
        Some(rest) => ("+", rest),
        None => ("", text),
    };
    let plain: String = rest.chars().filter(|it| !matches!(it, '(' | ')' | '.')).collect();
    let digits = digits(&plain)?;
    match digits.len() {
        6..=15 => Ok(format!("{plus}{digits}")),
        _ => Err(IdentProblem::PhoneNumber),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(got: Result<String, IdentProblem>, expected: Result<&str, IdentProblem>) {
        assert_eq!(got, expected.map(str::to_owned));
    }

    #[test]
    fn an_imei_has_fifteen_digits_and_a_check_digit() {
        // The example of the GSMA's allocation guideline TS.06 and of Wikipedia's article on IMEI.
        check(imei("490154203237518"), Ok("490154203237518"));
        check(imei("49-015420-323751-8"), Ok("490154203237518"));
        check(imei("490154203237517"), Err(IdentProblem::CheckDigit));
        check(imei("49015420323751"), Err(IdentProblem::ImeiLength));
        check(imei("49O154203237518"), Err(IdentProblem::NotDigits));
        check(imei("4.90154E+14"), Err(IdentProblem::Shortened));
        check(imei(""), Err(IdentProblem::ImeiLength));
    }

    #[test]
    fn a_sim_card_has_nineteen_or_twenty_digits_that_begin_with_89() {
        // Luhn by hand: 8944 2000 0000 0000 00x; doubled from the right the rest sums to 34, so x is 6.
        let card = with_check_digit("894420000000000000");
        check(iccid(&card), Ok(&card));
        check(iccid(&format!("{card}F")), Ok(&card));
        check(iccid("8944200000000000"), Err(IdentProblem::IccidLength));
        check(iccid(&format!("79{}", &card[2..])), Err(IdentProblem::IccidStart));
    }

    #[test]
    fn phone_numbers_keep_their_plus() {
        check(msisdn("+256 (700) 123-456"), Ok("+256700123456"));
        check(msisdn("0700123456"), Ok("0700123456"));
        check(msisdn("12"), Err(IdentProblem::PhoneNumber));
        check(msisdn("12345"), Err(IdentProblem::PhoneNumber));
        check(msisdn("call me"), Err(IdentProblem::NotDigits));
    }

    fn with_check_digit(digits: &str) -> String {
        let fits = |digit: &u32| luhn_fits(&format!("{digits}{digit}"));
        let digit = (0..10).find(fits).expect("one of ten fits");
        format!("{digits}{digit}")
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(
            head in "[0-9]{14}", place in 0usize..15, add in 1u8..10
        ) {
            let right = with_check_digit(&head);
            prop_assert!(imei(&right).is_ok());
            let mut wrong = right.into_bytes();
            wrong[place] = b'0' + (wrong[place] - b'0' + add) % 10;
            let wrong = String::from_utf8(wrong).expect("digits");
            prop_assert_eq!(imei(&wrong), Err(IdentProblem::CheckDigit));
        }

        #[test]
        fn two_swapped_neighbours_are_noticed_but_for_0_and_9(head in "[0-9]{14}", at in 0usize..14) {
            let right = with_check_digit(&head);
            let mut wrong = right.clone().into_bytes();
            wrong.swap(at, at + 1);
            let pair = (wrong[at], wrong[at + 1]);
            let wrong = String::from_utf8(wrong).expect("digits");
            let unseen = wrong == right || matches!(pair, (b'0', b'9') | (b'9', b'0'));
            prop_assert_eq!(imei(&wrong).is_ok(), unseen);
        }

        #[test]
        fn nothing_that_is_typed_panics(text in ".{0,60}") {
            let _ = (imei(&text), iccid(&text), msisdn(&text));
        }
    }
}
