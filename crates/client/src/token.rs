//! A token that many callers share: fetched once, refreshed early, dropped when it fails.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jindiao_protocol::Timestamp;

use crate::Time;

/// A token is refreshed so long before its end, or at nine tenths of a short life.
const MARGIN: Duration = Duration::from_secs(60);
/// However short the life that a vendor states, a token is used at least so long: better one
/// refusal than a request for every call.
const MIN_LIFE: Duration = Duration::from_secs(5);

/// Keeps one token, shared by all who call with one account.
///
/// - Single flight: callers that come while a token is being fetched wait for that one.
/// - A token is fetched anew a minute before its end (or at nine tenths of a short life). If that
///   fails while the old one still lives, the old one is used.
/// - A failure is shared by those who waited for it and then forgotten.
/// - Callers may stop waiting at any time, also the one that fetches: the next one takes over.
/// - A life is counted on the monotonic clock, and on the wall clock as far as that runs ahead of it,
///   for a machine that sleeps may stop the one and not the other. A clock that is set back makes no
///   token live longer; one that is set forward may cost a token early, and never more.
pub struct TokenCache<T, E> {
    /// Who holds it fetches.
    flight: tokio::sync::Mutex<()>,
    state: Mutex<State<T, E>>,
}

struct State<T, E> {
    entry: Option<Entry<T>>,
    /// How many flights have come to an end, and what the last one failed with.
    ended: u64,
    failure: Option<E>,
}

struct Entry<T> {
    token: Arc<T>,
    refresh: Moment,
    expires: Moment,
}

/// A time on both clocks. It has come when it has come on either.
#[derive(Clone, Copy)]
struct Moment {
    monotonic: Duration,
    wall: Timestamp,
}

impl Moment {
    fn now(time: &dyn Time) -> Self {
        Self {
            monotonic: time.monotonic(),
            wall: time.now(),
        }
    }

    fn plus(self, duration: Duration) -> Self {
        Self {
            monotonic: self.monotonic.saturating_add(duration),
            wall: self.wall.plus(duration),
        }
    }

    fn has_come(self, now: Self) -> bool {
        now.monotonic >= self.monotonic || now.wall >= self.wall
    }

    /// The later of both on each clock.
    fn max(self, other: Self) -> Self {
        Self {
            monotonic: self.monotonic.max(other.monotonic),
            wall: self.wall.max(other.wall),
        }
    }

    /// The earlier of both on each clock.
    fn min(self, other: Self) -> Self {
        Self {
            monotonic: self.monotonic.min(other.monotonic),
            wall: self.wall.min(other.wall),
        }
    }
}

impl<T, E: Clone> TokenCache<T, E> {
    /// A cache with nothing in it.
    pub fn new() -> Self {
        Self {
            flight: tokio::sync::Mutex::new(()),
            state: Mutex::new(State {
                entry: None,
                ended: 0,
                failure: None,
            }),
        }
    }

    /// The token, fetched with `fetch` where there is none that is fresh.
    ///
    /// `fetch` gives a token and how long it lives, counted from before the request was made. It
    /// must not wait for anything that another caller of this cache may hold, such as a permit of
    /// the same account: whoever holds a permit and waits for the token would wait for ever.
    ///
    /// # Errors
    /// What `fetch` failed with, here or for the caller that was waited for.
    pub async fn get<F>(&self, time: &dyn Time, fetch: impl FnOnce() -> F) -> Result<Arc<T>, E>
    where
        F: Future<Output = Result<(T, Duration), E>>,
    {
        let seen = {
            let state = self.state();
            if let Some(token) = state.fresh(Moment::now(time)) {
                return Ok(token);
            }
            state.ended
        };
        let _flight = self.flight.lock().await;
        {
            let state = self.state();
            if let Some(token) = state.fresh(Moment::now(time)) {
                return Ok(token);
            }
            if state.ended > seen
                && let Some(failure) = &state.failure
            {
                return Err(failure.clone());
            }
        }
        let asked = Moment::now(time);
        let result = fetch().await;
        let now = Moment::now(time);
        let mut state = self.state();
        state.ended = state.ended.wrapping_add(1);
        match result {
            Ok((token, life)) => {
                let token = Arc::new(token);
                let margin = MARGIN.min(life / 10);
                state.failure = None;
                state.entry = Some(Entry {
                    token: Arc::clone(&token),
                    refresh: asked
                        .plus(life.saturating_sub(margin))
                        .max(now.plus(MIN_LIFE)),
                    expires: asked.plus(life),
                });
                Ok(token)
            }
            Err(failure) => {
                if let Some(entry) = &mut state.entry
                    && !entry.expires.has_come(now)
                {
                    // Still good; the next one to ask again is a while away.
                    entry.refresh = now.plus(MIN_LIFE).min(entry.expires);
                    return Ok(Arc::clone(&entry.token));
                }
                state.failure = Some(failure.clone());
                Err(failure)
            }
        }
    }

    /// The token, if there is one that is fresh. Asks nobody.
    pub fn fresh(&self, time: &dyn Time) -> Option<Arc<T>> {
        self.state().fresh(Moment::now(time))
    }

    /// How many requests for a token have come to an end.
    pub(crate) fn flights(&self) -> u64 {
        self.state().ended
    }

    /// What the last request for a token failed with, if it came to its end after there were
    /// `seen` of them.
    pub(crate) fn failure_since(&self, seen: u64) -> Option<E> {
        let state = self.state();
        if state.ended == seen {
            None
        } else {
            state.failure.clone()
        }
    }

    /// Forgets `token`, which a vendor refused. A newer one is kept.
    pub fn invalidate(&self, token: &Arc<T>) {
        let mut state = self.state();
        if let Some(entry) = &state.entry
            && Arc::ptr_eq(&entry.token, token)
        {
            state.entry = None;
        }
    }
}

impl<T, E> TokenCache<T, E> {
    fn state(&self) -> MutexGuard<'_, State<T, E>> {
        // The state is whole between any two statements, also where a panic came between.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, E> State<T, E> {
    fn fresh(&self, now: Moment) -> Option<Arc<T>> {
        self.entry
            .as_ref()
            .filter(|entry| !entry.refresh.has_come(now))
            .map(|entry| Arc::clone(&entry.token))
    }
}

impl<T, E: Clone> Default for TokenCache<T, E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, E> fmt::Debug for TokenCache<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state().entry {
            Some(_) => "TokenCache([redacted])",
            None => "TokenCache(empty)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VirtualClock;
    use std::sync::atomic::{AtomicU32, Ordering};

    const HALF_AN_HOUR: Duration = Duration::from_secs(1800);

    /// Issues numbered tokens, one second each, as long as it is told to.
    struct Office {
        time: Arc<VirtualClock>,
        cache: TokenCache<u32, &'static str>,
        issued: AtomicU32,
    }

    impl Office {
        fn open() -> Arc<Self> {
            Arc::new(Self {
                time: Arc::new(VirtualClock::starting_at(Timestamp::EPOCH)),
                cache: TokenCache::new(),
                issued: AtomicU32::new(0),
            })
        }

        async fn get(
            &self,
            answer: Result<Duration, &'static str>,
        ) -> Result<Arc<u32>, &'static str> {
            let fetch = || async {
                self.time.sleep(Duration::from_secs(1)).await;
                let number = self.issued.fetch_add(1, Ordering::SeqCst) + 1;
                answer.map(|life| (number, life))
            };
            self.cache.get(&*self.time, fetch).await
        }

        fn issued(&self) -> u32 {
            self.issued.load(Ordering::SeqCst)
        }
    }

    async fn many(
        office: &Arc<Office>,
        answer: Result<Duration, &'static str>,
    ) -> Vec<Result<u32, &'static str>> {
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let office = Arc::clone(office);
                tokio::spawn(async move { office.get(answer).await.map(|token| *token) })
            })
            .collect();
        let mut got = Vec::new();
        for task in tasks {
            got.push(task.await.expect("no panic"));
        }
        got
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_share_one_request() {
        let office = Office::open();
        assert_eq!(many(&office, Ok(HALF_AN_HOUR)).await, vec![Ok(1); 20]);
        assert_eq!(office.issued(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_and_forgotten() {
        let office = Office::open();
        assert_eq!(many(&office, Err("down")).await, vec![Err("down"); 20]);
        assert_eq!(office.issued(), 1);
        assert_eq!(office.get(Ok(HALF_AN_HOUR)).await.as_deref(), Ok(&2));
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_refreshed_a_minute_early() {
        let office = Office::open();
        let ask = || async { office.get(Ok(HALF_AN_HOUR)).await.map(|t| *t) };
        assert_eq!(ask().await, Ok(1));
        office
            .time
            .sleep(HALF_AN_HOUR - Duration::from_secs(62))
            .await;
        assert_eq!(ask().await, Ok(1));
        office.time.sleep(Duration::from_secs(1)).await;
        assert_eq!(ask().await, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn while_the_old_one_lives_a_failed_refresh_is_no_failure() {
        let office = Office::open();
        assert_eq!(office.get(Ok(HALF_AN_HOUR)).await.as_deref(), Ok(&1));
        office
            .time
            .sleep(HALF_AN_HOUR - Duration::from_secs(40))
            .await;
        assert_eq!(many(&office, Err("down")).await, vec![Ok(1); 20]);
        assert_eq!(office.issued(), 2);
        office.time.sleep(Duration::from_secs(40)).await;
        assert_eq!(office.get(Err("down")).await, Err("down"));
    }

    #[tokio::test(start_paused = true)]
    async fn no_life_is_so_short_that_every_call_asks() {
        let office = Office::open();
        for life in [Duration::ZERO, Duration::from_secs(1)] {
            let before = office.issued();
            let first = office.get(Ok(life)).await;
            assert_eq!(office.get(Ok(life)).await, first);
            assert_eq!(office.issued(), before + 1);
            office.time.sleep(MIN_LIFE).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_token_that_failed_is_dropped() {
        let office = Office::open();
        let first = office.get(Ok(HALF_AN_HOUR)).await.expect("a token");
        office.cache.invalidate(&first);
        let second = office.get(Ok(HALF_AN_HOUR)).await.expect("a token");
        assert_eq!((*first, *second), (1, 2));
        office.cache.invalidate(&first);
        assert_eq!(office.get(Ok(HALF_AN_HOUR)).await.as_deref(), Ok(&2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_gives_up_strands_nobody() {
        let office = Office::open();
        let leader = {
            let office = Arc::clone(&office);
            tokio::spawn(async move { office.get(Ok(HALF_AN_HOUR)).await })
        };
        let followers = {
            let office = Arc::clone(&office);
            tokio::spawn(async move { many(&office, Ok(HALF_AN_HOUR)).await })
        };
        office.time.sleep(Duration::from_millis(500)).await;
        leader.abort();
        assert_eq!(followers.await.expect("no panic"), vec![Ok(1); 20]);
    }

    /// A clock on the wall that people set, and one that stands still while the machine sleeps.
    #[derive(Debug)]
    struct Clocks {
        wall: Mutex<Timestamp>,
        monotonic: Mutex<Duration>,
    }

    impl Time for Clocks {
        fn now(&self) -> Timestamp {
            *self.wall.lock().expect("no panic")
        }
        fn monotonic(&self) -> Duration {
            *self.monotonic.lock().expect("no panic")
        }
        fn sleep(&self, _: Duration) -> crate::BoxFuture<'_, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test]
    async fn a_clock_that_jumps_keeps_no_dead_token_alive() {
        let clocks = Clocks {
            wall: Mutex::new(Timestamp::from_unix_seconds(1_800_000_000)),
            monotonic: Mutex::new(Duration::ZERO),
        };
        let cache: TokenCache<u32, &str> = TokenCache::new();
        let passes = |seconds| {
            let second = Duration::from_secs(seconds);
            *clocks.monotonic.lock().expect("no panic") += second;
        };
        let is_set = |seconds: i64| {
            let mut wall = clocks.wall.lock().expect("no panic");
            *wall = Timestamp::from_unix_millis(wall.unix_millis() + seconds * 1000);
        };
        let get = async |token| {
            let life = HALF_AN_HOUR;
            let got = cache.get(&clocks, || async move { Ok((token, life)) });
            got.await.map(|token| *token)
        };
        assert_eq!(get(1).await, Ok(1));
        // Set back by a day, and the token's life passes.
        is_set(-86_400);
        passes(60);
        assert_eq!(get(2).await, Ok(1));
        passes(1800);
        assert_eq!(get(2).await, Ok(2), "it is dead, whatever the wall says");
        // Asleep for an hour: only the wall knows.
        is_set(3600);
        assert_eq!(get(3).await, Ok(3));
        // Set back and forward: what is alive by both clocks is used.
        is_set(-600);
        is_set(600);
        assert_eq!(get(4).await, Ok(3));
        // A refresh that fails does not bring a dead one back.
        passes(1800);
        let failed = cache.get(&clocks, || async { Err("down") }).await;
        assert_eq!(failed, Err("down"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_not_shown() {
        let time = VirtualClock::starting_at(Timestamp::EPOCH);
        let cache: TokenCache<&str, ()> = TokenCache::new();
        assert_eq!(format!("{cache:?}"), "TokenCache(empty)");
        let fetched = cache.get(&time, async || Ok(("S3CR3T", HALF_AN_HOUR)));
        assert_eq!(*fetched.await.expect("a token"), "S3CR3T");
        assert_eq!(format!("{cache:?}"), "TokenCache([redacted])");
    }
}
