//! English words that were written down in DHIS2, read back as what they mean, so that they can be said in
//! another language.
//!
//! Records keep words: whoever opens them in DHIS2 itself reads them. What is not word for word ours was
//! typed by somebody and stays as it is.

use std::ops::Range;

use jiff::civil::Date;

use super::compare::Cause;
use crate::device::{OpenEnd, Signer};

/// On which side a case was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidSide {
    /// The register or the old system.
    Register,
    /// The app.
    App,
}

/// Where a case was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaidPlace {
    /// In this line of the table.
    Line(u64),
    /// It is this record of this day.
    Record(String, Date),
    /// Somewhere that somebody else named.
    Other(String),
}

/// A case behind a difference, as it was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidCase {
    /// By what both sides know it.
    pub key: String,
    /// Who has it.
    pub side: SaidSide,
    /// Where.
    pub place: SaidPlace,
    /// Why it is named.
    pub cause: Cause,
    /// The periods in which the other side has it, for [`Cause::OtherPeriod`].
    pub periods: Vec<String>,
}

/// Words of each cause but [`Cause::OtherPeriod`].
pub(super) const CAUSES: [(Cause, &str); 4] = [
    (Cause::NotInApp, "not in the app"),
    (Cause::NotInRegister, "not in the register"),
    (Cause::Twice, "it is there more than once"),
    (Cause::Possible, "the other side has totals alone"),
];
pub(super) const ELSEWHERE: &str = "the other side has it in ";

/// Reads a line of [`super::compare::Behind::words`]; `None` for what others wrote.
#[must_use]
pub fn read_case(line: &str) -> Option<SaidCase> {
    // The key is the person's: it may hold all signs that follow it.
    let (head, why) = line.rsplit_once("): ")?;
    let (side, at) = [(SaidSide::Register, " (register, "), (SaidSide::App, " (app, ")]
        .into_iter()
        .filter_map(|(side, sign)| Some((side, head.rfind(sign)?, sign)))
        .max_by_key(|(_, at, _)| *at)
        .map(|(side, at, sign)| (side, at..at + sign.len()))?;
    let Range { start, end } = at;
    let cause = CAUSES.iter().find(|(_, words)| *words == why).map(|(cause, _)| *cause);
    let (cause, periods) = match (cause, why.strip_prefix(ELSEWHERE)) {
        (Some(cause), _) => (cause, Vec::new()),
        (None, Some(periods)) => {
            (Cause::OtherPeriod, periods.split(", ").map(str::to_owned).collect())
        }
        (None, None) => return None,
    };
    let (key, place) = (head[..start].to_owned(), place_of(&head[end..]));
    Some(SaidCase { key, side, place, cause, periods })
}

fn place_of(text: &str) -> SaidPlace {
    let line = text.strip_prefix("line ").and_then(|it| it.parse().ok()).map(SaidPlace::Line);
    let record = || {
        let (id, day) = text.strip_prefix("record ")?.split_once(" of ")?;
        Some(SaidPlace::Record(id.to_owned(), day.parse().ok()?))
    };
    line.or_else(record).unwrap_or_else(|| SaidPlace::Other(text.to_owned()))
}

/// A piece of a text that says what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidMissing<'t> {
    /// Somebody's words, a number, what stands between.
    Text(&'t str),
    /// Something that is open of an agreement.
    Open(OpenEnd),
}

/// Reads what is missing at a site: what the registry says of an agreement stands in brackets behind a
/// device, one after the other (`0018 (stamp 2, copy 1)`). The pieces together are the whole text.
#[must_use]
pub fn read_missing(text: &str) -> Vec<SaidMissing<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, inside, after)) = brackets(rest) {
        match open_ends(inside) {
            None => pieces.push(SaidMissing::Text(&rest[..rest.len() - after.len()])),
            Some(ends) => {
                pieces.push(SaidMissing::Text(before));
                for (index, end) in ends.into_iter().enumerate() {
                    if index > 0 {
                        pieces.push(SaidMissing::Text(", "));
                    }
                    pieces.push(SaidMissing::Open(end));
                }
                pieces.push(SaidMissing::Text(")"));
            }
        }
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(SaidMissing::Text(rest));
    }
    pieces
}

/// What stands before the first brackets and the opening one, what is in them, what comes after them.
fn brackets(text: &str) -> Option<(&str, &str, &str)> {
    let from = text.find('(')? + 1;
    let to = from + text[from..].find(')')?;
    Some((&text[..from], &text[from..to], &text[to + 1..]))
}

/// Each of the words between commas, if all of them are ours.
fn open_ends(text: &str) -> Option<Vec<OpenEnd>> {
    let signatures = Signer::ALL.map(|of| OpenEnd::Signature { of });
    let copies = [1, 2].map(|copy| [OpenEnd::Stamp { copy }, OpenEnd::CopyPlace { copy }]);
    let all: Vec<_> = signatures.into_iter().chain(copies.into_iter().flatten()).collect();
    text.split(", ").map(|word| all.iter().find(|end| end.words() == word).copied()).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::super::compare::{Case, compare};
    use super::*;

    fn case(period: &str, key: &str, found: &str) -> Case {
        let (period, what) = (period.to_owned(), "ANC".to_owned());
        Case { period, what, key: key.to_owned(), count: 1, found: found.to_owned() }
    }

    #[test]
    fn what_a_comparison_says_is_read_back() {
        let register = [
            case("2026W36", "R-1", "line 2"),
            case("2026W36", "R-2", "line 3"),
            case("2026W36", "R-2", "line 4"),
            case("2026W37", "R-3", "line 5"),
        ];
        let app = [
            case("2026W36", "R-3", "record EvAbcdefg01 of 2026-09-03"),
            case("2026W36", "R-9", "a pile of paper"),
        ];
        let mut said: Vec<_> = compare(&register, &app)
            .iter()
            .flat_map(|it| &it.behind)
            .map(|it| (it.cause, it.key.clone(), read_case(&it.words).expect("our own words")))
            .collect();
        said.sort_by_key(|it| (it.1.clone(), it.0));
        for (cause, key, case) in &said {
            assert_eq!((cause, key), (&case.cause, &case.key));
        }
        let of = |key: &str| -> Vec<_> {
            said.iter().filter(|it| it.1 == key).map(|it| it.2.clone()).collect()
        };
        let record = SaidPlace::Record("EvAbcdefg01".to_owned(), date(2026, 9, 3));
        let elsewhere = &of("R-3");
        let of_app = elsewhere.iter().find(|it| it.side == SaidSide::App).expect("there");
        assert_eq!((&of_app.place, &of_app.periods), (&record, &vec!["2026W37".to_owned()]));
        assert_eq!(of("R-1")[0].place, SaidPlace::Line(2));
        assert_eq!(of("R-9")[0].place, SaidPlace::Other("a pile of paper".to_owned()));
        assert_eq!(of("R-9")[0].cause, Cause::NotInRegister);
    }

    #[test]
    fn what_others_wrote_is_not_ours() {
        for line in ["", "Three cases are in another book", "R-1 (register, line 3): lost", "): "] {
            assert_eq!(read_case(line), None, "{line}");
        }
    }

    #[track_caller]
    fn check(text: &str, open: &[OpenEnd]) {
        let pieces = read_missing(text);
        let found: Vec<_> = pieces
            .iter()
            .filter_map(|it| match it {
                SaidMissing::Open(end) => Some(*end),
                SaidMissing::Text(_) => None,
            })
            .collect();
        assert_eq!(found, open, "{pieces:?}");
    }

    #[test]
    fn open_ends_of_an_agreement_are_read_and_typed_words_are_left_alone() {
        let council = OpenEnd::Signature { of: Signer::Council };
        let (stamp, copy) = (OpenEnd::Stamp { copy: 2 }, OpenEnd::CopyPlace { copy: 1 });
        check("0018 (signature of the council, stamp 2), 0021 (copy 1)", &[council, stamp, copy]);
        check("0018, 0021 (copy 1)", &[copy]);
        check("Amina (on leave), copy 1", &[]);
        check("0018 (copy 1, on leave)", &[]);
        check("0018 (copy 1", &[]);
        check("", &[]);
    }

    proptest! {
        #[test]
        fn any_key_is_read_back(key in "[^\\r\\n]{1,20}", line in 1u64..1000) {
            let key = key.trim();
            prop_assume!(!key.is_empty());
            let compared = compare(&[case("2026W36", key, &format!("line {line}"))], &[]);
            let said = read_case(&compared[0].behind[0].words).expect("our own words");
            prop_assert_eq!((said.key.as_str(), said.place), (key, SaidPlace::Line(line)));
            prop_assert_eq!((said.side, said.cause), (SaidSide::Register, Cause::NotInApp));
        }

        #[test]
        fn the_pieces_are_the_whole_text(text in "[a-d0-2(), ]{0,40}|0018 \\(stamp [12], copy [1-3]\\).{0,9}") {
            let whole: String = read_missing(&text).into_iter().map(|piece| match piece {
                SaidMissing::Text(text) => text.to_owned(),
                SaidMissing::Open(end) => end.words(),
            }).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
