//! Whether a site is ready, in lights with what is missing (G3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A light. The worst of a site's is the site's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Light {
    /// Nothing is missing.
    Green,
    /// It can go on; somebody has to see to it.
    Amber,
    /// It stops the go-live.
    Red,
}

impl Light {
    /// As it is stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Green => "GREEN",
            Self::Amber => "AMBER",
            Self::Red => "RED",
        }
    }

    /// By its code, in any case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let all = [Self::Green, Self::Amber, Self::Red];
        all.into_iter().find(|light| light.code().eq_ignore_ascii_case(code.trim()))
    }
}

/// What is checked at every site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Check {
    /// Devices are handed out.
    Devices,
    /// No agreement is open.
    Agreements,
    /// Everybody has signed in once.
    Accounts,
    /// Everybody was trained.
    Training,
    /// Every device has synchronised once.
    FirstSync,
    /// Every device has the forms that are current.
    Metadata,
    /// Everybody knows whom to call.
    SupportContact,
}

impl Check {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Devices,
        Self::Agreements,
        Self::Accounts,
        Self::Training,
        Self::FirstSync,
        Self::Metadata,
        Self::SupportContact,
    ];

    /// As it is stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Devices => "DEVICES",
            Self::Agreements => "AGREEMENTS",
            Self::Accounts => "ACCOUNTS",
            Self::Training => "TRAINING",
            Self::FirstSync => "FIRST_SYNC",
            Self::Metadata => "METADATA",
            Self::SupportContact => "SUPPORT_CONTACT",
        }
    }

    /// For reports.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Devices => "Devices handed out",
            Self::Agreements => "Agreements closed",
            Self::Accounts => "Accounts tried",
            Self::Training => "Training done",
            Self::FirstSync => "First synchronisation",
            Self::Metadata => "Forms current",
            Self::SupportContact => "Support contact known",
        }
    }

    /// By its code, in any case.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.code().eq_ignore_ascii_case(code.trim()))
    }
}

/// How far a check has come: so many of so many, and who or what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// How many are done.
    pub done: u64,
    /// How many there are.
    pub of: u64,
    /// Who or what is missing, in words; empty if nothing is.
    pub missing: String,
}

/// What is missing of a check, for whoever says it in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Gap {
    /// Nothing.
    None,
    /// Nobody has looked.
    NobodyLooked,
    /// There is nothing to count yet.
    NothingToCount,
    /// So many are done of so many.
    Counted {
        /// How many are done.
        done: u64,
        /// How many there are.
        of: u64,
        /// Who or what is missing, as people and the registry say it; may be empty.
        missing: String,
    },
}

impl Gap {
    /// In English words; empty if nothing is missing.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::NobodyLooked => "nobody has looked".to_owned(),
            Self::NothingToCount => "there is nothing to count yet".to_owned(),
            Self::Counted { done, of, missing } if missing.is_empty() => format!("{done} of {of}"),
            Self::Counted { done, of, missing } => format!("{done} of {of}; missing: {missing}"),
        }
    }
}

/// A check with its light.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What was checked.
    pub check: Check,
    /// How it stands.
    pub light: Light,
    /// How many are done; `None` if nobody has looked.
    pub done: Option<u64>,
    /// Of how many.
    pub of: Option<u64>,
    /// What is missing, in English words; empty if nothing is.
    pub missing: String,
    /// The same as a code.
    pub gap: Gap,
}

/// A site with all its lights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// The worst light of all.
    pub light: Light,
    /// One line for each check.
    pub lines: Vec<Line>,
}

/// Judges a site. What nobody has looked at is red: silence is no readiness.
///
/// A check that is not whole is amber from nine in ten on, except agreements: what was not signed by
/// everybody stops a hand-over, so one that is open is red.
#[must_use]
pub fn readiness(progress: &BTreeMap<Check, Progress>) -> Readiness {
    let lines: Vec<_> =
        Check::ALL.into_iter().map(|check| line(check, progress.get(&check))).collect();
    let light = lines.iter().map(|line| line.light).max().unwrap_or(Light::Red);
    Readiness { light, lines }
}

fn line(check: Check, progress: Option<&Progress>) -> Line {
    let (light, gap) = match progress {
        None => (Light::Red, Gap::NobodyLooked),
        Some(it) if it.of == 0 => (Light::Red, Gap::NothingToCount),
        Some(it) if it.done >= it.of => (Light::Green, Gap::None),
        Some(Progress { done, of, missing }) => {
            let nearly = u128::from(*done) * 10 >= u128::from(*of) * 9;
            let light = match nearly && check != Check::Agreements {
                true => Light::Amber,
                false => Light::Red,
            };
            let missing = missing.trim().to_owned();
            (light, Gap::Counted { done: *done, of: *of, missing })
        }
    };
    let (done, of) = (progress.map(|it| it.done), progress.map(|it| it.of));
    Line { check, light, done, of, missing: gap.words(), gap }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(what: Check, done: u64, of: u64, light: Light) {
        let progress = Progress { done, of, missing: "Amina".into() };
        let line = line(what, Some(&progress));
        assert_eq!(line.light, light, "{line:?}");
        assert_eq!(line.missing.is_empty(), light == Light::Green, "{line:?}");
        assert_eq!((line.done, line.of), (Some(done), Some(of)), "{line:?}");
    }

    #[test]
    fn a_light_says_how_far_it_is_and_what_is_missing() {
        check(Check::Training, 12, 12, Light::Green);
        check(Check::Training, 9, 10, Light::Amber);
        check(Check::Training, 8, 10, Light::Red);
        check(Check::Training, 0, 0, Light::Red);
        check(Check::Agreements, 99, 100, Light::Red);
        let silent = line(Check::Metadata, None);
        assert_eq!((silent.missing.as_str(), silent.done), ("nobody has looked", None));
    }

    proptest! {
        #[test]
        fn a_site_is_green_only_if_every_check_is_whole(
            done in proptest::collection::vec(0u64..12, 7), leave_out in 0usize..8,
        ) {
            let progress: BTreeMap<_, _> = Check::ALL
                .into_iter()
                .zip(&done)
                .enumerate()
                .filter(|(index, _)| *index != leave_out)
                .map(|(_, (check, done))| {
                    (check, Progress { done: *done, of: 10, missing: String::new() })
                })
                .collect();
            let whole = progress.len() == 7 && progress.values().all(|it| it.done >= it.of);
            let judged = readiness(&progress);
            prop_assert_eq!(judged.light == Light::Green, whole);
            prop_assert_eq!(judged.lines.len(), 7);
            prop_assert_eq!(Some(judged.light), judged.lines.iter().map(|it| it.light).max());
        }
    }
}
