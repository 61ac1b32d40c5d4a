//! Durations as people write them: `50ms`, `2s`, `10m`, `1h`, `30d`.

use std::time::Duration;

use jindiao_words::{Message, Say, say};

/// The text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.say())]
pub(crate) struct NotADuration;

impl Say for NotADuration {
    fn say(&self) -> Message {
        say!("not a duration: write a whole number and a unit, as in 50ms, 2s, 10m, 1h or 30d")
    }
}

/// Reads a whole number and one of the units `ms`, `s`, `m`, `h`, `d`.
pub(crate) fn parse(text: &str) -> Result<Duration, NotADuration> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| NotADuration)?;
    let millis = match unit.trim_start() {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(NotADuration),
    };
    number
        .checked_mul(millis)
        .map(Duration::from_millis)
        .ok_or(NotADuration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units() {
        let check = |input: &str, millis| {
            assert_eq!(parse(input), Ok(Duration::from_millis(millis)), "{input}");
        };
        check("50ms", 50);
        check("2s", 2000);
        check(" 10 m ", 600_000);
        check("1h", 3_600_000);
        check("30d", 2_592_000_000);
        for bad in [
            "",
            "5",
            "s",
            "1.5s",
            "-1s",
            "1 year",
            "1h30m",
            "99999999999999999999d",
            "18446744073709551615d",
            "１s",
        ] {
            assert_eq!(parse(bad), Err(NotADuration), "{bad}");
        }
    }
}
