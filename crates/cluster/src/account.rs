//! One vendor account as all workers share it: its pace, its daily quota and its health, as pure
//! logic. Time is an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use jindiao_order::{Concern, Failure, Order, Product};
use jindiao_protocol::{Effect, Origin, Timestamp, Vendor};
use jindiao_words::{Message, say};
use ring::hmac;
use serde::{Deserialize, Serialize};

/// A slot that is further away than this is not waited for on the spot.
pub(crate) const HORIZON: Duration = Duration::from_secs(2);
/// How long the vendor must be content before the pace doubles again.
const RECOVERY: Duration = Duration::from_secs(30);
/// Throttling answers that come closer together than this are one reason to slow down, not many.
const SAME_REASON: Duration = Duration::from_secs(1);
/// The interval that an account without a rate is slowed down from.
const UNPACED: Duration = Duration::from_millis(250);
/// No account gets slower than 64 times its interval.
const MAX_LEVEL: u32 = 6;
/// Of what is left of a day a part draws one of so many parts at most.
const FAIR_PART: u64 = 64;
/// How one worker is configured for an account, in a form that may be written down: of key id and
/// secret there is only a digest that is keyed with the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountConfig {
    /// Whose account.
    pub vendor: Vendor,
    /// Where the vendor is.
    pub origin: String,
    /// Tells credentials apart: a digest that is keyed with the secret.
    pub credentials: String,
    /// The least time between two calls, in microseconds; 0 for no limit.
    pub interval_us: u64,
    /// How many calls a day of China may have.
    pub daily: Option<u64>,
}

impl AccountConfig {
    /// The configuration of an account with `vendor` at `origin`: its key id and secret, the least
    /// time between two calls, and the calls that a day may have.
    pub fn new(
        vendor: Vendor,
        origin: &Origin,
        key_id: &str,
        secret: &str,
        interval: Duration,
        daily: Option<u64>,
    ) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let text = format!("jindiao account, 1: {vendor} {key_id}");
        let digest = hmac::sign(&key, text.as_bytes());
        Self {
            vendor,
            origin: origin.to_string(),
            credentials: hex::encode(&digest.as_ref()[..16]),
            interval_us: u64::try_from(interval.as_micros()).unwrap_or(u64::MAX),
            daily,
        }
    }

    /// What differs from `other`, in words; `None` where nothing does.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let mut parts = Vec::new();
        if self.origin != other.origin {
            parts.push(say!(
                "its address ({one} and {two})",
                one = self.origin,
                two = other.origin
            ));
        }
        if self.credentials != other.credentials {
            parts.push(say!("its credentials"));
        }
        if self.interval_us != other.interval_us {
            parts.push(say!(
                "its pace (a call every {one} and every {two} microseconds)",
                one = self.interval_us,
                two = other.interval_us
            ));
        }
        if self.daily != other.daily {
            let text = |limit: Option<u64>| limit.map_or("none".to_owned(), |n| n.to_string());
            parts.push(say!(
                "its daily limit ({one} and {two})",
                one = text(self.daily),
                two = text(other.daily)
            ));
        }
        (!parts.is_empty()).then(|| {
            say!(
                "the workers of this cluster have different configurations for {vendor}: {parts}",
                vendor = self.vendor,
                parts = Message::joined(parts, say!("; "))
            )
            .to_string()
        })
    }
}

/// A wish to make one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermitRequest {
    /// Whether the call may cost money.
    pub effect: Effect,
    /// For which product.
    pub product: Product,
    /// Whether the order waited its turn already.
    pub waited: bool,
    /// How the worker that asks is configured.
    pub config: AccountConfig,
}

/// What an account answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "permit", rename_all = "snake_case")]
pub enum Permit {
    /// One call may be made after so many microseconds.
    Granted {
        /// The time to the call's slot.
        wait_us: u64,
    },
    /// Not yet: ask again then.
    Wait {
        /// When.
        until: Timestamp,
        /// Why, in one line; none where it is only a matter of pace.
        why: Option<String>,
    },
    /// The account needs a person.
    Closed {
        /// Why, in one line.
        why: String,
    },
    /// The worker that asks is configured otherwise than the cluster.
    Refused {
        /// What differs.
        why: String,
    },
}

/// What an account is told of calls that were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum Report {
    /// It needs attention, as a whole or for one product.
    Trouble {
        /// For which product only.
        product: Option<Product>,
        /// What kind of call was turned away.
        effect: Effect,
        /// What the vendor said.
        why: String,
    },
    /// It has used up its day.
    DaySpent {
        /// For which product only.
        product: Option<Product>,
        /// What kind of call was turned away.
        effect: Effect,
    },
    /// Calls came too fast.
    SlowDown {
        /// How long the vendor wants to be left alone.
        pause: Option<Duration>,
    },
    /// A permit was not used.
    GiveBack,
    /// Calls were made without a permit, such as those for tokens.
    Calls {
        /// How many.
        calls: u64,
    },
}

/// What an account gives away at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Draw {
    /// Some slots.
    Slots(Slots),
    /// None, for this reason.
    None(Permit),
}

/// Slots for calls, evenly spaced. Times are relative, for clocks may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots {
    /// The time to the first one, in microseconds.
    pub(crate) wait_us: u64,
    /// The time between two, in microseconds.
    pub(crate) spacing_us: u64,
    /// How many.
    pub(crate) count: u32,
    /// How long the line is of those who wait to have something new ordered, in microseconds.
    pub(crate) line_us: u64,
}

impl Report {
    /// What an account is to be told of a failed call for `product`, if anything.
    pub fn of(
        product: Product,
        effect: Effect,
        failure: &Failure,
        retry_after: Option<Duration>,
    ) -> Option<Self> {
        let why = || failure.refusal().text.clone();
        failure.concern(product).map(|concern| match concern {
            Concern::Trouble(reach) => Self::Trouble {
                product: reach.product(),
                effect,
                why: why(),
            },
            Concern::DaySpent(reach) => Self::DaySpent {
                product: reach.product(),
                effect,
            },
            Concern::TooFast => Self::SlowDown { pause: retry_after },
        })
    }

    /// What an account is to be told of an order that may be held for it, if anything.
    pub fn held(order: &Order) -> Option<Self> {
        let hold = order.hold()?;
        let reach = hold.refusal.reach(order.wanted().product())?;
        Some(Self::Trouble {
            product: reach.product(),
            effect: hold.effect,
            why: hold.refusal.text.clone(),
        })
    }
}

/// The account, as its virtual object keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    config: Option<AccountConfig>,
    /// The latest time that was seen, so that clocks that differ never turn it back.
    seen_us: i64,
    /// The earliest time of the next call.
    next_us: i64,
    /// The end of the line of those that were told to come back: first for calls that charge,
    /// then for calls that do not.
    lines_us: [i64; 2],
    /// The interval is doubled so many times.
    level: u32,
    /// When the level last went up or down.
    changed_us: i64,
    /// The day of China that `used` is of.
    day: i64,
    used: u64,
    /// By product; the empty name is the whole account.
    gates: BTreeMap<String, Gate>,
}

/// Why nothing goes to an account or to a product of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// In one line.
    pub why: String,
    /// Until when; none until a person has seen to it.
    pub until: Option<Timestamp>,
    /// Whether also calls that charge nothing are kept back.
    pub is_for_reads: bool,
}

/// An account for people to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// How it is configured; none before the first worker came.
    pub config: Option<AccountConfig>,
    /// The calls of this day of China.
    pub used_today: u64,
    /// How often the pace is halved just now.
    pub slowed: u32,
    /// What is closed, by product; the empty name is the whole account.
    pub closed: BTreeMap<String, Gate>,
}

impl Account {
    /// A worker with this configuration joins: the first one settles it.
    ///
    /// # Errors
    /// What differs, in words.
    pub fn join(&mut self, config: &AccountConfig) -> Result<(), String> {
        match &self.config {
            Some(known) => known.difference(config).map_or(Ok(()), Err),
            None => {
                self.config = Some(config.clone());
                Ok(())
            }
        }
    }

    /// Forgets how it was configured, so that the next worker settles it anew.
    pub(crate) fn forget_config(&mut self) {
        self.config = None;
    }

    /// May one call be made at `now`?
    pub fn permit(&mut self, now: Timestamp, request: &PermitRequest) -> Permit {
        match self.draw(now, request, 1) {
            Draw::Slots(Slots { wait_us, .. }) => Permit::Granted { wait_us },
            Draw::None(permit) => permit,
        }
    }

    /// May calls be made at `now`? Gives away as many slots as `most`, where there are so many.
    pub fn draw(&mut self, now: Timestamp, request: &PermitRequest, most: u32) -> Draw {
        if let Err(why) = self.join(&request.config) {
            return Draw::None(Permit::Refused { why });
        }
        let now_us = self.advance(now);
        let now = Timestamp::from_unix_millis(now_us / 1000);
        if let Some(gate) = self.gate(now, request.product, request.effect) {
            let why = gate.why.clone();
            return Draw::None(match gate.until {
                Some(until) => Permit::Wait {
                    until,
                    why: Some(why),
                },
                None => Permit::Closed { why },
            });
        }
        // What parts have drawn counts as used: no day has more than its limit.
        let daily = request.config.daily;
        let left = daily.map_or(u64::MAX, |limit| limit.saturating_sub(self.used));
        if left == 0 {
            let limit = daily.unwrap_or(0);
            return Draw::None(Permit::Wait {
                until: now.next_china_midnight(),
                why: Some(
                    say!("the {limit} calls that it may make a day are made", limit).to_string(),
                ),
            });
        }
        self.recover(now_us);
        let interval = self.interval_us();
        let horizon = now_us.saturating_add(micros(HORIZON));
        let line = &mut self.lines_us[usize::from(request.effect == Effect::Read)];
        // Who comes new goes behind those who wait; what is paid for goes before what is new.
        let has_to_queue = request.effect == Effect::Charge && !request.waited && *line > horizon;
        if has_to_queue || self.next_us > horizon {
            *line = (*line)
                .max(self.next_us.max(now_us))
                .saturating_add(interval);
            return Draw::None(Permit::Wait {
                until: Timestamp::from_unix_millis(line.div_euclid(1000).saturating_add(1)),
                why: None,
            });
        }
        // After a complaint one at a time, so that the next complaint is heeded at once. Of a day that
        // has an end, no part draws so many that the others would miss what it does not use.
        let fair = daily.map_or(u64::MAX, |_| left / FAIR_PART);
        let fair = u32::try_from(fair).unwrap_or(u32::MAX);
        let most = if self.level > 0 {
            1
        } else {
            most.min(fair).max(1)
        };
        let count = most.min(u32::try_from(left).unwrap_or(u32::MAX));
        let slot = self.next_us.max(now_us);
        self.next_us = slot.saturating_add(interval.saturating_mul(i64::from(count)));
        self.used = self.used.saturating_add(u64::from(count));
        Draw::Slots(Slots {
            wait_us: relative(slot, now_us),
            spacing_us: relative(interval, 0),
            count,
            line_us: relative(self.lines_us[0], now_us),
        })
    }

    /// Takes in what came of calls.
    pub fn heed(&mut self, now: Timestamp, report: Report) {
        let now_us = self.advance(now);
        let now = Timestamp::from_unix_millis(now_us / 1000);
        match report {
            Report::Trouble {
                product,
                effect,
                why,
            } => self.close(product, effect, why, None),
            Report::DaySpent { product, effect } => self.close(
                product,
                effect,
                say!("the vendor's quota of the day is used up").to_string(),
                Some(now.next_china_midnight()),
            ),
            Report::SlowDown { pause } => self.slow_down(now_us, pause),
            Report::GiveBack => self.used = self.used.saturating_sub(1),
            Report::Calls { calls } => self.used = self.used.saturating_add(calls),
        }
    }

    /// A person has seen to it: whatever is closed, for `product` only or at all, is open again.
    pub fn open(&mut self, product: Option<Product>) {
        match product {
            Some(product) => {
                self.gates.remove(product.id());
            }
            None => self.gates.clear(),
        }
    }

    /// How it stands at `now`.
    pub fn view(&self, now: Timestamp) -> AccountView {
        let is_today = self.day == now.china_date().days_since_epoch();
        let closed = self.gates.iter().filter(|(_, gate)| !gate.is_over(now));
        AccountView {
            config: self.config.clone(),
            used_today: if is_today { self.used } else { 0 },
            slowed: self.level,
            closed: closed
                .map(|(name, gate)| (name.clone(), gate.clone()))
                .collect(),
        }
    }

    /// The time, which never goes back, in microseconds; a new day begins a new count.
    fn advance(&mut self, now: Timestamp) -> i64 {
        self.seen_us = self.seen_us.max(now.unix_millis().saturating_mul(1000));
        let day = Timestamp::from_unix_millis(self.seen_us / 1000)
            .china_date()
            .days_since_epoch();
        if self.day != day {
            self.day = day;
            self.used = 0;
        }
        self.seen_us
    }

    fn gate(&self, now: Timestamp, product: Product, effect: Effect) -> Option<&Gate> {
        ["", product.id()]
            .iter()
            .filter_map(|name| self.gates.get(*name))
            .find(|gate| !gate.is_over(now) && (effect == Effect::Charge || gate.is_for_reads))
    }

    fn close(
        &mut self,
        product: Option<Product>,
        effect: Effect,
        why: String,
        until: Option<Timestamp>,
    ) {
        let name = product.map_or("", Product::id);
        let known = self.gates.get(name);
        if until.is_some() && known.is_some_and(|gate| gate.until.is_none()) {
            return;
        }
        let is_for_reads = effect == Effect::Read || known.is_some_and(|gate| gate.is_for_reads);
        let gate = Gate {
            why,
            until,
            is_for_reads,
        };
        self.gates.insert(name.to_owned(), gate);
    }

    fn slow_down(&mut self, now_us: i64, pause: Option<Duration>) {
        self.recover(now_us);
        if self.level == 0 || now_us.saturating_sub(self.changed_us) >= micros(SAME_REASON) {
            self.level = (self.level + 1).min(MAX_LEVEL);
            self.changed_us = now_us;
        }
        let pause = self.interval_us().max(pause.map_or(0, micros));
        self.next_us = self.next_us.max(now_us.saturating_add(pause));
    }

    fn interval_us(&self) -> i64 {
        let set = self.config.as_ref().map_or(0, |config| config.interval_us);
        let set = i64::try_from(set).unwrap_or(i64::MAX);
        match self.level {
            0 => set,
            level => set.max(micros(UNPACED)).saturating_mul(1 << level),
        }
    }

    fn recover(&mut self, now_us: i64) {
        while self.level > 0 {
            // A pace that is slower than its recovery would heal without a call to prove it.
            let patience = micros(RECOVERY).max(self.interval_us().saturating_mul(4));
            if now_us.saturating_sub(self.changed_us) < patience {
                return;
            }
            self.level -= 1;
            self.changed_us = self.changed_us.saturating_add(patience);
        }
    }
}

impl Gate {
    fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

/// The microseconds from `from_us` to `us`, if there are any.
pub(crate) fn relative(us: i64, from_us: i64) -> u64 {
    u64::try_from(us.saturating_sub(from_us)).unwrap_or(0)
}

pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const NOON: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

    pub(crate) fn config(interval: Duration, daily: Option<u64>) -> AccountConfig {
        let origin = "https://vendor.example".parse().expect("an origin");
        AccountConfig::new(Vendor::Qcc, &origin, "key", "secret", interval, daily)
    }

    pub(crate) fn charge(config: &AccountConfig) -> PermitRequest {
        PermitRequest {
            effect: Effect::Charge,
            product: Product::QccSnapshot,
            waited: false,
            config: config.clone(),
        }
    }

    fn read(config: &AccountConfig) -> PermitRequest {
        PermitRequest {
            effect: Effect::Read,
            product: Product::QccRiskReport,
            ..charge(config)
        }
    }

    fn after(ms: u64) -> Timestamp {
        NOON.plus(Duration::from_millis(ms))
    }

    #[test]
    fn calls_are_spaced_evenly_and_those_who_wait_come_back_at_that_pace() {
        let config = config(Duration::from_millis(50), None);
        let mut account = Account::default();
        let mut calls = Vec::new();
        // A thousand orders come at once, and come back when they are told to.
        let mut queue: std::collections::BTreeSet<(Timestamp, u32, bool)> =
            (0..1000).map(|n| (NOON, n, false)).collect();
        let mut asked = 0;
        while let Some((now, n, waited)) = queue.pop_first() {
            asked += 1;
            let request = PermitRequest {
                waited,
                ..charge(&config)
            };
            match account.permit(now, &request) {
                Permit::Granted { wait_us } => {
                    calls.push(now.unix_millis() * 1000 + i64::try_from(wait_us).expect("small"));
                }
                Permit::Wait { until, .. } => {
                    assert!(until > now);
                    queue.insert((until, n, true));
                }
                other => panic!("{other:?}"),
            }
        }
        calls.sort_unstable();
        assert!(calls.windows(2).all(|two| two[1] - two[0] >= 50_000));
        let took = (calls[999] - calls[0]) / 1_000_000;
        assert!(
            (49..=60).contains(&took),
            "{took} s for 1000 calls at 20 a second"
        );
        assert!(asked < 2500, "asked {asked} times");
    }

    #[test]
    fn what_is_paid_for_does_not_wait_behind_what_is_new() {
        let config = config(Duration::from_secs(1), None);
        let mut account = Account::default();
        for _ in 0..100 {
            let _ = account.permit(NOON, &charge(&config));
        }
        // The line of new orders is 100 s long.
        let later = after(3000);
        assert!(matches!(
            account.permit(later, &charge(&config)),
            Permit::Wait { until, .. } if until > after(90_000)
        ));
        assert!(matches!(
            account.permit(later, &read(&config)),
            Permit::Granted { .. }
        ));
    }

    #[test]
    fn a_day_of_china_has_so_many_calls() {
        let config = config(Duration::ZERO, Some(2));
        let mut account = Account::default();
        let granted = Permit::Granted { wait_us: 0 };
        assert_eq!(account.permit(NOON, &charge(&config)), granted);
        assert_eq!(account.permit(NOON, &charge(&config)), granted);
        let Permit::Wait { until, why } = account.permit(NOON, &charge(&config)) else {
            panic!("a third call");
        };
        assert_eq!(until, NOON.next_china_midnight());
        assert!(why.expect("a reason").contains("2 calls"));
        account.heed(NOON, Report::GiveBack);
        assert_eq!(account.permit(NOON, &charge(&config)), granted);
        assert_eq!(account.permit(until, &charge(&config)), granted);
        assert_eq!(account.view(until).used_today, 1);
    }

    #[test]
    fn a_closed_account_stays_closed_until_it_is_opened() {
        let config = config(Duration::ZERO, None);
        let mut account = Account::default();
        let trouble = |product, effect| Report::Trouble {
            product,
            effect,
            why: "no money".to_owned(),
        };
        account.heed(NOON, trouble(None, Effect::Charge));
        account.heed(
            NOON,
            Report::DaySpent {
                product: None,
                effect: Effect::Charge,
            },
        );
        let closed = Permit::Closed {
            why: "no money".to_owned(),
        };
        let years = after(100_000_000_000);
        assert_eq!(account.permit(years, &charge(&config)), closed);
        // What is paid for is still fetched, unless that was turned away, too.
        assert!(matches!(
            account.permit(years, &read(&config)),
            Permit::Granted { .. }
        ));
        account.heed(years, trouble(None, Effect::Read));
        assert_eq!(account.permit(years, &read(&config)), closed);
        account.open(None);
        assert!(matches!(
            account.permit(years, &charge(&config)),
            Permit::Granted { .. }
        ));
    }

    #[test]
    fn a_product_can_be_closed_alone_and_until_midnight() {
        let config = config(Duration::ZERO, None);
        let mut account = Account::default();
        let product = Some(Product::QccSnapshot);
        account.heed(
            NOON,
            Report::DaySpent {
                product,
                effect: Effect::Charge,
            },
        );
        assert!(matches!(
            account.permit(NOON, &charge(&config)),
            Permit::Wait { why: Some(_), .. }
        ));
        let other = PermitRequest {
            product: Product::QccRiskReport,
            ..charge(&config)
        };
        assert!(matches!(
            account.permit(NOON, &other),
            Permit::Granted { .. }
        ));
        let midnight = NOON.next_china_midnight();
        assert!(matches!(
            account.permit(midnight, &charge(&config)),
            Permit::Granted { .. }
        ));
    }

    #[test]
    fn a_vendor_that_complains_is_asked_more_slowly_and_then_as_before() {
        let config = config(Duration::from_millis(100), None);
        let mut account = Account::default();
        let _ = account.permit(NOON, &charge(&config));
        account.heed(NOON, Report::SlowDown { pause: None });
        account.heed(
            NOON,
            Report::SlowDown {
                pause: Some(Duration::from_secs(1)),
            },
        );
        assert_eq!(
            account.permit(NOON, &charge(&config)),
            Permit::Granted { wait_us: 1_000_000 }
        );
        assert_eq!(account.view(NOON).slowed, 1);
        assert!(matches!(
            account.permit(after(40_000), &charge(&config)),
            Permit::Granted { .. }
        ));
        assert_eq!(account.view(after(40_000)).slowed, 0);
    }

    #[test]
    fn another_configuration_is_refused_and_named() {
        let first = config(Duration::from_millis(50), Some(100));
        let mut account = Account::default();
        assert_eq!(account.join(&first), Ok(()));
        let origin = "https://vendor.example".parse().expect("an origin");
        let other = |key: &str, secret: &str, ms, daily| {
            let interval = Duration::from_millis(ms);
            AccountConfig::new(Vendor::Qcc, &origin, key, secret, interval, daily)
        };
        let check = |other: AccountConfig, part: &str| {
            let mut account = account.clone();
            let why = account.join(&other).expect_err("another configuration");
            assert!(why.contains("qcc") && why.contains(part), "{why}");
            assert!(!why.contains("secret"), "{why}");
            assert_eq!(
                account.permit(NOON, &charge(&other)),
                Permit::Refused { why }
            );
        };
        check(other("key", "secret2", 50, Some(100)), "credentials");
        check(other("key2", "secret", 50, Some(100)), "credentials");
        check(other("key", "secret", 25, Some(100)), "pace");
        check(
            other("key", "secret", 50, None),
            "daily limit (100 and none)",
        );
    }

    #[test]
    fn a_clock_that_is_behind_does_not_turn_back_the_account() {
        let config = config(Duration::from_millis(100), None);
        let mut account = Account::default();
        let _ = account.permit(after(1000), &charge(&config));
        assert_eq!(
            account.permit(NOON, &charge(&config)),
            Permit::Granted { wait_us: 100_000 }
        );
    }

    #[test]
    fn nothing_secret_is_written_down() {
        let text = serde_json::to_string(&config(Duration::ZERO, None)).expect("json");
        assert!(
            !text.contains("secret") && !text.contains("\"key\""),
            "{text}"
        );
    }
}
