//! Parses every expression of metadata packages and lists what cannot be read, and why.
//!
//! Reads the packages as `/api/metadata` exports them; never changes or repairs an expression.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use outpost_domain::expression::{Expression, Mode, ParseError};
use serde_json::Value;

/// Where expressions stand in a package: list, member (inside an object if there is a point), mode.
const PLACES: [(&str, &str, Mode); 10] = [
    ("programRules", "condition", Mode::RuleEngineCondition),
    ("programRuleActions", "data", Mode::RuleEngineAction),
    ("programIndicators", "expression", Mode::ProgramIndicatorExpression),
    ("programIndicators", "filter", Mode::ProgramIndicatorExpression),
    ("indicators", "numerator", Mode::IndicatorExpression),
    ("indicators", "denominator", Mode::IndicatorExpression),
    ("validationRules", "leftSide.expression", Mode::ValidationRuleExpression),
    ("validationRules", "rightSide.expression", Mode::ValidationRuleExpression),
    ("predictors", "generator.expression", Mode::PredictorGeneratorExpression),
    ("predictors", "sampleSkipTest.expression", Mode::PredictorSkipTest),
];

/// An expression that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The list of the package.
    pub list: &'static str,
    /// The member of the object.
    pub member: &'static str,
    /// Id of the object.
    pub id: String,
    /// Why, with the place in the text.
    pub reason: String,
    /// The text.
    pub text: String,
}

/// What became of one package.
#[derive(Debug, Clone, Default)]
pub struct Package {
    /// Name of the file.
    pub name: String,
    /// Expressions and how many of them were read, by list.
    pub counts: BTreeMap<&'static str, (usize, usize)>,
    /// What was not.
    pub unread: Vec<Unread>,
}

/// Parses the expressions of one package; empty ones are none.
#[must_use]
pub fn read(name: &str, package: &Value) -> Package {
    let mut found = Package { name: name.to_owned(), ..Package::default() };
    for (list, member, mode) in PLACES {
        for object in package[list].as_array().map(Vec::as_slice).unwrap_or_default() {
            let value = member.split('.').fold(object, |object, part| &object[part]);
            let Some(text) = value.as_str().filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            let count = found.counts.entry(list).or_default();
            count.0 += 1;
            match Expression::parse(text, mode) {
                Ok(_) => count.1 += 1,
                Err(problem) => found.unread.push(Unread {
                    list,
                    member,
                    id: object["id"].as_str().unwrap_or("without id").to_owned(),
                    reason: reason_of(text, &problem),
                    text: text.to_owned(),
                }),
            }
        }
    }
    found
}

/// The reason, and what editors do not show.
fn reason_of(text: &str, problem: &ParseError) -> String {
    const NO_BREAK_SPACE: char = '\u{a0}';
    if text.get(problem.at..).is_some_and(|rest| rest.starts_with(NO_BREAK_SPACE)) {
        return format!("at character {}: a no-break space, which DHIS2 refuses too", problem.at);
    }
    problem.to_string()
}

/// Reads every package of a folder, by name.
///
/// # Errors
/// If the folder or a file cannot be read, or a file is no JSON.
pub fn read_folder(folder: &Path) -> io::Result<Vec<Package>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "json"));
    paths.sort();
    let mut packages = Vec::new();
    for path in paths {
        let package: Value = serde_json::from_slice(&fs::read(&path)?)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        packages.push(read(&name, &package));
    }
    Ok(packages)
}

/// A row for each list, then what could not be read.
impl fmt::Display for Package {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (list, (all, read)) in &self.counts {
            let name = &self.name;
            writeln!(formatter, "{name:<36} {list:<20} {all:>5} {read:>5} {:>5}", all - read)?;
        }
        for it in &self.unread {
            let text: String = it.text.chars().take(120).collect();
            writeln!(formatter, "  {} {} {}: {}", it.list, it.id, it.member, it.reason)?;
            writeln!(formatter, "    {}", text.replace('\n', " "))?;
        }
        Ok(())
    }
}
