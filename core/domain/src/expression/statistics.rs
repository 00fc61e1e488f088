//! Statistics over the values of several periods: `avg`, `median`, `stddev` and their kin.
//!
//! NaN stands for a missing value; what each function does with it is the server's way (expressions
//! reference 3).

use super::function::Function;

/// The value of an aggregate function; `None` is null.
pub(super) fn aggregate(function: Function, values: &[f64], fraction: Option<f64>) -> Option<f64> {
    match function {
        Function::Avg => Some(average(values)),
        Function::Count => Some(values.len() as f64),
        Function::Max => Some(extreme(values, f64::max)),
        Function::Min => Some(extreme(values, f64::min)),
        Function::Sum => Some(values.iter().sum::<f64>() + 0.0),
        Function::Median => percentile(values, Some(0.5)),
        Function::PercentileCont => percentile(values, fraction),
        Function::Stddev | Function::StddevSamp => Some(variance(values, 1.0).sqrt()),
        Function::StddevPop => Some(variance(values, 0.0).sqrt()),
        Function::Variance if values.is_empty() => None,
        Function::Variance => Some(variance(values, 1.0)),
        _ => None,
    }
}

fn average(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let correction: f64 = values.iter().map(|value| value - mean).sum();
    mean + correction / count
}

fn extreme(values: &[f64], pick: fn(f64, f64) -> f64) -> f64 {
    values.iter().copied().filter(|value| !value.is_nan()).reduce(pick).unwrap_or(f64::NAN)
}

fn variance(values: &[f64], correction: f64) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - correction)
}

/// Continuous percentile, as Excel's PERCENTILE.INC and PostgreSQL's `percentile_cont`.
fn percentile(values: &[f64], fraction: Option<f64>) -> Option<f64> {
    // A fraction that is NaN passes both bounds in the peer.
    let fraction = fraction.filter(|fraction| !(*fraction < 0.0 || *fraction > 1.0))?;
    if values.is_empty() {
        return None;
    }
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return Some(f64::NAN) };
    let position = last as f64 * fraction;
    let index = position.floor() as usize;
    if index >= last {
        return Some(sorted[last]);
    }
    Some(sorted[index] + (position - position.floor()) * (sorted[index + 1] - sorted[index]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(function: Function, values: &[f64], expected: Option<f64>) {
        let found = aggregate(function, values, Some(0.25));
        let same = found == expected
            || (found.is_some_and(f64::is_nan) && expected.is_some_and(f64::is_nan));
        assert!(same, "{} {values:?}: {found:?}", function.name());
    }

    #[test]
    fn textbook_values() {
        let values = [1.0, 2.0, 3.0, 4.0];
        check(Function::Avg, &values, Some(2.5));
        check(Function::Median, &values, Some(2.5));
        check(Function::PercentileCont, &values, Some(1.75));
        check(Function::Variance, &values, Some(5.0 / 3.0));
        check(Function::StddevPop, &values, Some(1.25f64.sqrt()));
        check(Function::Max, &values, Some(4.0));
    }

    #[test]
    fn nothing_to_aggregate() {
        check(Function::Avg, &[], Some(f64::NAN));
        check(Function::Sum, &[], Some(0.0));
        check(Function::Median, &[], None);
        check(Function::Variance, &[], None);
        check(Function::Min, &[f64::NAN], Some(f64::NAN));
        check(Function::Median, &[f64::NAN], Some(f64::NAN));
    }
}
