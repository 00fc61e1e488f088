//! Java's `SimpleDateFormat`, for writing only.

use std::collections::BTreeSet;

use jiff::civil::{DateTime, Weekday};

use super::quoted;
use super::weeks::WeekRule;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The parameter of `CURRENT_DATE(..)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(char),
    Field { letter: char, count: usize },
}

impl DateFormat {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), parts: parts(text) }
    }

    /// The format as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The time in this format; `None` if it has a letter that Java refuses or names the zone.
    pub(super) fn text(&self, at: DateTime, weeks: WeekRule) -> Option<String> {
        let write = |part: &Part| match part {
            Part::Literal(character) => Some(character.to_string()),
            Part::Field { letter, count } => field(*letter, *count, at, weeks),
        };
        self.parts.iter().map(write).collect()
    }

    /// A regular expression of what the server may write for the time.
    pub(super) fn regex(&self, at: DateTime) -> String {
        let alternatives = |letter, count| {
            let texts = WeekRule::COMMON.iter().map(|weeks| field(letter, count, at, *weeks));
            let texts: Option<BTreeSet<String>> = texts.collect();
            texts.map(|texts| format!("(?:{})", Vec::from_iter(texts).join("|")))
        };
        let write = |part: &Part| match part {
            Part::Literal(character) => quoted(&character.to_string()),
            Part::Field { letter: 'M' | 'L', count: 3.. } => ".+?".to_owned(),
            Part::Field { letter: 'E' | 'a' | 'G', .. } => ".+?".to_owned(),
            Part::Field { letter, count } => {
                alternatives(*letter, *count).unwrap_or_else(|| ".*?".to_owned())
            }
        };
        self.parts.iter().map(write).collect()
    }

    /// Whether the two times are written differently under any common way of counting weeks. What
    /// cannot be written here counts as the same.
    pub(super) fn differs(&self, one: DateTime, other: DateTime) -> bool {
        let differs = |part: &Part, weeks| match part {
            Part::Literal(_) => false,
            Part::Field { letter, count } => {
                field(*letter, *count, one, weeks) != field(*letter, *count, other, weeks)
            }
        };
        WeekRule::COMMON.iter().any(|weeks| self.parts.iter().any(|part| differs(part, *weeks)))
    }
}

/// Letters are fields, quoted text and all else stand for themselves; `''` is a quotation mark.
fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut characters = text.chars().peekable();
    let mut quoted = false;
    while let Some(character) = characters.next() {
        if character == '\'' {
            if characters.next_if_eq(&'\'').is_some() {
                parts.push(Part::Literal('\''));
            } else {
                quoted = !quoted;
            }
        } else if quoted || !character.is_ascii_alphabetic() {
            parts.push(Part::Literal(character));
        } else {
            let mut count = 1;
            while characters.next_if_eq(&character).is_some() {
                count += 1;
            }
            parts.push(Part::Field { letter: character, count });
        }
    }
    parts
}

fn field(letter: char, count: usize, at: DateTime, weeks: WeekRule) -> Option<String> {
    let hour = i32::from(at.hour());
    let number = match letter {
        'y' => return Some(year(at.year(), count)),
        'Y' => return Some(year(weeks.year_and_week(at.date()).0, count)),
        'M' | 'L' if count >= 3 => {
            let name = *MONTHS.get(usize::try_from(at.month() - 1).ok()?)?;
            return Some(shortened(name, count));
        }
        'E' => return Some(shortened(weekday_name(at.weekday()), count)),
        'a' => return Some(if hour < 12 { "AM" } else { "PM" }.to_owned()),
        'G' => return Some("AD".to_owned()),
        'M' | 'L' => i32::from(at.month()),
        'd' => i32::from(at.day()),
        'D' => i32::from(at.day_of_year()),
        'F' => i32::from((at.day() - 1) / 7 + 1),
        'u' => i32::from(at.weekday().to_monday_one_offset()),
        'w' => i32::from(weeks.year_and_week(at.date()).1),
        'W' => i32::from(weeks.week_of_month(at.date())),
        'H' => hour,
        'k' if hour == 0 => 24,
        'k' => hour,
        'K' => hour % 12,
        'h' => (hour + 11) % 12 + 1,
        'm' => i32::from(at.minute()),
        's' => i32::from(at.second()),
        'S' => i32::from(at.millisecond()),
        _ => return None,
    };
    Some(format!("{number:0count$}"))
}

/// Two letters mean two digits, every other count the least number of digits.
fn year(year: i16, count: usize) -> String {
    match count {
        2 => format!("{:02}", year.rem_euclid(100)),
        _ => format!("{year:0count$}"),
    }
}

/// Up to three letters mean the short name.
fn shortened(name: &str, count: usize) -> String {
    if count >= 4 { name.to_owned() } else { name.chars().take(3).collect() }
}

const fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
