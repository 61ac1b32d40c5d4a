//! A worker's part of a fast account, as pure logic. Time is an argument.

use std::time::Duration;

use jindiao_protocol::{Effect, Timestamp};
use serde::{Deserialize, Serialize};

use crate::account::{AccountConfig, Draw, HORIZON, Permit, PermitRequest, micros, relative};

/// How many calls a second one object can answer for.
const CALLS_A_PART: u64 = 50;
/// Into how many parts an account is divided at most.
const MOST_PARTS: u32 = 8;
/// How many slots a part draws where there is no limit.
const UNLIMITED_BATCH: u64 = 100;
/// How late a slot of a part may be used.
const LATE: Duration = Duration::from_millis(50);

/// What one worker has of a fast account: it draws slots from the account in batches, since one
/// object cannot answer that often, and gives them out one by one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Shard {
    seen_us: i64,
    /// The time of the next slot.
    next_us: i64,
    spacing_us: i64,
    left: u32,
    /// When what is left is worth nothing any more.
    ends_us: i64,
    /// The end of the line of those who wait to have something new ordered.
    line_us: i64,
}

impl Shard {
    /// Into how many parts an account is divided: one, up to fifty calls a second.
    pub fn parts(config: &AccountConfig) -> u32 {
        match config.interval_us {
            0 => MOST_PARTS,
            interval => {
                let calls = 1_000_000_u64.div_ceil(interval);
                let parts = calls.div_ceil(CALLS_A_PART).clamp(1, u64::from(MOST_PARTS));
                u32::try_from(parts).unwrap_or(MOST_PARTS)
            }
        }
    }

    /// How many slots a part draws at once: all parts together no more than for a second.
    pub fn batch(config: &AccountConfig) -> u32 {
        let calls = match config.interval_us {
            0 => UNLIMITED_BATCH,
            interval => 1_000_000 / interval / u64::from(Self::parts(config)),
        };
        u32::try_from(calls.max(1)).unwrap_or(1)
    }

    /// A slot of those that were drawn; none where the account has to be asked.
    pub fn take(&mut self, now: Timestamp, request: &PermitRequest) -> Option<Permit> {
        let now_us = self.advance(now);
        let is_new = request.effect == Effect::Charge && !request.waited;
        if is_new && self.line_us > now_us.saturating_add(micros(HORIZON)) {
            return None;
        }
        // What was not used in its time is lost: used later it would be too close to others.
        while self.left > 0 && self.spacing_us > 0 && self.next_us + micros(LATE) < now_us {
            self.next_us += self.spacing_us;
            self.left -= 1;
        }
        if self.left == 0 || now_us >= self.ends_us {
            return None;
        }
        let wait_us = relative(self.next_us, now_us);
        self.next_us += self.spacing_us;
        self.left -= 1;
        Some(Permit::Granted { wait_us })
    }

    /// Takes in what was drawn, and gives the first of it.
    pub fn fill(&mut self, now: Timestamp, request: &PermitRequest, draw: Draw) -> Permit {
        let now_us = self.advance(now);
        let slots = match draw {
            Draw::Slots(slots) => slots,
            Draw::None(permit) => return permit,
        };
        let micros_of = |us: u64| i64::try_from(us).unwrap_or(i64::MAX);
        self.next_us = now_us.saturating_add(micros_of(slots.wait_us));
        self.spacing_us = micros_of(slots.spacing_us);
        self.left = slots.count;
        self.ends_us = now_us.saturating_add(micros(HORIZON)).max(self.next_us + 1);
        // What is left of a day is no part of the next one.
        let midnight = Timestamp::from_unix_millis(now_us / 1000).next_china_midnight();
        self.ends_us = self
            .ends_us
            .min(midnight.unix_millis().saturating_mul(1000));
        self.line_us = 0;
        let permit = self.take(now, request);
        self.line_us = now_us.saturating_add(micros_of(slots.line_us));
        permit.unwrap_or(Permit::Wait {
            until: now.plus(HORIZON),
            why: None,
        })
    }

    fn advance(&mut self, now: Timestamp) -> i64 {
        self.seen_us = self.seen_us.max(now.unix_millis().saturating_mul(1000));
        self.seen_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Account;
    use crate::account::tests::{NOON, charge, config};

    #[test]
    fn parts_of_a_fast_account_keep_its_pace_together() {
        let config = config(Duration::from_millis(5), Some(1500));
        let parts = Shard::parts(&config);
        assert_eq!((parts, Shard::batch(&config)), (4, 50));
        let mut account = Account::default();
        let mut shards = vec![Shard::default(); 4];
        let mut calls = Vec::new();
        let mut draws = 0;
        let mut queue: std::collections::BTreeSet<(Timestamp, usize, bool)> =
            (0..2000).map(|n| (NOON, n, false)).collect();
        while let Some((now, n, waited)) = queue.pop_first() {
            let request = PermitRequest {
                waited,
                ..charge(&config)
            };
            let shard = &mut shards[n % 4];
            let permit = shard.take(now, &request).unwrap_or_else(|| {
                draws += 1;
                let draw = account.draw(now, &request, Shard::batch(&config));
                shard.fill(now, &request, draw)
            });
            match permit {
                Permit::Granted { wait_us } => {
                    calls.push(now.unix_millis() * 1000 + i64::try_from(wait_us).expect("small"));
                }
                Permit::Wait { until, why: None } => {
                    assert!(until > now);
                    queue.insert((until, n, true));
                }
                // The day is over.
                Permit::Wait { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        calls.sort_unstable();
        assert!(calls.len() <= 1500 && calls.len() > 1300, "{}", calls.len());
        let worst = calls.windows(201).map(|some| some[200] - some[0]).min();
        assert!(worst >= Some(1_000_000 - micros(LATE)), "{worst:?}");
        let took = (calls[calls.len() - 1] - calls[0]) / 1_000_000;
        assert!(
            (6..=9).contains(&took),
            "{took} s for 1500 calls at 200 a second"
        );
        assert!(draws < 2500, "{draws} draws");
    }

    #[test]
    fn parts_use_up_a_small_day() {
        let config = config(Duration::ZERO, Some(5));
        let mut account = Account::default();
        let mut shards = vec![Shard::default(); 8];
        let granted = (0..24).filter(|n| {
            let shard = &mut shards[n % 8];
            let request = charge(&config);
            let permit = shard.take(NOON, &request).unwrap_or_else(|| {
                let draw = account.draw(NOON, &request, Shard::batch(&config));
                shard.fill(NOON, &request, draw)
            });
            matches!(permit, Permit::Granted { .. })
        });
        assert_eq!(granted.count(), 5);
    }

    #[test]
    fn slow_accounts_are_not_divided() {
        let parts = |ms| Shard::parts(&config(Duration::from_millis(ms), None));
        assert_eq!([parts(0), parts(1), parts(20), parts(1000)], [8, 8, 1, 1]);
    }
}
