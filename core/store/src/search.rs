//! Text as it is searched: the [folding](outpost_domain::folding) of what is stored and of what is asked,
//! so both always agree.

pub use outpost_domain::folding::normalise;

use crate::limits::SEARCH_WORDS_MAX;

/// The words of a question; a record fits if it holds each of them.
#[must_use]
pub fn words(question: &str) -> Vec<String> {
    normalise(question)
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .take(SEARCH_WORDS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_has_few_words() {
        assert_eq!(words(&"a ".repeat(50)).len(), SEARCH_WORDS_MAX);
        assert_eq!(words(" Óne  two "), ["one", "two"]);
        assert!(words(" - ").is_empty());
    }
}
