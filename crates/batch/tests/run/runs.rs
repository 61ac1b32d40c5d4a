//! What a run makes of a list, and what the next run makes of the rest.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jindiao_batch::{Charged, Event, LedgerError, Prices, Ran, Standing, Stop, Store, run};
use jindiao_order::{Fen, Product, State, StateName, Verdict, Wanted};
use jindiao_protocol::{Delivery, Effect};
use jindiao_simulator::{Fault, FaultPlan, FaultRule, LinkLife, Operation, Options, PendingPlan};

use crate::world::{
    HandClock, World, all, company, files, innovation_reports, mixture, now, snapshots,
    vendors_ahead,
};

#[tokio::test(flavor = "multi_thread")]
async fn every_product_is_ordered_once_and_stored() {
    let world = World::new(vec![]).await;
    let (summary, states) = world.run(&mixture()).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
    assert_eq!(world.manifest(), mixture().len());
    assert_eq!(world.simulator.charges().total, 11);
    assert_eq!(summary.charges, 11);

    // The same again costs nothing and asks nothing.
    let calls = world.simulator.charges().calls;
    let (summary, states) = world.run(&mixture()).await;
    assert!(all(&states, StateName::Stored));
    assert_eq!((summary.charges, summary.charged), (0, Fen::ZERO));
    assert_eq!(world.simulator.charges().calls, calls);
    assert_eq!(world.manifest(), mixture().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_without_an_answer_is_uncertain_and_stays_so() {
    let rules = vec![
        FaultRule::nth(Operation::QccImage, 1, Fault::DropAfterCharge),
        FaultRule::nth(Operation::PatSnapCompanyCreate, 1, Fault::DropAfterCharge),
    ];
    let world = World::new(rules).await;
    let wanted = mixture();
    let (_, states) = world.run(&wanted).await;
    let uncertain = states
        .values()
        .filter(|state| **state == StateName::Uncertain)
        .count();
    assert!(uncertain >= 2, "{states:?}");
    let (summary, again) = world.run(&wanted).await;
    assert_eq!(again, states);
    assert_eq!(summary.charges, 0);
    world.no_subject_paid_twice();

    // A person says: not placed, whatever it costs.
    let mut store = world.store();
    let now = now();
    for entry in store.orders(Some(StateName::Uncertain)).expect("orders") {
        assert!(entry.at_stake() > Fen::ZERO);
        store
            .decide(entry.order.id(), Verdict::NotPlaced, now)
            .expect("a decision");
    }
    drop(store);
    let (summary, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_world_pays_for_nothing_twice() {
    for seed in 0..4 {
        let some = |operation, per_mille, fault| FaultRule {
            operation: Some(operation),
            per_mille: Some(per_mille),
            ..FaultRule::always(fault)
        };
        let mut rules = Vec::new();
        for operation in [
            Operation::QccImage,
            Operation::QccCreateReport,
            Operation::PatSnapCompanyCreate,
            Operation::PatSnapPatentCreate,
        ] {
            rules.push(some(operation, 80, Fault::DropBeforeCharge));
            rules.push(some(operation, 80, Fault::DropAfterCharge));
            rules.push(some(
                operation,
                80,
                Fault::ServerErrorAfterCharge { status: 502 },
            ));
            rules.push(some(operation, 80, Fault::HalfBody));
            rules.push(some(operation, 80, Fault::HtmlPageAfterCharge));
        }
        for operation in [
            Operation::QccReportInfo,
            Operation::PatSnapCompanyStatus,
            Operation::YibeidiaoReport,
        ] {
            rules.push(some(operation, 200, Fault::DropAfterCharge));
            rules.push(some(operation, 200, Fault::ExpiredLink));
        }
        let options = Options {
            seed,
            pending: PendingPlan::polls(1),
            faults: FaultPlan { rules },
            ..vendors_ahead(0)
        };
        let world = World::with(options).await;
        let mut wanted = mixture();
        wanted.extend((10..20).map(|n| company(Product::QccSnapshot, &format!("第{n}号公司"))));
        wanted.extend(
            (10..20).map(|n| company(Product::PatsnapInnovationReport, &format!("第{n}号公司"))),
        );
        for _ in 0..3 {
            world.run(&wanted).await;
        }
        let (summary, states) = world.run(&wanted).await;
        let open: Vec<_> = states
            .values()
            .filter(|state| !matches!(state, StateName::Stored | StateName::Uncertain))
            .collect();
        assert!(open.is_empty(), "seed {seed}: {:?}", summary.orders);
        world.no_subject_paid_twice();
        // The books know of every charge: those that are sure, and those that may be.
        let booked = world.store().booked(None).expect("books");
        let count = |what| booked.iter().filter(|it| it.row.charged == what).count() as u64;
        let (sure, doubtful) = (count(Charged::Yes), count(Charged::Maybe));
        let total = world.simulator.charges().total;
        assert!(
            (sure..=sure + doubtful).contains(&total),
            "seed {seed}: {sure} and maybe {doubtful}, in truth {total}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_died_is_asked_for_again() {
    let rules = vec![
        FaultRule::nth(Operation::PatSnapCompanyStatus, 3, Fault::ExpiredLink),
        FaultRule::nth(Operation::YibeidiaoReport, 1, Fault::ExpiredLink),
    ];
    let world = World::new(rules).await;
    let (summary, states) = world.run(&mixture()).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
    world.no_subject_paid_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_file_is_fetched_again_and_not_paid_again() {
    let world = World::new(vec![]).await;
    let wanted = innovation_reports(2);
    world.run(&wanted).await;
    std::fs::remove_dir_all(world.out()).expect("removed");
    let (summary, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
    assert_eq!(files(&world.out()), 2);
    world.no_subject_paid_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_money_stops_its_own_orders_only() {
    let rules = vec![FaultRule {
        operation: Some(Operation::QccImage),
        ..FaultRule::always(Fault::Code {
            code: "102".to_owned(),
        })
    }];
    let world = World::new(rules).await;
    let wanted = mixture();
    let (summary, states) = world.run(&wanted).await;
    assert_eq!(summary.accounts.len(), 1);
    assert_eq!(
        summary.accounts[0]
            .refusal
            .code
            .as_ref()
            .map(jindiao_protocol::Code::as_str),
        Some("102")
    );
    let stored = states
        .values()
        .filter(|state| **state == StateName::Stored)
        .count();
    assert!(stored >= 7, "{states:?}");
    assert!(
        states.values().any(|state| *state == StateName::Held),
        "{states:?}"
    );
    assert!(summary.orders.iter().any(|(_, why)| why.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_budget_stops_charges_and_not_downloads() {
    let mut world = World::new(vec![]).await;
    // Five snapshots at the assumed price of one yuan.
    world.max_cost = Some(Fen::new(3_50));
    let (summary, states) = world.run(&snapshots(5)).await;
    assert!(summary.is_budget_spent);
    assert_eq!(summary.charged, Fen::new(3_00));
    assert_eq!(world.simulator.charges().total, 3);
    assert_eq!(
        states
            .values()
            .filter(|state| **state == StateName::Stored)
            .count(),
        3
    );
    world.max_cost = None;
    let (_, states) = world.run(&snapshots(5)).await;
    assert!(all(&states, StateName::Stored));
    world.no_subject_paid_twice();
}

/// More orders than are read at once, of which most are never come to: each says why all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_came_to_says_why() {
    const MANY: usize = 600;
    let mut world = World::new(vec![]).await;
    world.max_cost = Some(Fen::new(3_50));
    let mut wanted = snapshots(MANY);
    wanted.extend(innovation_reports(2));
    let (summary, states) = world.run(&wanted).await;
    assert!(summary.is_budget_spent);
    assert_eq!(states.len(), MANY + 2);
    for (id, why) in &summary.orders {
        let is_stored = states[id] == StateName::Stored;
        assert_eq!(why.is_none(), is_stored, "{id} {why:?}");
        if let Some(why) = why {
            assert!(why.starts_with("the budget does not have"), "{why}");
        }
    }
    let ids = |wanted: &[Wanted]| -> Vec<_> {
        let mut store = world.store();
        let lines = store.plan(wanted, &Prices::default(), None, now());
        let lines = lines.expect("a plan").into_iter();
        lines.map(|line| line.id).collect()
    };
    let listed: Vec<_> = summary.orders.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(listed, ids(&wanted), "in the order of the list");
    world.no_subject_paid_twice();
}

/// The same from a list and from all of a ledger.
#[tokio::test(flavor = "multi_thread")]
async fn all_orders_of_a_ledger_can_be_run() {
    let world = World::new(vec![]).await;
    let mut store = world.store();
    let wanted: Vec<_> = snapshots(300).into_iter().chain(mixture()).collect();
    let options = world.options(&mut store, &wanted);
    store.list_all().expect("listed");
    let vendors = Arc::new(world.vendors());
    let ran = run(store, vendors, options, |_| {}, Stop::new()).await;
    let Ran { store, .. } = ran.expect("a run");
    let mut stored = 0;
    let counted = store.each_listed(|listed| {
        assert_eq!(listed.entry.order.state().name(), StateName::Stored);
        stored += 1;
        Ok::<_, LedgerError>(())
    });
    counted.expect("orders");
    // Three of them are in both lists.
    assert_eq!(stored, wanted.len() - 3);
    world.no_subject_paid_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_goes_on_where_it_was() {
    let mut world = World::new(vec![]).await;
    // What is under way has all the time that it takes.
    world.clock = Arc::new(HandClock::default());
    let wanted = mixture();
    let stop = Stop::new();
    let request = stop.clone();
    let watch = move |event: Event| {
        if matches!(event, Event::Charged { .. }) {
            request.request();
        }
    };
    let (summary, states) = world.run_watched(&wanted, watch, stop).await;
    assert!(summary.is_interrupted);
    assert!(!all(&states, StateName::Stored));
    assert!(
        !states.values().any(|state| *state == StateName::Uncertain),
        "{states:?}"
    );
    let (_, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Stored), "{states:?}");
    world.no_subject_paid_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_interrupt_cut_off_is_in_the_sum() {
    let slow = Fault::Slow { ms: 30_000 };
    let world = World::new(vec![FaultRule::nth(Operation::QccImage, 1, slow)]).await;
    let stop = Stop::new();
    let request = stop.clone();
    let watch = move |event: Event| {
        if matches!(&event, Event::Moved { order, .. } if order.state().name() == StateName::Ordering)
        {
            request.request();
        }
    };
    let (summary, states) = world.run_watched(&snapshots(1), watch, stop).await;
    assert!(all(&states, StateName::Uncertain), "{states:?}");
    assert_eq!((summary.charges, summary.charged), (1, Fen::new(1_00)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_in_the_books() {
    let world = World::new(vec![FaultRule::nth(
        Operation::PatSnapCompanyStatus,
        1,
        Fault::DropBeforeCharge,
    )])
    .await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watch = {
        let seen = Arc::clone(&seen);
        move |event: Event| {
            if let Event::Moved { order, .. } = event {
                seen.lock().expect("seen").push(order.state().name());
            }
        }
    };
    let (summary, _) = world
        .run_watched(&innovation_reports(1), watch, Stop::new())
        .await;
    assert_eq!(
        *seen.lock().expect("seen"),
        [
            StateName::Ordering,
            StateName::Ordered,
            StateName::Waiting,
            StateName::Ready,
            StateName::Stored
        ]
    );
    let store = world.store();
    let (transitions, exchanges) = store.history(&summary.orders[0].0).expect("a history");
    assert_eq!(
        transitions.first().map(|t| t.state),
        Some(StateName::Planned)
    );
    assert_eq!(transitions.last().map(|t| t.state), Some(StateName::Stored));
    let charges: Vec<_> = exchanges
        .iter()
        .filter(|row| row.effect == Effect::Charge)
        .collect();
    assert_eq!(charges.len(), 1);
    assert!(charges[0].serial.is_some() && charges[0].price > Fen::ZERO);
    assert!(exchanges.iter().any(|row| row.exchange == "oauth/token"));
    assert!(
        exchanges
            .iter()
            .any(|row| row.delivery == Delivery::MaybeSent)
    );
    let entry = store.order(&summary.orders[0].0).expect("an order");
    assert!(
        matches!(entry.order.state(), State::Stored { report, .. } if world.out().join(&report.file).is_file())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_report_is_ordered_anew_and_a_fresh_one_is_not() {
    let world = World::new(vec![]).await;
    let wanted = snapshots(1);
    world.run(&wanted).await;
    let mut store = world.store();
    let later = now().plus(Duration::from_secs(3600));
    let standing = |store: &mut Store, within: u64| {
        let within = Some(Duration::from_secs(within));
        store
            .plan(&wanted, &Prices::default(), within, later)
            .expect("a plan")
            .remove(0)
            .standing
    };
    assert_eq!(
        standing(&mut store, 7200),
        Standing::Known(StateName::Stored)
    );
    assert_eq!(standing(&mut store, 60), Standing::Renewed);
    // The renewed order is the one that counts from then on.
    assert_eq!(
        standing(&mut store, 60),
        Standing::Known(StateName::Planned)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_second_link_is_downloaded_in_time() {
    let options = Options {
        pending: PendingPlan::NONE,
        link_life: LinkLife {
            yibeidiao: Some(Duration::from_secs(1)),
            ..LinkLife::default()
        },
        ..vendors_ahead(0)
    };
    let world = World::with(options).await;
    let (summary, states) = world.run(&mixture()).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
}
