//! The standard normal distribution as DHIS2 has it: in one dialect a printed z table of two decimals and
//! five digits, in the other the function itself.
//!
//! Never more exact than the evaluator that is followed.

use super::java::to_int;

/// Largest z of the table, in hundredths; beyond it lie 0 and 1.
const LAST: i32 = 400;

/// Area below -z, in hundred-thousandths, for z in hundredths.
const LOWER_TAIL: [u32; 401] = [
    50000, 49601, 49202, 48803, 48405, 48006, 47608, 47210, 46812, 46414, 46017, 45620, 45224,
    44828, 44433, 44038, 43644, 43251, 42858, 42465, 42074, 41683, 41294, 40905, 40517, 40129,
    39743, 39358, 38974, 38591, 38209, 37828, 37448, 37070, 36693, 36317, 35942, 35569, 35197,
    34827, 34458, 34090, 33724, 33360, 32997, 32636, 32276, 31918, 31561, 31207, 30854, 30503,
    30153, 29806, 29460, 29116, 28774, 28434, 28096, 27760, 27425, 27093, 26763, 26435, 26109,
    25785, 25463, 25143, 24825, 24510, 24196, 23885, 23576, 23270, 22965, 22663, 22363, 22065,
    21770, 21476, 21186, 20897, 20611, 20327, 20045, 19766, 19489, 19215, 18943, 18673, 18406,
    18141, 17879, 17619, 17361, 17106, 16853, 16602, 16354, 16109, 15866, 15625, 15386, 15151,
    14917, 14686, 14457, 14231, 14007, 13786, 13567, 13350, 13136, 12924, 12714, 12507, 12302,
    12100, 11900, 11702, 11507, 11314, 11123, 10935, 10749, 10565, 10383, 10204, 10027, 9853, 9680,
    9510, 9342, 9176, 9012, 8851, 8692, 8534, 8379, 8226, 8076, 7927, 7780, 7636, 7493, 7353, 7215,
    7078, 6944, 6811, 6681, 6552, 6426, 6301, 6178, 6057, 5938, 5821, 5705, 5592, 5480, 5370, 5262,
    5155, 5050, 4947, 4846, 4746, 4648, 4551, 4457, 4363, 4272, 4182, 4093, 4006, 3920, 3836, 3754,
    3673, 3593, 3515, 3438, 3362, 3288, 3216, 3144, 3074, 3005, 2938, 2872, 2807, 2743, 2680, 2619,
    2559, 2500, 2442, 2385, 2330, 2275, 2222, 2169, 2118, 2068, 2018, 1970, 1923, 1876, 1831, 1786,
    1743, 1700, 1659, 1618, 1578, 1539, 1500, 1463, 1426, 1390, 1355, 1321, 1287, 1255, 1222, 1191,
    1160, 1130, 1101, 1072, 1044, 1017, 990, 964, 939, 914, 889, 866, 842, 820, 798, 776, 755, 734,
    714, 695, 676, 657, 639, 621, 604, 587, 570, 554, 539, 523, 508, 494, 480, 466, 453, 440, 427,
    415, 402, 391, 379, 368, 357, 347, 336, 326, 317, 307, 298, 289, 280, 272, 264, 256, 248, 240,
    233, 226, 219, 212, 205, 199, 193, 187, 181, 175, 169, 164, 159, 154, 149, 144, 139, 135, 131,
    126, 122, 118, 114, 111, 107, 104, 100, 97, 94, 90, 87, 84, 82, 79, 76, 74, 71, 69, 66, 64, 62,
    60, 58, 56, 54, 52, 50, 48, 47, 45, 43, 42, 40, 39, 38, 36, 35, 34, 32, 31, 30, 29, 28, 27, 26,
    25, 24, 23, 22, 22, 21, 20, 19, 19, 18, 17, 17, 16, 15, 15, 14, 14, 13, 13, 12, 12, 11, 11, 10,
    10, 10, 9, 9, 8, 8, 8, 8, 7, 7, 7, 6, 6, 6, 6, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 3, 3, 3,
];

/// The one entry above the middle that does not complement its counterpart: z = 0.16.
const ODD_ONE: (i32, u32) = (16, 56_360);

/// Area below `x` of a normal distribution.
pub(super) fn cumulative(x: f64, mean: f64, deviation: f64) -> f64 {
    let hundredths = to_int((x - mean) / deviation * 100.0);
    if hundredths < -LAST {
        return 0.0;
    }
    if hundredths > LAST {
        return 1.0;
    }
    let tail = LOWER_TAIL[hundredths.unsigned_abs() as usize];
    let area = match hundredths {
        _ if hundredths == ODD_ONE.0 => ODD_ONE.1,
        0.. => 100_000 - tail,
        _ => tail,
    };
    f64::from(area) / 1e5
}

/// Height of the standard normal distribution.
pub(super) fn density(z: f64) -> f64 {
    (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Area below `z` of the standard normal distribution: its power series in the middle, its continued
/// fraction in the tails.
pub(super) fn exact_area(z: f64) -> f64 {
    const MIDDLE: f64 = 3.0;
    const TERMS: u32 = 100;
    if z.is_nan() {
        return z;
    }
    if z.abs() <= MIDDLE {
        let mut term = z;
        let mut sum = z;
        for index in 1..TERMS {
            term *= z * z / f64::from(2 * index + 1);
            sum += term;
        }
        return 0.5 + density(z) * sum;
    }
    let depth = (1..=TERMS).rev().fold(z.abs(), |below, index| z.abs() + f64::from(index) / below);
    let tail = density(z) / depth;
    if z < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::{cumulative, density, exact_area};

    #[test]
    fn areas_and_heights_are_those_of_the_distribution() {
        // Handbook of Mathematical Functions, table 26.1.
        let check = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-14, "{found} is not {expected}");
        };
        check(exact_area(0.0), 0.5);
        check(exact_area(1.0), 0.841_344_746_068_543);
        check(exact_area(-2.0), 0.022_750_131_948_179);
        check(exact_area(3.0), 0.998_650_101_968_370);
        check(exact_area(-3.5), 0.000_232_629_079_035_525);
        check(exact_area(40.0), 1.0);
        check(density(0.0), 0.398_942_280_401_433);
        check(density(-1.0), 0.241_970_724_519_143);
    }

    #[test]
    fn areas_come_from_the_printed_table() {
        // A standard normal table, and the peer's entry for 0.16.
        assert_eq!(cumulative(1.96, 0.0, 1.0), 0.975);
        assert_eq!(cumulative(-1.0, 0.0, 1.0), 0.158_66);
        assert_eq!(cumulative(0.16, 0.0, 1.0), 0.5636);
        assert_eq!(cumulative(0.0, 0.0, 1.0), 0.5);
        assert_eq!(cumulative(5.0, 0.0, 1.0), 1.0);
        assert_eq!(cumulative(-5.0, 0.0, 1.0), 0.0);
    }
}
