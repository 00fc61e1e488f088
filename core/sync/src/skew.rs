//! The difference between the server's clock and the device's.
//!
//! Pure arithmetic on the `Date` header and the device's reading of its own clock.

/// Server clock minus device clock in milliseconds.
///
/// `received_ms` is the device clock when the answer had arrived, `elapsed_ms` how long the
/// exchange took: the server wrote its date about half-way. The `Date` header has whole seconds, so
/// half a second is added; the error is half the round trip plus half a second.
#[must_use]
pub const fn skew_ms(server_date_ms: i64, received_ms: i64, elapsed_ms: u64) -> i64 {
    let half_trip_ms = (elapsed_ms / 2) as i64;
    server_date_ms.saturating_add(500).saturating_sub(received_ms.saturating_sub(half_trip_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(server_date_ms: i64, received_ms: i64, elapsed_ms: u64, expected: i64) {
        assert_eq!(skew_ms(server_date_ms, received_ms, elapsed_ms), expected);
    }

    #[test]
    fn half_of_the_round_trip_is_taken_off() {
        check(10_000, 10_600, 200, 0);
        check(10_000, 10_500, 0, 0);
        check(10_000, 3_610_600, 200, -3_600_000);
        check(3_610_000, 10_600, 200, 3_600_000);
    }

    #[test]
    fn absurd_clocks_do_not_overflow() {
        check(i64::MAX, i64::MIN, u64::MAX, i64::MAX);
        check(i64::MIN, i64::MAX, 0, i64::MIN);
    }
}
