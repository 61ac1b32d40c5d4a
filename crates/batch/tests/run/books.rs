//! What the ledger keeps for whoever checks an invoice.

use std::time::Duration;

use jindiao_batch::{Booked, Charged, Event, Stop, Store};
use jindiao_order::{Fen, StateName, Verdict};
use jindiao_protocol::{Delivery, Effect};
use jindiao_simulator::{Fault, FaultRule, Operation};

use crate::world::{World, all, innovation_reports, mixture, now, snapshots};

fn charged(store: &Store) -> (usize, usize, usize) {
    let booked = store.booked(None).expect("books");
    let count = |what| booked.iter().filter(|it| it.row.charged == what).count();
    (
        count(Charged::Yes),
        count(Charged::Maybe),
        count(Charged::Denied),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_agree_with_the_vendors() {
    let world = World::new(vec![]).await;
    world.run(&mixture()).await;
    let booked = world.store().booked(None).expect("books");
    let book = world.simulator.charges();
    let charges: Vec<&Booked> = booked
        .iter()
        .filter(|it| it.row.charged == Charged::Yes)
        .collect();
    assert_eq!(charges.len() as u64, book.total);
    for it in &charges {
        assert_eq!(it.row.effect, Effect::Charge);
        assert_eq!(it.row.delivery, Delivery::Answered);
        assert_eq!(it.row.http_status, Some(200));
        assert!(it.row.price > Fen::ZERO && it.is_counted(), "{it:?}");
        assert!(it.row.serial.is_some() || it.reference.is_some(), "{it:?}");
        assert!(!it.subject.is_empty());
    }
    // Every call that the vendors may count is there, be it an order or a question.
    let counted = booked.iter().filter(|it| it.is_counted()).count() as u64;
    let tokens = book.calls_of(Operation::PatSnapToken);
    let theirs: u64 = book.counted.values().sum();
    assert!(
        counted == theirs || counted == theirs + tokens,
        "{counted} {theirs} {tokens}"
    );
    // Nothing of it is before it began.
    let later = now().plus(Duration::from_secs(60));
    assert!(world.store().booked(Some(later)).expect("books").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_had_for_nothing_is_booked_too() {
    let mut world = World::new(vec![]).await;
    let stop = Stop::new();
    let request = stop.clone();
    let watch = move |event: Event| {
        if matches!(event, Event::Charged { .. }) {
            request.request();
        }
    };
    let wanted = innovation_reports(1);
    let (summary, _) = world.run_watched(&wanted, watch, stop).await;
    // A token and an order are made; the next run gets a token of its own, and then no permit.
    world.pace = world.pace.with_daily_limit(3);
    let (_, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Waiting), "{states:?}");
    let tokens = world.simulator.charges().calls_of(Operation::PatSnapToken);
    assert_eq!(tokens, 2);
    let (_, exchanges) = world
        .store()
        .history(&summary.orders[0].0)
        .expect("a history");
    let booked = exchanges.iter().filter(|it| it.exchange == "oauth/token");
    assert_eq!(booked.count() as u64, tokens);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_was_ordered_twice_by_decision_is_two_entries() {
    let lost = FaultRule::nth(Operation::QccImage, 1, Fault::DropAfterCharge);
    let world = World::new(vec![lost]).await;
    let (summary, _) = world.run(&snapshots(1)).await;
    assert_eq!(charged(&world.store()), (0, 1, 0));
    let mut store = world.store();
    let now = now();
    store
        .decide(&summary.orders[0].0, Verdict::NotPlaced, now)
        .expect("a decision");
    assert_eq!(charged(&store), (0, 0, 1));
    drop(store);
    world.run(&snapshots(1)).await;
    assert_eq!(charged(&world.store()), (1, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_finds_is_booked_and_many_decisions_are_all_or_none() {
    let lost = FaultRule {
        operation: Some(Operation::PatSnapCompanyCreate),
        ..FaultRule::always(Fault::DropAfterCharge)
    };
    let world = World::new(vec![lost]).await;
    let (summary, states) = world.run(&innovation_reports(3)).await;
    assert!(all(&states, StateName::Uncertain));
    let ids: Vec<_> = summary.orders.into_iter().map(|(id, _)| id).collect();
    let mut store = world.store();
    let now = now();
    let placed = |reference: &str| Verdict::Placed(reference.to_owned());
    let wrong = [
        (ids[0].clone(), Verdict::Abandon),
        (ids[1].clone(), placed("no reference")),
    ];
    assert!(store.decide_all(&wrong, now).is_err());
    assert_eq!(
        store
            .orders(Some(StateName::Uncertain))
            .map(|it| it.len())
            .ok(),
        Some(3)
    );
    let right = [
        (ids[0].clone(), Verdict::Abandon),
        (ids[1].clone(), placed("1579434053399035904")),
        (ids[2].clone(), Verdict::NotPlaced),
    ];
    store.decide_all(&right, now).expect("decisions");
    // What was given up may still be on the invoice.
    assert_eq!(charged(&store), (1, 1, 1));
}
