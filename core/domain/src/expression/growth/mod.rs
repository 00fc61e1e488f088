//! z-scores of children by the WHO Child Growth Standards, in the way of `d2:zScoreWFA` and its kin.
//!
//! Between the printed columns the score is linear, in single precision, and cut to two decimals:
//! coarser than WHO's own formula, but what the server says (expressions reference 3).

mod height_for_age;
mod weight_for_age;
mod weight_for_height;

/// Columns -3 to +3 SD, in tenths.
type Row = [u16; 7];

/// Which standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standard {
    WeightForAge,
    HeightForAge,
    WeightForHeight,
}

/// The spellings that mean a boy; everything else means a girl.
const MALE: [&str; 8] = ["male", "MALE", "Male", "ma", "m", "M", "0", "false"];

/// Index of the median among the columns.
const MEDIAN: usize = 3;

/// Score beyond the outermost columns.
const BEYOND: f64 = 3.5;

/// The z-score of a `measure` (kilograms or centimetres) at an age in months or a height in
/// centimetres; `None` if the table has no row for exactly that age or height.
pub(super) fn z_score(standard: Standard, at: f64, measure: f64, sex: &str) -> Option<f64> {
    let row = find_row(standard, at as f32, MALE.contains(&sex))?;
    let measure = measure as f32;
    let columns = row.map(|tenths| f32::from(tenths) / 10.0);
    let column = |index: usize| columns[index];
    if measure > column(6) {
        return Some(BEYOND);
    }
    if measure < column(0) {
        return Some(-BEYOND);
    }
    let above = (0..7).find(|index| measure <= column(*index))?;
    // Columns count from the median: 3, 2, 1, 0, 1, 2, 3.
    let deviations = |index: usize| index.abs_diff(MEDIAN) as f32;
    if measure == column(above) {
        let sign = if above < MEDIAN { -1.0 } else { 1.0 };
        return Some(sign * f64::from(deviations(above)));
    }
    let below = above - 1;
    let distance = column(above) - column(below);
    if measure > column(MEDIAN) {
        let score = deviations(below) + (measure - column(below)) / distance;
        Some(cut(f64::from(score)))
    } else {
        let score = deviations(above) + (column(above) - measure) / distance;
        Some(cut(f64::from(-score)))
    }
}

/// Two decimals, cut and not rounded.
fn cut(score: f64) -> f64 {
    // Scores are small, so whole numbers stand for cutting.
    let whole = score.abs() as u32;
    let hundredths = (100.0 * (score.abs() - f64::from(whole))) as u32;
    let magnitude = f64::from(whole * 100 + hundredths) / 100.0;
    if score < 0.0 { -magnitude } else { magnitude }
}

fn find_row(standard: Standard, at: f32, male: bool) -> Option<Row> {
    let (index, rows): (f32, &[Row]) = match (standard, male) {
        (Standard::WeightForAge, true) => (at, &weight_for_age::BOYS),
        (Standard::WeightForAge, false) => (at, &weight_for_age::GIRLS),
        (Standard::HeightForAge, true) => (at, &height_for_age::BOYS),
        (Standard::HeightForAge, false) => (at, &height_for_age::GIRLS),
        (Standard::WeightForHeight, true) => ((at - 45.0) * 2.0, &weight_for_height::BOYS),
        (Standard::WeightForHeight, false) => ((at - 45.0) * 2.0, &weight_for_height::GIRLS),
    };
    // Java tells the two zeros apart.
    let is_row =
        index.is_sign_positive() && index < rows.len() as f32 && f32::from(index as u16) == index;
    // A row of zeros stands for one that the server's table lacks.
    if is_row { rows.get(index as usize).copied().filter(|row| row[6] != 0) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(standard: Standard, at: f64, measure: f64, sex: &str, expected: Option<f64>) {
        assert_eq!(z_score(standard, at, measure, sex), expected, "{at} {measure} {sex}");
    }

    // Expected values: answers of expression-parser 1.3.0.
    #[test]
    fn scores_are_linear_between_the_printed_columns() {
        check(Standard::WeightForAge, 6.0, 10.25, "male", Some(2.4));
        check(Standard::WeightForAge, 10.0, 7.9, "1", Some(-0.59));
        check(Standard::WeightForAge, 10.0, 7.9, "male", Some(-1.37));
        check(Standard::HeightForAge, 0.0, 45.0, "Male", Some(-2.57));
        check(Standard::WeightForHeight, 45.0, 3.0, "true", Some(2.0));
        check(Standard::WeightForAge, 0.0, 3.3, "Male", Some(0.0));
    }

    #[test]
    fn only_printed_ages_and_heights_have_scores() {
        check(Standard::WeightForAge, 61.0, 5.0, "m", None);
        check(Standard::WeightForAge, 1.5, 5.0, "m", None);
        check(Standard::WeightForAge, -1.0, 5.0, "m", None);
        check(Standard::WeightForAge, -0.0, 5.0, "m", None);
        check(Standard::WeightForAge, f64::NAN, 5.0, "m", None);
        check(Standard::WeightForAge, 28.0, 12.9, "m", None);
        check(Standard::WeightForHeight, 65.25, 5.0, "m", None);
        check(Standard::WeightForHeight, 120.0, 9.6, "F", Some(-3.5));
    }
}
