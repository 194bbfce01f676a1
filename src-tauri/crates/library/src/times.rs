//! Wall-clock time as the database and file names write it.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY_MS: i64 = 86_400_000;

/// Unix milliseconds now.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Year, month and day of a Unix day, in the proleptic Gregorian calendar.
fn civil(day: i64) -> (i64, i64, i64) {
    // Counted from 1 March of year 0, so that the leap day is the last day of a year.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (
        year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day_of_month,
    )
}

/// `2026-08`, in UTC.
pub(crate) fn month(at_ms: i64) -> String {
    let (year, month, _) = civil(at_ms.div_euclid(DAY_MS));
    format!("{year:04}-{month:02}")
}

/// `20260801T120102.123Z`; sorts by time.
pub(crate) fn stamp(at_ms: i64) -> String {
    let (year, month, day) = civil(at_ms.div_euclid(DAY_MS));
    let of_day = at_ms.rem_euclid(DAY_MS);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}.{milli:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_are_named_rightly() {
        for (at_ms, expected) in [
            (0, "19700101T000000.000Z"),
            (951_782_400_000, "20000229T000000.000Z"),
            (1_709_251_199_999, "20240229T235959.999Z"),
            (1_709_251_200_000, "20240301T000000.000Z"),
            (4_107_542_400_000, "21000301T000000.000Z"),
        ] {
            assert_eq!(stamp(at_ms), expected);
        }
        assert_eq!(month(1_709_251_199_999), "2024-02");
        assert_eq!(month(-1), "1969-12");
    }
}
