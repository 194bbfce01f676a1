//! Byte ranges (RFC 9110 section 14), one at a time.

/// What a `Range` header asks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything: no range, or one that may be ignored (several, another unit, not understood).
    Whole,
    /// From `first`, `length` bytes, at least one.
    Part {
        /// Offset of the first byte.
        first: u64,
        /// How many bytes.
        length: u64,
    },
    /// A range that lies outside the file.
    Outside,
}

/// Reads a `Range` header for a file of `size` bytes.
pub(crate) fn wanted(header: &str, size: u64) -> Wanted {
    let Some((unit, spec)) = header.split_once('=') else {
        return Wanted::Whole;
    };
    let Some((first, last)) = spec.trim().split_once('-') else {
        return Wanted::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Whole;
    }
    match (first.trim(), last.trim()) {
        ("", "") => Wanted::Whole,
        ("", suffix) => number(suffix).map_or(Wanted::Whole, |length| {
            part(size.saturating_sub(length), length, size)
        }),
        (first, "") => number(first).map_or(Wanted::Whole, |first| part(first, u64::MAX, size)),
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => {
                part(first, (last - first).saturating_add(1), size)
            }
            _ => Wanted::Whole,
        },
    }
}

fn part(first: u64, length: u64, size: u64) -> Wanted {
    let length = length.min(size.saturating_sub(first));
    if length == 0 {
        Wanted::Outside
    } else {
        Wanted::Part { first, length }
    }
}

/// Digits only; more of them than any file has bytes mean "the end".
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::Wanted::{Outside, Part, Whole};
    use super::wanted;

    #[test]
    fn ranges() {
        let part = |first, length| Part { first, length };
        let cases = [
            ("bytes=0-0", part(0, 1)),
            ("bytes=0-99", part(0, 100)),
            ("bytes=0-100", part(0, 100)),
            ("bytes=10-19", part(10, 10)),
            ("bytes = 10 - 19", part(10, 10)),
            ("BYTES=99-", part(99, 1)),
            ("bytes=0-", part(0, 100)),
            ("bytes=-1", part(99, 1)),
            ("bytes=-100", part(0, 100)),
            ("bytes=-1000", part(0, 100)),
            ("bytes=0-99999999999999999999999", part(0, 100)),
            ("bytes=-99999999999999999999999", part(0, 100)),
            ("bytes=100-", Outside),
            ("bytes=100-200", Outside),
            ("bytes=-0", Outside),
            ("bytes=99999999999999999999999-", Outside),
            ("bytes=5-4", Whole),
            ("bytes=-", Whole),
            ("bytes=a-b", Whole),
            ("bytes=+1-2", Whole),
            ("bytes=0-1,5-6", Whole),
            ("bytes=", Whole),
            ("bytes", Whole),
            ("", Whole),
            ("items=0-1", Whole),
            ("bytes=0x1-2", Whole),
        ];
        for (header, expected) in cases {
            assert_eq!(wanted(header, 100), expected, "{header}");
        }
    }

    #[test]
    fn an_empty_file_has_no_ranges() {
        for header in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            assert_eq!(wanted(header, 0), Outside, "{header}");
        }
    }

    #[test]
    fn the_largest_file_does_not_overflow() {
        assert_eq!(
            wanted("bytes=0-18446744073709551615", u64::MAX),
            Part {
                first: 0,
                length: u64::MAX
            }
        );
        assert_eq!(
            wanted("bytes=18446744073709551614-", u64::MAX),
            Part {
                first: u64::MAX - 1,
                length: 1
            }
        );
    }
}
