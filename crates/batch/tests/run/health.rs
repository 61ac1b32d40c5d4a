//! Accounts that need attention, rest until tomorrow, or are to slow down.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use jindiao_batch::{Event, Stop};
use jindiao_client::PaceLimits;
use jindiao_order::{Product, StateName};
use jindiao_protocol::{Subject, Vendor};
use jindiao_simulator::{Fault, FaultPlan, FaultRule, Operation};

use crate::world::{World, all, innovation_reports, mixture, now, snapshots};

fn code(operation: Operation, code: &str) -> FaultRule {
    FaultRule {
        operation: Some(operation),
        ..FaultRule::always(Fault::Code {
            code: code.to_owned(),
        })
    }
}

fn pace(calls: usize) -> PaceLimits {
    PaceLimits::default().with_concurrency(NonZeroUsize::new(calls).expect("not zero"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_further_order_burns_on_a_dead_account() {
    for (dead, in_flight) in [("102", 4), ("101", 2), ("119", 1)] {
        let mut world = World::new(vec![code(Operation::QccImage, dead)]).await;
        world.pace = pace(in_flight);
        let mut wanted = snapshots(40);
        wanted.extend(innovation_reports(3));
        let (summary, states) = world.run(&wanted).await;
        let calls = world.simulator.charges().calls_of(Operation::QccImage);
        assert!(
            (1..=in_flight as u64).contains(&calls),
            "{calls} calls on a dead account"
        );
        let count = |state| states.values().filter(|it| **it == state).count();
        assert_eq!(count(StateName::Held) as u64, calls);
        assert_eq!(count(StateName::Planned) as u64, 40 - calls);
        assert_eq!(count(StateName::Stored), 3, "other vendors go on");
        assert_eq!(summary.accounts.len(), 1);
        assert_eq!(summary.accounts[0].product, None);
        assert_eq!(summary.waits_until, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_was_not_bought_stops_itself_only() {
    for (operation, refusal, product) in [
        (Operation::QccImage, "111", Product::QccSnapshot),
        (Operation::QccCreateReport, "214", Product::QccRiskReport),
        (
            Operation::PatSnapPatentCreate,
            "67200203",
            Product::PatsnapPatentValueReport,
        ),
    ] {
        let world = World::new(vec![code(operation, refusal)]).await;
        let (summary, states) = world.run(&mixture()).await;
        assert_eq!(summary.accounts.len(), 1, "{refusal}");
        assert_eq!(summary.accounts[0].product, Some(product));
        let store = world.store();
        for (id, state) in states {
            let of = store.order(&id).expect("an order").order.wanted().product();
            assert_eq!(of != product, state == StateName::Stored, "{of} {state}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_charge_nothing_do_not_burn_on_a_dead_account_either() {
    let mut world = World::new(vec![code(Operation::YibeidiaoReport, "904")]).await;
    world.pace = pace(1);
    let records = (0..20).map(|n| {
        let record = format!("201904151526450939{n:05}");
        let subject = Subject::Record(record.parse().expect("a record"));
        jindiao_order::Wanted::new(Product::YibeidiaoInterimReport, subject, None).expect("wanted")
    });
    let wanted: Vec<_> = records.collect();
    let (summary, _) = world.run(&wanted).await;
    assert_eq!(
        world
            .simulator
            .charges()
            .calls_of(Operation::YibeidiaoReport),
        1
    );
    assert_eq!(summary.accounts.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_for_is_fetched_from_an_account_that_takes_no_orders() {
    // Only orders are refused, and only the second one: the first is fetched all the same.
    let rule = FaultRule {
        nth: (2..100).collect(),
        ..code(Operation::PatSnapCompanyCreate, "67200005")
    };
    let mut world = World::new(vec![rule]).await;
    world.pace = pace(1);
    let (summary, states) = world.run(&innovation_reports(4)).await;
    let count = |state| states.values().filter(|it| **it == state).count();
    assert_eq!(count(StateName::Stored), 1, "{:?}", summary.orders);
    assert_eq!(summary.accounts.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daily_quota_waits_for_midnight_in_china() {
    for (operation, quota, wanted) in [
        (Operation::QccImage, "109", snapshots(10)),
        (Operation::QccImage, "116", snapshots(10)),
        (
            Operation::PatSnapCompanyCreate,
            "67200007",
            innovation_reports(10),
        ),
    ] {
        let mut world = World::new(vec![code(operation, quota)]).await;
        world.pace = pace(2);
        let midnight = now().next_china_midnight();
        let resting = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&resting);
        let watch = move |event: Event| {
            if let Event::Resting { until, .. } = event {
                seen.lock().expect("seen").push(until);
            }
        };
        let (summary, states) = world.run_watched(&wanted, watch, Stop::new()).await;
        assert!(all(&states, StateName::Planned), "{:?}", summary.orders);
        assert!(summary.accounts.is_empty());
        assert_eq!(summary.waits_until, Some(midnight));
        assert_eq!(*resting.lock().expect("seen"), [midnight], "said once");
        let said = |(_, why): &(_, Option<String>)| {
            why.as_deref()
                .is_some_and(|why| why.contains(&midnight.to_string()))
        };
        assert!(summary.orders.iter().all(said), "{:?}", summary.orders);
        let calls = world.simulator.charges().calls_of(operation);
        assert!((1..=2).contains(&calls), "{calls}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_daily_limit_waits_for_midnight_in_china_too() {
    let mut world = World::new(vec![]).await;
    world.pace = pace(4).with_daily_limit(3);
    let (summary, states) = world.run(&snapshots(5)).await;
    let count = |state| states.values().filter(|it| **it == state).count();
    assert_eq!(
        (count(StateName::Stored), count(StateName::Planned)),
        (3, 2)
    );
    assert!(summary.waits_until.is_some());
    // The next run of the day knows what was used.
    let (summary, _) = world.run(&snapshots(5)).await;
    assert_eq!(summary.charges, 0);
    assert_eq!(world.simulator.charges().total, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_failed_too_often_waits_two_hours_alone_and_in_every_run() {
    let locked = FaultRule {
        subject: Some("第1号公司".to_owned()),
        ..code(Operation::QccImage, "110")
    };
    let world = World::new(vec![locked]).await;
    let begun = now();
    let (summary, states) = world.run(&snapshots(4)).await;
    let count = |state| states.values().filter(|it| **it == state).count();
    assert_eq!(
        (count(StateName::Stored), count(StateName::Planned)),
        (3, 1)
    );
    let until = summary.waits_until.expect("a wait");
    let hours = until.since(begun).as_secs_f64() / 3600.0;
    assert!((1.99..2.01).contains(&hours), "{hours}");
    // The next run does not ask again, does not wait, and says the same.
    let calls = world.simulator.charges().calls;
    let (summary, _) = world.run(&snapshots(4)).await;
    assert_eq!(summary.waits_until, Some(until));
    assert_eq!(world.simulator.charges().calls, calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_is_ended_by_an_interrupt_only() {
    let mut world = World::new(vec![code(Operation::QccImage, "109")]).await;
    world.wait = true;
    let stop = Stop::new();
    let request = stop.clone();
    let midnight = now().next_china_midnight();
    let watch = move |event: Event| {
        if let Event::Waiting { until, orders } = event {
            assert_eq!((until, orders), (midnight, 2));
            request.request();
        }
    };
    let (summary, states) = world.run_watched(&snapshots(2), watch, stop).await;
    assert!(summary.is_interrupted, "it waited");
    assert!(all(&states, StateName::Planned));
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_slows_the_account_down_and_loses_nothing() {
    let rules = vec![
        FaultRule::nth(Operation::QccImage, 1, Fault::Throttled),
        FaultRule::nth(
            Operation::QccImage,
            2,
            Fault::ServerErrorBeforeCharge { status: 429 },
        ),
    ];
    let mut world = World::new(rules).await;
    world.pace = pace(1);
    let (summary, states) = world.run(&snapshots(3)).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
    world.no_subject_paid_twice();
    let mut begun: Vec<_> = world
        .store()
        .booked(None)
        .expect("books")
        .into_iter()
        .filter(|booked| booked.row.vendor == Vendor::Qcc)
        .map(|booked| booked.row.at)
        .collect();
    begun.sort();
    let pause = begun[1].since(begun[0]);
    assert!(pause.as_millis() >= 400, "{pause:?}");
}

/// Records of Yibeidiao.
fn records(n: usize) -> Vec<jindiao_order::Wanted> {
    let record = |n| {
        let record = format!("201904151526450939{n:05}");
        let subject = Subject::Record(record.parse().expect("a record"));
        jindiao_order::Wanted::new(Product::YibeidiaoInterimReport, subject, None).expect("wanted")
    };
    (1..=n).map(record).collect()
}

fn forged(nth: &[u64]) -> FaultRule {
    FaultRule {
        operation: Some(Operation::YibeidiaoReport),
        nth: nth.to_vec(),
        ..FaultRule::always(Fault::ForgedSign)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_reply_is_told_of_and_costs_no_report() {
    let world = World::new(vec![forged(&[1, 2])]).await;
    let (summary, states) = world.run(&records(1)).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
    assert!(summary.accounts.is_empty());
    // The order's history keeps what happened.
    let store = world.store();
    let (_, exchanges) = store.history(&summary.orders[0].0).expect("a history");
    let notes: Vec<_> = exchanges
        .iter()
        .filter_map(|row| row.note.as_deref())
        .collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    for note in notes {
        assert!(
            note.contains("tampered") && note.contains("its sign"),
            "{note}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_replies_are_forged_is_left_alone() {
    let mut world = World::new(vec![forged(&[])]).await;
    world.pace = pace(1);
    let wanted = records(30);
    let (summary, states) = world.run(&wanted).await;
    let is_kept = |state: &StateName| {
        matches!(
            state,
            StateName::Planned | StateName::Waiting | StateName::Held
        )
    };
    assert!(states.values().all(is_kept), "{states:?}");
    assert_eq!(summary.accounts.len(), 1);
    let said = &summary.accounts[0].refusal.text;
    assert!(said.contains("tampered"), "{said}");
    let calls = world
        .simulator
        .charges()
        .calls_of(Operation::YibeidiaoReport);
    assert!(calls <= 6, "{calls} questions for forged replies");

    // Nothing is lost: with the vendor's own replies the same run has all reports.
    world.simulator.set_faults(FaultPlan::default());
    let (_, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Stored), "{states:?}");
}
