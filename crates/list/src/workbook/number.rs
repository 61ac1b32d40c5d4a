//! Numbers in cells: how they are shown, and which of them are exactly what somebody entered.

use std::collections::HashMap;

use jindiao_protocol::Timestamp;
use jindiao_words::{Message, say};
use quick_xml::events::Event;

use super::Trouble;
use super::package::Package;
use super::xml::attribute;
use crate::spreadsheet::{EXACT, is_scientific};
use crate::visible::shorten;

/// So many styles does a spreadsheet allow.
const MOST_STYLES: usize = 65_536;

/// How a style shows a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shown {
    /// As it is, more or less.
    #[default]
    Plain,
    /// As a date or a time.
    Date,
    /// With zeros before it, up to so many digits.
    Zeros(usize),
}

/// How the styles of a workbook show numbers.
#[derive(Default)]
pub(super) struct Styles(Vec<Shown>);

impl Styles {
    /// Those of the part of this name, if there is one.
    pub(super) fn read(package: &mut Package<'_>, name: Option<&str>) -> Result<Self, Trouble> {
        let mut styles = Self::default();
        let part = name.map(|name| package.part(name)).transpose()?.flatten();
        let Some(mut xml) = part else {
            return Ok(styles);
        };
        let mut formats = HashMap::new();
        let mut is_of_cells = false;
        loop {
            match xml.next()? {
                Event::Start(it) => match it.local_name().as_ref() {
                    "numFmt" => {
                        let id = attribute(&it, "numFmtId")?.unwrap_or_default();
                        let code = attribute(&it, "formatCode")?.unwrap_or_default();
                        formats.insert(id, of_code(&code));
                        if formats.len() > MOST_STYLES {
                            return Err(Trouble::TooLarge);
                        }
                    }
                    "cellXfs" => is_of_cells = true,
                    "xf" if is_of_cells => {
                        let id = attribute(&it, "numFmtId")?.unwrap_or_default();
                        let shown = formats.get(&id).copied();
                        styles.0.push(shown.unwrap_or_else(|| built_in(&id)));
                        if styles.0.len() > MOST_STYLES {
                            return Err(Trouble::TooLarge);
                        }
                    }
                    _ => {}
                },
                Event::End(it) if it.local_name().as_ref() == "cellXfs" => is_of_cells = false,
                Event::Eof => return Ok(styles),
                _ => {}
            }
        }
    }

    /// How the style of this number shows numbers.
    pub(super) fn shown(&self, n: Option<usize>) -> Shown {
        n.and_then(|n| self.0.get(n)).copied().unwrap_or_default()
    }
}

/// The formats that have no code: dates and times of all countries, and of East Asia.
fn built_in(id: &str) -> Shown {
    match id.trim().parse() {
        Ok(14..=22 | 27..=36 | 45..=47 | 50..=58) => Shown::Date,
        _ => Shown::Plain,
    }
}

/// What a format's code does.
fn of_code(code: &str) -> Shown {
    let first = code.split(';').next().unwrap_or_default();
    if first.len() > 1 && first.bytes().all(|b| b == b'0') {
        return Shown::Zeros(first.len());
    }
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                chars.by_ref().find(|c| *c == '"');
            }
            '[' => {
                // `[h]` counts hours; `[Red]` and `[$-804]` do not.
                let within: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let is_time = |c: char| matches!(c.to_ascii_lowercase(), 'h' | 'm' | 's');
                if !within.is_empty() && within.chars().all(is_time) {
                    return Shown::Date;
                }
            }
            // The next one is shown as it is, or stands for its width.
            '\\' | '_' | '*' => {
                chars.next();
            }
            'y' | 'm' | 'd' | 'h' | 's' | 'Y' | 'M' | 'D' | 'H' | 'S' => return Shown::Date,
            _ => {}
        }
    }
    Shown::Plain
}

/// The day that a number stands for, and the time if it has one, as `2026-11-22 08:30:00`.
pub(super) fn date(raw: &str, is_1904: bool) -> Option<String> {
    /// The days from the one that is called 0 to 1970.
    const TO_1970: [i64; 2] = [25_569, 24_107];
    const DAY: i64 = 86_400;
    let (days, part) = raw.trim().split_once('.').unwrap_or((raw.trim(), ""));
    let days: i64 = days
        .parse()
        .ok()
        .filter(|days| (0..2_958_466).contains(days))?;
    // Nine places of a day are finer than a second.
    let part: String = part.chars().chain("000000000".chars()).take(9).collect();
    let part: i64 = part.parse().ok()?;
    let second = (part * DAY + 500_000_000) / 1_000_000_000;
    let [from_1900, from_1904] = TO_1970;
    let days = days - if is_1904 { from_1904 } else { from_1900 };
    // What is before 1970 is no day of an order.
    let seconds = Some(days * DAY + second).filter(|it| *it >= 0)?;
    let at = Timestamp::from_unix_seconds(seconds).to_string();
    let (date, time) = at.split_once('T')?;
    let time = time.get(..8)?;
    Some(if second % DAY == 0 {
        date.to_owned()
    } else {
        format!("{date} {time}")
    })
}

/// The number as a text, if it is the whole number that somebody entered; else what is wrong.
pub(super) fn exact(raw: &str, shown: Shown) -> Result<String, Message> {
    let raw = raw.trim();
    if shown == Shown::Date {
        let message =
            say!("to the spreadsheet this is a date: format the column as text and enter it again");
        return Err(message);
    }
    let whole = match raw.split_once('.') {
        Some((whole, places)) if places.bytes().all(|b| b == b'0') => whole,
        _ => raw,
    };
    let is_number = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    if is_number && whole.len() <= EXACT {
        return match shown {
            Shown::Zeros(width) if whole.len() < width => Err(say!(
                "`{number}` is a number that is shown with zeros before it: format the column as text and enter it again",
                number = whole
            )),
            _ => Ok(whole.to_owned()),
        };
    }
    if is_number || is_scientific(raw) {
        return Err(say!(
            "`{number}` is a number, of which a spreadsheet keeps {exact} digits, the others are lost: format the column as text and enter it again",
            number = shorten(raw),
            exact = EXACT
        ));
    }
    Err(say!(
        "`{number}` is a number with a sign or a fraction, and no text: format the column as text and enter it again",
        number = shorten(raw)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_numbers_are_shown() {
        let check = |code: &str, expect| assert_eq!(of_code(code), expect, "{code}");
        for plain in [
            "General",
            "0",
            "@",
            "0.00",
            "#,##0;[Red]-#,##0",
            "0.00E+00",
            "\"day\" 0",
            "0\\d",
            "_ * #,##0.00_ ;_ * \\-#,##0.00_ ",
            "[$¥-804]#,##0",
        ] {
            check(plain, Shown::Plain);
        }
        for date in [
            "yyyy-mm-dd",
            "yyyy\"年\"m\"月\"d\"日\"",
            "[$-804]AM/PM h:mm",
            "[h]:mm",
            "D/M",
        ] {
            check(date, Shown::Date);
        }
        check("000000000", Shown::Zeros(9));
        check("00;-00", Shown::Zeros(2));
        assert_eq!(built_in("14"), Shown::Date);
        assert_eq!(built_in("0"), Shown::Plain);
    }

    #[test]
    fn days_of_numbers() {
        let check = |raw, is_1904, expect: Option<&str>| {
            assert_eq!(date(raw, is_1904).as_deref(), expect, "{raw}");
        };
        check("45000", false, Some("2023-03-15"));
        check("45000.5", false, Some("2023-03-15 12:00:00"));
        check("43538", true, Some("2023-03-15"));
        check("46023.354166666664", false, Some("2026-01-01 08:30:00"));
        check("45000.9999999", false, Some("2023-03-16"));
        for wrong in ["", "x", "-1", "99999999", "1e5", "1.x", "20000"] {
            check(wrong, false, None);
        }
    }

    #[test]
    fn numbers_that_are_exact() {
        let exact = |raw| super::exact(raw, Shown::Plain);
        assert_eq!(exact("123456789"), Ok("123456789".to_owned()));
        assert_eq!(exact("999999999999999"), Ok("999999999999999".to_owned()));
        assert_eq!(exact("1234.0"), Ok("1234".to_owned()));
        let lost = |raw| exact(raw).expect_err(raw).to_string().contains("15 digits");
        assert!(lost("9.11101E+17") && lost("911101085513850000"));
        assert!(lost("9.1110108551385075E+17") && lost("20190415152645093983751"));
        for other in ["-1", "0.5", "1.5", "", "x", "NaN", "1e5", "+1", "１"] {
            assert!(exact(other).is_err(), "{other}");
        }
        assert!(super::exact("45000", Shown::Date).is_err());
        assert!(super::exact("123", Shown::Zeros(9)).is_err());
        assert!(super::exact("123456789", Shown::Zeros(9)).is_ok());
    }
}
