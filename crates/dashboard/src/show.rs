//! How times, lengths of time, money and numbers are shown.

use std::time::Duration;

use jindiao_order::Fen;
use jindiao_protocol::Timestamp;

use crate::Lang;

const CHINA: Duration = Duration::from_secs(8 * 3600);

/// A time as clocks in China show it, to the second: `2026-11-22 09:30:00`.
pub(crate) fn time(at: Timestamp) -> String {
    part(at, 0, 19)
}

/// The same without the date: `09:30`.
pub(crate) fn clock(at: Timestamp) -> String {
    part(at, 11, 16)
}

/// The same, the date alone: `11-22`.
pub(crate) fn day(at: Timestamp) -> String {
    part(at, 5, 10)
}

fn part(at: Timestamp, from: usize, to: usize) -> String {
    let text = at.plus(CHINA).to_string().replace('T', " ");
    text.get(from..to).unwrap_or(&text).to_owned()
}

/// Money: `¥1,234.50`.
pub(crate) fn money(fen: Fen) -> String {
    let fen = fen.get();
    format!("¥{}.{:02}", number(fen / 100), fen % 100)
}

/// A number with commas.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length of time in its two largest units.
pub(crate) fn length(length: Duration, lang: Lang) -> String {
    let units: [&str; 4] = match lang {
        Lang::En => ["d", "h", "min", "s"],
        Lang::Zh => ["天", "小时", "分", "秒"],
    };
    let seconds = length.as_secs();
    if seconds == 0 {
        // Reports of a simulation take milliseconds.
        let ms = length.as_millis();
        return match lang {
            Lang::En => format!("{ms} ms"),
            Lang::Zh => format!("{ms} 毫秒"),
        };
    }
    let parts = [
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    ];
    let told = parts.iter().zip(units).skip_while(|(n, _)| **n == 0);
    let told = told.take(2).filter(|(n, _)| **n > 0);
    let told: Vec<_> = told.map(|(n, unit)| format!("{n} {unit}")).collect();
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_china() {
        let at: Timestamp = "2026-11-22T23:30:05Z".parse().expect("a time");
        assert_eq!(time(at), "2026-11-23 07:30:05");
        assert_eq!((clock(at), day(at)), ("07:30".into(), "11-23".into()));
    }

    #[test]
    fn numbers_and_money() {
        let check = |n, expect: &str| assert_eq!(number(n), expect);
        check(0, "0");
        check(999, "999");
        check(1_000, "1,000");
        check(12_345_678, "12,345,678");
        assert_eq!(money(Fen::new(123_405)), "¥1,234.05");
    }

    #[test]
    fn lengths_have_two_units() {
        let check = |ms, en: &str, zh: &str| {
            let given = Duration::from_millis(ms);
            assert_eq!(length(given, Lang::En), en);
            assert_eq!(length(given, Lang::Zh), zh);
        };
        check(0, "0 ms", "0 毫秒");
        check(850, "850 ms", "850 毫秒");
        check(61_000, "1 min 1 s", "1 分 1 秒");
        check(3_600_000, "1 h", "1 小时");
        check(7 * 86_400_000 + 5_000, "7 d", "7 天");
    }
}
