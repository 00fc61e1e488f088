//! Names that an expression reads without referring to them: what it reads depends on a text.

const READS_ORGANISATION_UNIT: &str = "d2:inOrgUnitGroup";
const READS_BY_TEXT: &str = "d2:lastEventDate(";

/// The name that `d2:inOrgUnitGroup` reads.
pub(super) const ORGANISATION_UNIT: &str = "org_unit";

/// What an expression reads besides its references.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReadNames<'s> {
    /// These names.
    Known(Vec<&'s str>),
    /// Any name: it is computed.
    Any,
}

/// Looks for functions that take the name of a variable as text. The text of an expression is enough:
/// finding a function where there is none only costs time.
pub(super) fn read_names(source: &str) -> ReadNames<'_> {
    let mut names = Vec::new();
    if source.contains(READS_ORGANISATION_UNIT) {
        names.push(ORGANISATION_UNIT);
    }
    let mut rest = source;
    while let Some(at) = rest.find(READS_BY_TEXT) {
        rest = rest[at + READS_BY_TEXT.len()..].trim_start_matches([' ', '\t', '\r', '\n']);
        match only_argument(rest) {
            Some(Argument::Literal(name)) => names.push(name),
            Some(Argument::Item) => {}
            None => return ReadNames::Any,
        }
    }
    ReadNames::Known(names)
}

enum Argument<'s> {
    Literal(&'s str),
    Item,
}

fn only_argument(rest: &str) -> Option<Argument<'_>> {
    let (argument, after) = match rest.chars().next()? {
        quote @ ('\'' | '"') => {
            let end = rest[1..].find(quote)? + 1;
            (Argument::Literal(&rest[1..end]), &rest[end + 1..])
        }
        '#' | 'A' | 'V' if rest[1..].starts_with('{') => {
            (Argument::Item, &rest[rest.find('}')? + 1..])
        }
        _ => return None,
    };
    let is_plain = !matches!(argument, Argument::Literal(name) if name.contains('\\'));
    let is_alone = after.trim_start_matches([' ', '\t', '\r', '\n']).starts_with(')');
    (is_plain && is_alone).then_some(argument)
}

#[cfg(test)]
mod tests {
    use super::{ReadNames, read_names};

    #[track_caller]
    fn check(source: &str, names: &[&str]) {
        assert_eq!(read_names(source), ReadNames::Known(names.to_vec()), "{source}");
    }

    #[test]
    fn names_in_quotes_are_read() {
        check("d2:lastEventDate('weight')", &["weight"]);
        check("d2:lastEventDate( \"a b\" ) > d2:lastEventDate('c')", &["a b", "c"]);
        check("d2:lastEventDate(#{weight})", &[]);
        check("d2:inOrgUnitGroup('g')", &["org_unit"]);
        check("#{weight} > 3", &[]);
    }

    #[test]
    fn a_computed_name_may_be_any() {
        for source in [
            "d2:lastEventDate(d2:concatenate('a', 'b'))",
            "d2:lastEventDate('a' + 'b')",
            "d2:lastEventDate('a\\u0062')",
            "d2:lastEventDate(",
            "d2:lastEventDate('",
        ] {
            assert_eq!(read_names(source), ReadNames::Any, "{source}");
        }
    }
}
