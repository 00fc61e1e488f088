//! Personal phones (D11): what a health worker claims for airtime and data of a month, against the
//! allowance, with what the app itself used as evidence.
//!
//! Amounts are whole numbers of the smallest unit of a currency. The evidence is shown and never decides:
//! a phone is used for calls as well.

use serde::{Deserialize, Serialize};

use super::facts::{Device, Ownership};

/// A claim for one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The month, `yyyyMM`.
    pub month: String,
    /// What is claimed, in the smallest unit of the currency.
    pub amount: u64,
    /// The currency, three letters (ISO 4217).
    pub currency: String,
    /// Bytes that synchronisation used in that month, as the app measured.
    pub data_used_bytes: Option<u64>,
}

/// What a project pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// At most so much a month, in the smallest unit.
    pub monthly: u64,
    /// In this currency.
    pub currency: String,
}

/// Why a claim is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum ClaimProblem {
    /// The phone is the institution's.
    #[error("the phone belongs to the institution: nothing is paid back for it")]
    NotPersonal,
    /// No month.
    #[error("a month is written as 202611")]
    Month,
    /// It lies ahead.
    #[error("the month has not ended yet: claim from {from} on")]
    NotOver {
        /// The first month in which it can be claimed.
        from: String,
    },
    /// It lies too far back.
    #[error("the month is more than a year ago")]
    TooOld,
    /// Nobody has the phone.
    #[error("the phone was not handed over to anybody")]
    WithNobody,
    /// The month was claimed already.
    #[error("{month} was claimed already")]
    Twice {
        /// Which.
        month: String,
    },
    /// Another currency.
    #[error("the allowance is in {currency}")]
    Currency {
        /// Which.
        currency: String,
    },
    /// Nothing.
    #[error("nothing is claimed")]
    Nothing,
}

/// What is to be paid for a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimOffer {
    /// What the allowance covers.
    pub payable: u64,
    /// What goes beyond it.
    pub above: u64,
    /// Nothing was sent in that month: somebody should look.
    pub has_no_evidence: bool,
}

/// The month after `yyyyMM`.
fn month_after(month: &str) -> Option<String> {
    let number: u32 = month.parse().ok().filter(|_| month.len() == 6)?;
    match (number / 100, number % 100) {
        (year, 12) => Some(format!("{:04}01", year + 1)),
        (year, month @ 1..=11) => Some(format!("{year:04}{:02}", month + 1)),
        _ => None,
    }
}

/// The same month a year later; the month is one that [`month_after`] takes.
fn year_after(month: &str) -> String {
    let number: u32 = month.parse().unwrap_or_default();
    format!("{:06}", number.saturating_add(100))
}

/// Judges a claim. `claimed` are the months of this device that were claimed and not refused;
/// `this_month` is the current one, `yyyyMM`.
///
/// # Errors
/// [`ClaimProblem`].
pub fn judge_claim(
    device: &Device,
    claim: &Claim,
    allowance: &Allowance,
    claimed: &[String],
    this_month: &str,
) -> Result<ClaimOffer, ClaimProblem> {
    if device.facts.ownership != Ownership::Personal {
        return Err(ClaimProblem::NotPersonal);
    }
    let from = month_after(&claim.month).ok_or(ClaimProblem::Month)?;
    if from.as_str() > this_month {
        return Err(ClaimProblem::NotOver { from });
    }
    if year_after(&claim.month).as_str() < this_month {
        return Err(ClaimProblem::TooOld);
    }
    if device.facts.holder.is_empty() {
        return Err(ClaimProblem::WithNobody);
    }
    if claimed.contains(&claim.month) {
        return Err(ClaimProblem::Twice { month: claim.month.clone() });
    }
    if !claim.currency.eq_ignore_ascii_case(&allowance.currency) {
        return Err(ClaimProblem::Currency { currency: allowance.currency.clone() });
    }
    if claim.amount == 0 {
        return Err(ClaimProblem::Nothing);
    }
    let payable = claim.amount.min(allowance.monthly);
    let has_no_evidence = claim.data_used_bytes.is_none_or(|bytes| bytes == 0);
    Ok(ClaimOffer { payable, above: claim.amount - payable, has_no_evidence })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::samples::device;
    use super::*;

    fn personal() -> Device {
        let mut device = device(147);
        device.facts.ownership = Ownership::Personal;
        device.facts.holder = "Mary O.".to_owned();
        device
    }

    fn claim(month: &str, amount: u64) -> Claim {
        let currency = "UGX".to_owned();
        Claim { month: month.to_owned(), amount, currency, data_used_bytes: Some(5_000_000) }
    }

    fn allowance() -> Allowance {
        Allowance { monthly: 10_000, currency: "UGX".to_owned() }
    }

    #[track_caller]
    fn check(claim: &Claim, claimed: &[&str], expected: Result<u64, ClaimProblem>) {
        let claimed: Vec<String> = claimed.iter().map(|it| (*it).to_owned()).collect();
        let got = judge_claim(&personal(), claim, &allowance(), &claimed, "202611");
        assert_eq!(got.map(|it| it.payable), expected);
    }

    #[test]
    fn a_claim_is_paid_up_to_the_allowance() {
        check(&claim("202610", 8_000), &[], Ok(8_000));
        check(&claim("202610", 12_000), &["202609"], Ok(10_000));
        check(&claim("202512", 1), &[], Ok(1));
        check(&claim("202511", 1), &[], Ok(1));
        check(&claim("202510", 1), &[], Err(ClaimProblem::TooOld));
    }

    #[test]
    fn a_month_is_claimed_once_and_when_it_is_over() {
        let twice = ClaimProblem::Twice { month: "202610".to_owned() };
        check(&claim("202610", 1), &["202610"], Err(twice));
        let early = ClaimProblem::NotOver { from: "202612".to_owned() };
        check(&claim("202611", 1), &[], Err(early));
        check(&claim("202613", 1), &[], Err(ClaimProblem::Month));
        check(&claim("2026-10", 1), &[], Err(ClaimProblem::Month));
        check(&claim("202610", 0), &[], Err(ClaimProblem::Nothing));
    }

    #[test]
    fn nothing_is_paid_for_a_phone_of_the_institution() {
        let got = judge_claim(&device(147), &claim("202610", 1), &allowance(), &[], "202611");
        assert_eq!(got, Err(ClaimProblem::NotPersonal));
        let mut nobodys = personal();
        nobodys.facts.holder.clear();
        let got = judge_claim(&nobodys, &claim("202610", 1), &allowance(), &[], "202611");
        assert_eq!(got, Err(ClaimProblem::WithNobody));
    }

    proptest! {
        #[test]
        fn never_more_than_the_allowance_and_never_a_month_twice(
            claims in proptest::collection::vec((1u32..11, 1u64..40_000), 1..40)
        ) {
            let mut claimed: Vec<String> = Vec::new();
            let mut paid = 0;
            for (month, amount) in claims {
                let claim = claim(&format!("2026{month:02}"), amount);
                let judged = judge_claim(&personal(), &claim, &allowance(), &claimed, "202611");
                if let Ok(offer) = judged {
                    prop_assert_eq!(offer.payable + offer.above, amount);
                    paid += offer.payable;
                    claimed.push(claim.month);
                }
            }
            prop_assert!(paid <= 10_000 * u64::try_from(claimed.len()).expect("few"));
            prop_assert!(claimed.len() <= 10);
        }
    }
}
