//! Legends: which name and colour a value has.
//!
//! A range begins at its start and ends before its end, so that neighbours never both hold a value.

use crate::metadata::{Legend, LegendSet};

/// The range of a value; the first one in the set's order if ranges overlap, `None` between ranges.
#[must_use]
pub fn legend_of(set: &LegendSet, value: f64) -> Option<&Legend> {
    set.legends.iter().find(|legend| legend.start_value <= value && value < legend.end_value)
}

/// The range of a stored value; `None` for a text that is no number.
#[must_use]
pub fn legend_of_text<'a>(set: &'a LegendSet, text: &str) -> Option<&'a Legend> {
    text.parse().ok().and_then(|value| legend_of(set, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uid::Uid;

    fn set() -> LegendSet {
        let id = Uid::parse("lgCoverage1").expect("a uid");
        let legend = |name: &str, start_value: f64, end_value: f64| Legend {
            id,
            name: name.to_owned(),
            start_value,
            end_value,
            color: Some("#d7191c".to_owned()),
        };
        let legends =
            vec![legend("Low", 0.0, 50.0), legend("Good", 50.0, 90.0), legend("High", 90.0, 100.0)];
        LegendSet { id, name: "Coverage".to_owned(), legends }
    }

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let set = set();
        assert_eq!(legend_of_text(&set, text).map(|it| it.name.as_str()), expected, "{text}");
    }

    #[test]
    fn a_range_holds_its_start_and_not_its_end() {
        check("0", Some("Low"));
        check("49.999", Some("Low"));
        check("50", Some("Good"));
        check("90.0", Some("High"));
        check("100", None);
        check("-0.1", None);
    }

    #[test]
    fn what_is_no_number_has_no_legend() {
        check("", None);
        check("many", None);
        check("NaN", None);
    }
}
