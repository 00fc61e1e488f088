//! Whether a slice may be filled in, and every reason why not.

use jiff::civil::DateTime;

use crate::form::{CategoryOptions, Entry, is_within, option_is_used_elsewhere};
use crate::metadata::{CategoryCombo, CategoryOption, DataSet, OrganisationUnit};
use crate::period::{
    EntryLock, Period, SliceTiming, category_option_lock, organisation_unit_lock, period_lock,
};
use crate::uid::{CategoryOptionComboUid, OrganisationUnitUid};
use crate::value_type::ServerMinor;

/// Where a slice stands in its approval workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Approval {
    /// Not approved, without a workflow, or not known.
    #[default]
    Open,
    /// Approved here or above: values are refused until it is taken back (E7642).
    Approved,
}

/// Everything that decides whether one slice of a data set may be filled in.
#[derive(Debug, Clone, Copy)]
pub struct DataSetEntry<'a> {
    /// The data set.
    pub data_set: &'a DataSet,
    /// The period.
    pub period: Period,
    /// Now, in the server's time zone.
    pub now: DateTime,
    /// Which server will judge the values.
    pub server: ServerMinor,
    /// Whether the server holds a lock exception for this data set, period and place.
    pub lock_exception: bool,
    /// The place.
    pub organisation_unit: &'a OrganisationUnit,
    /// Whether the data set is assigned to the place.
    pub is_assigned: bool,
    /// Roots of the user's capture scope.
    pub capture_roots: &'a [OrganisationUnitUid],
    /// The combo by which the whole form is split.
    pub attribute_combo: &'a CategoryCombo,
    /// The split to fill in.
    pub attribute_option_combo: CategoryOptionComboUid,
    /// The options of `attribute_combo`; one that is not here is hidden from the user.
    pub category_options: &'a CategoryOptions,
    /// Where the slice stands in its approval workflow.
    pub approval: Approval,
}

/// Why a slice may not be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryReason {
    /// The user may not write data of this data set (E7601).
    NoDataWriteAccess,
    /// The data set is filled in for other periods, e.g. months and not weeks (E7632).
    OtherPeriodType,
    /// The period is closed, or the place was not open in it.
    Closed(EntryLock),
    /// The data set is not assigned to the place (E7636).
    NotAssigned,
    /// The place lies outside the user's capture scope (E7617).
    OutsideCaptureScope,
    /// The split is none of this data set, or one of its options is hidden from the user (E7615).
    UnknownAttributeOptionCombo,
    /// The user may not write data under the option (E7616).
    CategoryOptionNotWritable {
        /// Display name.
        option: String,
    },
    /// The option is used at other places (E7639).
    CategoryOptionElsewhere {
        /// Display name.
        option: String,
    },
    /// The option does not reach the period (E7638).
    CategoryOptionClosed {
        /// Display name.
        option: String,
        /// When it begins or ended.
        lock: EntryLock,
    },
    /// The slice is approved (E7642).
    Approved,
}

impl EntryReason {
    /// The reason in plain English, for the person who opens the form.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::NoDataWriteAccess => "You may look at this form but not fill it in.".to_owned(),
            Self::OtherPeriodType => "This form is filled in for other periods.".to_owned(),
            Self::Closed(lock) => lock.words(),
            Self::NotAssigned => "This form is not used at this place.".to_owned(),
            Self::OutsideCaptureScope => "You do not enter data for this place.".to_owned(),
            Self::UnknownAttributeOptionCombo => {
                "This category is not open to you for this form.".to_owned()
            }
            Self::CategoryOptionNotWritable { option } => {
                format!("You may not enter data for {option}.")
            }
            Self::CategoryOptionElsewhere { option } => {
                format!("{option} is not used at this place.")
            }
            Self::CategoryOptionClosed { option, lock } => format!("{option}: {}", lock.words()),
            Self::Approved => {
                "This form is approved. It can change only after the approval is taken back."
                    .to_owned()
            }
        }
    }
}

/// Decides whether a slice may be filled in: [`Entry::Open`], or every reason why not.
#[must_use]
pub fn data_set_entry(asked: &DataSetEntry<'_>) -> Entry<EntryReason> {
    let mut reasons = vec![];
    if !asked.data_set.access.write {
        reasons.push(EntryReason::NoDataWriteAccess);
    }
    if asked.period.period_type() == asked.data_set.period_type {
        reasons.extend(period_lock(&timing(asked)).map(EntryReason::Closed));
    } else {
        reasons.push(EntryReason::OtherPeriodType);
    }
    let unit = asked.organisation_unit;
    let closed = organisation_unit_lock(asked.period, unit.opening_date, unit.closed_date);
    reasons.extend(closed.map(EntryReason::Closed));
    if !asked.is_assigned {
        reasons.push(EntryReason::NotAssigned);
    }
    if !is_within(&unit.path, asked.capture_roots) {
        reasons.push(EntryReason::OutsideCaptureScope);
    }
    attribute_reasons(asked, &mut reasons);
    if asked.approval == Approval::Approved {
        reasons.push(EntryReason::Approved);
    }
    Entry::from_reasons(reasons)
}

fn timing<'a>(asked: &DataSetEntry<'a>) -> SliceTiming<'a> {
    SliceTiming {
        period: asked.period,
        now: asked.now,
        expiry_days: asked.data_set.expiry_days,
        open_future_periods: asked.data_set.open_future_periods,
        input_periods: &asked.data_set.data_input_periods,
        lock_exception: asked.lock_exception,
        server: asked.server,
    }
}

fn attribute_reasons(asked: &DataSetEntry<'_>, reasons: &mut Vec<EntryReason>) {
    let combos = &asked.attribute_combo.category_option_combos;
    let is_of_data_set = asked.attribute_combo.id == asked.data_set.category_combo;
    let combo = combos.iter().find(|combo| combo.id == asked.attribute_option_combo);
    let Some(combo) = combo.filter(|_| is_of_data_set) else {
        reasons.push(EntryReason::UnknownAttributeOptionCombo);
        return;
    };
    if asked.attribute_combo.is_default {
        return;
    }
    for option in &combo.category_options {
        match asked.category_options.get(option).filter(|option| option.access.read) {
            Some(option) => option_reasons(asked, option, reasons),
            None => reasons.push(EntryReason::UnknownAttributeOptionCombo),
        }
    }
}

fn option_reasons(
    asked: &DataSetEntry<'_>,
    option: &CategoryOption,
    reasons: &mut Vec<EntryReason>,
) {
    let name = || option.name.clone();
    if !option.access.write {
        reasons.push(EntryReason::CategoryOptionNotWritable { option: name() });
    }
    if option_is_used_elsewhere(option, &asked.organisation_unit.path) {
        reasons.push(EntryReason::CategoryOptionElsewhere { option: name() });
    }
    let later = asked.data_set.open_periods_after_co_end_date;
    let lock = category_option_lock(asked.period, option.start_date, option.end_date, later);
    reasons.extend(lock.map(|lock| EntryReason::CategoryOptionClosed { option: name(), lock }));
}
