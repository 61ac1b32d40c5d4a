//! The slots for calls that this process has drawn from fast accounts, one by one.
//!
//! One object of the engine answers for so many calls a second and no more, and each answer costs as
//! much as another step of an order. So a worker draws slots in batches and keeps them in its memory,
//! as it keeps the rights to charging calls: each slot is used once, by the process that asked for it,
//! or is lost. Whatever a journal replays, no slot is used twice, so no day has too many calls.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jindiao_client::Time;
use jindiao_protocol::Vendor;
use tokio::sync::Notify;

use crate::Shard;
use crate::account::{Draw, Permit, PermitRequest};

/// How long one who draws may take until another one tries.
const PATIENCE: Duration = Duration::from_secs(1);

/// What was drawn.
#[derive(Debug, Default)]
pub(crate) struct Drawn {
    parts: Mutex<BTreeMap<Vendor, Part>>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Part {
    shard: Shard,
    /// Who draws, and since when on the clock that never goes back.
    drawing: Option<(u64, Duration)>,
    draws: u64,
}

/// Says who draws.
pub(crate) type Number = u64;

impl Drawn {
    /// A slot of those that were drawn. Where there is none the account is to be asked under a
    /// number, by one at a time: whoever comes meanwhile waits for what that brings.
    pub(crate) async fn take(
        &self,
        time: &dyn Time,
        request: &PermitRequest,
    ) -> Result<Permit, Number> {
        loop {
            // From here on, so that nothing is missed.
            let changed = self.changed.notified();
            {
                let mut parts = self.parts();
                let part = parts.entry(request.config.vendor).or_default();
                if let Some(permit) = part.shard.take(time.now(), request) {
                    return Ok(permit);
                }
                let now = time.monotonic();
                let is_drawing = |(_, since)| now.saturating_sub(since) < PATIENCE;
                if !part.drawing.is_some_and(is_drawing) {
                    part.draws += 1;
                    part.drawing = Some((part.draws, now));
                    return Err(part.draws);
                }
            }
            tokio::select! {
                () = changed => {}
                () = time.sleep(PATIENCE) => {}
            }
        }
    }

    /// Takes in what was drawn under a number of this process, and gives the first of it. What another
    /// process asked for, or what was taken in before, is lost: its slots may be used already.
    pub(crate) fn fill(
        &self,
        time: &dyn Time,
        request: &PermitRequest,
        draw: Draw,
        number: Option<Number>,
    ) -> Permit {
        let mut parts = self.parts();
        let part = parts.entry(request.config.vendor).or_default();
        let is_awaited = number.is_some() && part.drawing.map(|(number, _)| number) == number;
        if is_awaited {
            part.drawing = None;
        }
        let now = time.now();
        let permit = match draw {
            Draw::Slots(_) if !is_awaited => Permit::Wait {
                until: now,
                why: None,
            },
            draw => part.shard.fill(now, request, draw),
        };
        drop(parts);
        self.changed.notify_waiters();
        permit
    }

    fn parts(&self) -> MutexGuard<'_, BTreeMap<Vendor, Part>> {
        // They are whole between any two statements.
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jindiao_client::VirtualClock;
    use jindiao_order::Product;
    use jindiao_protocol::{Effect, Timestamp};

    use super::*;
    use crate::{Account, AccountConfig};

    fn request(daily: u64) -> PermitRequest {
        let origin = "https://vendor.example".parse().expect("an origin");
        PermitRequest {
            effect: Effect::Charge,
            product: Product::QccSnapshot,
            waited: false,
            config: AccountConfig::new(
                Vendor::Qcc,
                &origin,
                "key",
                "secret",
                Duration::ZERO,
                Some(daily),
            ),
        }
    }

    fn is_granted(permit: &Permit) -> bool {
        matches!(permit, Permit::Granted { .. })
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_drawn_is_used_once_by_who_asked_for_it() {
        let time = VirtualClock::starting_at(Timestamp::from_unix_seconds(1_700_000_000));
        let (mut account, request) = (Account::default(), request(640));
        let mut draw = || account.draw(time.now(), &request, 100);
        let drawn = Drawn::default();
        assert_eq!(drawn.take(&time, &request).await, Err(1));
        let first = draw();
        let filled = drawn.fill(&time, &request, first.clone(), Some(1));
        assert!(is_granted(&filled));
        // A part of the day came, and one of it is used.
        for _ in 1..10 {
            assert!(drawn.take(&time, &request).await.is_ok());
        }
        assert_eq!(drawn.take(&time, &request).await, Err(2));
        // The same once more, as a journal replays it, and what another process asked for.
        let again = drawn.fill(&time, &request, first, Some(1));
        assert!(!is_granted(&again));
        let others = drawn.fill(&time, &request, draw(), None);
        assert!(!is_granted(&others));
        let second = drawn.fill(&time, &request, draw(), Some(2));
        assert!(is_granted(&second));
    }

    #[tokio::test(start_paused = true)]
    async fn one_draws_and_the_others_wait() {
        let time = Arc::new(VirtualClock::starting_at(Timestamp::EPOCH));
        let (mut account, request) = (Account::default(), request(1_000_000));
        let drawn = Arc::new(Drawn::default());
        assert_eq!(drawn.take(&*time, &request).await, Err(1));
        let wait = || {
            let (drawn, time) = (Arc::clone(&drawn), Arc::clone(&time));
            let request = request.clone();
            tokio::spawn(async move { drawn.take(&*time, &request).await })
        };
        let waiting: Vec<_> = (0..20).map(|_| wait()).collect();
        tokio::task::yield_now().await;
        let draw = account.draw(time.now(), &request, 100);
        drawn.fill(&*time, &request, draw, Some(1));
        for waiting in waiting {
            assert!(waiting.await.expect("no panic").is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_draws_and_is_cut_off_keeps_nobody_waiting() {
        let time = VirtualClock::starting_at(Timestamp::EPOCH);
        let (drawn, request) = (Drawn::default(), request(1));
        assert_eq!(drawn.take(&time, &request).await, Err(1));
        assert_eq!(drawn.take(&time, &request).await, Err(2));
        assert_eq!(time.monotonic(), PATIENCE);
    }
}
