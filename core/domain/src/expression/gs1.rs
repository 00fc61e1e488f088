//! GS1 data matrix texts: the value of one application identifier (`d2:extractDataMatrixValue`).
//!
//! Reads what a scanner gives: the symbology (`]d2` data matrix, `]Q3` QR code), then groups that are
//! parted by U+001D. Sources: GS1 General Specifications for identifiers and predefined lengths;
//! which of them the server knows was seen in its answers.

use super::gs1_names::{COUNTED_NAMES, NAMES};

/// Between groups of variable length.
const SEPARATOR: char = '\u{1d}';

/// Symbologies that are read.
const READ: [&str; 2] = ["]d2", "]Q3"];

/// What cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gs1Problem {
    UnknownKey,
    Symbology,
    TooShort,
    UnknownIdentifier,
    NotThere,
}

impl Gs1Problem {
    pub fn message(self) -> &'static str {
        match self {
            Self::UnknownKey => "this is no GS1 application identifier",
            Self::Symbology => "the text is no GS1 data matrix or QR code",
            Self::TooShort => "the GS1 text is too short",
            Self::UnknownIdentifier => "the GS1 text holds an unknown application identifier",
            Self::NotThere => "the GS1 text has no value for this identifier",
        }
    }
}

/// Names by which some identifiers can be asked for.
const ALIASES: [(&str, &str); 7] = [
    ("gtin", "01"),
    ("lot number", "10"),
    ("batch number", "10"),
    ("production date", "11"),
    ("best before date", "15"),
    ("expiration date", "17"),
    ("serial number", "21"),
];

/// Identifiers that stand alone.
const SINGLE: &[&str] = &[
    "00", "01", "02", "10", "11", "12", "13", "15", "16", "17", "20", "21", "22", "235", "240",
    "241", "242", "243", "250", "251", "253", "254", "255", "30", "37", "400", "401", "403", "410",
    "411", "412", "413", "414", "415", "416", "417", "420", "421", "422", "423", "424", "425",
    "426", "427", "7001", "7002", "7003", "7004", "7005", "7006", "7007", "7008", "7009", "7010",
    "7020", "7021", "7022", "7023", "7040", "710", "711", "712", "713", "714", "7240", "8001",
    "8002", "8003", "8004", "8005", "8006", "8007", "8008", "8009", "8010", "8011", "8012", "8013",
    "8017", "8018", "8019", "8020", "8026", "8110", "8111", "8121", "8200", "90", "91", "92", "93",
    "94", "95", "96", "97", "98", "99",
];

/// Identifiers whose last digit counts something: first three digits, and the last digit's range.
const COUNTED: &[(u16, u16, char)] = &[
    (310, 316, '5'),
    (320, 337, '5'),
    (340, 357, '5'),
    (360, 369, '5'),
    (390, 393, '9'),
    (394, 394, '3'),
    (395, 395, '5'),
    (430, 430, '8'),
    (431, 431, '9'),
    (432, 432, '6'),
    (703, 703, '9'),
    (723, 723, '9'),
];

/// Lengths, identifier included, of the groups that need no separator, by their first two digits.
fn predefined_length(group: &str) -> Option<usize> {
    Some(match group.get(..2)? {
        "00" => 20,
        "01" | "02" | "03" | "41" => 16,
        "04" => 18,
        "11" | "12" | "13" | "14" | "15" | "16" | "17" | "18" | "19" => 8,
        "20" => 4,
        "31" | "32" | "33" | "34" | "35" | "36" => 10,
        _ => return None,
    })
}

fn is_identifier(text: &str) -> bool {
    if SINGLE.contains(&text) {
        return true;
    }
    let Some((head, last)) = text.split_at_checked(3) else { return false };
    let (Ok(head), Some(last)) = (head.parse::<u16>(), last.chars().next()) else { return false };
    let in_range = |(from, to, most): &(u16, u16, char)| {
        (*from..=*to).contains(&head) && ('0'..=*most).contains(&last)
    };
    text.len() == 4 && last.is_ascii_digit() && COUNTED.iter().any(in_range)
}

/// The identifier that a group starts with.
fn leading_identifier(group: &str) -> Option<&str> {
    (2..=4).find_map(|length| group.get(..length).filter(|text| is_identifier(text)))
}

/// The identifier that a key means: an alias, the identifier itself, or its name.
fn find_identifier(key: &str) -> Option<String> {
    if let Some((_, identifier)) = ALIASES.iter().find(|(name, _)| *name == key) {
        return Some((*identifier).to_owned());
    }
    if is_identifier(key) {
        return Some(key.to_owned());
    }
    let name = key.to_lowercase().replace([' ', '_', '-'], "");
    if let Some((_, identifier)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some((*identifier).to_owned());
    }
    let digit = name.chars().next_back().filter(char::is_ascii_digit)?;
    let stem = &name[..name.len() - 1];
    let (_, head) = COUNTED_NAMES.iter().find(|(known, _)| *known == stem)?;
    Some(format!("{head}{digit}")).filter(|identifier| is_identifier(identifier))
}

/// The value of `key` in a scanned text.
pub(super) fn extract(key: &str, text: &str) -> Result<String, Gs1Problem> {
    let identifier = find_identifier(key).ok_or(Gs1Problem::UnknownKey)?;
    let symbology = text.get(..3).ok_or(Gs1Problem::TooShort)?;
    if !READ.contains(&symbology) {
        return Err(Gs1Problem::Symbology);
    }
    let mut found = None;
    for group in text[3..].split(SEPARATOR) {
        read_group(group, &identifier, &mut found)?;
    }
    found.map(str::to_owned).ok_or(Gs1Problem::NotThere)
}

/// Reads one group, which may hold several values of predefined length one after the other.
fn read_group<'t>(
    mut group: &'t str,
    wanted: &str,
    found: &mut Option<&'t str>,
) -> Result<(), Gs1Problem> {
    while !group.is_empty() {
        let identifier = leading_identifier(group).ok_or(Gs1Problem::UnknownIdentifier)?;
        let length = predefined_length(group).unwrap_or(group.len());
        let value = group.get(identifier.len()..length).ok_or(Gs1Problem::TooShort)?;
        if identifier == wanted {
            *found = Some(value);
        }
        group = &group[length..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCAN: &str = "]d201084700069915412110081996195256\u{1d}10DXB2005\u{1d}17220228";

    #[test]
    fn values_are_found_behind_their_identifiers() {
        // Expression corpus, category gs1.
        assert_eq!(extract("10", SCAN).as_deref(), Ok("DXB2005"));
        assert_eq!(extract("serial number", SCAN).as_deref(), Ok("10081996195256"));
        assert_eq!(extract("expiration date", SCAN).as_deref(), Ok("220228"));
        assert_eq!(extract("gtin", SCAN).as_deref(), Ok("08470006991541"));
        assert_eq!(extract("Lot-Number", SCAN).as_deref(), Ok("DXB2005"));
        assert_eq!(extract("net weight kg 2", "]d23102000123").as_deref(), Ok("000123"));
    }

    #[test]
    fn everything_else_is_a_problem() {
        assert_eq!(extract("240", SCAN), Err(Gs1Problem::NotThere));
        assert_eq!(extract("nonsense", SCAN), Err(Gs1Problem::UnknownKey));
        assert_eq!(extract("17", "0108470006991541"), Err(Gs1Problem::Symbology));
        assert_eq!(extract("17", ""), Err(Gs1Problem::TooShort));
        assert_eq!(extract("01", "]d2010847"), Err(Gs1Problem::TooShort));
        assert_eq!(extract("01", "]d2é"), Err(Gs1Problem::UnknownIdentifier));
    }
}
