//! How likely two records are of one person, and why.

use super::name::{Likeness, paired};
use super::person::{Birth, Person};
use super::phone;
use crate::uid::TrackedEntityAttributeUid;

/// Why two records may be of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// A value that no two people have.
    SameUnique(TrackedEntityAttributeUid),
    /// The same name.
    SameName,
    /// The same name, given and family name exchanged.
    NamesExchanged,
    /// The same name with a slip of the pen, or a word more.
    SimilarName,
    /// Another spelling of the same name.
    NameSoundsAlike,
    /// The same phone number.
    SamePhone,
    /// The same date of birth.
    SameBirthDate,
    /// The same date of birth, day and month exchanged.
    BirthDateExchanged,
    /// About the same age.
    SimilarAge,
    /// The same sex.
    SameSex,
    /// The same name of a relative.
    SameRelative,
    /// The same village or address.
    SamePlace,
}

/// What differs, and so speaks against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// Two values of an attribute that tells people apart.
    Unique(TrackedEntityAttributeUid),
    /// Two names.
    Name,
    /// Two sexes.
    Sex,
    /// Two ages, further apart than people err.
    Age,
}

/// The comparison of two records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Match {
    /// 0 to 100.
    pub score: u8,
    /// What speaks for it, the weightiest kinds first.
    pub reasons: Vec<Reason>,
    /// What speaks against it.
    pub doubts: Vec<Doubt>,
}

impl Reason {
    /// What the reason adds to the score.
    #[must_use]
    pub const fn weight(self) -> i32 {
        match self {
            Self::SameUnique(_) => 100,
            Self::SameName => 45,
            Self::NamesExchanged => 42,
            Self::SimilarName => 38,
            Self::NameSoundsAlike => 35,
            // A family shares a phone.
            Self::SamePhone => 30,
            Self::SameBirthDate => 25,
            Self::BirthDateExchanged => 20,
            Self::SimilarAge | Self::SameRelative => 10,
            Self::SameSex | Self::SamePlace => 5,
        }
    }
}

impl Doubt {
    /// What the doubt takes from the score.
    #[must_use]
    pub const fn weight(self) -> i32 {
        match self {
            Self::Unique(_) => 40,
            Self::Age => 30,
            Self::Name | Self::Sex => 25,
        }
    }
}

/// Compares two records; the order does not matter.
#[must_use]
pub fn compare(one: &Person, other: &Person) -> Match {
    let mut found = Match::default();
    unique(one, other, &mut found);
    match names(one, other) {
        Some(Ok(reason)) => found.reasons.push(reason),
        Some(Err(doubt)) => found.doubts.push(doubt),
        None => {}
    }
    let same_phone =
        one.phones.iter().any(|one| other.phones.iter().any(|other| phone::same(one, other)));
    if same_phone {
        found.reasons.push(Reason::SamePhone);
    }
    births(one, other, &mut found);
    match (&one.sex, &other.sex) {
        (Some(one), Some(other)) if one == other => found.reasons.push(Reason::SameSex),
        (Some(_), Some(_)) => found.doubts.push(Doubt::Sex),
        _ => {}
    }
    let shorter = one.relatives.len().min(other.relatives.len());
    if shorter > 0 && paired(&one.relatives, &other.relatives).0 == shorter {
        found.reasons.push(Reason::SameRelative);
    }
    if one.place.is_some() && one.place == other.place {
        found.reasons.push(Reason::SamePlace);
    }
    let pro: i32 = found.reasons.iter().map(|reason| reason.weight()).sum();
    let contra: i32 = found.doubts.iter().map(|doubt| doubt.weight()).sum();
    let is_certain = found.reasons.iter().any(|one| matches!(one, Reason::SameUnique(_)));
    // A value that nobody shares is told whatever else differs: one of the records is wrong.
    let score = if is_certain { 100 } else { (pro - contra).clamp(0, 100) };
    found.score = u8::try_from(score).unwrap_or(100);
    found
}

fn unique(one: &Person, other: &Person, found: &mut Match) {
    for (attribute, value) in &one.unique {
        match other.unique.get(attribute) {
            Some(same) if same == value => found.reasons.push(Reason::SameUnique(*attribute)),
            Some(_) => found.doubts.push(Doubt::Unique(*attribute)),
            None => {}
        }
    }
}

fn names(one: &Person, other: &Person) -> Option<Result<Reason, Doubt>> {
    let (words, other_words) = (one.words(), other.words());
    let shorter = words.len().min(other_words.len());
    if shorter == 0 {
        return None;
    }
    let (matched, worst) = paired(&words, &other_words);
    // People leave out or change one name of three; the first is their own.
    let is_enough = matched == shorter || (shorter >= 3 && matched * 3 >= shorter * 2);
    let own_differs =
        !one.given.is_empty() && !other.given.is_empty() && paired(&one.given, &other.given).0 == 0;
    let exchanged = own_differs
        && paired(&one.given, &other.family).0 > 0
        && paired(&one.family, &other.given).0 > 0;
    if !is_enough || (own_differs && !exchanged) {
        return Some(Err(Doubt::Name));
    }
    let is_whole = matched == words.len() && matched == other_words.len();
    Some(Ok(match worst {
        _ if exchanged => Reason::NamesExchanged,
        Likeness::Same if is_whole => Reason::SameName,
        Likeness::SoundsAlike => Reason::NameSoundsAlike,
        Likeness::Same | Likeness::Similar => Reason::SimilarName,
    }))
}

fn births(one: &Person, other: &Person, found: &mut Match) {
    let (Some(birth), Some(other_birth)) = (one.birth, other.birth) else { return };
    if let (Birth::On(day), Birth::On(other_day)) = (birth, other_birth) {
        if day == other_day {
            return found.reasons.push(Reason::SameBirthDate);
        }
        let is_exchanged = day.year() == other_day.year()
            && (day.month(), day.day()) == (other_day.day(), other_day.month());
        if is_exchanged {
            return found.reasons.push(Reason::BirthDateExchanged);
        }
    }
    let age = one.recorded.max(other.recorded).year() - birth.year().min(other_birth.year());
    let apart = (birth.year() - other_birth.year()).abs();
    if apart <= (age / 10).clamp(1, YEARS_APART_MAX) {
        found.reasons.push(Reason::SimilarAge);
    } else {
        found.doubts.push(Doubt::Age);
    }
}

/// People of ninety are taken for eighty-five, not for seventy.
const YEARS_APART_MAX: i16 = 5;
