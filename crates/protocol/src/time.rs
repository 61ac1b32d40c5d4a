//! Instants as arguments, and the calendar of China.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jindiao_words::{Message, Say, say};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// China Standard Time is UTC+8 all year, without exceptions since 1991.
const CHINA_OFFSET_MS: i64 = 8 * 3600 * 1000;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// The last midnight of UTC that can be written and read back.
const MAX_MS: i64 = 253_402_128_000_000;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, within the years 1970 to 9999.
///
/// Written as text (`Display`, serde) in RFC 3339 with milliseconds, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// 9999-12-30T00:00:00Z, the end of the calendar here.
    pub const MAX: Self = Self(MAX_MS);

    /// From milliseconds since the epoch, clamped to the calendar's ends.
    pub const fn from_unix_millis(ms: i64) -> Self {
        match ms {
            ..0 => Self::EPOCH,
            0..=MAX_MS => Self(ms),
            _ => Self::MAX,
        }
    }

    /// From seconds since the epoch, clamped to the calendar's ends.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self::from_unix_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn unix_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub const fn unix_seconds(self) -> i64 {
        self.0 / 1000
    }

    /// This instant and `d` more, or the calendar's end.
    #[must_use]
    pub fn plus(self, d: Duration) -> Self {
        let ms = i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        Self::from_unix_millis(self.0.saturating_add(ms))
    }

    /// The time from `earlier` to this instant; zero if there is none.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// The calendar day in China at this instant: the day of vendors' quotas.
    pub const fn china_date(self) -> ChinaDate {
        ChinaDate((self.0 + CHINA_OFFSET_MS).div_euclid(DAY_MS))
    }

    /// The next midnight in China after this instant: when daily quotas begin anew.
    #[must_use]
    pub const fn next_china_midnight(self) -> Self {
        Self::from_unix_millis((self.china_date().0 + 1) * DAY_MS - CHINA_OFFSET_MS)
    }

    /// Reads the compact UTC form of signed links, `YYYYMMDD'T'HHMMSS'Z'` (`X-Amz-Date`).
    ///
    /// # Errors
    /// If the text has another form or names no instant of the calendar.
    pub fn parse_compact_utc(text: &str) -> Result<Self, TimestampError> {
        let digits = |range: std::ops::Range<usize>| {
            text.get(range)
                .filter(|d| d.bytes().all(|b| b.is_ascii_digit()))
                .ok_or(TimestampError)
        };
        if text.len() != 16 || text.get(8..9) != Some("T") || text.get(15..16) != Some("Z") {
            return Err(TimestampError);
        }
        format!(
            "{}-{}-{}T{}:{}:{}Z",
            digits(0..4)?,
            digits(4..6)?,
            digits(6..8)?,
            digits(9..11)?,
            digits(11..13)?,
            digits(13..15)?
        )
        .parse()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| TimestampError)?;
        let ms = instant.as_millisecond();
        match ms {
            0..=MAX_MS => Ok(Self(ms)),
            _ => Err(TimestampError),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text names no instant between the years 1970 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimestampError;

impl Say for TimestampError {
    fn say(&self) -> Message {
        say!("not an instant between 1970 and 9999")
    }
}

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for TimestampError {}

/// A calendar day in China.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChinaDate(i64);

impl ChinaDate {
    /// Days since 1970-01-01, the form in which counters are kept.
    pub const fn days_since_epoch(self) -> i64 {
        self.0
    }
}

impl fmt::Display for ChinaDate {
    /// `YYYY-MM-DD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its midnight as if China were in UTC: the date is then the same.
        let midnight = Timestamp::from_unix_millis(self.0 * DAY_MS).to_string();
        f.write_str(midnight.get(..10).unwrap_or(&midnight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn midnight_in_china_is_four_in_the_afternoon_utc() {
        let before: Timestamp = "2026-11-22T15:59:59.999Z".parse().expect("an instant");
        let midnight: Timestamp = "2026-11-22T16:00:00Z".parse().expect("an instant");
        assert_eq!(before.next_china_midnight(), midnight);
        assert_eq!(before.china_date().to_string(), "2026-11-22");
        assert_eq!(midnight.china_date().to_string(), "2026-11-23");
        assert_eq!(midnight.to_string(), "2026-11-22T16:00:00.000Z");
    }

    #[test]
    fn compact_form_of_signed_links() {
        let at = Timestamp::parse_compact_utc("20221010T112957Z").expect("an instant");
        assert_eq!(at.to_string(), "2022-10-10T11:29:57.000Z");
        for bad in [
            "",
            "20221010112957Z",
            "20221010 112957Z",
            "20221010T112957ZZ",
            "20221310T112957Z",
            "2022101éT12957Z",
            "20221010T112957+",
        ] {
            assert_eq!(
                Timestamp::parse_compact_utc(bad),
                Err(TimestampError),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_written_and_read() {
        for end in [Timestamp::EPOCH, Timestamp::MAX] {
            assert_eq!(end.to_string().parse(), Ok(end));
        }
        assert_eq!(
            "10000-01-01T00:00:00Z".parse::<Timestamp>(),
            Err(TimestampError)
        );
        assert_eq!(
            "1969-12-31T23:59:59Z".parse::<Timestamp>(),
            Err(TimestampError)
        );
        let said = TimestampError.to_string();
        assert_eq!(said, "not an instant between 1970 and 9999");
        let never = Timestamp::EPOCH.plus(Duration::MAX).to_string();
        assert_eq!(never, "9999-12-30T00:00:00.000Z");
        assert_eq!(Timestamp::MAX.china_date().to_string(), "9999-12-30");
    }

    #[test]
    fn arithmetic() {
        let at = Timestamp::from_unix_millis(1_700_000_000_500);
        assert_eq!(
            (at.unix_millis(), at.unix_seconds()),
            (1_700_000_000_500, 1_700_000_000)
        );
        let later = at.plus(Duration::from_millis(1500));
        assert_eq!(later, Timestamp::from_unix_seconds(1_700_000_002));
        assert_eq!(later.since(at), Duration::from_millis(1500));
        assert_eq!(at.since(later), Duration::ZERO);
        assert_eq!(Timestamp::EPOCH.china_date().days_since_epoch(), 0);
        assert_eq!(at.china_date().days_since_epoch(), 19_676);
        assert_eq!(Timestamp::from_unix_seconds(-1), Timestamp::EPOCH);
        assert_eq!(Timestamp::from_unix_seconds(i64::MAX), Timestamp::MAX);
        let json = serde_json::to_string(&at).expect("json");
        assert_eq!(json, r#""2023-11-14T22:13:20.500Z""#);
        assert_eq!(serde_json::from_str::<Timestamp>(&json).expect("json"), at);
    }

    proptest! {
        #[test]
        fn text_round_trips(ms in 0..=Timestamp::MAX.0) {
            let t = Timestamp::from_unix_millis(ms);
            prop_assert_eq!(t.to_string().parse(), Ok(t));
        }

        #[test]
        fn midnight_is_within_a_day_and_changes_the_date(ms in 0..Timestamp::MAX.0 - DAY_MS) {
            let t = Timestamp::from_unix_millis(ms);
            let midnight = t.next_china_midnight();
            prop_assert!(midnight > t && midnight.since(t) <= Duration::from_secs(86_400));
            prop_assert_eq!(midnight.china_date().0, t.china_date().0 + 1);
        }

        #[test]
        fn arithmetic_never_leaves_the_calendar(ms in any::<i64>(), d in any::<u64>()) {
            let t = Timestamp::from_unix_millis(ms).plus(Duration::from_millis(d));
            prop_assert!(t <= Timestamp::MAX && t >= Timestamp::EPOCH);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = Timestamp::parse_compact_utc(&text);
            let _ = text.parse::<Timestamp>();
        }
    }
}
