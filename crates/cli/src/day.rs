//! Days of China and instants, as people write them.

use jindiao_protocol::Timestamp;
use jindiao_words::{Message, say};

/// When a day of China begins that is written `YYYY-MM-DD`.
pub(crate) fn parse(text: &str) -> Result<Timestamp, Message> {
    let text = text.trim();
    let is_day = text.len() == 10
        && text.bytes().enumerate().all(|(n, b)| match n {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    let midnight = format!("{text}T00:00:00+08:00");
    match midnight.parse() {
        Ok(at) if is_day => Ok(at),
        _ => Err(say!("not a day: write it as 2026-11-22")),
    }
}

/// An instant in RFC 3339, or the beginning of a day of China.
pub(crate) fn instant(text: &str) -> Result<Timestamp, Message> {
    parse(text).or_else(|_| {
        text.trim()
            .parse()
            .map_err(|_| say!("not a time: write 2026-11-22 or 2026-11-22T09:30:00+08:00"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_midnight_in_china() {
        let check = |text: &str, expect: &str| {
            assert_eq!(
                instant(text).map(|at| at.to_string()),
                Ok(expect.to_owned())
            );
        };
        check("2026-11-22", "2026-11-21T16:00:00.000Z");
        check(" 2026-11-22T09:30:00+08:00", "2026-11-22T01:30:00.000Z");
        for bad in [
            "",
            "today",
            "2026-13-01",
            "2026-11-22T",
            "22.11.2026",
            "2026-11-2２",
        ] {
            assert!(parse(bad).is_err() && instant(bad).is_err(), "{bad}");
        }
        assert!(parse("2026-11-22T09:30:00Z").is_err());
    }
}
