//! What a simulator can be told before it starts.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::FaultPlan;

/// How the simulated vendors behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen. Port 0 takes a free one.
    pub addr: SocketAddr,
    /// What the draws of [`FaultPlan`] start from: the same seed gives the same faults.
    pub seed: u64,
    /// How long a report is pending.
    pub pending: PendingPlan,
    /// How long download links live.
    pub link_life: LinkLife,
    /// Calls that one account may make in any one second of the clock. No vendor publishes its
    /// number; `None` sets no limit.
    pub qps: Option<u32>,
    /// Calls that one account may make in one day of China time.
    pub daily_limit: Option<u32>,
    /// How long a PatSnap access token lives; 1799 s in PatSnap D6.
    pub token_life: Duration,
    /// Which of its two shapes the reply with a PatSnap access token has.
    pub patsnap_token_form: TokenForm,
    /// Which of its two JSON types a PatSnap `job_id` has.
    pub job_id_form: JobIdForm,
    /// How far a QCC `Timespan` or a Yibeidiao `ts` may be from the simulator's clock, either way.
    /// That there is a limit is known (codes 115 and 903), its size is in no document: 5 minutes
    /// are an assumption.
    pub clock_skew_tolerance: Duration,
    /// What goes wrong, and when.
    pub faults: FaultPlan,
    /// Where accepted orders are kept, so that a simulator that starts again still knows them and
    /// what they cost. `None` forgets them.
    pub state_file: Option<PathBuf>,
    /// What time it is.
    pub clock: Clock,
    /// What answers say of the time.
    pub date: DateHeader,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 0,
            pending: PendingPlan::default(),
            link_life: LinkLife::default(),
            qps: None,
            daily_limit: None,
            token_life: Duration::from_secs(1799),
            patsnap_token_form: TokenForm::Flat,
            job_id_form: JobIdForm::Number,
            clock_skew_tolerance: Duration::from_secs(300),
            faults: FaultPlan::default(),
            state_file: None,
            clock: Clock::system(),
            date: DateHeader::Own,
        }
    }
}

/// How long a report is pending: until it was asked for often enough or is old enough, whichever
/// comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingPlan {
    /// How many polls are answered with "pending".
    pub polls: u32,
    /// The age at which a report is ready whatever was asked.
    pub duration: Duration,
}

impl PendingPlan {
    /// Reports that are ready at once.
    pub const NONE: Self = Self {
        polls: 0,
        duration: Duration::ZERO,
    };

    /// Pending for this many polls, however much time passes.
    pub const fn polls(polls: u32) -> Self {
        Self {
            polls,
            duration: Duration::MAX,
        }
    }

    /// Pending for this long, however often it is asked.
    pub const fn duration(duration: Duration) -> Self {
        Self {
            polls: u32::MAX,
            duration,
        }
    }

    pub(crate) fn is_pending(&self, polls_before: u32, age: Duration) -> bool {
        polls_before < self.polls && age < self.duration
    }
}

impl Default for PendingPlan {
    /// Ready after 2 polls or 300 ms.
    fn default() -> Self {
        Self {
            polls: 2,
            duration: Duration::from_millis(300),
        }
    }
}

/// How long download links live, by product; `None` is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkLife {
    /// QCC's picture of a company: QCC-2018 states no end.
    pub qcc_snapshot: Option<Duration>,
    /// QCC's risk report: the one sample of QCC-2023 lived 365 days.
    pub qcc_risk_report: Option<Duration>,
    /// Both PatSnap reports: 7 days (PatSnap D2, D4, D10).
    pub patsnap: Option<Duration>,
    /// Yibeidiao's interim report: 1 minute (ShowDoc 1900158036953464).
    pub yibeidiao: Option<Duration>,
}

impl Default for LinkLife {
    fn default() -> Self {
        const DAY: u64 = 86_400;
        Self {
            qcc_snapshot: None,
            qcc_risk_report: Some(Duration::from_secs(365 * DAY)),
            patsnap: Some(Duration::from_secs(7 * DAY)),
            yibeidiao: Some(Duration::from_secs(60)),
        }
    }
}

/// The shape of the reply of PatSnap's `/oauth/token`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenForm {
    /// As documented (PatSnap D6): fields at the top, `expires_in` a number, `status` `"approved"`.
    Flat,
    /// As working clients read it: fields in `data`, `expires_in` a string, `status` `true`.
    Wrapped,
}

/// The JSON type of PatSnap's `job_id`: its documents show both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobIdForm {
    /// A JSON number that no float can hold.
    Number,
    /// A JSON string.
    String,
}

/// The `Date` of the vendors' answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateHeader {
    /// What the simulator's clock shows.
    Own,
    /// There is none.
    Absent,
    /// This, whatever the time is.
    Text(String),
}

/// Where the simulator takes the time from.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// The clock of the system.
    pub fn system() -> Self {
        Self::new(|| {
            #[expect(
                clippy::disallowed_methods,
                reason = "the simulated vendors live by this clock"
            )]
            SystemTime::now()
        })
    }

    /// A clock that is so many seconds ahead of the system's. For the one who asks, it is the own
    /// machine's clock that is behind.
    pub fn ahead_by(seconds: i64) -> Self {
        let system = Self::system();
        Self::new(move || {
            let now = (system.0)();
            let by = Duration::from_secs(seconds.unsigned_abs());
            let moved = if seconds < 0 {
                now.checked_sub(by)
            } else {
                now.checked_add(by)
            };
            moved.unwrap_or(now)
        })
    }

    /// A clock of your own.
    pub fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// A clock that stands still at `unix_seconds` until its hand is moved, and the hand.
    pub fn manual(unix_seconds: i64) -> (Self, Hand) {
        let hand = Hand(Arc::new(AtomicI64::new(unix_seconds.saturating_mul(1000))));
        let moved = hand.clone();
        let clock = Self::new(move || {
            let millis = moved.0.load(Ordering::Relaxed).unsigned_abs();
            UNIX_EPOCH + Duration::from_millis(millis)
        });
        (clock, hand)
    }

    pub(crate) fn now(&self) -> Moment {
        let since = (self.0)().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Moves the clock that it came with.
#[derive(Debug, Clone)]
pub struct Hand(Arc<AtomicI64>);

impl Hand {
    /// Lets `duration` pass.
    pub fn advance(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::Relaxed);
    }

    /// The time that it shows, in seconds since 1970-01-01 00:00 UTC.
    pub fn unix_seconds(&self) -> i64 {
        self.0.load(Ordering::Relaxed).div_euclid(1000)
    }
}

/// Milliseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    pub(crate) fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    pub(crate) fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// As `Date` has it; none beyond the years that it can say.
    pub(crate) fn http_date(self) -> Option<String> {
        let instant = jiff::Timestamp::from_millisecond(self.0).ok()?;
        jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&instant)
            .ok()
    }

    /// The distance, whichever is earlier.
    pub(crate) fn distance(self, other: Self) -> Duration {
        Duration::from_millis(self.0.abs_diff(other.0))
    }
}

/// A lifetime in whole seconds, as links and tokens state it.
pub(crate) fn whole_seconds(life: Duration) -> i64 {
    i64::try_from(life.as_secs()).unwrap_or(i64::MAX)
}
