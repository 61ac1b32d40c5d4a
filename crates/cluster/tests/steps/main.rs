//! Orders whose invocations are cut off at every point and begun anew, in the same process, in
//! another, or not at all: nothing is ever paid for twice, and no order is lost.

#![expect(clippy::panic, reason = "a test says what it saw")]

mod engine;
mod vendor;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use engine::{Crash, Engine, Process};
use jindiao_batch::{Charged, LedgerKind, Prices};
use jindiao_client::Time;
use jindiao_cluster::tick::{self, Adopt, Decision, Standing, Submit};
use jindiao_cluster::{AccountConfig, Host, Record, STATE_VERSION};
use jindiao_order::{
    Fen, Fence, Input, Order, Policy, Product, Question, State, StateName, Wanted,
};
use jindiao_protocol::{Company, Period, Subject, Timestamp, Vendor};
use vendor::{Answer, Clock, ScriptedVendor};

/// An engine with one order, and the vendor.
struct World {
    clock: Arc<Clock>,
    vendor: Arc<ScriptedVendor>,
    engine: Engine,
    wanted: Wanted,
    incarnations: u32,
    /// The time between two calls to the account.
    interval: Duration,
}

/// What happens after an invocation was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// It is begun anew in the same process.
    Same,
    /// It is begun anew in a process that is configured otherwise.
    Other,
    /// Somebody kills it, and wakes the order later.
    Killed,
}

impl World {
    fn new(product: Product, answers: &[Answer]) -> Self {
        let clock = Arc::new(Clock::at(Timestamp::from_unix_seconds(1_700_000_000)));
        let vendor = Arc::new(ScriptedVendor::new(Arc::clone(&clock), answers));
        Self {
            engine: Engine::new(Arc::clone(&clock)),
            clock,
            vendor,
            wanted: wanted(product),
            incarnations: 0,
            interval: Duration::from_millis(10),
        }
    }

    /// A process that has just started.
    fn process(&mut self) -> Process {
        self.incarnations += 1;
        let n = self.incarnations;
        let product = self.wanted.product();
        let mut policy = Policy::of(product);
        policy.poll_interval = Duration::from_secs(u64::from(n) * 5);
        let host = Host::new(Arc::clone(&self.vendor) as _, LedgerKind::Simulated)
            .expect("a host")
            .with_account(config(product.vendor(), self.interval))
            .with_policies([(product, policy)].into())
            .with_prices(Prices::from_iter([(product, Fen::new(u64::from(n)))]));
        Arc::new(host)
    }

    fn submit(&mut self, process: &Process) -> tick::Submitted {
        let request = Submit {
            wanted: self.wanted.clone(),
            simulated: true,
            fresh_since: None,
        };
        let key = self.wanted.fingerprint().to_string();
        self.engine.begin();
        let attempt = self.engine.attempt(None);
        let submitted = now(tick::submit(&attempt, process, &key, request));
        let submitted = submitted.expect("no crash").expect("submitted");
        attempt.end();
        submitted
    }

    /// Lets the order live until nothing is scheduled any more, and cuts it off once: at the
    /// `at`-th awaited operation of its life. Says whether its life was that long.
    fn live(&mut self, at: usize, crash: Crash, after: After) -> bool {
        let mut process = self.process();
        self.submit(&process);
        let mut done = 0;
        let mut was_cut = false;
        for _ in 0..100 {
            let Some(tick) = self.engine.next_tick() else {
                return was_cut;
            };
            self.engine.begin();
            let mut plan = (!was_cut && at >= done).then(|| (at - done, crash));
            loop {
                let attempt = self.engine.attempt(plan.take());
                let result = now(tick::tick(&attempt, &process, tick));
                if result.is_ok() {
                    done += attempt.awaited();
                    attempt.end();
                    break;
                }
                drop(attempt);
                was_cut = true;
                match after {
                    After::Same => {}
                    After::Other => process = self.process(),
                    After::Killed => {
                        self.engine.kill();
                        self.clock.advance(Duration::from_secs(1));
                        self.engine.begin();
                        let attempt = self.engine.attempt(None);
                        now(tick::wake(&attempt, &process))
                            .expect("no crash")
                            .expect("an order");
                        attempt.end();
                        break;
                    }
                }
            }
        }
        panic!("{} never comes to rest", self.wanted.product());
    }

    fn record(&self) -> Record {
        self.engine.record().expect("an order")
    }

    fn state(&self) -> StateName {
        self.record().order.state().name()
    }
}

fn config(vendor: Vendor, interval: Duration) -> AccountConfig {
    let origin = "https://vendor.example".parse().expect("an origin");
    AccountConfig::new(vendor, &origin, "key", "secret", interval, None)
}

fn wanted(product: Product) -> Wanted {
    let subject = match product {
        Product::QccSnapshot | Product::PatsnapInnovationReport => {
            Subject::Company(Company::named("小米".parse().expect("a name")))
        }
        Product::QccRiskReport => Subject::Period(Period::Day),
        Product::PatsnapPatentValueReport => {
            Subject::Patent("CN100000001B".parse().expect("a patent"))
        }
        _ => Subject::Record("20230101000000000000001".parse().expect("a record")),
    };
    Wanted::new(product, subject, None).expect("wanted")
}

/// Runs what never waits for anything but the engine.
fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(future)
}

#[test]
fn whatever_is_cut_off_nothing_is_paid_twice_and_no_order_is_lost() {
    let mut uncertain = 0;
    let mut stored = 0;
    for product in Product::ALL {
        for crash in Crash::ALL {
            for after in [After::Same, After::Other, After::Killed] {
                for at in 0.. {
                    let mut world = World::new(*product, &[]);
                    let was_cut = world.live(at, crash, after);
                    let case = format!("{product} {crash:?} {after:?} at {at}");
                    world.engine.run_zombies();
                    let charges = world.vendor.charges();
                    assert!(charges <= 1, "{case}: paid {charges} times");
                    match world.state() {
                        StateName::Stored => stored += 1,
                        StateName::Uncertain => {
                            uncertain += 1;
                            let books = world.engine.books();
                            let doubts = books.exchanges.iter();
                            let doubts = doubts.filter(|row| row.charged == Charged::Maybe);
                            assert_eq!(doubts.count(), 1, "{case}: {books:?}");
                        }
                        other => panic!("{case}: {other}"),
                    }
                    world.engine.check_secrets(&case);
                    if !was_cut {
                        assert!(at > 4, "{case}: {at}");
                        break;
                    }
                }
            }
        }
    }
    // Doubt is rare: only around the call itself, of four products, in nine or so ways.
    assert!(
        stored > 10 * uncertain,
        "{stored} stored, {uncertain} uncertain"
    );
    assert!(uncertain > 0);
}

#[test]
fn a_process_that_was_stopped_does_not_wake_up_and_pay() {
    // It stops right before the call; another takes over and finds a doubt.
    for product in Product::ALL {
        for at in 0..8 {
            let mut world = World::new(*product, &[]);
            world.live(at, Crash::Stopped, After::Other);
            // Long after the intent.
            world.clock.advance(Duration::from_secs(60));
            let before = world.vendor.charges();
            world.engine.run_zombies();
            assert_eq!(world.vendor.charges(), before, "{product} at {at}");
        }
    }
}

#[test]
fn an_intent_that_ran_out_takes_nothing_of_the_day() {
    let mut ran_out = 0;
    for at in 0..6 {
        let mut world = World::new(Product::QccSnapshot, &[]);
        // So slow that no worker draws more than it needs.
        world.interval = Duration::from_secs(1);
        let process = world.process();
        world.submit(&process);
        let tick = world.engine.next_tick().expect("a tick");
        world.engine.begin();
        let attempt = world.engine.attempt(Some((at, Crash::Before)));
        let was_cut = now(tick::tick(&attempt, &process, tick)).is_err();
        drop(attempt);
        // The machine slept for longer than an intent lives.
        world.clock.advance(Duration::from_secs(30));
        if was_cut {
            let attempt = world.engine.attempt(None);
            now(tick::tick(&attempt, &process, tick)).expect("no crash");
            attempt.end();
        }
        ran_out += u32::from(world.state() == StateName::Planned);
        look(&world, &process, 20);
        assert_eq!(world.state(), StateName::Stored, "{at}");
        let calls = u64::from(world.vendor.calls());
        assert_eq!(world.engine.used_today(), calls, "{at}");
    }
    assert!(ran_out > 0);
}

#[test]
fn a_request_that_is_submitted_again_finds_its_order() {
    let mut world = World::new(Product::PatsnapInnovationReport, &[]);
    let process = world.process();
    let first = world.submit(&process);
    assert_eq!(
        (first.standing, first.state),
        (Standing::New, StateName::Planned)
    );
    assert_eq!(world.engine.ticks(), 1);
    world.live(usize::MAX, Crash::Before, After::Same);
    world.clock.advance(Duration::from_secs(10 * 365 * 86_400));
    let again = world.submit(&process);
    assert_eq!(
        (again.standing, again.state),
        (Standing::Known, StateName::Stored)
    );
    assert_eq!(again.order, first.order);
    assert!(world.engine.next_tick().is_none());
    assert_eq!(world.vendor.charges(), 1);
}

#[test]
fn a_stale_tick_does_nothing() {
    let mut world = World::new(Product::QccRiskReport, &[]);
    let process = world.process();
    world.submit(&process);
    let first = world.engine.next_tick().expect("a tick");
    for _ in 0..3 {
        world.engine.begin();
        let attempt = world.engine.attempt(None);
        now(tick::tick(&attempt, &process, first)).expect("no crash");
        attempt.end();
    }
    assert_eq!(world.vendor.charges(), 1);
    assert_eq!(world.engine.ticks(), 1, "one chain of looks");
}

#[test]
fn a_doubtful_call_waits_for_a_person() {
    let mut world = World::new(Product::QccRiskReport, &[Answer::Timeout]);
    world.live(usize::MAX, Crash::Before, After::Same);
    assert_eq!(world.state(), StateName::Uncertain);
    let process = world.process();
    let decide = |world: &mut World, decision| {
        world.engine.begin();
        let attempt = world.engine.attempt(None);
        let decided = now(tick::resolve(&attempt, &process, decision)).expect("no crash");
        attempt.end();
        decided
    };
    let refused = decide(
        &mut world,
        Decision::Placed {
            reference: "../".to_owned(),
        },
    );
    assert!(
        refused
            .expect_err("no reference")
            .to_string()
            .contains("reference")
    );
    let reference = "17".to_owned();
    assert_eq!(
        decide(&mut world, Decision::Placed { reference }),
        Ok(StateName::Ordered)
    );
    while let Some(tick) = world.engine.next_tick() {
        world.engine.begin();
        let attempt = world.engine.attempt(None);
        now(tick::tick(&attempt, &process, tick)).expect("no crash");
        attempt.end();
    }
    assert_eq!(world.state(), StateName::Stored);
    assert_eq!(world.vendor.charges(), 1);
    let books = world.engine.books();
    assert!(
        books
            .exchanges
            .iter()
            .any(|row| row.charged == Charged::Yes),
        "{books:?}"
    );
}

#[test]
fn what_surely_did_nothing_is_tried_again() {
    let answers = [Answer::NotSent, Answer::NotSent];
    let mut world = World::new(Product::QccSnapshot, &answers);
    world.live(usize::MAX, Crash::Before, After::Same);
    assert_eq!(
        (world.state(), world.vendor.charges()),
        (StateName::Stored, 1)
    );
}

#[test]
fn a_closed_account_keeps_orders_until_it_is_opened() {
    let mut world = World::new(Product::QccSnapshot, &[Answer::NoMoney]);
    let process = world.process();
    world.submit(&process);
    look(&world, &process, 20);
    assert_eq!(world.state(), StateName::Held);
    assert_eq!(
        world.vendor.calls(),
        1,
        "a dead account is not asked again and again"
    );
    assert!(world.record().blocked.is_some());
    world.engine.open_account();
    look(&world, &process, 20);
    assert_eq!(
        (world.state(), world.vendor.charges()),
        (StateName::Stored, 1)
    );
}

/// So many looks at the order, if so many come.
fn look(world: &World, process: &Process, looks: usize) {
    for _ in 0..looks {
        let Some(tick) = world.engine.next_tick() else {
            return;
        };
        world.engine.begin();
        let attempt = world.engine.attempt(None);
        now(tick::tick(&attempt, process, tick)).expect("no crash");
        attempt.end();
    }
}

#[test]
fn a_download_that_fails_and_fails_does_not_have_the_vendor_asked_all_the_time() {
    // Both the link that is asked for again and the one that is kept.
    for product in [Product::PatsnapInnovationReport, Product::QccSnapshot] {
        let mut world = World::new(product, &[]);
        let process = world.process();
        world.submit(&process);
        world.vendor.is_broken.store(true, Ordering::Relaxed);
        let begin = world.clock.now();
        let mut looks = 0;
        while world.clock.now().since(begin) < Duration::from_secs(24 * 3600) {
            look(&world, &process, 1);
            looks += 1;
            assert!(
                looks < 200,
                "{product}: {looks} looks, {:?}",
                world.record()
            );
        }
        assert!(world.vendor.calls() < 200, "{product}");
        world.vendor.is_broken.store(false, Ordering::Relaxed);
        look(&world, &process, 20);
        assert_eq!(
            (world.state(), world.vendor.charges()),
            (StateName::Stored, 1)
        );
    }
}

#[test]
fn an_order_moves_here_in_mid_charge() {
    let mut world = World::new(Product::PatsnapInnovationReport, &[]);
    let process = world.process();
    let order = Order::plan(world.wanted.clone(), 0, world.clock.now());
    let policy = Policy::of(Product::PatsnapInnovationReport);
    let fence = Fence {
        incarnation: "elsewhere".to_owned(),
        nonce: 7,
    };
    let (order, _) = order.step(world.clock.now(), Input::Permitted(fence), &policy);
    assert_eq!(order.state().name(), StateName::Ordering);
    let record = Record::plan(order, 0, Fen::new(3000), world.clock.now());
    let adopt = |world: &mut World, simulated| {
        let request = Adopt {
            record: record.clone(),
            books: Default::default(),
            simulated,
        };
        world.engine.begin();
        let attempt = world.engine.attempt(None);
        let key = world.wanted.fingerprint().to_string();
        let adopted = now(tick::adopt(&attempt, &process, &key, request)).expect("no crash");
        attempt.end();
        adopted
    };
    assert!(
        adopt(&mut world, false).is_err(),
        "a real order among simulated ones"
    );
    let adopted = adopt(&mut world, true).expect("adopted");
    assert_eq!(
        (adopted.standing, adopted.state),
        (Standing::New, StateName::Uncertain)
    );
    assert!(world.engine.next_tick().is_none());
    let again = adopt(&mut world, true).expect("known");
    assert_eq!(again.standing, Standing::Known);
    let record = world.record();
    assert!(matches!(
        record.order.state(),
        State::Uncertain {
            question: Question::WasItPlaced,
            ..
        }
    ));
    assert_eq!(world.engine.books().exchanges.len(), 1);
    assert_eq!((record.form, world.vendor.calls()), (STATE_VERSION, 0));
}

#[test]
fn an_order_that_was_given_away_is_nobodys_here() {
    let mut world = World::new(Product::PatsnapInnovationReport, &[]);
    let process = world.process();
    world.submit(&process);
    let first = world.engine.next_tick().expect("a tick");
    let release = |world: &mut World, ledger: &str| {
        world.engine.begin();
        let attempt = world.engine.attempt(None);
        let released = now(tick::release(&attempt, &process, ledger.to_owned()));
        attempt.end();
        released.expect("no crash")
    };
    let view = release(&mut world, "l1").expect("given away");
    assert_eq!(view.record.order.state().name(), StateName::Planned);
    // A move that broke off is finished, and by nobody else.
    assert_eq!(release(&mut world, "l1"), Ok(view));
    let why = release(&mut world, "l2").expect_err("another ledger has it");
    assert!(why.to_string().contains("l1"), "{why}");

    world.engine.begin();
    let attempt = world.engine.attempt(None);
    now(tick::tick(&attempt, &process, first)).expect("no crash");
    let key = world.wanted.fingerprint().to_string();
    let again = tick::Submit {
        wanted: world.wanted.clone(),
        simulated: true,
        fresh_since: None,
    };
    assert!(
        now(tick::submit(&attempt, &process, &key, again))
            .expect("no crash")
            .is_err()
    );
    assert!(
        now(tick::wake(&attempt, &process))
            .expect("no crash")
            .is_err()
    );
    let decision = tick::Decision::NotPlaced;
    assert!(
        now(tick::resolve(&attempt, &process, decision))
            .expect("no crash")
            .is_err()
    );
    attempt.end();
    assert_eq!(world.vendor.calls(), 0);
    assert!(world.record().status().contains(" moved "));
}

#[test]
fn a_worker_that_is_configured_otherwise_calls_nobody() {
    let mut world = World::new(Product::QccRiskReport, &[]);
    let process = world.process();
    world.submit(&process);
    let origin = "https://elsewhere.example".parse().expect("an origin");
    let other = AccountConfig::new(Vendor::Qcc, &origin, "key", "secret", Duration::ZERO, None);
    world.engine.join_account(&other);
    let tick = world.engine.next_tick().expect("a tick");
    world.engine.begin();
    let attempt = world.engine.attempt(None);
    now(tick::tick(&attempt, &process, tick)).expect("no crash");
    attempt.end();
    assert_eq!(world.vendor.calls(), 0);
    let why = world.record().blocked.expect("a reason");
    assert!(
        why.contains("elsewhere.example") && why.contains("its pace"),
        "{why}"
    );
}
