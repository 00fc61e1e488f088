//! Answers to the ten most common problems, in the app's language, before a request is filed (S8).
//! They are part of the program, so they are there without network.

use serde::Deserialize;

use super::request::Problem;

/// Languages with answers; the first is shown where another is asked for.
pub const LANGUAGES: [&str; 3] = ["en", "fr", "ar"];

const TEXTS: [&str; 3] = [
    include_str!("answers/en.json"),
    include_str!("answers/fr.json"),
    include_str!("answers/ar.json"),
];

/// What to do about a common problem.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Which problem.
    pub problem: Problem,
    /// As its user would say it.
    pub title: String,
    /// What to try, in order.
    pub steps: Vec<String>,
    /// What to do if nothing helped.
    pub then: String,
}

/// The language whose answers are shown where one is asked for (`fr`, `fr-CD`, `fr_CD`): English if
/// it has none, so that whoever shows them can say so.
#[must_use]
pub fn answer_language(language: &str) -> &'static str {
    LANGUAGES[index_of(language)]
}

fn index_of(language: &str) -> usize {
    let wanted = language.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    LANGUAGES.iter().position(|it| *it == wanted).unwrap_or(0)
}

/// The answers in the language of [`answer_language`].
#[must_use]
pub fn answers(language: &str) -> Vec<Answer> {
    let at = index_of(language);
    // Part of the program: a test reads every one.
    serde_json::from_str(TEXTS[at]).unwrap_or_default()
}

/// The answer to a problem, if it is one of the common ones.
#[must_use]
pub fn answer_to(problem: Problem, language: &str) -> Option<Answer> {
    answers(language).into_iter().find(|answer| answer.problem == problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_answers_the_ten_common_problems_and_in_the_same_order() {
        let problems = |language| -> Vec<Problem> {
            answers(language).into_iter().map(|answer| answer.problem).collect()
        };
        for language in LANGUAGES {
            assert_eq!(problems(language), Problem::ALL[..10], "{language}");
            for answer in answers(language) {
                assert!((3..=6).contains(&answer.steps.len()), "{language} {:?}", answer.problem);
                let english = answer_to(answer.problem, "en").expect("an answer");
                assert_eq!(answer.steps.len(), english.steps.len(), "{language}");
                let texts = answer.steps.iter().chain([&answer.title, &answer.then]);
                for text in texts {
                    assert!((5..=160).contains(&text.chars().count()), "{language}: {text}");
                }
            }
        }
    }

    #[test]
    fn a_region_gets_its_language_and_another_language_english() {
        let title = |language| answer_to(Problem::NoNetwork, language).map(|it| it.title);
        assert_eq!(title("fr-CD").as_deref(), Some("Il n'y a pas de réseau"));
        assert_eq!(title("FR_cd"), title("fr"));
        assert_eq!(title("am"), title("en"));
        for (asked, shown) in [("fr-CD", "fr"), ("ar", "ar"), ("AR_sd", "ar"), ("am", "en")] {
            assert_eq!(answer_language(asked), shown, "{asked}");
        }
        assert_eq!(answer_to(Problem::Other, "en"), None);
    }
}
