//! The mark at the beginning of a note.

/// What every mark begins with; the same in all languages.
pub const REVIEW_MARK: &str = "#review:";

/// What a note says about the review.
///
/// Ordered by caution: of notes that the server stored at the same moment the later variant counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// The supervisor takes the record for final.
    Approved,
    /// The supervisor has seen the record.
    Reviewed,
    /// The author has answered what was sent back.
    Corrected,
    /// The supervisor asks for a correction.
    SentBack,
}

impl Mark {
    /// Every mark.
    pub const ALL: [Self; 4] = [Self::Approved, Self::Reviewed, Self::Corrected, Self::SentBack];

    /// The word after [`REVIEW_MARK`]; it stands on servers and never changes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Reviewed => "reviewed",
            Self::Corrected => "corrected",
            Self::SentBack => "sent-back",
        }
    }

    /// The text of a note with this mark.
    #[must_use]
    pub fn note(self, text: &str) -> String {
        let note = format!("{REVIEW_MARK}{} {}", self.word(), text.trim());
        note.trim_end().to_owned()
    }
}

/// A note that carries a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkedNote<'n> {
    /// The mark.
    pub mark: Mark,
    /// What the person wrote; may be empty.
    pub text: &'n str,
}

/// Reads a note; `None` for a remark without a mark. Words that this release does not know are remarks.
#[must_use]
pub fn parse_note(note: &str) -> Option<MarkedNote<'_>> {
    let rest = after_mark(note)?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (word, text) = rest.split_at(end);
    let mark = Mark::ALL.into_iter().find(|mark| mark.word().eq_ignore_ascii_case(word))?;
    Some(MarkedNote { mark, text: text.trim() })
}

/// A remark as it may be saved: one that begins like a mark gets a space after its `#`, so that it is
/// read as what it is and says the same to people.
#[must_use]
pub fn remark(text: &str) -> String {
    match after_mark(text) {
        Some(_) => format!("# {}", text.trim_start().trim_start_matches('#')),
        None => text.to_owned(),
    }
}

/// What follows the beginning of a mark, whatever its case and the space before it.
fn after_mark(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let start = text.get(..REVIEW_MARK.len())?;
    start.eq_ignore_ascii_case(REVIEW_MARK).then(|| &text[REVIEW_MARK.len()..])
}
