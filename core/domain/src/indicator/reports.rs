//! How many reports of a data set are complete, as far as is known on the device: `R{..}`.
//!
//! Follows DHIS2 `DataHandler.addReportingRates`: a report is expected of every assigned place and
//! period of the data set's type; no rate is above 100.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Span;
use jiff::civil::Date;

use super::source::{Datum, Found, Missing};
use crate::expression::{Item, ItemKind};
use crate::period::{Period, PeriodType};
use crate::uid::{DataSetUid, OrganisationUnitUid};

/// What counting reports has to know about a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportFacts {
    /// Its period type.
    pub period_type: PeriodType,
    /// Days after the end of the period within which a report is on time.
    pub timely_days: f64,
    /// Places of which reports are expected.
    pub assigned: BTreeSet<OrganisationUnitUid>,
}

/// A report that is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompletedReport {
    /// Its data set.
    pub data_set: DataSetUid,
    /// Its period.
    pub period: Period,
    /// Its place.
    pub organisation_unit: OrganisationUnitUid,
    /// When it was completed, if that is known.
    pub date: Option<Date>,
}

/// Complete reports of some data sets.
#[derive(Debug, Clone, Default)]
pub struct LocalReports {
    /// The data sets that are on the device.
    pub data_sets: BTreeMap<DataSetUid, ReportFacts>,
    /// Their complete reports.
    pub completed: Vec<CompletedReport>,
}

impl LocalReports {
    /// The data set of `R{data set.rate}`; `None` for another item.
    #[must_use]
    pub fn data_set_of(item: &Item) -> Option<DataSetUid> {
        let is_rate = item.kind == ItemKind::ReportingRate;
        is_rate.then(|| DataSetUid::parse(&item.ids.first()?.value).ok())?
    }

    /// The value of `R{data set.rate}` for some periods and places together.
    #[must_use]
    pub fn find(&self, item: &Item, periods: &[Period], units: &[OrganisationUnitUid]) -> Found {
        let modifiers = &item.modifiers;
        let is_limited =
            modifiers.year_to_date || modifiers.min_date.is_some() || modifiers.max_date.is_some();
        let facts = Self::data_set_of(item).and_then(|id| Some((id, self.data_sets.get(&id)?)));
        let moved = periods.iter().map(|it| it.forward(modifiers.period_offset.unwrap_or(0)));
        let moved = moved.collect::<Option<Vec<_>>>();
        let (Some((data_set, facts)), Some(periods), false) = (facts, moved, is_limited) else {
            return Found::NotHere;
        };
        let Some(rate) = item.ids.get(1).map(|id| id.value.as_str()) else { return Found::NotHere };
        let units: BTreeSet<_> = units.iter().copied().collect();
        let places = units.intersection(&facts.assigned).count();
        let reported = reported_periods(facts.period_type, &periods);
        let expected = (places * reported.len()) as f64;
        if expected == 0.0 {
            return Found::Nothing(Missing::Number);
        }
        let mine = self.completed.iter().filter(|it| {
            it.data_set == data_set
                && units.contains(&it.organisation_unit)
                && reported.contains(&it.period)
        });
        let actual = mine.clone().count() as f64;
        let on_time = mine.filter(|it| is_on_time(it, facts.timely_days)).count() as f64;
        let percent = |reports: f64| (reports * 100.0 / expected).min(100.0);
        Found::Value(Datum::Number(match rate {
            "REPORTING_RATE" => percent(actual),
            "REPORTING_RATE_ON_TIME" => percent(on_time),
            "ACTUAL_REPORTS" => actual,
            "ACTUAL_REPORTS_ON_TIME" => on_time,
            "EXPECTED_REPORTS" => expected,
            _ => return Found::NotHere,
        }))
    }

    /// The places and periods with a complete report of one of these items' data sets.
    pub fn with_data<'a>(
        &self,
        items: impl IntoIterator<Item = &'a Item>,
        periods: &[Period],
        units: &[OrganisationUnitUid],
    ) -> BTreeSet<(OrganisationUnitUid, Period)> {
        let data_sets: BTreeSet<_> = items.into_iter().filter_map(Self::data_set_of).collect();
        let mine = self
            .completed
            .iter()
            .filter(|it| data_sets.contains(&it.data_set) && units.contains(&it.organisation_unit));
        let within = |report: &CompletedReport| {
            let holds = |it: &&Period| {
                it.start() <= report.period.start() && report.period.end() <= it.end()
            };
            periods.iter().find(holds).map(|period| (report.organisation_unit, *period))
        };
        mine.filter_map(within).collect()
    }
}

/// Periods of the data set's type that lie within those asked for, each once.
fn reported_periods(period_type: PeriodType, asked: &[Period]) -> BTreeSet<Period> {
    let within = |period: &Period| {
        let all = period_type.generate(period.start(), period.end()).unwrap_or_default();
        let (start, end) = (period.start(), period.end());
        all.into_iter().filter(move |it| it.start() >= start && it.end() <= end)
    };
    asked.iter().flat_map(within).collect()
}

/// A report of which the day is not known is not called on time.
fn is_on_time(report: &CompletedReport, timely_days: f64) -> bool {
    // The day of completion has no time, so a fraction of a day changes nothing.
    let days = timely_days.clamp(0.0, f64::from(u16::MAX)) as i64;
    let latest = report.period.end().checked_add(Span::new().days(days));
    report.date.zip(latest.ok()).is_some_and(|(date, latest)| date <= latest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Mode;
    use crate::indicator::Measure;
    use crate::uid::Uid;

    const UNITS: [&str; 3] = ["ouClinicA01", "ouClinicB01", "ouClinicC01"];

    fn unit(text: &str) -> OrganisationUnitUid {
        OrganisationUnitUid(Uid::parse(text).expect("a uid"))
    }

    /// A reported January late and February on time, B January on an unknown day; C is not assigned.
    fn reports() -> LocalReports {
        let data_set = DataSetUid::parse("dsMonthly01").expect("a uid");
        let report = |unit_id: &str, period: &str, date: Option<&str>| CompletedReport {
            data_set,
            period: Period::parse(period).expect("a period"),
            organisation_unit: unit(unit_id),
            date: date.map(|text| text.parse().expect("a date")),
        };
        let facts = ReportFacts {
            period_type: PeriodType::Monthly,
            timely_days: 15.0,
            assigned: [unit(UNITS[0]), unit(UNITS[1])].into(),
        };
        LocalReports {
            data_sets: BTreeMap::from([(data_set, facts)]),
            completed: vec![
                report(UNITS[0], "202601", Some("2026-02-16")),
                report(UNITS[0], "202602", Some("2026-03-15")),
                report(UNITS[1], "202601", None),
            ],
        }
    }

    #[track_caller]
    fn check(item: &str, periods: &[&str], expected: Found) {
        let measure = Measure::parse(item, Mode::IndicatorExpression).expect("parses");
        let periods: Vec<_> =
            periods.iter().map(|it| Period::parse(it).expect("a period")).collect();
        let item = measure.items().next().expect("an item");
        assert_eq!(reports().find(item, &periods, &UNITS.map(unit)), expected);
    }

    fn number(number: f64) -> Found {
        Found::Value(Datum::Number(number))
    }

    #[test]
    fn reports_are_expected_of_every_assigned_place_and_period() {
        check("R{dsMonthly01.EXPECTED_REPORTS}", &["202601"], number(2.0));
        check("R{dsMonthly01.EXPECTED_REPORTS}", &["2026Q1"], number(6.0));
        check("R{dsMonthly01.ACTUAL_REPORTS}", &["2026Q1"], number(3.0));
        check("R{dsMonthly01.REPORTING_RATE}", &["2026Q1"], number(50.0));
        check("R{dsMonthly01.REPORTING_RATE}", &["202601", "202602"], number(75.0));
        check("R{dsMonthly01.REPORTING_RATE}", &["202603"], number(0.0));
        check("R{dsMonthly01.REPORTING_RATE}.periodOffset(-1)", &["202603"], number(50.0));
    }

    #[test]
    fn on_time_is_up_to_the_last_timely_day() {
        // 31 January and 15 days is 15 February, 28 February and 15 days is 15 March.
        check("R{dsMonthly01.ACTUAL_REPORTS_ON_TIME}", &["202601"], number(0.0));
        check("R{dsMonthly01.ACTUAL_REPORTS_ON_TIME}", &["202602"], number(1.0));
        check("R{dsMonthly01.REPORTING_RATE_ON_TIME}", &["202602"], number(50.0));
    }

    #[test]
    fn a_week_has_no_monthly_report_and_an_unknown_data_set_is_not_here() {
        let nothing = Found::Nothing(Missing::Number);
        check("R{dsMonthly01.REPORTING_RATE}", &["2026W3"], nothing);
        check("R{dsElsewhere.REPORTING_RATE}", &["202601"], Found::NotHere);
    }
}
