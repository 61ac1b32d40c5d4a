//! What is a doubt and what is none, and what becomes of a doubt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use jindiao_batch::{Charged, Commit, Event, InlineLedger, Stop, run_inline};
use jindiao_client::BoxFuture;
use jindiao_order::{Fen, Product, StateName};
use jindiao_protocol::{Delivery, Effect, Subject};
use jindiao_simulator::{Fault, FaultRule, Operation};
use tokio::sync::Notify;

use crate::world::{HandClock, Outcome, World, all, innovation_reports, snapshots};

/// Vendors whose connections fail: nothing is charged, nothing is uncertain.
async fn never_sent(origin: String) {
    let mut world = World::new(vec![]).await;
    world.origin = Some(origin);
    world.policy = |mut policy| {
        policy.place_attempts = 2;
        policy
    };
    let mut wanted = snapshots(2);
    wanted.extend(innovation_reports(1));
    let (summary, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Planned), "{:?}", summary.orders);
    assert_eq!((summary.charges, summary.charged), (0, Fen::ZERO));
    assert!(summary.orders.iter().all(|(_, why)| why.is_some()));
    let store = world.store();
    let (_, exchanges) = store.history(&summary.orders[0].0).expect("a history");
    assert!(!exchanges.is_empty());
    for row in exchanges {
        assert_eq!(
            (row.delivery, row.charged),
            (Delivery::NeverSent, Charged::No)
        );
    }
    assert_eq!(store.booked(None).map(|rows| rows.len()).ok(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_is_no_doubt() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    drop(listener);
    never_sent(format!("http://{addr}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_tls_handshake_is_no_doubt() {
    // A server that speaks no TLS.
    let world = World::new(vec![]).await;
    let origin = world.simulator.base_url().replace("http:", "https:");
    never_sent(origin).await;
    assert_eq!(world.simulator.charges().calls.len(), 0);
}

/// One snapshot, of which the first `slow` commits take longer than an intent lives: a slow disk, a
/// machine that slept.
async fn run_slowly(mut world: World, slow: u32) -> (World, Outcome, StateName) {
    let clock = Arc::new(HandClock::default());
    world.clock = Arc::clone(&clock) as _;
    world.policy = |mut policy| {
        policy.place_attempts = 2;
        policy
    };
    let mut store = world.store();
    let options = world.options(&mut store, &snapshots(1));
    let life = options.policies[&Product::QccSnapshot].intent_life;
    let commits = AtomicU32::new(0);
    let around = move |moment| {
        if moment == Commit::Before && commits.fetch_add(1, Ordering::Relaxed) < slow {
            clock.pass(2 * life);
        }
        Box::pin(std::future::ready(())) as BoxFuture<'static, ()>
    };
    let ledger = InlineLedger::new(store).with_around(around);
    let vendors = Arc::new(world.vendors());
    let summary = run_inline(&ledger, vendors, options, |_| {}, Stop::new())
        .await
        .expect("a run");
    let mut state = StateName::Planned;
    let outcome = Outcome::of(&ledger.store(), summary, |entry| {
        state = entry.order.state().name();
    });
    (world, outcome, state)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_that_ran_out_before_the_call_is_no_doubt() {
    let (world, summary, state) = run_slowly(World::new(vec![]).await, u32::MAX).await;
    let (_, why) = &summary.orders[0];
    assert!(
        why.as_deref().is_some_and(|why| why.contains("expired")),
        "{why:?}"
    );
    assert_eq!((state, summary.charges), (StateName::Planned, 0));
    assert_eq!(world.simulator.charges().calls.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_intent_that_ran_out_takes_nothing_of_the_budget_or_the_day() {
    let mut world = World::new(vec![]).await;
    // For one call, and no more.
    world.max_cost = Some(Fen::new(1_00));
    world.pace = world.pace.with_daily_limit(1);
    let (world, summary, state) = run_slowly(world, 1).await;
    assert_eq!(state, StateName::Stored, "{:?}", summary.orders);
    assert!(!summary.is_budget_spent);
    assert_eq!(world.simulator.charges().total, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_call_of_the_day_that_was_given_back_is_made_after_all() {
    let mut world = World::new(vec![]).await;
    world.pace = world.pace.with_daily_limit(1);
    let clock = Arc::new(HandClock::default());
    world.clock = Arc::clone(&clock) as _;
    let mut store = world.store();
    let options = world.options(&mut store, &snapshots(2));
    let life = options.policies[&Product::QccSnapshot].intent_life;
    // The first intent runs out, and not before the other order was told that the day is used up.
    let is_told = Arc::new(Notify::new());
    let tells = Arc::clone(&is_told);
    let told = Arc::new(AtomicU32::new(0));
    let counts = Arc::clone(&told);
    let is_first = AtomicBool::new(true);
    let around = move |moment| {
        if moment == Commit::After || !is_first.swap(false, Ordering::Relaxed) {
            return Box::pin(std::future::ready(())) as BoxFuture<'static, ()>;
        }
        clock.pass(2 * life);
        let is_told = Arc::clone(&is_told);
        Box::pin(async move { is_told.notified().await })
    };
    let watch = move |event: Event| {
        if matches!(event, Event::Resting { .. }) {
            counts.fetch_add(1, Ordering::Relaxed);
            tells.notify_one();
        }
    };
    let ledger = InlineLedger::new(store).with_around(around);
    let vendors = Arc::new(world.vendors());
    let summary = run_inline(&ledger, vendors, options, watch, Stop::new())
        .await
        .expect("a run");
    assert_eq!((summary.charges, world.simulator.charges().total), (1, 1));
    assert_eq!(told.load(Ordering::Relaxed), 1, "said once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_says_that_nothing_was_done_is_an_answer() {
    let code = |operation, code: &str| {
        let code = code.to_owned();
        FaultRule::nth(operation, 1, Fault::Code { code })
    };
    let rules = vec![
        code(Operation::QccImage, "122"),
        code(Operation::PatSnapCompanyCreate, "67200002"),
    ];
    let world = World::new(rules).await;
    let mut wanted = snapshots(1);
    wanted.extend(innovation_reports(1));
    let (summary, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
    world.no_subject_paid_twice();
    let charges: Vec<_> = world
        .store()
        .booked(None)
        .expect("books")
        .into_iter()
        .filter(|booked| booked.row.effect == Effect::Charge)
        .map(|booked| booked.row.charged)
        .collect();
    let count = |what| charges.iter().filter(|charged| **charged == what).count();
    assert_eq!((count(Charged::No), count(Charged::Yes)), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_had_arrived_is_asked_anew() {
    // The answer is lost, the same serial is repeated, the vendor says 902, and a new one follows.
    let lost = FaultRule::nth(Operation::YibeidiaoReport, 1, Fault::DropAfterCharge);
    let world = World::new(vec![lost]).await;
    let subject = Subject::Record("20190415152645093983751".parse().expect("a record"));
    let wanted = jindiao_order::Wanted::new(Product::YibeidiaoInterimReport, subject, None);
    let (summary, states) = world.run(&[wanted.expect("wanted")]).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
    let (_, exchanges) = world
        .store()
        .history(&summary.orders[0].0)
        .expect("a history");
    let codes: Vec<_> = exchanges.iter().map(|row| row.code.as_deref()).collect();
    assert_eq!(codes.first(), Some(&None), "{codes:?}");
    assert!(codes.contains(&Some("902")), "{codes:?}");
    assert_eq!(codes.last(), Some(&Some("000")), "{codes:?}");
}

/// One answer to a snapshot is lost after the charge.
fn lost_answers(nth: &[u64]) -> Vec<FaultRule> {
    let rule = |nth| FaultRule::nth(Operation::QccImage, nth, Fault::DropAfterCharge);
    nth.iter().copied().map(rule).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubt_is_answered_with_a_second_order_where_its_owner_wants_that() {
    let mut world = World::new(lost_answers(&[1])).await;
    world.policy = |mut policy| {
        policy = policy.ordering_again(Duration::ZERO);
        policy.again_grace = Duration::from_millis(300);
        policy
    };
    let wanted = snapshots(1);
    let (summary, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
    // The budget counts both.
    assert_eq!((summary.charges, summary.charged), (2, Fen::new(2_00)));
    assert_eq!(world.simulator.charges().total, 2);
    let store = world.store();
    let id = &summary.orders[0].0;
    assert_eq!(store.order(id).expect("an order").order.times_again(), 1);
    let (transitions, exchanges) = store.history(id).expect("a history");
    let charged: Vec<_> = exchanges.iter().map(|row| row.charged).collect();
    assert_eq!(charged, [Charged::Maybe, Charged::Yes]);
    let pause = exchanges[1].at.since(exchanges[0].at);
    assert!(pause >= Duration::from_millis(300), "{pause:?}");
    assert!(
        transitions.iter().any(|it| it
            .note
            .as_deref()
            .is_some_and(|note| note.contains("ordered again by itself"))),
        "{transitions:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_doubt_is_a_persons_question_and_so_is_every_doubt_by_default() {
    let mut world = World::new(lost_answers(&[1, 2])).await;
    let wanted = snapshots(1);
    let (summary, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Uncertain), "{:?}", summary.orders);
    // The next run's policy finds the doubt of the one before, and has it ordered again once.
    world.policy = |mut policy| {
        policy = policy.ordering_again(Duration::ZERO);
        policy.again_grace = Duration::ZERO;
        policy
    };
    for _ in 0..2 {
        let (summary, states) = world.run(&wanted).await;
        assert!(all(&states, StateName::Uncertain), "{:?}", summary.orders);
        assert_eq!(world.simulator.charges().total, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_has_the_last_word_on_a_second_order() {
    let mut world = World::new(lost_answers(&[1])).await;
    world.max_cost = Some(Fen::new(1_50));
    world.policy = |mut policy| {
        policy = policy.ordering_again(Duration::ZERO);
        policy.again_grace = Duration::ZERO;
        policy
    };
    let (summary, states) = world.run(&snapshots(1)).await;
    assert!(all(&states, StateName::Planned), "{:?}", summary.orders);
    assert!(summary.is_budget_spent);
    assert_eq!(world.simulator.charges().total, 1);
}
