//! Reading values whose types differ from answer to answer (`PROTOCOL.md` section 4.2).
//!
//! Every function takes what stood at a key, if anything did, and never fails: an absent key, `null`, `""` and a value
//! of an unusable type are all `None`. Numbers may be numbers or numeric strings; money never passes a binary float
//! that was not on the wire.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

/// Text; numbers and booleans become their text.
pub fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A scalar as text, where the empty text has a meaning of its own (defaults and options).
pub fn scalar(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        other => text(Some(other)),
    }
}

/// A decimal number: the type for money.
pub fn decimal(value: Option<&Value>) -> Option<Decimal> {
    match value? {
        Value::Number(number) => parse_decimal(&number.to_string()),
        Value::String(text) => parse_decimal(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads a decimal number as people and services write it: `5`, `-0.5`, `6.0000`, `1e-7`.
pub fn parse_decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if text.contains('_') {
        return None;
    }
    text.parse::<Decimal>()
        .ok()
        .or_else(|| Decimal::from_scientific(text).ok())
}

/// A whole number that is not negative; `"6.0000"` counts as whole.
pub fn u64(value: Option<&Value>) -> Option<u64> {
    whole(value)?.to_u64()
}

/// A whole number; `"-6.0"` counts as whole.
pub fn i64(value: Option<&Value>) -> Option<i64> {
    whole(value)?.to_i64()
}

fn whole(value: Option<&Value>) -> Option<Decimal> {
    decimal(value).filter(Decimal::is_integer)
}

/// A finite binary number; for bounds and percentages, never for money.
pub fn f64(value: Option<&Value>) -> Option<f64> {
    let number = match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse::<f64>().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number.filter(|number| number.is_finite())
}

/// A flag: `true`, `"true"`, `1`, `"1"`, `"yes"` and their opposites.
pub fn boolean(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(flag) => Some(*flag),
        Value::Number(_) => match i64(value)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Texts of an array; a lone scalar counts as an array of one. Elements that are no scalars are left out.
pub fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(|item| text(Some(item))).collect(),
        other => text(other).into_iter().collect(),
    }
}

/// Structured JSON that may itself arrive as a string of JSON, once or twice encoded. A string that holds no array or
/// object is returned as the string it is.
pub fn json(value: Option<&Value>) -> Option<Value> {
    match value? {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(Value::Null) => None,
            Ok(inner @ (Value::Array(_) | Value::Object(_))) => Some(inner),
            Ok(Value::String(again)) => match serde_json::from_str::<Value>(&again) {
                Ok(inner @ (Value::Array(_) | Value::Object(_))) => Some(inner),
                _ => Some(Value::String(text.clone())),
            },
            _ => Some(Value::String(text.clone())),
        },
        other => Some(other.clone()),
    }
}

/// Unix milliseconds from Unix seconds, Unix milliseconds, ISO 8601 or `2026-07-24 09:10:11`
/// (`PROTOCOL.md` sections 4.2 and 31). A time without a zone is UTC; zero means unset.
pub fn time_ms(value: Option<&Value>) -> Option<i64> {
    match decimal(value) {
        Some(number) => number_to_ms(number),
        None => match value? {
            Value::String(text) => calendar_to_ms(text.trim()),
            _ => None,
        },
    }
}

/// Numbers from here on are milliseconds: as seconds they would lie beyond the year 5100.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

fn number_to_ms(number: Decimal) -> Option<i64> {
    if number.is_zero() {
        return None;
    }
    if number.abs() >= Decimal::from(FIRST_MILLISECONDS) {
        return number.trunc().to_i64();
    }
    number.checked_mul(Decimal::ONE_THOUSAND)?.trunc().to_i64()
}

/// `YYYY-MM-DD`, then `T` or a space, `hh:mm:ss`, an optional fraction and an optional zone.
fn calendar_to_ms(text: &str) -> Option<i64> {
    if !text.is_ascii() {
        return None;
    }
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let date = date.as_bytes();
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let (year, month, day) = (
        digits(&date[..4])?,
        digits(&date[5..7])?,
        digits(&date[8..])?,
    );
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let midnight = days_since_epoch(year, month, day) * 86_400_000;
    if rest.is_empty() {
        return Some(midnight);
    }
    let clock = rest.strip_prefix(['T', 't', ' '])?.as_bytes();
    if clock.len() < 8 || clock[2] != b':' || clock[5] != b':' {
        return None;
    }
    let (hours, minutes, seconds) = (
        digits(&clock[..2])?,
        digits(&clock[3..5])?,
        digits(&clock[6..8])?,
    );
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let (fraction, zone) = split_fraction(&clock[8..])?;
    let offset = zone_minutes(zone)?;
    Some(midnight + ((hours * 60 + minutes - offset) * 60 + seconds) * 1000 + fraction)
}

fn digits(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(
        bytes
            .iter()
            .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')),
    )
}

/// Milliseconds of a fraction such as `.123456`, and what follows it.
fn split_fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(after) = rest.strip_prefix(b".") else {
        return Some((0, rest));
    };
    let length = after
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if length == 0 || length > 9 {
        return None;
    }
    let (fraction, zone) = after.split_at(length);
    let mut padded = fraction.to_vec();
    padded.resize(9, b'0');
    Some((digits(&padded)? / 1_000_000, zone))
}

/// Minutes east of UTC.
fn zone_minutes(zone: &[u8]) -> Option<i64> {
    let zone = zone.trim_ascii();
    if matches!(zone, b"" | b"Z" | b"z" | b"UTC") {
        return Some(0);
    }
    let (sign, zone) = match zone.split_first()? {
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match zone.len() {
        2 => (digits(zone)?, 0),
        4 => (digits(&zone[..2])?, digits(&zone[2..])?),
        5 if zone[2] == b':' => (digits(&zone[..2])?, digits(&zone[3..])?),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days between 1970-01-01 and a date of the Gregorian calendar.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let leap_days_before = |year: i64| (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
    let whole_years = (year - 1970) * 365 + leap_days_before(year.max(1)) - leap_days_before(1970);
    let whole_months: i64 = (1..month).map(|month| days_in_month(year, month)).sum();
    whole_years + whole_months + day - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_come_as_numbers_or_text() {
        for (value, expected) in [
            (json!(5), Some(5)),
            (json!("5"), Some(5)),
            (json!(" 6.0000 "), Some(6)),
            (json!(6.0), Some(6)),
            (json!("6.5"), None),
            (json!("-1"), None),
            (json!(""), None),
            (json!(null), None),
            (json!("x"), None),
            (json!([5]), None),
            (json!(true), None),
        ] {
            assert_eq!(u64(Some(&value)), expected, "{value}");
        }
        assert_eq!(u64(None), None);
        assert_eq!(i64(Some(&json!("-7.0"))), Some(-7));
        assert_eq!(f64(Some(&json!("0.25"))), Some(0.25));
        assert_eq!(f64(Some(&json!("inf"))), None);
    }

    #[test]
    fn money_is_decimal() {
        for (value, expected) in [
            (json!(0.000_585), "0.000585"),
            (json!("0.003510000000"), "0.003510000000"),
            (json!(1e-7), "0.0000001"),
            (json!("2.5E-3"), "0.0025"),
            (json!(12), "12"),
        ] {
            assert_eq!(
                decimal(Some(&value)).unwrap().to_string(),
                expected,
                "{value}"
            );
        }
        assert_eq!(decimal(Some(&json!("1_000"))), None);
        assert_eq!(decimal(Some(&json!("$5"))), None);
    }

    #[test]
    fn flags_and_texts() {
        for (value, expected) in [
            (json!(true), Some(true)),
            (json!("true"), Some(true)),
            (json!("False"), Some(false)),
            (json!(1), Some(true)),
            (json!("0"), Some(false)),
            (json!("maybe"), None),
            (json!(2), None),
        ] {
            assert_eq!(boolean(Some(&value)), expected, "{value}");
        }
        assert_eq!(text(Some(&json!(4.5))).as_deref(), Some("4.5"));
        assert_eq!(text(Some(&json!(""))), None);
        assert_eq!(scalar(Some(&json!(""))).as_deref(), Some(""));
        assert_eq!(texts(Some(&json!(["a", 1, null, {}]))), ["a", "1"]);
        assert_eq!(texts(Some(&json!("a"))), ["a"]);
        assert!(texts(None).is_empty());
    }

    #[test]
    fn json_may_be_wrapped_in_a_string() {
        for (value, expected) in [
            (json!([1]), Some(json!([1]))),
            (json!("[1]"), Some(json!([1]))),
            (json!("\"[1]\""), Some(json!([1]))),
            (json!("not json"), Some(json!("not json"))),
            (json!("5"), Some(json!("5"))),
            (json!("\"quoted\""), Some(json!("\"quoted\""))),
            (json!(""), None),
            (json!("null"), None),
            (json!(null), None),
        ] {
            assert_eq!(json(Some(&value)), expected, "{value}");
        }
    }

    #[test]
    fn times_come_in_four_formats() {
        for (value, expected) in [
            (json!("1774007585"), Some(1_774_007_585_000)),
            (json!(1_774_007_585), Some(1_774_007_585_000)),
            (json!(1_774_007_585.25), Some(1_774_007_585_250)),
            (json!("1774007585123"), Some(1_774_007_585_123)),
            (json!("2026-07-24T09:10:11.123Z"), Some(1_784_884_211_123)),
            (json!("2026-07-24T09:10:11+02:00"), Some(1_784_877_011_000)),
            (json!("2026-07-24 09:10:11"), Some(1_784_884_211_000)),
            (json!("2000-02-29 00:00:00"), Some(951_782_400_000)),
            (json!("1970-01-01T00:00:01Z"), Some(1000)),
            (json!("1969-12-31T23:59:59Z"), Some(-1000)),
            (json!("2026-02-29 00:00:00"), None),
            (json!("2026-13-01 00:00:00"), None),
            (json!("yesterday"), None),
            (json!("2026-07-24T09:10"), None),
            (json!("0"), None),
            (json!(""), None),
            (json!(null), None),
        ] {
            assert_eq!(time_ms(Some(&value)), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_a_reader(text in "\\PC{0,40}") {
            let value = Value::String(text);
            let _ = (u64(Some(&value)), i64(Some(&value)), f64(Some(&value)), decimal(Some(&value)));
            let _ = (boolean(Some(&value)), time_ms(Some(&value)), json(Some(&value)), texts(Some(&value)));
        }

        #[test]
        fn no_calendar_like_text_breaks_a_reader(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}[.Z0-9:+-]{0,12}") {
            let _ = time_ms(Some(&Value::String(text)));
        }

        #[test]
        fn seconds_survive(seconds in 1_i64..99_999_999_999) {
            prop_assert_eq!(time_ms(Some(&Value::from(seconds))), Some(seconds * 1000));
            prop_assert_eq!(time_ms(Some(&Value::from(seconds.to_string()))), Some(seconds * 1000));
        }
    }
}
