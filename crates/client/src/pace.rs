//! How fast one account may call: rate, concurrency and calls per day.

use std::collections::VecDeque;
use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jindiao_protocol::{ChinaDate, Timestamp};
use jindiao_words::{Message, Say, say};
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
/// So much time more than it must have a window has, for calls do not travel equally long: but no
/// more than a two hundredth of it.
const SLACK: Duration = Duration::from_millis(5);
/// How much a late call may be made up for by those after it.
const CATCH_UP: Duration = Duration::from_millis(250);

/// What an account is allowed. The default allows everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PaceLimits {
    /// So many calls in a stretch of time that is so long; none where there is no rate.
    window: Option<(NonZeroU32, Duration)>,
    /// The time between two calls that are on time.
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
    /// Vendors count by windows that nobody knows; even spacing keeps within all of them. Where a
    /// call leaves late, because this machine was busy, those that wait behind it leave up to twice
    /// as close until that is made up for; the window is kept all the same. It is taken as a
    /// hundredth, at most 10 ms, longer than it is: calls that leave in time may arrive closer.
    #[must_use]
    pub fn with_rate(mut self, calls: NonZeroU32, per: Duration) -> Self {
        let slack = SLACK.min(per / 200);
        let window = per.saturating_add(slack);
        // Where the calls are a little sparser than the window allows, lateness that a window
        // hands on to the next one dies away.
        let spread = window.saturating_add(slack).as_nanos();
        // Rounded up: a nanosecond too few would let one call too many into some window.
        let nanos = spread.div_ceil(u128::from(calls.get()));
        self.interval = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.window = Some((calls, window));
        self
    }

    /// One call every `interval`, and in about a second no more than that makes.
    ///
    /// As [`PaceLimits::with_rate`], for a pace that is no whole number of calls a second.
    #[must_use]
    pub fn with_interval(self, interval: Duration) -> Self {
        const SECOND: Duration = Duration::from_secs(1);
        // Of faster ones a part of the second is looked at: as many calls as this are remembered.
        const MOST: u128 = 1000;
        let calls = SECOND.as_nanos().div_ceil(interval.as_nanos().max(1));
        let calls = u32::try_from(calls.min(MOST))
            .ok()
            .and_then(NonZeroU32::new);
        let calls = calls.unwrap_or(NonZeroU32::MIN);
        self.with_rate(calls, interval.saturating_mul(calls.get()))
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
    /// The monotonic time that the next call is due at, if it is on time.
    due: Duration,
    /// No call leaves earlier.
    next: Duration,
    /// When the calls of the last window left, or may have left.
    left: VecDeque<Duration>,
    /// No call that was held up after its permit leaves earlier.
    next_held_up: Duration,
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
            due: Duration::ZERO,
            next: Duration::ZERO,
            left: VecDeque::new(),
            next_held_up: Duration::ZERO,
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
        // Nobody overtakes those who wait: a turn that is given back is theirs.
        let (_turn, mut waited) = match self.0.turn.try_lock() {
            Ok(turn) => (turn, false),
            Err(_) => (self.0.turn.lock().await, true),
        };
        loop {
            let wait = {
                let mut state = self.0.today();
                state.check(&self.0)?;
                let now = self.0.time.monotonic();
                state.recover(now, &self.0.limits);
                let free = state.next.max(state.room(now, &self.0.limits));
                if now >= free {
                    state.leave(now, waited, &self.0.limits);
                    state.used = state.used.saturating_add(1);
                    return Ok(Permit {
                        pace: self.clone(),
                        day: state.day,
                        given: now,
                        _slot: slot,
                    });
                }
                free - now
            };
            waited = true;
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
        state.due = state.due.max(now.saturating_add(pause));
        state.next = state.next.max(state.due);
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

    /// From when on the window has room for one call more. Forgets those that left it.
    fn room(&mut self, now: Duration, limits: &PaceLimits) -> Duration {
        let Some((calls, window)) = limits.window else {
            return Duration::ZERO;
        };
        let is_over = |left: &Duration| left.saturating_add(window) <= now;
        while self.left.front().is_some_and(is_over) {
            self.left.pop_front();
        }
        let surplus = self.left.len().checked_sub(count(calls));
        let first = surplus.and_then(|surplus| self.left.get(surplus));
        first.map_or(Duration::ZERO, |first| first.saturating_add(window))
    }

    /// A call leaves now. If it `waited`, the one after it is not late only because this one is.
    fn leave(&mut self, now: Duration, waited: bool, limits: &PaceLimits) {
        let interval = self.interval(limits);
        let after = now.saturating_add(interval);
        self.due = if waited && self.level == 0 {
            let in_time = self.due.saturating_add(interval);
            in_time.max(after.saturating_sub(CATCH_UP))
        } else {
            after
        };
        self.next = self.due.max(now.saturating_add(interval / 2));
        if limits.window.is_some() {
            self.left.push_back(now);
        }
    }

    /// The call that was permitted then has not left yet.
    fn did_not_leave(&mut self, given: Duration) {
        if let Ok(at) = self.left.binary_search(&given) {
            self.left.remove(at);
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

fn count(calls: NonZeroU32) -> usize {
    usize::try_from(calls.get()).unwrap_or(usize::MAX)
}

/// Leave to make one call. It is to be held until the call has ended.
#[must_use = "a permit that is dropped at once allows nothing"]
pub struct Permit {
    pace: Pace,
    day: ChinaDate,
    /// The monotonic time that it was given at.
    given: Duration,
    _slot: Option<OwnedSemaphorePermit>,
}

impl Permit {
    /// Waits until the call may leave, where something came between the permit and the call: an
    /// intent that was written down, on a disk that may have been slow. Calls that such a thing
    /// held up together do not leave together: the window is kept.
    ///
    /// To be waited for once, right before the call. Whoever calls as soon as the permit is there
    /// does without.
    pub async fn departure(&self) {
        let Inner { limits, time, .. } = &*self.pace.0;
        if limits.window.is_none() {
            return;
        }
        self.pace.0.state().did_not_leave(self.given);
        loop {
            let wait = {
                let mut state = self.pace.0.state();
                let now = time.monotonic();
                let free = state.next_held_up.max(state.room(now, limits));
                if now >= free {
                    state.next_held_up = now.saturating_add(limits.interval / 2);
                    state.left.push_back(now);
                    return;
                }
                free - now
            };
            time.sleep(wait).await;
        }
    }

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

impl Say for DailyLimitReached {
    fn say(&self) -> Message {
        let Self { limit, until } = self;
        say!(
            "the account's daily limit of {limit} calls is reached until {until}",
            limit,
            until
        )
    }
}

impl fmt::Display for DailyLimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
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

        #[test]
        fn no_window_has_too_many_however_late_the_timers_are(
            rate in 1u32..60, late in proptest::collection::vec(0u64..400, 1..40),
            idle in proptest::collection::vec(0u64..3000, 1..4),
        ) {
            let limits = PaceLimits::default().with_qps(n32(rate));
            let left = virtually(late_starts(limits, late, &idle, 120));
            for window in left.windows(rate as usize + 1) {
                let per = Duration::from_secs(1);
                prop_assert!(window[rate as usize] - window[0] > per, "{:?}", window);
            }
            let closest = limits.interval / 2;
            prop_assert!(left.windows(2).all(|pair| pair[1] - pair[0] >= closest), "{:?}", left);
        }

        #[test]
        fn what_was_held_up_together_does_not_leave_together(
            rate in 1u32..60, held_up in proptest::collection::vec(0u64..400, 1..40),
        ) {
            let limits = PaceLimits::default().with_qps(n32(rate));
            let (pace, time) = pace(limits);
            let left = virtually(async {
                let mut tasks = tokio::task::JoinSet::new();
                for ms in held_up.iter().cycle().take(120) {
                    let (pace, time, held_up) = (pace.clone(), time.clone(), *ms);
                    tasks.spawn(async move {
                        let permit = pace.permit().await.expect("no daily limit");
                        // Until the next round moment: with all others that it holds up.
                        let step = held_up.max(1);
                        let now = u64::try_from(time.monotonic().as_millis()).expect("a short test");
                        time.sleep(Duration::from_millis(step - now % step)).await;
                        permit.departure().await;
                        time.monotonic()
                    });
                }
                let mut left = tasks.join_all().await;
                left.sort();
                left
            });
            for window in left.windows(rate as usize + 1) {
                let per = Duration::from_secs(1);
                prop_assert!(window[rate as usize] - window[0] > per, "{:?}", window);
            }
            let closest = limits.interval / 2;
            prop_assert!(left.windows(2).all(|pair| pair[1] - pair[0] >= closest), "{:?}", left);
        }

        #[test]
        fn late_timers_cost_no_slots(
            late in proptest::collection::vec(0u64..5, 1..100), jolt in 0u64..150,
        ) {
            // One timer in all is very late, the others by what a busy machine makes of them.
            let late = [jolt].into_iter().chain(late.into_iter().cycle().take(600)).collect();
            let limits = PaceLimits::default().with_interval(Duration::from_millis(20));
            let left = virtually(late_starts(limits, late, &[], 600));
            // 600 calls at 50 a second take 12 s; 0.98 of the pace is 12.24 s.
            let took = left[599] - left[0];
            prop_assert!(took <= Duration::from_millis(12_240), "{:?}", took);
        }
    }

    #[test]
    fn an_interval_is_so_many_calls_a_second() {
        let check = |interval_ms, calls, per_ms| {
            let of_interval =
                PaceLimits::default().with_interval(Duration::from_millis(interval_ms));
            let rate = PaceLimits::default().with_rate(n32(calls), Duration::from_millis(per_ms));
            assert_eq!(of_interval, rate, "{interval_ms} ms");
        };
        check(20, 50, 1000);
        check(200, 5, 1000);
        check(400, 3, 1200);
        check(1000, 1, 1000);
        check(30_000, 1, 30_000);
        check(0, 1000, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_not_there_does_not_catch_up() {
        let (pace, time) = pace(PaceLimits::default().with_qps(n32(10)));
        let _first = pace.permit().await.expect("a permit");
        time.sleep(Duration::from_millis(300)).await;
        let starts = starts(&pace, &time, 3).await;
        let interval = Duration::from_millis(101);
        assert_eq!(
            [starts[1] - starts[0], starts[2] - starts[1]],
            [interval; 2]
        );
    }

    /// A clock whose timers are late.
    #[derive(Debug)]
    struct Late {
        clock: VirtualClock,
        by_ms: Mutex<std::iter::Cycle<std::vec::IntoIter<u64>>>,
    }

    impl Time for Late {
        fn now(&self) -> Timestamp {
            self.clock.now()
        }
        fn monotonic(&self) -> Duration {
            self.clock.monotonic()
        }
        fn sleep(&self, duration: Duration) -> crate::BoxFuture<'_, ()> {
            let late = self.by_ms.lock().expect("no panic").next();
            let late = Duration::from_millis(late.unwrap_or_default());
            self.clock.sleep(duration + late)
        }
    }

    /// When each of `calls` calls left, where all wait at once, but for pauses in which nobody does.
    async fn late_starts(
        limits: PaceLimits,
        late: Vec<u64>,
        idle: &[u64],
        calls: usize,
    ) -> Vec<Duration> {
        let clock = VirtualClock::starting_at(BEFORE_MIDNIGHT);
        let by_ms = Mutex::new(late.into_iter().cycle());
        let time = Arc::new(Late { clock, by_ms });
        let pace = Pace::new(limits, time.clone());
        let mut left = Vec::new();
        let batches = idle.len() + 1;
        for batch in 0..batches {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..calls / batches {
                let (pace, time) = (pace.clone(), time.clone());
                tasks.spawn(async move {
                    let _permit = pace.permit().await.expect("no daily limit");
                    time.monotonic()
                });
            }
            left.extend(tasks.join_all().await);
            if let Some(pause) = idle.get(batch) {
                time.clock.sleep(Duration::from_millis(*pause)).await;
            }
        }
        left.sort();
        left
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
        assert!(time.monotonic() <= Duration::from_millis(1020));
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
        assert_eq!(well[2] - well[1], Duration::from_millis(101));
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
        assert_eq!(slow[1] - slow[0], Duration::from_millis(64 * 1010));
    }
}
