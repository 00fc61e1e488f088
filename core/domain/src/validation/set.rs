//! The validation rules of a form: judged once when it opens, then only where an edit reaches.

use std::collections::BTreeSet;

use super::rule::{ParsedRule, RuleContext, UnusableRule, Verdict, Violation};
use crate::expression::Names;
use crate::form::data_set::CellKey;
use crate::indicator::{CellIndex, Source, named_elements};
use crate::metadata::ValidationRule;
use crate::period::PeriodType;
use crate::uid::{DataElementUid, Uid};

/// What an edit did to the list of violations.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleChange {
    /// A violation that was not there, or whose values changed.
    Violated(Box<Violation>),
    /// A violation is gone.
    Resolved(Uid),
}

/// Parsed rules with their present verdicts.
///
/// The server judges only what holds data: while not one value of any rule is there, nothing is
/// violated, not even a rule that counts missing values as zero.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: Vec<ParsedRule>,
    index: CellIndex,
    verdicts: Vec<(Verdict, u32)>,
    names: Names,
}

impl RuleSet {
    /// Parses rules. `names` are display names by id, for the formulas in violations.
    #[must_use]
    pub fn new<'a>(
        rules: impl IntoIterator<Item = &'a ValidationRule>,
        names: Names,
    ) -> (Self, Vec<UnusableRule>) {
        let mut set = Self { names, ..Self::default() };
        let mut unusable = Vec::new();
        for rule in rules {
            match ParsedRule::new(rule) {
                Ok(parsed) => {
                    parsed.items().for_each(|item| set.index.add(item, set.rules.len()));
                    set.rules.push(parsed);
                }
                Err(problem) => unusable.push(problem),
            }
        }
        set.verdicts = vec![(Verdict::NotJudged, 0); set.rules.len()];
        (set, unusable)
    }

    /// Parses the rules that the server checks when the form of a data set is validated: those of its
    /// period type whose elements are all in the form, and that do not skip forms.
    #[must_use]
    pub fn for_form<'a>(
        rules: impl IntoIterator<Item = &'a ValidationRule>,
        period_type: PeriodType,
        elements: &BTreeSet<DataElementUid>,
        names: Names,
    ) -> (Self, Vec<UnusableRule>) {
        let mine = rules.into_iter().filter(|rule| {
            rule.period_type == period_type && !rule.skip_form_validation && belongs(rule, elements)
        });
        Self::new(mine, names)
    }

    /// Judges every rule: when a form opens, or before it is completed.
    pub fn judge_all<S: Source>(&mut self, source: &S, context: &RuleContext) {
        let judge = |rule: &ParsedRule| rule.judge(source, context, &self.names);
        self.verdicts = self.rules.iter().map(judge).collect();
    }

    /// Judges again what refers to the edited cells, and tells what became of the violations.
    pub fn judge_again<S: Source>(
        &mut self,
        edited: &[CellKey],
        source: &S,
        context: &RuleContext,
    ) -> Vec<RuleChange> {
        let had_data = self.has_data();
        let mut numbers: Vec<usize> = Vec::new();
        for cell in edited {
            let (element, combo) = (cell.data_element, cell.category_option_combo);
            numbers.extend(self.index.referring_to(element, combo));
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut before = Vec::with_capacity(numbers.len());
        for number in &numbers {
            let verdict = self.rules[*number].judge(source, context, &self.names);
            before.push(std::mem::replace(&mut self.verdicts[*number], verdict).0);
        }
        let has_data = self.has_data();
        if had_data == has_data && !has_data {
            return Vec::new();
        }
        if had_data != has_data {
            return self.all_changed(&numbers, &before, has_data);
        }
        let pairs = numbers.iter().zip(&before);
        pairs.filter_map(|(number, before)| self.change(*number, Some(before))).collect()
    }

    /// The first value came, or the last one went: every violation appears, or goes.
    fn all_changed(&self, judged: &[usize], before: &[Verdict], has_data: bool) -> Vec<RuleChange> {
        if has_data {
            return (0..self.rules.len()).filter_map(|number| self.change(number, None)).collect();
        }
        let were = (0..self.rules.len()).filter(|number| {
            let known = judged.iter().position(|judged| judged == number);
            let verdict = known.map_or(&self.verdicts[*number].0, |at| &before[at]);
            matches!(verdict, Verdict::Violated(_))
        });
        were.map(|number| RuleChange::Resolved(self.rules[number].rule().id)).collect()
    }

    fn change(&self, number: usize, before: Option<&Verdict>) -> Option<RuleChange> {
        let was = match before {
            Some(Verdict::Violated(violation)) => Some(violation),
            _ => None,
        };
        match (&self.verdicts[number].0, was) {
            (Verdict::Violated(now), was) if was != Some(now) => {
                Some(RuleChange::Violated(now.clone()))
            }
            (Verdict::Violated(_), _) | (_, None) => None,
            (_, Some(_)) => Some(RuleChange::Resolved(self.rules[number].rule().id)),
        }
    }

    fn has_data(&self) -> bool {
        self.verdicts.iter().any(|(_, found)| *found > 0)
    }

    /// Present violations, the most important first, then by name.
    #[must_use]
    pub fn violations(&self) -> Vec<&Violation> {
        if !self.has_data() {
            return Vec::new();
        }
        let mut violations: Vec<&Violation> = (self.verdicts.iter())
            .filter_map(|(verdict, _)| match verdict {
                Verdict::Violated(violation) => Some(&**violation),
                _ => None,
            })
            .collect();
        violations.sort_by(|a, b| (a.importance, &a.name).cmp(&(b.importance, &b.name)));
        violations
    }

    /// Rules that could not be judged here, with the reason.
    pub fn unknown(&self) -> impl Iterator<Item = (Uid, &Verdict)> {
        let verdicts = self.verdicts.iter().map(|(verdict, _)| verdict);
        let rules = self.rules.iter().map(|rule| rule.rule().id);
        rules.zip(verdicts).filter(|(_, verdict)| matches!(verdict, Verdict::Unknown { .. }))
    }

    /// The parsed rules.
    #[must_use]
    pub fn rules(&self) -> &[ParsedRule] {
        &self.rules
    }
}

/// Whether the form holds every element of a rule; a rule that cannot be read is kept, so that it is
/// reported.
fn belongs(rule: &ValidationRule, elements: &BTreeSet<DataElementUid>) -> bool {
    let Ok(parsed) = ParsedRule::new(rule) else { return true };
    let mut named = parsed.items().flat_map(named_elements).peekable();
    named.peek().is_some() && named.all(|element| elements.contains(&element))
}
