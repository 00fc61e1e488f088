//! When an aggregate form may be filled in: expiry, future periods, input periods, opening dates.
//!
//! Pure decisions on given times, all in the server's time zone; the server decides by its own
//! clock (wire reference 2.3 and captures a001–a007). Stricter than the bulk import where that
//! looks away (closed organisation units), because the person is told at the field.

use jiff::Span;
use jiff::civil::{Date, DateTime, Time};

use super::{Period, PeriodType};
use crate::metadata::DataInputPeriod;
use crate::value_type::ServerMinor;

/// First server version that lets input periods replace the expiry and future checks.
const INPUT_PERIODS_DECIDE_SINCE: ServerMinor = ServerMinor(43);

const DAY_MS: f64 = 86_400_000.0;

/// What decides whether one data set may be filled in for one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SliceTiming<'a> {
    /// The period to fill in.
    pub period: Period,
    /// Now, in the server's time zone.
    pub now: DateTime,
    /// DHIS2 `DataSet.expiryDays`; 0 means for ever.
    pub expiry_days: f64,
    /// DHIS2 `DataSet.openFuturePeriods`.
    pub open_future_periods: u32,
    /// DHIS2 `DataSet.dataInputPeriods`; empty means no restriction.
    pub input_periods: &'a [DataInputPeriod],
    /// Whether the server holds a lock exception for exactly this data set, period and place.
    pub lock_exception: bool,
    /// Which server will judge the values.
    pub server: ServerMinor,
}

/// Why a form cannot be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryLock {
    /// The period has not ended yet, and the data set does not open it earlier (E7641).
    Future {
        /// The latest period that is open, if there is one.
        latest: Option<Period>,
    },
    /// The days for late entry are over (E7640).
    Expired {
        /// When they were over, in the server's time zone.
        since: DateTime,
    },
    /// The data set lists the period, but its time has not come or is over (E7643).
    InputPeriodClosed {
        /// From when it is open, if that lies ahead.
        opening: Option<DateTime>,
        /// Since when it is closed, if that lies behind.
        closing: Option<DateTime>,
    },
    /// The data set lists the periods to fill in, and this one is not among them (E7643).
    InputPeriodNotListed,
    /// The organisation unit opened after the period (E2019).
    OrganisationUnitNotOpen {
        /// Its first day.
        opening: Date,
    },
    /// The organisation unit closed before the period (E2019).
    OrganisationUnitClosed {
        /// Its last day.
        closed: Date,
    },
    /// The attribute category option starts after the period (E7638).
    CategoryOptionNotStarted {
        /// Its first day.
        start: Date,
    },
    /// The attribute category option ended before the period (E7638).
    CategoryOptionEnded {
        /// Its last day, later periods included that the data set leaves open.
        end: Date,
    },
}

impl EntryLock {
    /// The reason in plain English, for a person who fills in the form.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Future { latest: Some(latest) } => format!(
                "This period is not open yet. The latest open period ends on {}.",
                latest.end()
            ),
            Self::Future { latest: None } => "This period is not open yet.".to_owned(),
            Self::Expired { since } => {
                format!("The time to fill in this period ended on {}.", since.date())
            }
            Self::InputPeriodClosed { opening: Some(opening), .. } => {
                format!("This period opens on {}.", opening.date())
            }
            Self::InputPeriodClosed { closing: Some(closing), .. } => {
                format!("This period closed on {}.", closing.date())
            }
            Self::InputPeriodClosed { .. } => "This period is closed.".to_owned(),
            Self::InputPeriodNotListed => "This form is not collected for this period.".to_owned(),
            Self::OrganisationUnitNotOpen { opening } => {
                format!("This place opened on {opening}, after this period.")
            }
            Self::OrganisationUnitClosed { closed } => {
                format!("This place closed on {closed}, before this period.")
            }
            Self::CategoryOptionNotStarted { start } => {
                format!("The chosen category starts on {start}, after this period.")
            }
            Self::CategoryOptionEnded { end } => {
                format!("The chosen category ended on {end}, before this period.")
            }
        }
    }
}

/// The latest period of a type that is open for entry today.
///
/// `open_future_periods` counts from the last ended period: 0 leaves the current one closed, 1
/// opens it, 2 opens the next (capture a007p). `None` for a type without ids.
#[must_use]
pub fn latest_open_period(
    period_type: PeriodType,
    open_future_periods: u32,
    today: Date,
) -> Option<Period> {
    let current = period_type.containing(today)?;
    let Some(ahead) = open_future_periods.checked_sub(1) else { return current.previous() };
    // A count beyond the calendar opens everything there is.
    let latest = i32::try_from(ahead).ok().and_then(|ahead| current.forward(ahead));
    latest.or_else(|| period_type.containing(Date::MAX))
}

/// Whether the period is closed for entry in this data set, and why; `None` means open.
///
/// In the server's order: expiry, future, input periods. From 2.43 on, input periods decide alone,
/// `expiry_days` counts whole days, and a negative one also opens the future (wire reference 2.3).
#[must_use]
pub fn period_lock(timing: &SliceTiming<'_>) -> Option<EntryLock> {
    if timing.server < INPUT_PERIODS_DECIDE_SINCE {
        return expiry_lock(timing, timing.expiry_days)
            .or_else(|| future_lock(timing))
            .or_else(|| input_period_lock(timing));
    }
    if !timing.input_periods.is_empty() {
        return input_period_lock(timing);
    }
    let expiry_days = timing.expiry_days.trunc();
    if expiry_days < 0.0 {
        return expiry_lock(timing, expiry_days);
    }
    expiry_lock(timing, expiry_days).or_else(|| future_lock(timing))
}

fn expiry_lock(timing: &SliceTiming<'_>, expiry_days: f64) -> Option<EntryLock> {
    if expiry_days == 0.0 || !expiry_days.is_finite() || timing.lock_exception {
        return None;
    }
    // Float to integer saturates; beyond the calendar the period never expires.
    let open_ms = ((expiry_days + 1.0) * DAY_MS).round() as i64;
    let midnight = DateTime::from_parts(timing.period.end(), Time::midnight());
    let open = Span::new().try_milliseconds(open_ms).ok()?;
    let since = midnight.checked_add(open).ok()?;
    (timing.now > since).then_some(EntryLock::Expired { since })
}

fn future_lock(timing: &SliceTiming<'_>) -> Option<EntryLock> {
    let period_type = timing.period.period_type();
    let latest = latest_open_period(period_type, timing.open_future_periods, timing.now.date());
    let open = latest.is_some_and(|latest| timing.period.end() <= latest.end());
    (!open).then_some(EntryLock::Future { latest })
}

fn input_period_lock(timing: &SliceTiming<'_>) -> Option<EntryLock> {
    if timing.input_periods.is_empty() {
        return None;
    }
    let now = timing.now;
    let mut closed = None;
    for listed in timing.input_periods.iter().filter(|listed| listed.period == timing.period) {
        let opening = listed.opening_date.filter(|opening| now < *opening);
        let closing = listed.closing_date.filter(|closing| now > *closing);
        if opening.is_none() && closing.is_none() {
            return None;
        }
        closed = closed.or(Some(EntryLock::InputPeriodClosed { opening, closing }));
    }
    closed.or(Some(EntryLock::InputPeriodNotListed))
}

/// Whether the organisation unit was not there during the period (DHIS2 E2019, capture a010e).
///
/// The bulk import does not check this up to 2.42, so values would be stored for a closed place.
#[must_use]
pub fn organisation_unit_lock(
    period: Period,
    opening: Option<Date>,
    closed: Option<Date>,
) -> Option<EntryLock> {
    if let Some(closed) = closed.filter(|closed| *closed < period.start()) {
        return Some(EntryLock::OrganisationUnitClosed { closed });
    }
    let opening = opening.filter(|opening| *opening > period.end())?;
    Some(EntryLock::OrganisationUnitNotOpen { opening })
}

/// Whether an attribute category option does not reach the period (DHIS2 E7638, captures a007b,
/// a007d).
///
/// The end moves later by `open_periods_after_co_end_date` periods of the data set's type. Every
/// option of the attribute option combo must pass.
#[must_use]
pub fn category_option_lock(
    period: Period,
    start: Option<Date>,
    end: Option<Date>,
    open_periods_after_co_end_date: u32,
) -> Option<EntryLock> {
    if let Some(start) = start.filter(|start| *start > period.end()) {
        return Some(EntryLock::CategoryOptionNotStarted { start });
    }
    let end = period.period_type().shift_date(end?, open_periods_after_co_end_date);
    (end < period.start()).then_some(EntryLock::CategoryOptionEnded { end })
}
