//! Java's regular expressions, as far as they are written in forms, on top of `fancy-regex`.
//!
//! Translates what differs (classes are ASCII in Java, `\Q..\E`, `\uXXXX`) and bounds how far a match
//! may go back: a hostile pattern ends as an error, never as a hang.

use fancy_regex::{Regex, RegexBuilder};

use crate::limits::{PATTERN_BYTES_MAX, PATTERN_STEPS_MAX};

/// Compiled size in bytes that a pattern may reach; a phone has little memory.
const COMPILED_BYTES_MAX: usize = 2_000_000;

/// A pattern that matches whole texts only.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    /// Compiles a Java pattern; the error says what the pattern lacks.
    pub fn compile(java: &str) -> Result<Self, String> {
        if java.len() > PATTERN_BYTES_MAX {
            return Err(format!("it is longer than {PATTERN_BYTES_MAX} bytes"));
        }
        let translated = Translator::translate(java)?;
        RegexBuilder::new(&format!("\\A(?:{translated})\\z"))
            .backtrack_limit(PATTERN_STEPS_MAX)
            .delegate_size_limit(COMPILED_BYTES_MAX)
            .delegate_dfa_size_limit(COMPILED_BYTES_MAX)
            .build()
            .map(Self)
            .map_err(|_| "it is no regular expression".to_owned())
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> Result<bool, String> {
        self.0.is_match(text).map_err(|_| "it takes too many steps".to_owned())
    }
}

struct Translator<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    output: String,
    /// How many `[` are open.
    classes: usize,
}

impl<'p> Translator<'p> {
    fn translate(java: &'p str) -> Result<String, String> {
        let mut translator =
            Self { rest: java.chars().peekable(), output: String::new(), classes: 0 };
        while let Some(character) = translator.rest.next() {
            match character {
                '\\' => translator.escape()?,
                '[' => translator.open_class(),
                ']' if translator.classes > 0 => {
                    translator.classes -= 1;
                    translator.output.push(']');
                }
                // Java's dot stops at more line ends than one.
                '.' if translator.classes == 0 => {
                    translator.output.push_str(r"[^\n\r\u{85}\u{2028}\u{2029}]");
                }
                '{' if translator.classes == 0 => translator.repetition()?,
                '#' | '~' | '-' if translator.classes > 0 => translator.in_class(character),
                other => translator.output.push(other),
            }
        }
        Ok(translator.output)
    }

    fn open_class(&mut self) {
        self.classes += 1;
        self.output.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.output.push('^');
        }
        // A bracket that closes at once is a character in Java too.
        if self.rest.next_if_eq(&']').is_some() {
            self.output.push_str("\\]");
        }
        // `[:alpha:]` has no meaning of its own in Java.
        if self.rest.next_if_eq(&':').is_some() {
            self.output.push_str("\\:");
        }
    }

    /// `{2}`, `{2,}`, `{2,3}`; Java takes no other brace.
    fn repetition(&mut self) -> Result<(), String> {
        let inner: String = self.rest.by_ref().take_while(|c| *c != '}').collect();
        let (least, most) = inner.split_once(',').unwrap_or((&inner, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if least.is_empty() || !is_number(least) || !is_number(most) || self.output.is_empty() {
            return Err("it holds a brace that counts nothing".to_owned());
        }
        self.output.push_str(&format!("{{{inner}}}"));
        Ok(())
    }

    /// `--` and `~~` are set operators in Rust, and plain characters in Java.
    fn in_class(&mut self, character: char) {
        if self.output.ends_with(character) {
            self.output.push('\\');
        }
        self.output.push(character);
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(character) = self.rest.next() else {
            return Err("it ends in a backslash".to_owned());
        };
        match character {
            'd' => self.class("0-9", false),
            'D' => self.class("0-9", true),
            'w' => self.class("a-zA-Z_0-9", false),
            'W' => self.class("a-zA-Z_0-9", true),
            's' => self.class(r"\t\n\x0B\f\r ", false),
            'S' => self.class(r"\t\n\x0B\f\r ", true),
            'h' => self.class(r"\t \u{A0}\u{1680}\u{2000}-\u{200A}\u{202F}\u{205F}\u{3000}", false),
            'R' => self.output.push_str(r"(?:\r\n|[\n\x0B\f\r\u{85}\u{2028}\u{2029}])"),
            'Q' => self.quoted(),
            'E' => {}
            'e' => self.output.push_str("\\x1B"),
            'u' => self.code(4)?,
            'x' if self.rest.peek() == Some(&'{') => self.output.push_str("\\x"),
            'x' => self.code(2)?,
            '0' => self.octal()?,
            'p' | 'P' => self.property(character == 'P')?,
            'N' => return Err("it names a character".to_owned()),
            'X' => self.output.push_str(r"(?>\r\n|\P{M}\p{M}*|\p{M}+)"),
            'c' => {
                let control = self.rest.next().filter(char::is_ascii).map(|c| c as u32 ^ 64);
                let control = control.ok_or_else(|| "it ends in a control code".to_owned())?;
                self.output.push_str(&format!("\\x{{{control:X}}}"));
            }
            'Z' => self.output.push_str(r"(?=\n?\z)"),
            other if other.is_ascii_alphanumeric() => {
                self.output.push('\\');
                self.output.push(other);
            }
            other => self.literal(other),
        }
        Ok(())
    }

    fn class(&mut self, members: &str, negated: bool) {
        let hat = if negated { "^" } else { "" };
        if self.classes > 0 && !negated {
            self.output.push_str(members);
        } else {
            self.output.push_str(&format!("[{hat}{members}]"));
        }
    }

    fn literal(&mut self, character: char) {
        if character.is_ascii_punctuation() || character == ' ' {
            self.output.push_str(&format!("\\x{:02X}", character as u32));
        } else {
            self.output.push(character);
        }
    }

    fn quoted(&mut self) {
        while let Some(character) = self.rest.next() {
            if character == '\\' && self.rest.next_if_eq(&'E').is_some() {
                return;
            }
            self.literal(character);
        }
    }

    fn code(&mut self, digits: usize) -> Result<(), String> {
        let hexadecimal: String = self.rest.by_ref().take(digits).collect();
        let code =
            u32::from_str_radix(&hexadecimal, 16).ok().filter(|_| hexadecimal.len() == digits);
        let mut code = code.ok_or_else(|| "it holds a broken character code".to_owned())?;
        if (0xD800..0xDC00).contains(&code) {
            let low: String = self.rest.clone().take(6).collect();
            let low = low.strip_prefix("\\u").and_then(|low| u32::from_str_radix(low, 16).ok());
            if let Some(low) = low.filter(|low| (0xDC00..0xE000).contains(low)) {
                self.rest.by_ref().take(6).for_each(drop);
                code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            }
        }
        if char::from_u32(code).is_none() && self.classes == 0 {
            // Half a pair matches nothing that a text of ours can hold.
            self.output.push_str("(?!)");
            return Ok(());
        }
        self.output.push_str(&format!("\\x{{{code:X}}}"));
        Ok(())
    }

    fn octal(&mut self) -> Result<(), String> {
        let mut code = None;
        while let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(8)) {
            let next = code.unwrap_or(0) * 8 + digit;
            if next > 0o377 {
                break;
            }
            code = Some(next);
            self.rest.next();
        }
        let code = code.ok_or_else(|| "it holds a broken octal code".to_owned())?;
        self.output.push_str(&format!("\\x{{{code:X}}}"));
        Ok(())
    }

    /// Java's POSIX names are ASCII; `Is` and `java` prefixes name Unicode properties.
    fn property(&mut self, negated: bool) -> Result<(), String> {
        let name = match self.rest.next() {
            Some('{') => self.rest.by_ref().take_while(|c| *c != '}').collect(),
            Some(letter) => letter.to_string(),
            None => return Err("it ends in a property".to_owned()),
        };
        let posix = match name.as_str() {
            "Lower" => Some("a-z"),
            "Upper" => Some("A-Z"),
            "ASCII" => Some(r"\x00-\x7F"),
            "Alpha" => Some("a-zA-Z"),
            "Digit" => Some("0-9"),
            "Alnum" => Some("a-zA-Z0-9"),
            "Punct" => Some(r"!-/:-@\x5B-`\x7B-\x7E"),
            "Graph" => Some("!-\\x7E"),
            "Print" => Some(" -\\x7E"),
            "Blank" => Some(r" \t"),
            "Cntrl" => Some(r"\x00-\x1F\x7F"),
            "XDigit" => Some("0-9a-fA-F"),
            "Space" => Some(r"\t\n\x0B\f\r "),
            _ => None,
        };
        if let Some(members) = posix {
            self.class(members, negated);
            return Ok(());
        }
        let name = match name.as_str() {
            "javaLowerCase" => "Lowercase",
            "javaUpperCase" => "Uppercase",
            "javaWhitespace" => "White_Space",
            "L1" => return Err("it names a property that is not known here".to_owned()),
            other => other.strip_prefix("Is").unwrap_or(other),
        };
        self.output.push_str(&format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        let compiled = Pattern::compile(pattern).expect("a pattern");
        assert_eq!(compiled.matches(text), Ok(expected), "{pattern} {text}");
    }

    // Expected values: java.util.regex, by its documentation.
    #[test]
    fn whole_texts_match() {
        check("ab", "abc", false);
        check("^abc$", "abc", true);
        check("foo(?=bar).*", "foobar", true);
        check(r"(a)\1", "aa", true);
        check("a|ab", "ab", true);
        check("", "", true);
    }

    #[test]
    fn classes_are_javas() {
        check(r"27\d{9}", "27123456789", true);
        check(r"\d", "٣", false);
        check(r"\w+", "é", false);
        check(r"\p{L}", "é", true);
        check(r"\p{Alpha}", "é", false);
        check(r"\p{IsAlphabetic}", "é", true);
        check(r"[\d.-]+", "1.2-3", true);
        check(r"[a-z&&[^b]]", "b", false);
        check(r"[^\w]", "-", true);
        check(r"\Qa.b\E.", "a.bc", true);
        check(r"\u0041\x42\0103", "ABC", true);
        check(".", "\r", false);
        check("a++b", "aab", true);
    }

    #[test]
    fn broken_and_hostile_patterns_are_errors() {
        for broken in ["(", "[a", "*", r"\", r"\u12", r"a{99999}{99999}"] {
            assert!(Pattern::compile(broken).is_err(), "{broken}");
        }
        let hostile = Pattern::compile(r"(a+a+)+(?!b)c").expect("a pattern");
        assert!(hostile.matches(&"a".repeat(60)).is_err());
    }
}
