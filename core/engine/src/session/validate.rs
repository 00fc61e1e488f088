//! Validation rules over many reports at once: what they break, with both sides.

use std::collections::BTreeSet;

use outpost_domain::data::SliceKey;
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::OrganisationUnitUid;
use outpost_domain::validation::Verdict;

use super::{ReportFormSession, Session};
use crate::error::{OutpostError, Result};
use crate::limits::PAGE_ROWS_MAX;
use crate::model::{ReportViolations, UnjudgedRule, ValidationQuery, ViolationPage};

impl Session {
    /// Checks the reports of a data set that hold something: a page of them, those in order left out.
    ///
    /// # Errors
    /// `NotFound` for a data set or place that is not on the device; `InvalidInput` for a text that is
    /// no period; storage errors.
    pub fn violations_of_reports(
        &self,
        query: &ValidationQuery,
        next: Option<SliceKey>,
    ) -> Result<ViolationPage> {
        let form_problems = self.data_set_bundle(query.data_set)?.problems.clone();
        let periods: BTreeSet<_> = self.periods_named(&query.periods)?.into_iter().collect();
        let places = self.places_to_check(query)?;
        let mut page =
            ViolationPage { items: Vec::new(), checked: 0, problems: form_problems, next: None };
        let mut after = next;
        loop {
            let rows = self.store().slices_page(query.data_set, after.as_ref(), PAGE_ROWS_MAX)?;
            let is_last = rows.len() < PAGE_ROWS_MAX as usize;
            for row in rows {
                let key = row.key;
                let is_asked = periods.contains(&key.period)
                    && places.as_ref().is_none_or(|it| it.contains(&key.organisation_unit));
                if is_asked && page.checked == PAGE_ROWS_MAX {
                    page.next = after;
                    return Ok(page);
                }
                after = Some(key);
                if is_asked {
                    page.checked += 1;
                    match self.checked(key) {
                        Ok(found) => page.items.extend(found),
                        // The values stay although their place is not on the device any more.
                        Err(error @ OutpostError::NotFound { .. }) => {
                            let (period, unit) = (key.period, key.organisation_unit);
                            page.problems.push(format!("{period} of {unit} not checked: {error}"));
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            if is_last {
                return Ok(page);
            }
        }
    }

    /// `None` means everywhere.
    fn places_to_check(
        &self,
        query: &ValidationQuery,
    ) -> Result<Option<BTreeSet<OrganisationUnitUid>>> {
        let mut places = BTreeSet::new();
        for unit in &query.organisation_units {
            self.organisation_unit(*unit)?;
            match query.below {
                true => places.extend(self.places_below(*unit)?),
                false => places.extend([*unit]),
            }
        }
        Ok((!query.organisation_units.is_empty()).then_some(places))
    }

    /// What is to be said about a report; `None` if nothing is.
    fn checked(&self, key: SliceKey) -> Result<Option<ReportViolations>> {
        let (opened, _) = self.open_report_form(key)?;
        let (violations, unjudged) = (opened.violations(), unjudged(&opened));
        if violations.is_empty() && unjudged.is_empty() {
            return Ok(None);
        }
        let split = key.attribute_option_combo.0;
        let split = match split.as_str() == outpost_domain::uid::DEFAULT_CATEGORY_OPTION_COMBO {
            true => String::new(),
            false => self.name_of(MetadataKind::CategoryOptionCombo, split)?,
        };
        Ok(Some(ReportViolations {
            key,
            organisation_unit_name: self.organisation_unit(key.organisation_unit)?.name,
            attribute_option_combo_name: split,
            violations,
            unjudged,
        }))
    }
}

fn unjudged(opened: &ReportFormSession) -> Vec<UnjudgedRule> {
    let rules = opened.rules();
    let view = |(uid, verdict): (outpost_domain::uid::Uid, &Verdict)| {
        let Verdict::Unknown { not_here, problem } = verdict else { return None };
        let rule = rules.rules().iter().find(|it| it.rule().id == uid)?.rule();
        Some(UnjudgedRule {
            uid,
            name: rule.name.clone(),
            not_here: not_here.clone(),
            problem: problem.clone(),
        })
    };
    rules.unknown().filter_map(view).collect()
}
