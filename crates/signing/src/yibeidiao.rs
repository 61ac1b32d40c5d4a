//! Yibeidiao: the headers `ts` and `sign`, and the check of a reply's `sign`
//! (ShowDoc 1865243955181250, 1873739988592287).

use core::fmt;

use crate::digest::HexDigest;
use crate::secret::{Form, secrets};

secrets! {
    /// The company key, sent as the header `key`. Hashed as it is written: the vendor calls it
    /// independent of case, but its own samples only come out in upper case.
    CompanyKey = "Yibeidiao key", Form::Any;
    /// The token: it is only ever hashed, never sent.
    Token = "Yibeidiao token", Form::Any;
}

/// The header `sign` of a request: upper-case hexadecimal MD5 of key, ts, seq and token, with
/// nothing between them. Does not allocate.
pub fn sign(key: &CompanyKey, ts: &Ts, seq: &str, token: &Token) -> Sign {
    digest(key, &ts.0, seq, token)
}

/// Whether `sign` belongs to `ts` and `seq` as they were received; in constant time and whatever
/// the letter case, because the vendor's samples have both.
///
/// An empty `sign` never verifies. Replies to failed pre-checks come without one
/// (ShowDoc 1873739988592287): whether to accept that depends on their code, which is not known
/// here.
pub fn verify(key: &CompanyKey, ts: &str, seq: &str, token: &Token, sign: &str) -> bool {
    digest(key, ts.as_bytes(), seq, token).0.matches(sign)
}

fn digest(key: &CompanyKey, ts: &[u8], seq: &str, token: &Token) -> Sign {
    let (key, token) = (key.expose().as_bytes(), token.expose().as_bytes());
    Sign(HexDigest::of([key, ts, seq.as_bytes(), token]))
}

/// The header `sign`: 32 upper-case hexadecimal digits. `Debug` prints `[redacted]`, because it
/// can be replayed within its life.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sign(HexDigest);

impl Sign {
    /// The text for the header.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The header `ts`: `yyyyMMddHHmmss` in China time (UTC+8), whatever the machine's zone.
///
/// That the vendor means China time is inferred: its documents name no zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ts([u8; Self::LEN]);

impl Ts {
    const LEN: usize = 14;
    /// China time, in seconds before UTC's.
    const OFFSET: i64 = 8 * 3600;
    /// 0001-01-01 00:00:00 and 9999-12-31 23:59:59, as seconds on China's clocks.
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;

    /// The text for `seconds` since 1970-01-01 00:00 UTC.
    ///
    /// Total: what lies before the year 1 or after 9999 gives the nearest text that has 14 digits.
    /// The vendor refuses either with code 903, as it does any clock that is wrong.
    pub fn from_unix_seconds(seconds: i64) -> Self {
        let local = seconds
            .saturating_add(Self::OFFSET)
            .clamp(Self::FIRST, Self::LAST);
        let (day, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day_of_month) = civil_from_days(day);
        let mut text = [b'0'; Self::LEN];
        put(&mut text[0..4], year);
        put(&mut text[4..6], month);
        put(&mut text[6..8], day_of_month);
        put(&mut text[8..10], second / 3600);
        put(&mut text[10..12], second / 60 % 60);
        put(&mut text[12..14], second % 60);
        Self(text)
    }

    /// Reads 14 digits that are a moment of the calendar; for servers that play the vendor.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = <[u8; Self::LEN]>::try_from(text.as_bytes()).ok()?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let ts = Self(digits);
        // The calendar's rules stand in one place: a text is right if it comes out again.
        (Self::from_unix_seconds(ts.unix_seconds()) == ts).then_some(ts)
    }

    /// Seconds since 1970-01-01 00:00 UTC.
    pub fn unix_seconds(&self) -> i64 {
        let number = |from: usize, to: usize| {
            self.0[from..to]
                .iter()
                .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
        };
        let days = days_from_civil(number(0, 4), number(4, 6), number(6, 8));
        days * 86_400 + number(8, 10) * 3600 + number(10, 12) * 60 + number(12, 14) - Self::OFFSET
    }

    /// The text for the header.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).expect("digits are ASCII")
    }
}

impl fmt::Debug for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Writes the last decimal digits of `number`, as many as there is room for.
fn put(room: &mut [u8], mut number: i64) {
    for digit in room.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number.rem_euclid(10)).expect("a digit is below ten");
        number /= 10;
    }
}

// Years that start in March put the leap day last, which makes both directions a few divisions.
// 719,468 days lie between 0000-03-01 and 1970-01-01; 146,097 are four centuries.

/// Year, month and day of the month, of a day counted from 1970-01-01.
fn civil_from_days(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (
        era * 400 + year_of_era + i64::from(month <= 2),
        month,
        day_of_month,
    )
}

/// The day counted from 1970-01-01.
fn days_from_civil(year: i64, month: i64, day_of_month: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (month + 9).rem_euclid(12);
    let day_of_year = (153 * shifted_month + 2) / 5 + day_of_month - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString as _};

    use super::*;
    use proptest::prelude::*;

    fn check(seconds: i64, expect: &str) {
        let ts = Ts::from_unix_seconds(seconds);
        assert_eq!(ts.as_str(), expect);
        assert_eq!(format!("{ts} {ts:?}"), format!("{expect} {expect}"));
        assert_eq!(Ts::parse(expect), Some(ts));
    }

    #[test]
    fn china_time() {
        check(0, "19700101080000");
        check(-1, "19700101075959");
        check(1_546_412_155, "20190102145555");
        check(951_753_600, "20000229000000");
        check(1_709_222_399, "20240229235959");
        check(1_709_222_400, "20240301000000");
        check(4_107_513_599, "21000228235959");
        check(4_107_513_600, "21000301000000");
    }

    #[test]
    fn beyond_the_calendar_is_its_end() {
        check(i64::MIN, "00010101000000");
        check(i64::MAX, "99991231235959");
    }

    #[test]
    fn what_is_no_moment() {
        for text in [
            "",
            "2019010214555",
            "20190229000000",
            "20191301000000",
            "20190100000000",
            "20190001000000",
            "20190101240000",
            "20190101006000",
            "20190101000060",
            "00000101000000",
            "2019010214555x",
            "+0190102145555",
        ] {
            assert_eq!(Ts::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_sign_is_not_shown() {
        let (key, token) = credentials("FAKE-KEY", "FAKE-TOKEN");
        let sign = sign(&key, &Ts::from_unix_seconds(0), "S1", &token);
        assert_eq!(format!("{sign:?}"), "[redacted]");
    }

    fn credentials(key: &str, token: &str) -> (CompanyKey, Token) {
        let key = CompanyKey::new(key).expect("a key");
        (key, Token::new(token).expect("a token"))
    }

    proptest! {
        #[test]
        fn ts_reads_back(seconds in -62_135_625_600i64..=253_402_271_999) {
            let ts = Ts::from_unix_seconds(seconds);
            prop_assert_eq!(ts.unix_seconds(), seconds);
            prop_assert_eq!(Ts::parse(ts.as_str()), Some(ts));
        }

        #[test]
        fn ts_is_what_a_calendar_library_says(seconds in -62_135_625_600i64..=253_402_000_000) {
            let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
            let moment = jiff::Timestamp::from_second(seconds).expect("in range").to_zoned(zone);
            let expect = moment.strftime("%Y%m%d%H%M%S").to_string();
            let ts = Ts::from_unix_seconds(seconds);
            prop_assert_eq!(ts.as_str(), expect);
        }

        #[test]
        fn any_time_gives_14_digits(seconds: i64) {
            let ts = Ts::from_unix_seconds(seconds);
            prop_assert!(ts.as_str().len() == 14 && ts.as_str().bytes().all(|b| b.is_ascii_digit()));
        }

        #[test]
        fn any_text_is_a_moment_or_none(text in "[0-9]{14}|.{0,16}") {
            prop_assert!(Ts::parse(&text).is_none_or(|ts| ts.as_str() == text));
        }

        #[test]
        fn what_is_signed_verifies_in_any_case(
            key in "[!-~]{1,40}", token in "[!-~]{1,40}", seq in "[!-~]{0,40}", at: i64,
        ) {
            let (key, token) = credentials(&key, &token);
            let ts = Ts::from_unix_seconds(at);
            let sign = sign(&key, &ts, &seq, &token);
            let holds = |text: &str| verify(&key, ts.as_str(), &seq, &token, text);
            prop_assert!(holds(sign.as_str()));
            prop_assert!(holds(&sign.as_str().to_lowercase()));
            prop_assert!(!holds(""));
            prop_assert!(!holds(&sign.as_str()[..31]));
        }

        #[test]
        fn any_changed_character_breaks_it(
            fields in ("[A-Z0-9]{4,8}", "[0-9]{14}", "[A-Z0-9]{4,8}", "[A-Z0-9]{4,8}"),
            which in 0usize..5, position in 0usize..4,
        ) {
            let (key, ts, seq, token) = fields;
            let mut parts = [key, ts, seq, token, String::new()];
            let signer = |parts: &[String; 5]| credentials(&parts[0], &parts[3]);
            let (key, token) = signer(&parts);
            parts[4] = digest(&key, parts[1].as_bytes(), &parts[2], &token).as_str().to_string();
            let other = if parts[which].as_bytes()[position] == b'0' { "1" } else { "0" };
            parts[which].replace_range(position..=position, other);
            let (key, token) = signer(&parts);
            prop_assert!(!verify(&key, &parts[1], &parts[2], &token, &parts[4]));
        }
    }
}
