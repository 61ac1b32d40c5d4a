//! The vendors' clocks: what their answers tell of ours, and what requests are signed with.
//!
//! QCC and Yibeidiao sign the time, and refuse one that is far from theirs. How far is in no
//! document. Every answer has the vendor's own time in its `Date`, so a refusal can be understood:
//!
//! - As long as a vendor takes our time nothing is changed, whatever `Date` says.
//! - Where it refuses the time, and its `Date` is far from the time that was signed, the call is
//!   made once more with the vendor's time, and so are the calls after it. `Date` has whole
//!   seconds, and nobody knows where between the request and the answer it was written: only a
//!   difference beyond half the attempt and [`FEW`] seconds counts.
//! - Where the time that was signed is the vendor's own, the refusal means something else: it
//!   stands. A correction that never worked is dropped then, for the rest of the run.
//!
//! `Date` is no secret and, without TLS, anybody's word. So it must be a plausible time, answers
//! out of caches say nothing, and a clock is corrected by at most [`FURTHEST`]: a signature for a
//! later time is good later, and nobody else is to choose how much.
//!
//! Only signatures are corrected. The ledger's times, waits and midnights are by our clock. So are
//! the ends of links; but a link that was just given is tried whatever our clock says of it, and the
//! store, which made it, knows.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jindiao_protocol::{Code, Timestamp, Vendor};
use jindiao_words::{Message, Say, say};

/// So many milliseconds say nothing: `Date` is a second coarse, and clocks that are kept differ by
/// a little.
const FEW: i64 = 3_000;
/// A difference that people are told of even where the vendor does not mind.
const WORTH_TELLING: i64 = 60_000;
/// The furthest that a signature is corrected: a wrong zone and a wrong day are within it.
const FURTHEST: i64 = 48 * 3_600_000;
/// So many refusals in a row, which a correction cannot help, are enough for an account: each call
/// is signed anew anyway.
const ENOUGH: u32 = 3;
/// No vendor's clock shows an earlier time: it was past when this was written.
const EARLIEST: Timestamp = Timestamp::from_unix_seconds(1_735_689_600);
/// No vendor's clock shows a later time: the first of January 2100.
const LATEST: Timestamp = Timestamp::from_unix_seconds(4_102_444_800);

/// Whether `code` refuses the time of a request, or may.
///
/// Yibeidiao's 903 says so (ShowDoc 1863843278019929). QCC's 115 says that the authentication is
/// wrong or has expired, 107 that the address is forbidden or the signature wrong (QCC-2023): that
/// they are the answers to a wrong time is inferred. PatSnap signs no time.
pub(crate) fn may_refuse_the_time(code: &Code) -> bool {
    matches!(
        (code.vendor(), code.as_str()),
        (Vendor::Qcc, "107" | "115") | (Vendor::Yibeidiao, "903")
    )
}

/// By how much this machine's clock differs from a vendor's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockNote {
    /// Whose clock it was compared with.
    pub vendor: Vendor,
    /// By how many seconds the vendor's clock is ahead of ours; negative where it is behind.
    pub ahead_seconds: i64,
    /// Whether requests to the vendor are signed with its time from now on.
    pub is_corrected: bool,
}

impl Say for ClockNote {
    fn say(&self) -> Message {
        let ahead = self.ahead_seconds.saturating_mul(1000);
        say!(
            "this machine's clock is {apart} {vendor}'s",
            apart = Apart(ahead),
            vendor = self.vendor
        )
    }
}

impl fmt::Display for ClockNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

/// One vendor's clock, for all who call with one account.
#[derive(Debug, Default)]
pub(crate) struct VendorClock(Mutex<Skew>);

impl VendorClock {
    /// By how many milliseconds a signature made now is to differ from our clock.
    pub(crate) fn shift(&self, now: Timestamp, monotonic: Duration) -> i64 {
        self.skew().shift(now, monotonic)
    }

    /// The vendor answered, and not with a refusal of the time. Gives what people should know.
    pub(crate) fn answered(
        &self,
        shift: i64,
        is_success: bool,
        reading: Option<Reading>,
    ) -> Option<Told> {
        self.skew().answered(shift, is_success, reading)
    }

    /// The vendor refused the time of a request that was signed with `shift`, or may have.
    pub(crate) fn refused(&self, shift: i64, reading: Option<Reading>) -> (Ruling, Option<Told>) {
        let mut skew = self.skew();
        let (ruling, told) = skew.refused(shift, reading);
        if !matches!(ruling, Ruling::Again(_)) {
            skew.refusals = skew.refusals.saturating_add(1);
        }
        (ruling, told)
    }

    /// Whether the time was refused so often in a row that it is no accident.
    pub(crate) fn is_refused_for_good(&self) -> bool {
        self.skew().refusals >= ENOUGH
    }

    fn skew(&self) -> MutexGuard<'_, Skew> {
        // The state is whole between any two statements.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one answer tells of the vendor's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// When the attempt began, on the wall clock and on the monotonic one.
    started: Timestamp,
    begin: Duration,
    /// By how many milliseconds the vendor's clock is ahead, and by how many that may be wrong.
    ahead: i64,
    doubt: i64,
}

impl Reading {
    /// An attempt began at `started` and at `begin`, took so long, and its answer said `date`.
    /// None if no clock shows such a time.
    pub(crate) fn of(
        date: Timestamp,
        started: Timestamp,
        begin: Duration,
        took: Duration,
    ) -> Option<Self> {
        if date < EARLIEST || date >= LATEST {
            return None;
        }
        let half = i64::try_from(took.as_millis() / 2).unwrap_or(i64::MAX);
        // A clock that shows a second is, on the average, half a second into it.
        let middle = started.unix_millis().saturating_add(half);
        let ahead = date
            .unix_millis()
            .saturating_add(500)
            .saturating_sub(middle);
        Some(Self {
            started,
            begin,
            ahead,
            doubt: half,
        })
    }

    /// By how many milliseconds the vendor's clock is ahead.
    pub(crate) fn ahead(self) -> i64 {
        self.ahead
    }

    /// Whether a clock that is `apart` from the vendor's can be told from one that is right.
    pub(crate) fn tells(self, apart: i64) -> bool {
        apart.saturating_abs() > FEW.saturating_add(self.doubt)
    }

    /// Whether our wall clock was set since, as far as the monotonic clock knows: then this says
    /// nothing any more.
    fn is_outdated(self, now: Timestamp, monotonic: Duration) -> bool {
        let wall = now.unix_millis().saturating_sub(self.started.unix_millis());
        let real = monotonic.saturating_sub(self.begin).as_millis();
        let real = i64::try_from(real).unwrap_or(i64::MAX);
        wall.saturating_sub(real).saturating_abs() > FEW
    }
}

/// What a refusal of the time comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// The time was wrong by so many milliseconds: call once more, with the vendor's.
    Again(i64),
    /// The time was right, and it was ours.
    OursIsRight,
    /// The time was the vendor's own.
    ItWasTheirs,
    /// There is no telling: the answer has no date, or none that can be believed.
    Unknown,
    /// The time was wrong by more than is corrected.
    TooFar(i64),
    /// The vendor did not take its own time before.
    InVain(i64),
}

impl Say for Ruling {
    fn say(&self) -> Message {
        match self {
            Self::Again(ahead) => say!(
                "this machine's clock is {apart} the vendor's, so the call is made again with the vendor's time",
                apart = Apart(*ahead)
            ),
            Self::OursIsRight => say!(
                "by the date of the answer this machine's clock agrees with the vendor's, so the clock is not the reason"
            ),
            Self::ItWasTheirs => say!(
                "the call was signed with the vendor's own time, so the clock is not the reason"
            ),
            Self::Unknown => say!(
                "the answer does not tell the vendor's time, so check this machine's clock, too"
            ),
            Self::TooFar(ahead) => say!(
                "this machine's clock is {apart} the vendor's, which is more than is corrected: set it",
                apart = Apart(*ahead)
            ),
            Self::InVain(ahead) => say!(
                "this machine's clock is {apart} the vendor's, and the vendor does not take the time of its own answers either: set the clock",
                apart = Apart(*ahead)
            ),
        }
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

/// What people are to be told, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    ahead: i64,
    is_corrected: bool,
}

impl Told {
    pub(crate) fn note(self, vendor: Vendor) -> ClockNote {
        ClockNote {
            vendor,
            ahead_seconds: self.ahead / 1000,
            is_corrected: self.is_corrected,
        }
    }
}

/// The difference between two clocks as it is known now.
#[derive(Debug, Default)]
struct Skew {
    newest: Option<Reading>,
    standing: Standing,
    /// How often in a row the time was refused and nothing could be done about it.
    refusals: u32,
    is_told: bool,
}

/// Whose time is signed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Ours: the vendor has not refused it.
    #[default]
    Ours,
    /// The vendor's, where it differs; and whether the vendor ever took it.
    Theirs { is_proven: bool },
    /// Ours, for the vendor did not take its own either.
    Dropped,
}

impl Skew {
    fn shift(&self, now: Timestamp, monotonic: Duration) -> i64 {
        match (self.standing, self.newest) {
            (Standing::Theirs { .. }, Some(newest))
                if newest.tells(newest.ahead)
                    && newest.ahead.saturating_abs() <= FURTHEST
                    && !newest.is_outdated(now, monotonic) =>
            {
                newest.ahead
            }
            _ => 0,
        }
    }

    fn answered(&mut self, shift: i64, is_success: bool, reading: Option<Reading>) -> Option<Told> {
        if is_success {
            self.refusals = 0;
            if let Standing::Theirs { is_proven } = &mut self.standing {
                *is_proven |= shift != 0;
            }
        }
        let reading = reading?;
        self.take(reading);
        let apart = reading.ahead.saturating_abs();
        if apart < WORTH_TELLING.saturating_add(reading.doubt) {
            return None;
        }
        self.tell(reading.ahead, shift != 0)
    }

    fn refused(&mut self, shift: i64, reading: Option<Reading>) -> (Ruling, Option<Told>) {
        let Some(reading) = reading else {
            self.doubt(shift);
            return (Ruling::Unknown, None);
        };
        self.take(reading);
        let ahead = reading.ahead;
        if !reading.tells(ahead.saturating_sub(shift)) {
            self.doubt(shift);
            let ruling = if shift == 0 {
                Ruling::OursIsRight
            } else {
                Ruling::ItWasTheirs
            };
            return (ruling, None);
        }
        if shift != 0 {
            // The vendor's clock is elsewhere in every answer.
            self.doubt(shift);
            return (Ruling::InVain(ahead), self.tell(ahead, false));
        }
        if ahead.saturating_abs() > FURTHEST {
            return (Ruling::TooFar(ahead), self.tell(ahead, false));
        }
        match self.standing {
            Standing::Dropped => (Ruling::InVain(ahead), self.tell(ahead, false)),
            Standing::Ours => {
                self.standing = Standing::Theirs { is_proven: false };
                (Ruling::Again(ahead), self.tell(ahead, true))
            }
            Standing::Theirs { .. } => (Ruling::Again(ahead), self.tell(ahead, true)),
        }
    }

    /// The newest answer is believed; those that were asked for earlier come too late.
    fn take(&mut self, reading: Reading) {
        if self
            .newest
            .is_none_or(|newest| newest.begin <= reading.begin)
        {
            self.newest = Some(reading);
        }
    }

    /// A signature with `shift` was refused: a correction that never worked is not used again.
    fn doubt(&mut self, shift: i64) {
        if shift != 0 && self.standing == (Standing::Theirs { is_proven: false }) {
            self.standing = Standing::Dropped;
        }
    }

    fn tell(&mut self, ahead: i64, is_corrected: bool) -> Option<Told> {
        let is_first = !std::mem::replace(&mut self.is_told, true);
        is_first.then_some(Told {
            ahead,
            is_corrected,
        })
    }
}

/// `about 7 minutes behind`: how our clock stands to one that is so many milliseconds ahead of it.
struct Apart(i64);

impl Say for Apart {
    fn say(&self) -> Message {
        const DAY: u64 = 86_400;
        const YEAR: u64 = 31_556_952;
        let seconds = self.0.unsigned_abs() / 1000;
        let in_units = |unit: u64| (seconds + unit / 2) / unit;
        let is_ahead = self.0 < 0;
        match seconds {
            0..90 if is_ahead => say!("about {n} seconds ahead of", n = seconds),
            0..90 => say!("about {n} seconds behind", n = seconds),
            90..5400 if is_ahead => say!("about {n} minutes ahead of", n = in_units(60)),
            90..5400 => say!("about {n} minutes behind", n = in_units(60)),
            5400..129_600 if is_ahead => say!("about {n} hours ahead of", n = in_units(3600)),
            5400..129_600 => say!("about {n} hours behind", n = in_units(3600)),
            129_600..60_480_000 if is_ahead => say!("about {n} days ahead of", n = in_units(DAY)),
            129_600..60_480_000 => say!("about {n} days behind", n = in_units(DAY)),
            _ if is_ahead => say!("about {n} years ahead of", n = in_units(YEAR)),
            _ => say!("about {n} years behind", n = in_units(YEAR)),
        }
    }
}

impl fmt::Display for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);
    const MINUTE: i64 = 60_000;

    fn later(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(NOON.unix_millis() + seconds * 1000)
    }

    /// What an attempt of 200 ms says that began at noon, from a vendor that is so far ahead.
    fn reading(ahead_seconds: i64) -> Option<Reading> {
        read(ahead_seconds, Duration::from_millis(200))
    }

    fn read(ahead_seconds: i64, took: Duration) -> Option<Reading> {
        Reading::of(later(ahead_seconds), NOON, Duration::ZERO, took)
    }

    fn ruling(skew: &mut Skew, shift: i64, ahead_seconds: i64) -> Ruling {
        skew.refused(shift, reading(ahead_seconds)).0
    }

    /// Whether the next signature has the vendor's time.
    fn shift(skew: &Skew) -> i64 {
        skew.shift(NOON, Duration::ZERO)
    }

    #[test]
    fn what_is_kept_of_a_ruling_is_said_again() {
        let kept = Ruling::TooFar(7 * MINUTE).to_string();
        assert_eq!(
            jindiao_words::again(&kept).in_lang(jindiao_words::Lang::Zh),
            "本机时钟比供应商约慢 7 分钟，超出可自动修正的范围：请校准时钟"
        );
    }

    #[test]
    fn a_refused_time_is_corrected_once() {
        for ahead in [7 * 60, -7 * 60, 8 * 3600, 4] {
            let mut skew = Skew::default();
            let Ruling::Again(by) = ruling(&mut skew, 0, ahead) else {
                panic!("not corrected: {ahead}");
            };
            assert!((by - ahead * 1000).abs() <= 500, "{by}");
            assert_eq!(shift(&skew), by);
            // Refused all the same, and it was the vendor's own time: not again.
            assert_eq!(ruling(&mut skew, by, ahead), Ruling::ItWasTheirs);
            assert_eq!(shift(&skew), 0);
            assert!(matches!(ruling(&mut skew, 0, ahead), Ruling::InVain(_)));
            assert_eq!(shift(&skew), 0);
        }
    }

    #[test]
    fn a_time_that_is_taken_is_never_corrected() {
        let mut skew = Skew::default();
        for ahead in [0, 30, 7 * 60, -86_400] {
            skew.answered(0, true, reading(ahead));
            assert_eq!(shift(&skew), 0);
        }
    }

    #[test]
    fn a_clock_that_agrees_is_not_the_reason() {
        for ahead in [-3, -1, 0, 2] {
            let mut skew = Skew::default();
            assert_eq!(ruling(&mut skew, 0, ahead), Ruling::OursIsRight, "{ahead}");
            assert_eq!(shift(&skew), 0);
        }
        // The date may have been written at any time of a long attempt.
        let mut skew = Skew::default();
        let slow = read(10, Duration::from_secs(30));
        assert_eq!(skew.refused(0, slow), (Ruling::OursIsRight, None));
        assert_eq!(skew.refused(0, None), (Ruling::Unknown, None));
    }

    #[test]
    fn a_correction_that_worked_outlives_a_refusal() {
        let mut skew = Skew::default();
        assert!(matches!(ruling(&mut skew, 0, 420), Ruling::Again(_)));
        let by = shift(&skew);
        skew.answered(by, true, reading(420));
        // 107 also says that the address is forbidden.
        assert_eq!(ruling(&mut skew, by, 420), Ruling::ItWasTheirs);
        assert_eq!(shift(&skew), by);
        // A call that had left with our own time is worth one more.
        assert!(matches!(ruling(&mut skew, 0, 420), Ruling::Again(_)));
    }

    #[test]
    fn a_date_that_jumps_is_given_up() {
        let mut skew = Skew::default();
        assert!(matches!(ruling(&mut skew, 0, 420), Ruling::Again(_)));
        let by = shift(&skew);
        assert!(matches!(ruling(&mut skew, by, -3600), Ruling::InVain(_)));
        assert_eq!(shift(&skew), 0);
        assert!(matches!(ruling(&mut skew, 0, 420), Ruling::InVain(_)));
    }

    #[test]
    fn the_newest_answer_wins() {
        let mut skew = Skew::default();
        ruling(&mut skew, 0, 420);
        let at = |begin, ahead| {
            let begin = Duration::from_secs(begin);
            Reading::of(later(ahead), NOON.plus(begin), begin, Duration::ZERO)
        };
        skew.answered(0, true, at(60, 60 + 300));
        let by = skew.shift(NOON.plus(Duration::from_secs(61)), Duration::from_secs(61));
        assert_eq!(by, 300_500);
        // One that was asked for earlier comes too late.
        skew.answered(0, true, at(30, 30 + 420));
        assert_eq!(skew.newest.map(|newest| newest.ahead), Some(300_500));
        // The clock was mended meanwhile.
        skew.answered(0, true, at(90, 90));
        let by = skew.shift(NOON.plus(Duration::from_secs(91)), Duration::from_secs(91));
        assert_eq!(by, 0);
    }

    #[test]
    fn what_was_measured_says_nothing_after_the_clock_was_set() {
        let mut skew = Skew::default();
        ruling(&mut skew, 0, 420);
        let minute = Duration::from_secs(60);
        assert!(skew.shift(NOON.plus(minute), minute) > 0);
        assert_eq!(skew.shift(NOON.plus(minute + minute * 7), minute), 0);
        assert_eq!(skew.shift(NOON, minute), 0);
        // It is measured anew, and that is no vain attempt.
        assert!(matches!(ruling(&mut skew, 0, 420), Ruling::Again(_)));
    }

    #[test]
    fn a_time_that_no_clock_shows_says_nothing() {
        let of = |date: &str| {
            let date = date.parse().expect("an instant");
            Reading::of(date, NOON, Duration::ZERO, Duration::ZERO)
        };
        for date in [
            "1970-01-01T00:00:00Z",
            "2024-12-31T23:59:59Z",
            "2100-01-01T00:00:00Z",
            "9999-01-01T00:00:00Z",
        ] {
            assert_eq!(of(date), None, "{date}");
        }
        assert!(of("2099-12-31T00:00:00Z").is_some());
    }

    #[test]
    fn nobody_chooses_a_time_far_away() {
        let mut skew = Skew::default();
        let year = 365 * 86_400;
        assert!(matches!(ruling(&mut skew, 0, year), Ruling::TooFar(_)));
        assert_eq!(shift(&skew), 0);
        // Nor after a correction.
        assert!(matches!(ruling(&mut skew, 0, 420), Ruling::Again(_)));
        skew.answered(420_000, true, reading(year));
        assert_eq!(shift(&skew), 0);
    }

    #[test]
    fn people_are_told_once() {
        let mut skew = Skew::default();
        assert_eq!(skew.answered(0, true, reading(59)), None);
        let told = skew.answered(0, true, reading(120)).expect("a word");
        assert!(!told.is_corrected);
        assert_eq!(skew.answered(0, true, reading(600)), None);
        assert_eq!(skew.refused(0, reading(600)).1, None);

        let mut skew = Skew::default();
        let (_, told) = skew.refused(0, reading(420));
        let note = told.expect("a word").note(Vendor::Qcc);
        assert!(note.is_corrected);
        assert_eq!(
            note.to_string(),
            "this machine's clock is about 7 minutes behind qcc's"
        );
    }

    #[test]
    fn differences_in_words() {
        let check = |ahead, expect: &str| assert_eq!(Apart(ahead).to_string(), expect);
        check(7_000, "about 7 seconds behind");
        check(-7 * MINUTE, "about 7 minutes ahead of");
        check(8 * 60 * MINUTE, "about 8 hours behind");
        check(-72 * 60 * MINUTE, "about 3 days ahead of");
        check(1_767_225_600_000, "about 56 years behind");
    }

    proptest! {
        #[test]
        fn corrections_are_bounded_and_end(
            steps in proptest::collection::vec(
                (any::<bool>(), proptest::option::of(-400_000i64..400_000), 0u64..40_000), 1..60),
        ) {
            // A vendor that says anything and refuses anything, and one call after another that
            // is made again as often as the ruling says.
            let mut skew = Skew::default();
            let mut again = 0;
            for (is_refused, ahead, took) in steps {
                let took = Duration::from_millis(took);
                let reading = ahead.and_then(|ahead| read(ahead, took));
                let by = shift(&skew);
                prop_assert!(by.abs() <= FURTHEST);
                if !is_refused {
                    skew.answered(by, true, reading);
                    again = 0;
                    continue;
                }
                match skew.refused(by, reading).0 {
                    Ruling::Again(_) => {
                        // What is made again is a call with our time, refused for the first time
                        // in a row, or one whose correction is gone by the newest answer.
                        prop_assert_eq!(by, 0);
                        again += 1;
                    }
                    _ => again = 0,
                }
                prop_assert!(again <= 1);
            }
        }

        #[test]
        fn any_date_is_read(date in any::<i64>(), started in any::<i64>(), begin in any::<Duration>(), took in any::<Duration>()) {
            let (date, started) = (Timestamp::from_unix_millis(date), Timestamp::from_unix_millis(started));
            let reading = Reading::of(date, started, begin, took);
            let mut skew = Skew::default();
            for shift in [0, 7, i64::MIN, i64::MAX] {
                let (ruling, told) = skew.refused(shift, reading);
                prop_assert!(!ruling.to_string().is_empty());
                skew.answered(shift, true, reading);
                prop_assert!(told.is_none_or(|told| !told.note(Vendor::Qcc).to_string().is_empty()));
                prop_assert!(skew.shift(started, begin).saturating_abs() <= FURTHEST);
            }
        }
    }
}
