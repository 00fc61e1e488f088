//! What an e-mail is to support: a request, more about one, or a machine that answers (RFC 3834).
//!
//! Who sent an e-mail cannot be known, so none ever stops a clock or closes a request: at most it
//! adds what its sender says. Nothing in it is opened or run; attachments are names.

use outpost_domain::uid::TrackedEntityUid;

use super::limits::{TEXT_CHARS_MAX, TITLE_CHARS_MAX, WORD_CHARS_MAX};

/// An e-mail after a parser took it apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letter {
    /// Address of its sender.
    pub from: Option<String>,
    /// Name of its sender.
    pub from_name: Option<String>,
    /// Subject, decoded.
    pub subject: String,
    /// Text, without markup.
    pub text: String,
    /// What its sender's clock said, Unix milliseconds.
    pub date_ms: Option<i64>,
    /// When the mailbox received it (the topmost `Received`).
    pub received_ms: Option<i64>,
    /// `Message-ID` without brackets.
    pub message_id: Option<String>,
    /// `In-Reply-To` and `References`, without brackets.
    pub answers: Vec<String>,
    /// Other headers with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// Names of attachments.
    pub attachments: Vec<String>,
}

/// Who wrote an e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterKind {
    /// As far as can be seen a person.
    Person,
    /// A machine, and by which sign.
    Automatic(&'static str),
}

/// What becomes of an e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// A new request.
    Request {
        /// Its title.
        title: String,
        /// Its text.
        text: String,
        /// Who asks.
        reporter: String,
    },
    /// The user says more about a request.
    More {
        /// Which.
        request: TrackedEntityUid,
        /// What.
        text: String,
        /// Who says so.
        by: String,
    },
    /// A machine answered; about a request if its number is in it. Nothing is filed for it.
    Automatic {
        /// Which request.
        request: Option<TrackedEntityUid>,
        /// By which sign it is one.
        why: &'static str,
    },
}

impl Letter {
    fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.trim().to_lowercase())
    }

    /// Whether a machine wrote it.
    #[must_use]
    pub fn kind(&self) -> LetterKind {
        use LetterKind::{Automatic, Person};
        let begins = |name: &str, with: &[&str]| {
            self.header(name).is_some_and(|it| with.iter().any(|with| it.starts_with(with)))
        };
        // RFC 3834, 5: `no` is the only value that means a person; parameters may follow.
        if let Some(value) = self.header("auto-submitted")
            && value.split(';').next().unwrap_or_default().trim() != "no"
        {
            return Automatic("Auto-Submitted");
        }
        if self.header("return-path").is_some_and(|path| path == "<>") {
            return Automatic("Return-Path");
        }
        if begins("precedence", &["bulk", "junk", "auto_reply", "auto-reply"]) {
            return Automatic("Precedence");
        }
        if begins("content-type", &["multipart/report"]) {
            return Automatic("delivery report");
        }
        for name in ["x-autoreply", "x-autorespond", "x-auto-reply", "x-failed-recipients"] {
            if self.header(name).is_some_and(|value| value != "no") {
                return Automatic("automatic reply");
            }
        }
        let from = self.from.as_deref().unwrap_or_default().to_lowercase();
        match from.starts_with("mailer-daemon@") || from.starts_with("postmaster@") {
            true => Automatic("sender"),
            false => Person,
        }
    }

    /// The request whose number stands in its subject or in what it answers.
    fn request(&self) -> Option<TrackedEntityUid> {
        let in_subject = self.subject.split_once(TAG).and_then(|(_, rest)| rest.get(..11));
        let answered = self.answers.iter().find_map(|id| {
            let (local, domain) = id.split_once('@')?;
            (domain == MESSAGE_DOMAIN).then(|| local.split('.').next())?
        });
        let uid = |text: &str| TrackedEntityUid::parse(text).ok();
        in_subject.and_then(uid).or_else(|| answered.and_then(uid))
    }
}

/// Stands before the number of a request in subjects: `[Outpost abcdefghijk] …`.
const TAG: &str = "[Outpost ";
/// Domain of the ids of our own messages; it exists nowhere (RFC 2606).
const MESSAGE_DOMAIN: &str = "support.outpost.invalid";

/// Subject of a message about a request.
#[must_use]
pub fn subject_of(request: TrackedEntityUid, title: &str) -> String {
    format!("{TAG}{request}] {}", one_line(title, TITLE_CHARS_MAX))
}

/// `Message-ID` of a message about a request, without brackets; `part` tells several apart.
#[must_use]
pub fn message_id_of(request: TrackedEntityUid, part: &str) -> String {
    let part: String = part.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    format!("{request}.{part}@{MESSAGE_DOMAIN}")
}

/// Decides what an e-mail is.
#[must_use]
pub fn read_letter(letter: &Letter) -> Taken {
    let request = letter.request();
    if let LetterKind::Automatic(why) = letter.kind() {
        return Taken::Automatic { request, why };
    }
    let by = sender(letter);
    let text = whole_text(letter);
    match request {
        Some(request) => Taken::More { request, text, by },
        None => Taken::Request { title: title_of(letter, &text), text, reporter: by },
    }
}

fn sender(letter: &Letter) -> String {
    let name = letter.from_name.as_deref().map(|name| one_line(name, WORD_CHARS_MAX));
    let address = letter.from.as_deref().map(|it| one_line(it, WORD_CHARS_MAX));
    match (name.filter(|it| !it.is_empty()), address) {
        (Some(name), Some(address)) => one_line(&format!("{name} <{address}>"), WORD_CHARS_MAX),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "unknown sender".to_owned(),
    }
}

fn whole_text(letter: &Letter) -> String {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = letter.text.chars().filter(kept).take(TEXT_CHARS_MAX - 2_000).collect();
    let mut text = text.trim().to_owned();
    if !letter.attachments.is_empty() {
        let names: Vec<String> =
            letter.attachments.iter().take(20).map(|name| one_line(name, 80)).collect();
        text.push_str(&format!("\n\nAttachments: {}", names.join(", ")));
    }
    match text.is_empty() {
        true => "(no text)".to_owned(),
        false => text,
    }
}

fn title_of(letter: &Letter, text: &str) -> String {
    let mut subject = letter.subject.trim();
    loop {
        let (first, rest) = subject.split_once(':').unwrap_or((subject, ""));
        let is_prefix = ["re", "fw", "fwd", "tr", "aw", "réf", "ref", "rép"]
            .contains(&first.trim().to_lowercase().as_str());
        match is_prefix && !rest.is_empty() {
            true => subject = rest.trim(),
            false => break,
        }
    }
    let title = one_line(subject, TITLE_CHARS_MAX);
    match title.is_empty() {
        true => one_line(text.lines().next().unwrap_or_default(), TITLE_CHARS_MAX),
        false => title,
    }
}

fn one_line(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_control() || c.is_whitespace()).collect();
    let line = words.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: &str, text: &str) -> Letter {
        Letter {
            from: Some("amina@example.org".to_owned()),
            subject: subject.to_owned(),
            text: text.to_owned(),
            ..Letter::default()
        }
    }

    #[track_caller]
    fn automatic(name: &str, value: &str, expected: Option<&'static str>) {
        let headers = vec![(name.to_owned(), value.to_owned())];
        let found = Letter { headers, ..letter("I am away", "until Monday") }.kind();
        let expected = expected.map_or(LetterKind::Person, LetterKind::Automatic);
        assert_eq!(found, expected, "{name}: {value}");
    }

    #[test]
    fn answers_of_machines_are_recognised_as_rfc_3834_says() {
        automatic("auto-submitted", "auto-replied", Some("Auto-Submitted"));
        automatic("auto-submitted", "Auto-Generated; owner-email=\"x\"", Some("Auto-Submitted"));
        automatic("auto-submitted", "no", None);
        automatic("auto-submitted", "No; x=y", None);
        automatic("return-path", "<>", Some("Return-Path"));
        automatic("return-path", "<amina@example.org>", None);
        automatic("precedence", "bulk", Some("Precedence"));
        automatic("precedence", "list", None);
        automatic("content-type", "multipart/report; x", Some("delivery report"));
        automatic("x-autoreply", "yes", Some("automatic reply"));
        automatic("subject", "out of office", None);
    }

    #[test]
    fn a_letter_is_a_request_and_its_subject_the_title() {
        let Taken::Request { title, text, reporter } =
            read_letter(&letter("Re: Fwd:  Nothing\r\n is sent ", " Since Monday.\u{0}\n"))
        else {
            panic!("a request")
        };
        assert_eq!(title, "Nothing is sent");
        assert_eq!(text, "Since Monday.");
        assert_eq!(reporter, "amina@example.org");
    }

    #[test]
    fn without_subject_the_first_line_is_the_title_and_without_text_nothing_fails() {
        let Taken::Request { title, .. } = read_letter(&letter("", "The phone is dead\nSince"))
        else {
            panic!("a request")
        };
        assert_eq!(title, "The phone is dead");
        let Taken::Request { title, text, reporter } = read_letter(&Letter::default()) else {
            panic!("a request")
        };
        assert_eq!((title.as_str(), text.as_str()), ("(no text)", "(no text)"));
        assert_eq!(reporter, "unknown sender");
    }

    #[test]
    fn a_letter_with_the_number_of_a_request_says_more_about_it() {
        let uid = TrackedEntityUid::parse("abcdefghij1").expect("a uid");
        let subject = format!("Re: {}", subject_of(uid, "Nothing is sent"));
        let taken = read_letter(&letter(&subject, "still"));
        assert!(matches!(taken, Taken::More { request, .. } if request == uid));
        let answers = vec![message_id_of(uid, "reply-1")];
        let taken = read_letter(&Letter { answers, ..letter("Re: hello", "still") });
        assert!(matches!(taken, Taken::More { request, .. } if request == uid));
        // Cut, foreign, or not a number at all.
        for subject in ["[Outpost abc", "[Outpost é2345678901] x", "[Outpost 12345678901] x"] {
            assert!(
                matches!(read_letter(&letter(subject, "x")), Taken::Request { .. }),
                "{subject}"
            );
        }
    }

    #[test]
    fn an_automatic_answer_files_nothing_whatever_number_it_carries() {
        let uid = TrackedEntityUid::parse("abcdefghij1").expect("a uid");
        let headers = vec![("auto-submitted".to_owned(), "auto-replied".to_owned())];
        let away = Letter { headers, ..letter(&subject_of(uid, "x"), "I am away") };
        let expected = Taken::Automatic { request: Some(uid), why: "Auto-Submitted" };
        assert_eq!(read_letter(&away), expected);
    }

    #[test]
    fn attachments_are_names() {
        let attachments = vec!["invoice.pdf.exe\r\nX".to_owned()];
        let Taken::Request { text, .. } = read_letter(&Letter { attachments, ..letter("a", "b") })
        else {
            panic!("a request")
        };
        assert_eq!(text, "b\n\nAttachments: invoice.pdf.exe X");
    }
}
