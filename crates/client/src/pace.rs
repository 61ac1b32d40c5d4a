//! How fast one account may call: rate, concurrency and calls per day.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jindiao_protocol::{ChinaDate, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Time;

/// How long the vendor must be content before the pace doubles again.
const RECOVERY: Duration = Duration::from_secs(30);
/// Throttling answers that come closer together than this are one reason to slow down, not many.
const SAME_REASON: Duration = Duration::from_secs(1);
/// The interval that an account without a rate is slowed down from.
const UNPACED: Duration = Duration::from_millis(250);
/// No account gets slower than 64 times its interval.
const MAX_LEVEL: u32 = 6;

/// What an account is allowed. The default allows everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PaceLimits {
    interval: Duration,
    concurrency: Option<NonZeroUsize>,
    daily: Option<u64>,
}

impl PaceLimits {
    /// At most `calls` in any second.
    #[must_use]
    pub fn with_qps(self, calls: NonZeroU32) -> Self {
        self.with_rate(calls, Duration::from_secs(1))
    }

    /// At most `calls` in any stretch of time that is `per` long, evenly spaced: no bursts.
    ///
    /// Vendors count by windows that nobody knows; even spacing keeps within all of them.
    #[must_use]
    pub fn with_rate(mut self, calls: NonZeroU32, per: Duration) -> Self {
        // Rounded up: a nanosecond too few would let one call too many into some window.
        let nanos = per.as_nanos().div_ceil(u128::from(calls.get()));
        self.interval = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self
    }

    /// At most so many calls at the same time.
    #[must_use]
    pub fn with_concurrency(mut self, calls: NonZeroUsize) -> Self {
        self.concurrency = Some(calls);
        self
    }

    /// At most so many calls on one day of China. Zero allows none.
    #[must_use]
    pub fn with_daily_limit(mut self, calls: u64) -> Self {
        self.daily = Some(calls);
        self
    }

    /// How many calls may be under way at once, where that is limited.
    pub fn concurrency(self) -> Option<NonZeroUsize> {
        self.concurrency
    }
}

/// The pace of one account, shared by all who call with it. Clones are the same pace.
#[derive(Clone)]
pub struct Pace(Arc<Inner>);

struct Inner {
    limits: PaceLimits,
    time: Arc<dyn Time>,
    slots: Option<Arc<Semaphore>>,
    /// Who holds it is the next to go. Tokio's mutex serves in order of arrival, and whoever
    /// gives up while waiting leaves nothing behind.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    /// The earliest monotonic time of the next call.
    next: Duration,
    /// The interval is doubled so many times.
    level: u32,
    /// When the level last went up or down.
    changed: Duration,
    day: ChinaDate,
    used: u64,
}

impl Pace {
    /// A pace that has made no calls yet.
    pub fn new(limits: PaceLimits, time: Arc<dyn Time>) -> Self {
        let state = State {
            next: Duration::ZERO,
            level: 0,
            changed: Duration::ZERO,
            day: time.now().china_date(),
            used: 0,
        };
        let slots = limits
            .concurrency
            .map(|n| Arc::new(Semaphore::new(n.get().min(Semaphore::MAX_PERMITS))));
        Self(Arc::new(Inner {
            limits,
            time,
            slots,
            turn: tokio::sync::Mutex::new(()),
            state: Mutex::new(state),
        }))
    }

    /// Waits until one call may be made. First come, first served.
    ///
    /// The permit is held during the call. It counts for the day unless it is given back. A
    /// caller that stops waiting has used nothing.
    ///
    /// # Errors
    /// If the day's calls are used up, before or while waiting.
    pub async fn permit(&self) -> Result<Permit, DailyLimitReached> {
        self.0.today().check(&self.0)?;
        let slot = match &self.0.slots {
            // Nobody closes it, so there is always a permit.
            Some(slots) => Arc::clone(slots).acquire_owned().await.ok(),
            None => None,
        };
        let _turn = self.0.turn.lock().await;
        loop {
            let wait = {
                let mut state = self.0.today();
                state.check(&self.0)?;
                let now = self.0.time.monotonic();
                state.recover(now, &self.0.limits);
                if now >= state.next {
                    state.next = now.saturating_add(state.interval(&self.0.limits));
                    state.used = state.used.saturating_add(1);
                    return Ok(Permit {
                        pace: self.clone(),
                        day: state.day,
                        _slot: slot,
                    });
                }
                state.next - now
            };
            self.0.time.sleep(wait).await;
        }
    }

    /// The vendor said that calls come too fast: halves the rate, and nobody goes before `hint`
    /// (a `Retry-After`) is over.
    ///
    /// Every 30 s, or four calls if they take longer, without another complaint the rate doubles
    /// again until it is as before.
    /// Complaints within one second count once. An account without a rate is slowed down from
    /// four calls a second.
    pub fn slow_down(&self, hint: Option<Duration>) {
        let now = self.0.time.monotonic();
        let mut state = self.0.state();
        state.recover(now, &self.0.limits);
        if state.level == 0 || now.saturating_sub(state.changed) >= SAME_REASON {
            state.level = (state.level + 1).min(MAX_LEVEL);
            state.changed = now;
        }
        let pause = state.interval(&self.0.limits).max(hint.unwrap_or_default());
        state.next = state.next.max(now.saturating_add(pause));
    }

    /// The calls made on this day of China.
    pub fn used_today(&self) -> u64 {
        self.0.today().used
    }

    /// Says how many calls were made today by those who came before, as the ledger knows.
    pub fn restore_used_today(&self, calls: u64) {
        self.0.today().used = calls;
    }

    /// The calls that are left on this day of China; `None` without a daily limit.
    pub fn left_today(&self) -> Option<u64> {
        let limit = self.0.limits.daily?;
        Some(limit.saturating_sub(self.used_today()))
    }

    /// The limits.
    pub fn limits(&self) -> PaceLimits {
        self.0.limits
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace")
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements, also where a panic came between.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, with the count of another day forgotten.
    fn today(&self) -> MutexGuard<'_, State> {
        let day = self.time.now().china_date();
        let mut state = self.state();
        if state.day != day {
            state.day = day;
            state.used = 0;
        }
        state
    }
}

impl State {
    fn check(&self, inner: &Inner) -> Result<(), DailyLimitReached> {
        match inner.limits.daily {
            Some(limit) if self.used >= limit => Err(DailyLimitReached {
                limit,
                until: inner.time.now().next_china_midnight(),
            }),
            _ => Ok(()),
        }
    }

    fn interval(&self, limits: &PaceLimits) -> Duration {
        match self.level {
            0 => limits.interval,
            level => limits.interval.max(UNPACED).saturating_mul(1 << level),
        }
    }

    fn recover(&mut self, now: Duration, limits: &PaceLimits) {
        while self.level > 0 {
            // A pace that is slower than its recovery would heal without a call to prove it.
            let patience = RECOVERY.max(self.interval(limits).saturating_mul(4));
            if now.saturating_sub(self.changed) < patience {
                return;
            }
            self.level -= 1;
            self.changed = self.changed.saturating_add(patience);
        }
    }
}

/// Leave to make one call. It is to be held until the call has ended.
#[must_use = "a permit that is dropped at once allows nothing"]
pub struct Permit {
    pace: Pace,
    day: ChinaDate,
    _slot: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Gives the permit back unused: the call was never sent and does not count for the day.
    pub fn give_back(self) {
        let mut state = self.pace.0.today();
        if state.day == self.day {
            state.used = state.used.saturating_sub(1);
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Permit")
    }
}

/// The account has made all the calls that it may make today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyLimitReached {
    /// How many calls a day it may make.
    pub limit: u64,
    /// When the next day of China begins.
    pub until: Timestamp,
}

impl fmt::Display for DailyLimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the account's daily limit of {} calls is reached until {}",
            self.limit, self.until
        )
    }
}

impl std::error::Error for DailyLimitReached {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VirtualClock;
    use proptest::prelude::*;

    /// 30 s before midnight in China.
    const BEFORE_MIDNIGHT: Timestamp =
        Timestamp::from_unix_seconds(1_700_000_000 / 86_400 * 86_400 + 57_570);

    fn pace(limits: PaceLimits) -> (Pace, Arc<VirtualClock>) {
        let time = Arc::new(VirtualClock::starting_at(BEFORE_MIDNIGHT));
        (Pace::new(limits, time.clone()), time)
    }

    fn n32(n: u32) -> NonZeroU32 {
        NonZeroU32::new(n).expect("not zero")
    }

    fn virtually<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    /// When each of `calls` callers that arrive together got its permit, in order of arrival.
    async fn starts(pace: &Pace, time: &Arc<VirtualClock>, calls: usize) -> Vec<Duration> {
        let mut tasks = Vec::new();
        for _ in 0..calls {
            let (pace, time) = (pace.clone(), time.clone());
            tasks.push(tokio::spawn(async move {
                let _permit = pace.permit().await.expect("no daily limit");
                time.monotonic()
            }));
        }
        let mut starts = Vec::new();
        for task in tasks {
            starts.push(task.await.expect("no panic"));
        }
        starts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn never_faster_than_allowed_and_first_come_first_served(
            calls in 1usize..40, rate in 1u32..12, per_ms in 100u64..5000,
            concurrency in proptest::option::of(1usize..5),
        ) {
            let per = Duration::from_millis(per_ms);
            let mut limits = PaceLimits::default().with_rate(n32(rate), per);
            if let Some(n) = concurrency.and_then(NonZeroUsize::new) {
                limits = limits.with_concurrency(n);
            }
            let (pace, time) = pace(limits);
            let starts = virtually(starts(&pace, &time, calls));
            prop_assert!(starts.is_sorted(), "{:?}", starts);
            for window in starts.windows(rate as usize + 1) {
                prop_assert!(window[rate as usize] - window[0] >= per, "{:?}", window);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_limits_nobody_waits() {
        let (pace, time) = pace(PaceLimits::default());
        assert_eq!(starts(&pace, &time, 50).await.last(), Some(&Duration::ZERO));
        assert_eq!(pace.left_today(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_permit_is_held_during_the_call() {
        let one = NonZeroUsize::new(1).expect("not zero");
        let (pace, time) = pace(PaceLimits::default().with_concurrency(one));
        let held = pace.permit().await.expect("a permit");
        let second = pace.permit();
        tokio::pin!(second);
        tokio::select! {
            _ = &mut second => panic!("two calls at the same time"),
            () = time.sleep(Duration::from_secs(60)) => {}
        }
        drop(held);
        let _second = second.await.expect("a permit");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stops_waiting_has_used_nothing() {
        let (pace, time) = pace(PaceLimits::default().with_qps(n32(1)).with_daily_limit(3));
        let _first = pace.permit().await.expect("a permit");
        for _ in 0..5 {
            tokio::select! {
                _ = pace.permit() => panic!("too early"),
                () = time.sleep(Duration::from_millis(10)) => {}
            }
        }
        assert_eq!(pace.used_today(), 1);
        let _second = pace.permit().await.expect("a permit");
        assert!(time.monotonic() <= Duration::from_millis(1010));
    }

    #[tokio::test(start_paused = true)]
    async fn the_day_ends_at_midnight_in_china() {
        let (pace, time) = pace(PaceLimits::default().with_daily_limit(2));
        pace.permit().await.expect("a permit").give_back();
        pace.restore_used_today(1);
        let _second = pace.permit().await.expect("a permit");
        let reached = pace.permit().await.expect_err("no more today");
        assert_eq!(reached.until, BEFORE_MIDNIGHT.plus(Duration::from_secs(30)));
        assert_eq!(pace.left_today(), Some(0));
        time.sleep(Duration::from_secs(30)).await;
        let _third = pace.permit().await.expect("a permit");
        assert_eq!(pace.used_today(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_wait_hear_of_the_limit_too() {
        let limits = PaceLimits::default().with_qps(n32(1)).with_daily_limit(2);
        let (pace, _time) = pace(limits);
        let (a, b, c) = tokio::join!(pace.permit(), pace.permit(), pace.permit());
        assert!(a.is_ok() && b.is_ok() && c.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn complaints_slow_it_down_and_time_heals() {
        let (pace, time) = pace(PaceLimits::default().with_qps(n32(10)));
        // Many at once count once: from 10 a second (raised to 4) to 2 a second.
        for _ in 0..20 {
            pace.slow_down(None);
        }
        let slow = starts(&pace, &time, 3).await;
        assert_eq!(slow[0], Duration::from_millis(500));
        assert_eq!(slow[2] - slow[1], Duration::from_millis(500));
        time.sleep(RECOVERY).await;
        let well = starts(&pace, &time, 3).await;
        assert_eq!(well[2] - well[1], Duration::from_millis(100));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hint_holds_everybody_back() {
        let (pace, time) = pace(PaceLimits::default());
        pace.slow_down(Some(Duration::from_secs(20)));
        let _permit = pace.permit().await.expect("a permit");
        assert_eq!(time.monotonic(), Duration::from_secs(20));
    }

    #[tokio::test(start_paused = true)]
    async fn endless_complaints_end_at_the_slowest_pace() {
        let (pace, time) = pace(PaceLimits::default().with_qps(n32(1)));
        for _ in 0..100 {
            pace.slow_down(None);
            time.sleep(Duration::from_secs(2)).await;
        }
        let slow = starts(&pace, &time, 2).await;
        assert_eq!(slow[1] - slow[0], Duration::from_secs(64));
    }
}
