//! Numbers of devices (D1): one number on the box, on both copies of the agreement, on the label and
//! in the registry; unique in a project, without gaps.
//!
//! A number is an optional prefix and digits of a fixed width: `0147`, `KLA-0147`.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::limits::{NUMBER_CHARS_MAX, NUMBER_MAX};

/// A number taken apart. Two are the same device if series and value are, whatever the zeros.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceNumber {
    /// What stands in front of the digits, in capitals.
    pub prefix: String,
    /// The value of the digits.
    pub value: u32,
    /// How many digits are written at least.
    pub width: usize,
}

/// What is wrong with numbers that are to be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "problem")]
pub enum NumberProblem {
    /// It has no digits at the end, or is too long.
    #[error("a device number is at most 20 characters long and ends in digits, such as 0147")]
    Malformed,
    /// Another device has it.
    #[error("number {number} is given already")]
    Taken {
        /// Which.
        number: String,
    },
    /// It stands twice among those to be given.
    #[error("number {number} stands here twice")]
    Twice {
        /// Which.
        number: String,
    },
    /// A number was left out.
    #[error("after {after} comes {expected}: a number that is left out looks like a lost phone")]
    Gap {
        /// The last number before.
        after: String,
        /// What should come.
        expected: String,
    },
}

impl DeviceNumber {
    /// Reads a number.
    ///
    /// # Errors
    /// [`NumberProblem::Malformed`].
    pub fn parse(text: &str) -> Result<Self, NumberProblem> {
        let text = text.trim().to_uppercase();
        let legal = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '/' | '.' | '_');
        if text.len() > NUMBER_CHARS_MAX || !text.chars().all(legal) {
            return Err(NumberProblem::Malformed);
        }
        let prefix = text.trim_end_matches(|it: char| it.is_ascii_digit());
        let digits = &text[prefix.len()..];
        let value = digits.parse::<u32>().ok().filter(|value| (1..=NUMBER_MAX).contains(value));
        let value = value.ok_or(NumberProblem::Malformed)?;
        Ok(Self { prefix: prefix.to_owned(), value, width: digits.len() })
    }

    /// The number that follows.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { value: self.value.saturating_add(1), ..self.clone() }
    }
}

impl fmt::Display for DeviceNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{:0width$}", self.prefix, self.value, width = self.width)
    }
}

/// Digits of a number in a series that has no longer one.
const WIDTH: usize = 4;

/// What all ways of writing the number of one device have in common: `147` and `0147` are one.
#[must_use]
pub fn number_key(text: &str) -> String {
    match DeviceNumber::parse(text) {
        Ok(number) => format!("{}{}", number.prefix, number.value),
        Err(_) => text.trim().to_owned(),
    }
}

/// Whether two texts are the number of one device.
#[must_use]
pub fn same_number(one: &str, other: &str) -> bool {
    number_key(one) == number_key(other)
}

/// The numbers that are given in a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    given: BTreeSet<(String, u32)>,
    widest: std::collections::BTreeMap<String, usize>,
}

impl Numbers {
    /// From the numbers of the registry; what is no number there is passed over.
    pub fn of<'a>(given: impl IntoIterator<Item = &'a str>) -> Self {
        let mut numbers = Self::default();
        for number in given.into_iter().filter_map(|text| DeviceNumber::parse(text).ok()) {
            numbers.add(&number);
        }
        numbers
    }

    fn add(&mut self, number: &DeviceNumber) {
        let width = self.widest.entry(number.prefix.clone()).or_insert(WIDTH);
        *width = (*width).max(number.width);
        self.given.insert((number.prefix.clone(), number.value));
    }

    /// The last number of a series.
    #[must_use]
    pub fn last(&self, prefix: &str) -> Option<DeviceNumber> {
        let range = (prefix.to_owned(), 0)..=(prefix.to_owned(), u32::MAX);
        let (prefix, value) = self.given.range(range).next_back()?.clone();
        let width = self.widest.get(&prefix).copied().unwrap_or(1);
        Some(DeviceNumber { prefix, value, width })
    }

    /// The next `count` numbers of a series; a new series begins with 1 and four digits.
    #[must_use]
    pub fn next(&self, prefix: &str, count: u32) -> Vec<DeviceNumber> {
        let prefix = prefix.trim().to_uppercase();
        let last = self.last(&prefix);
        let last = last.unwrap_or(DeviceNumber { prefix, value: 0, width: WIDTH });
        let of = |step| DeviceNumber { value: last.value.saturating_add(step), ..last.clone() };
        (1..=count).map(of).collect()
    }

    /// Takes numbers in, or says for each why not: all or none. They come back as they are stored,
    /// with the zeros of their series, of which spreadsheets lose those in front: the server compares
    /// texts.
    ///
    /// # Errors
    /// One problem for each wrong number, by its place in the list.
    pub fn give(
        &mut self,
        wanted: &[&str],
    ) -> Result<Vec<DeviceNumber>, Vec<(usize, NumberProblem)>> {
        let mut problems = Vec::new();
        let mut taken: Vec<DeviceNumber> = Vec::new();
        let mut places = Vec::new();
        let mut wanted_here: BTreeSet<(String, u32)> = BTreeSet::new();
        for (index, text) in wanted.iter().enumerate() {
            match DeviceNumber::parse(text) {
                Err(problem) => problems.push((index, problem)),
                Ok(number) => {
                    let key = (number.prefix.clone(), number.value);
                    let known = self.given.contains(&key);
                    let twice = !wanted_here.insert(key);
                    let text = number.to_string();
                    match (known, twice) {
                        (true, _) => problems.push((index, NumberProblem::Taken { number: text })),
                        (_, true) => problems.push((index, NumberProblem::Twice { number: text })),
                        _ => {
                            places.push((number.clone(), index));
                            taken.push(number);
                        }
                    }
                }
            }
        }
        problems.extend(self.gaps(places));
        if !problems.is_empty() {
            problems.sort_by_key(|(index, _)| *index);
            return Err(problems);
        }
        taken.iter().for_each(|number| self.add(number));
        for number in &mut taken {
            number.width = self.widest.get(&number.prefix).copied().unwrap_or(1);
        }
        Ok(taken)
    }

    /// Numbers that are left out between the last one given and those wanted. The first number of a
    /// new series is free: boxes may have been numbered before.
    fn gaps(&self, mut wanted: Vec<(DeviceNumber, usize)>) -> Vec<(usize, NumberProblem)> {
        wanted.sort();
        let mut problems = Vec::new();
        let mut before: Option<DeviceNumber> = None;
        for (number, index) in wanted {
            let same = before.take().filter(|it| it.prefix == number.prefix);
            let last = same.or_else(|| self.last(&number.prefix));
            // What lies below the last number fills a hole that an earlier removal left.
            if let Some(last) = last.filter(|last| number.value > last.value.saturating_add(1)) {
                let (after, expected) = (last.to_string(), last.next().to_string());
                problems.push((index, NumberProblem::Gap { after, expected }));
            }
            before = Some(number);
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn zeros_in_front_and_capitals_do_not_make_another_number() {
        assert!(same_number("147", "0147") && same_number("kla-7", "KLA-007"));
        assert!(!same_number("147", "KLA-147") && !same_number("14", "147"));
        assert!(same_number("the old one ", "the old one") && !same_number("", "1"));
    }

    #[track_caller]
    fn check(given: &[&str], wanted: &[&str], expected: &[(usize, &str)]) {
        let mut numbers = Numbers::of(given.iter().copied());
        let problems = numbers.give(wanted).err().unwrap_or_default();
        let shown: Vec<_> = problems.iter().map(|(at, it)| (*at, it.to_string())).collect();
        let expected: Vec<_> = expected.iter().map(|(at, it)| (*at, (*it).to_owned())).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn numbers_follow_each_other() {
        check(&[], &["0001", "0002"], &[]);
        check(&["0001"], &["0002"], &[]);
        check(&[], &["0147"], &[]); // a series may begin anywhere
        check(&["KLA-07"], &["0001"], &[]); // another series
    }

    #[test]
    fn double_use_is_refused_whatever_the_zeros_and_capitals() {
        check(&["0147"], &["147"], &[(0, "number 147 is given already")]);
        check(&["kla-7"], &["KLA-007"], &[(0, "number KLA-007 is given already")]);
        check(&[], &["5", "5"], &[(1, "number 5 stands here twice")]);
    }

    #[test]
    fn a_gap_is_refused_with_what_should_come() {
        let left_out = "a number that is left out looks like a lost phone";
        let words = format!("after 0002 comes 0003: {left_out}");
        check(&["0001", "0002"], &["0004"], &[(0, &words)]);
        let words = format!("after 10 comes 11: {left_out}");
        check(&["9"], &["12", "10"], &[(0, &words)]);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "KLA", "12 34", "0", "99999999", "A-very-long-prefix-000001"] {
            assert_eq!(DeviceNumber::parse(text), Err(NumberProblem::Malformed), "{text}");
        }
    }

    #[test]
    fn the_zeros_that_a_spreadsheet_lost_come_back() {
        #[track_caller]
        fn check(given: &[&str], wanted: &[&str], stored: &[&str]) {
            let mut numbers = Numbers::of(given.iter().copied());
            let taken = numbers.give(wanted).expect("right");
            assert_eq!(taken.iter().map(ToString::to_string).collect::<Vec<_>>(), stored);
        }
        check(&[], &["1", "2"], &["0001", "0002"]);
        check(&["0150"], &["151"], &["0151"]);
        check(&["KLA-00007"], &["kla-8"], &["KLA-00008"]);
        check(&["9999"], &["10000"], &["10000"]);
    }

    #[test]
    fn nothing_is_given_if_one_is_wrong() {
        let mut numbers = Numbers::of(["1"]);
        assert!(numbers.give(&["2", "1"]).is_err());
        assert_eq!(numbers.last("").expect("one").value, 1);
    }

    proptest! {
        #[test]
        fn what_is_proposed_is_always_accepted(
            given in proptest::collection::vec(1u32..400, 0..30), count in 1u32..40
        ) {
            let given: Vec<String> = given.iter().map(|it| format!("KLA-{it:04}")).collect();
            let mut numbers = Numbers::of(given.iter().map(String::as_str));
            let next = numbers.next("kla-", count);
            let texts: Vec<String> = next.iter().map(ToString::to_string).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            prop_assert_eq!(numbers.give(&texts), Ok(next));
        }

        #[test]
        fn no_number_is_ever_given_twice(wanted in proptest::collection::vec(1u32..20, 1..60)) {
            let mut numbers = Numbers::default();
            let mut given = BTreeSet::new();
            for value in wanted {
                let text = value.to_string();
                if numbers.give(&[&text]).is_ok() {
                    prop_assert!(given.insert(value));
                }
            }
            // And without a hole above the first.
            let first = given.first().copied().unwrap_or_default();
            let last = given.last().copied().unwrap_or_default();
            let below = given.iter().filter(|it| **it < first).count();
            prop_assert_eq!(below, 0);
            prop_assert!(last.saturating_sub(first) < 20);
        }
    }
}
