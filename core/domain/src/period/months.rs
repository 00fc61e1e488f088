//! Periods of whole months: months, quarters, half-years and years, wherever their year begins.

use jiff::civil::Date;

/// Periods of `length` months; the first one of a year begins `first` months after its January.
///
/// `first` is negative for the types named by the year they end in (QuarterlyNov, SixMonthlyNov,
/// FinancialNov; wire reference 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MonthBlock {
    pub(super) length: i8,
    pub(super) first: i8,
}

impl MonthBlock {
    /// Months in `count` periods.
    pub(super) fn months(self, count: i32) -> i64 {
        i64::from(self.length) * i64::from(count)
    }

    /// First day of the period that holds `date`.
    pub(super) fn start_of(self, date: Date) -> Option<Date> {
        let (year, number) = self.year_and_number(date);
        self.nth(year, number)
    }

    /// Year and number, counted from one, of the period that holds `date`.
    pub(super) fn year_and_number(self, date: Date) -> (i16, i16) {
        let month = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
        let counted = month - i32::from(self.first);
        let year = i16::try_from(counted.div_euclid(12)).unwrap_or(i16::MAX);
        let number = counted.rem_euclid(12) / i32::from(self.length) + 1;
        (year, i16::try_from(number).unwrap_or(i16::MAX))
    }

    /// First day of period `number` of `year`; `None` if a year has fewer.
    pub(super) fn nth(self, year: i16, number: i16) -> Option<Date> {
        if !(1..=i16::from(12 / self.length)).contains(&number) {
            return None;
        }
        let offset = i32::from(self.first) + i32::from(self.length) * (i32::from(number) - 1);
        let month = i32::from(year) * 12 + offset;
        let year = i16::try_from(month.div_euclid(12)).ok()?;
        Date::new(year, i8::try_from(month.rem_euclid(12) + 1).ok()?, 1).ok()
    }
}
