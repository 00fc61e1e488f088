//! Folding of text: one spelling for what people type in several ways.
//!
//! Used where texts of people are compared: search, likely doubles, the names of attributes. Loses
//! distinctions on purpose; never shown.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use crate::limits::FOLDED_CHARS_MAX;

/// Lower case, no accents, one space between words, variants of Arabic, Devanagari and Ethiopic
/// letters folded, digits as ASCII.
#[must_use]
pub fn normalise(text: &str) -> String {
    let mut folded = String::with_capacity(text.len().min(FOLDED_CHARS_MAX));
    let mut wants_space = false;
    let mut count = 0;
    let mut push = |character: char| {
        if count < FOLDED_CHARS_MAX {
            if !character.is_alphanumeric() && !is_vowel_sign(character) {
                wants_space = !folded.is_empty();
                return;
            }
            if std::mem::take(&mut wants_space) {
                folded.push(' ');
            }
            folded.push(character);
            count += 1;
        }
    };
    if text.is_ascii() {
        text.chars().map(|character| character.to_ascii_lowercase()).for_each(push);
        return folded;
    }
    for character in text.nfkd().filter(|character| !is_dropped(*character)) {
        match unfolded(character) {
            Folded::Text(text) => text.chars().for_each(&mut push),
            Folded::Char(folded) => folded.to_lowercase().for_each(&mut push),
        }
    }
    folded
}

enum Folded {
    Char(char),
    Text(&'static str),
}

/// Accents, Arabic vowel marks, the Devanagari dot below: marks that people leave out. Vowel signs
/// of Indic scripts and Thai are letters to their readers and stay.
fn is_dropped(character: char) -> bool {
    let class = canonical_combining_class(character);
    matches!(class, 1 | 7 | 10..=36 | 200..=255)
        || matches!(character, '\u{0640}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}')
}

/// Signs of Indic, Thai and Ethiopic writing that are no letters by Unicode but carry the word.
fn is_vowel_sign(character: char) -> bool {
    matches!(character, '\u{0900}'..='\u{0DFF}' | '\u{0E31}'..='\u{0E4E}' | '\u{0EB1}'..='\u{0ECD}'
        | '\u{0F71}'..='\u{0F84}' | '\u{102B}'..='\u{103E}' | '\u{17B6}'..='\u{17D3}')
        && !matches!(character, '\u{0964}' | '\u{0965}')
}

fn unfolded(character: char) -> Folded {
    let replacement = match character {
        'ß' | 'ẞ' => return Folded::Text("ss"),
        'æ' | 'Æ' => return Folded::Text("ae"),
        'œ' | 'Œ' => return Folded::Text("oe"),
        'þ' | 'Þ' => return Folded::Text("th"),
        'ø' | 'Ø' => 'o',
        'đ' | 'Đ' | 'ð' | 'Ð' | 'ɗ' | 'Ɗ' => 'd',
        'ł' | 'Ł' => 'l',
        'ı' => 'i',
        'ɓ' | 'Ɓ' => 'b',
        'ŋ' | 'Ŋ' => 'n',
        'ƙ' | 'Ƙ' => 'k',
        '\u{0660}'..='\u{0669}' => digit(character, 0x0660),
        '\u{06F0}'..='\u{06F9}' => digit(character, 0x06F0),
        '\u{0966}'..='\u{096F}' => digit(character, 0x0966),
        _ => arabic(character).or_else(|| devanagari(character)).unwrap_or(ethiopic(character)),
    };
    Folded::Char(replacement)
}

fn digit(character: char, zero: u32) -> char {
    char::from_digit(u32::from(character).wrapping_sub(zero), 10).unwrap_or(character)
}

/// Hamza carriers are already split by NFKD; what remains are letters that are mixed in writing.
fn arabic(character: char) -> Option<char> {
    Some(match character {
        '\u{0671}' => '\u{0627}',              // alef wasla
        '\u{0649}' | '\u{06CC}' => '\u{064A}', // alef maksura, Farsi yeh: yeh
        '\u{0629}' => '\u{0647}',              // teh marbuta: heh
        '\u{06A9}' => '\u{0643}',              // keheh: kaf
        '\u{06C1}' | '\u{06BE}' => '\u{0647}', // Urdu heh forms
        _ => return None,
    })
}

/// Long and short vowels, sibilants and nasal signs are mixed in names.
fn devanagari(character: char) -> Option<char> {
    Some(match character {
        '\u{0901}' => '\u{0902}', // chandrabindu: anusvara
        '\u{0908}' => '\u{0907}', // ii: i
        '\u{090A}' => '\u{0909}', // uu: u
        '\u{0940}' => '\u{093F}', // sign ii: sign i
        '\u{0942}' => '\u{0941}', // sign uu: sign u
        '\u{0936}' | '\u{0937}' => '\u{0938}',
        _ => return None,
    })
}

/// Amharic has several rows of letters for one sound; names are written with any of them.
fn ethiopic(character: char) -> char {
    let code = u32::from(character);
    let row = match code {
        0x1210..=0x1217 => 0x1200 + (code - 0x1210), // hha: ha
        0x1280..=0x1287 => 0x1200 + (code - 0x1280), // xa: ha
        0x1220..=0x1227 => 0x1230 + (code - 0x1220), // sza: sa
        0x12D0..=0x12D6 => 0x12A0 + (code - 0x12D0), // pharyngeal a: glottal a
        0x1340..=0x1346 => 0x1338 + (code - 0x1340), // tza: tsa
        _ => code,
    };
    // The first and the fourth order of ha and a sound the same.
    let folded = match row {
        0x1203 => 0x1200,
        0x12A3 => 0x12A0,
        other => other,
    };
    char::from_u32(folded).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str) {
        assert_eq!(normalise(a), normalise(b), "{a} and {b}");
    }

    #[track_caller]
    fn check_differ(a: &str, b: &str) {
        assert_ne!(normalise(a), normalise(b), "{a} and {b}");
    }

    #[test]
    fn case_accents_and_punctuation_do_not_count() {
        assert_eq!(normalise("  Ngélé-Hun  CHC (1) "), "ngele hun chc 1");
        check("Côte d’Ivoire", "cote d'ivoire");
        check("Straße", "STRASSE");
        check("İstanbul", "istanbul");
        check("Ærø", "aero");
        check("ﬁne", "fine");
    }

    #[test]
    fn arabic_is_found_with_and_without_marks_and_hamza() {
        check("أحمد", "احمد");
        check("مُحَمَّد", "محمد");
        check("فاطمة", "فاطمه");
        check("يحيى", "يحيي");
        check("محـــمد", "محمد");
        check("کریم", "كريم");
        check("٢٠٢٦", "2026");
        check_differ("محمد", "احمد");
    }

    #[test]
    fn devanagari_keeps_vowel_signs_and_folds_what_is_mixed() {
        check("ज़रीना", "जरीना");
        check("सीता", "सिता");
        check("शांति", "सांति");
        check("१२", "12");
        check_differ("सीता", "सता");
        check_differ("राम", "रम");
    }

    #[test]
    fn ethiopic_rows_of_one_sound_are_one() {
        check("ሐኪም", "ሀኪም");
        check("ኃይሉ", "ሃይሉ");
        check("ሠላም", "ሰላም");
        check("ዓለም", "አለም");
        check("ፀሐይ", "ጸሀይ");
        check_differ("ሰላም", "ሱላም");
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(normalise(&"é".repeat(5_000)).chars().count(), FOLDED_CHARS_MAX);
    }
}
