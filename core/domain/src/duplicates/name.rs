//! How alike two names are.

use strsim::{jaro_winkler, osa_distance};

/// How two words of names go together, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// The same after folding.
    Same,
    /// A letter or two differ.
    Similar,
    /// Another spelling of the same sound.
    SoundsAlike,
}

/// From this on two words of different sound are taken for spellings of one.
const SIMILAR_MIN: f64 = 0.93;

/// Below this two words with the same consonants are two names: Hassan and Hussein.
const SOUND_MIN: f64 = 0.78;

/// Letters of a sound key that say something by themselves.
const SOUND_LETTERS_MIN: usize = 3;

/// Length from which a word with a shorter key says something: Musa and Moussa do, Ali and Alo do not.
const SOUND_LENGTH_MIN: usize = 4;

/// How two folded words go together; `None` if they are two names.
pub(super) fn likeness(one: &str, other: &str) -> Option<Likeness> {
    if one == other {
        return Some(Likeness::Same);
    }
    // A single letter is an initial.
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let length = short.chars().count();
    if length <= 1 {
        return long.starts_with(short).then_some(Likeness::Similar);
    }
    let closeness = jaro_winkler(one, other);
    let (key, other_key) = (sound(one), sound(other));
    let says_something = key.chars().count() >= SOUND_LETTERS_MIN || length >= SOUND_LENGTH_MIN;
    let sounds_alike = key == other_key && says_something && closeness >= SOUND_MIN;
    let slips = match length {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    let is_slip = osa_distance(one, other) <= slips && closeness >= SIMILAR_MIN;
    match (is_slip, sounds_alike) {
        (true, _) => Some(Likeness::Similar),
        (false, true) => Some(Likeness::SoundsAlike),
        (false, false) => None,
    }
}

/// A key that spellings of one name share: its consonants in classes, with the first letter if that is a
/// vowel. Words of other scripts are their own key.
pub(super) fn sound(word: &str) -> String {
    if !word.is_ascii() {
        return word.to_owned();
    }
    let letters: Vec<char> = word.chars().collect();
    let mut key = String::with_capacity(letters.len());
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        let (class, taken) = class(*letter, letters.get(at + 1).copied());
        at += taken;
        match class {
            Some(class) if key.ends_with(class) => {}
            Some(class) => key.push(class),
            None if key.is_empty() => key.push(vowel(*letter)),
            None => {}
        }
    }
    key
}

/// The class of a consonant and how many letters it takes; `None` for what vowels are written with.
fn class(letter: char, next: Option<char>) -> (Option<char>, usize) {
    match (letter, next) {
        ('p', Some('h')) => (Some('f'), 2),
        ('s' | 'c', Some('h')) => (Some('s'), 2),
        ('k' | 'g', Some('h')) => (Some('k'), 2),
        ('t' | 'd', Some('h')) => (Some('t'), 2),
        ('d', Some('j')) | ('g', Some('i' | 'e' | 'y')) => (Some('j'), 2),
        ('c', Some('e' | 'i' | 'y')) => (Some('s'), 1),
        ('b' | 'p', _) => (Some('b'), 1),
        ('c' | 'k' | 'q' | 'x', _) => (Some('k'), 1),
        ('g', _) => (Some('g'), 1),
        ('t' | 'd', _) => (Some('t'), 1),
        ('s' | 'z', _) => (Some('s'), 1),
        ('v' | 'f', _) => (Some('f'), 1),
        ('m', _) => (Some('m'), 1),
        ('n', _) => (Some('n'), 1),
        ('l', _) => (Some('l'), 1),
        ('r', _) => (Some('r'), 1),
        ('j', _) => (Some('j'), 1),
        ('h', _) => (Some('h'), 1),
        (other, _) if other.is_ascii_digit() => (Some(other), 1),
        _ => (None, 1),
    }
}

const fn vowel(letter: char) -> char {
    match letter {
        'e' | 'i' | 'y' => 'i',
        'o' | 'u' | 'w' => 'u',
        _ => 'a',
    }
}

/// How many words of the shorter name have a partner in the other, and the worst of these pairs.
pub(super) fn paired(one: &[String], other: &[String]) -> (usize, Likeness) {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let mut free: Vec<&String> = long.iter().collect();
    let mut found = Vec::new();
    for wanted in [Likeness::Same, Likeness::Similar, Likeness::SoundsAlike] {
        for word in short.iter().filter(|word| !word.is_empty()) {
            if found.iter().any(|(taken, _)| std::ptr::eq(*taken, word)) {
                continue;
            }
            let partner = free.iter().position(|other| likeness(word, other) == Some(wanted));
            if let Some(partner) = partner {
                free.swap_remove(partner);
                found.push((word, wanted));
            }
        }
    }
    let worst = found.iter().map(|(_, likeness)| *likeness).max().unwrap_or(Likeness::Same);
    (found.len(), worst)
}
