//! A machine whose clock is wrong: vendors that refuse its time, and say theirs or not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jindiao_batch::{Event, Stop};
use jindiao_client::ClockNote;
use jindiao_order::StateName;
use jindiao_protocol::Vendor;
use jindiao_simulator::{ChargeBook, DateHeader, Operation, Options};

use crate::world::{Outcome, World, mixture, vendors_ahead};

/// How many calls an account of [`World`] has under way.
const UNDER_WAY: u64 = 4;

/// 115 has calls signed anew, and three refusals in a row are enough.
const AS_THE_TABLE_SAYS: u64 = UNDER_WAY + 3;

/// For how many seconds a busy machine may keep an answer, whose date is then that old.
const BUSY: i64 = 60;

/// How everything went, and what was said of the clocks.
async fn run(options: Options) -> (World, Outcome, Vec<ClockNote>) {
    let world = World::with(options).await;
    let notes = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&notes);
    let watch = move |event: Event| {
        if let Event::Clock(note) = event {
            heard.lock().expect("notes").push(note);
        }
    };
    let (summary, _) = world.run_watched(&mixture(), watch, Stop::new()).await;
    world.no_subject_paid_twice();
    let notes = notes.lock().expect("notes").clone();
    (world, summary, notes)
}

fn refused(charges: &ChargeBook, operations: &[Operation]) -> u64 {
    let of = |operation| charges.wrong_time.get(operation).copied().unwrap_or(0);
    operations.iter().map(of).sum()
}

const QCC: [Operation; 3] = [
    Operation::QccImage,
    Operation::QccCreateReport,
    Operation::QccReportInfo,
];

/// How the orders of `vendor` stand.
fn states(world: &World, summary: &Outcome, vendor: Vendor) -> Vec<StateName> {
    let store = world.store();
    let orders = summary
        .orders
        .iter()
        .map(|(id, _)| store.order(id).expect("an order").order);
    orders
        .filter(|order| order.wanted().product().vendor() == vendor)
        .map(|order| order.state().name())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_costs_a_refusal_and_no_report() {
    // Hours are beyond the life of a link, a day changes every date.
    for seconds in [420, -420, 8 * 3600, -86_400] {
        let (world, summary, mut notes) = run(vendors_ahead(seconds)).await;
        for vendor in Vendor::ALL {
            let states = states(&world, &summary, vendor);
            assert!(
                states.iter().all(|state| *state == StateName::Stored),
                "{seconds}: {vendor} {states:?} {:?}",
                summary.orders
            );
        }
        assert!(summary.accounts.is_empty());
        let charges = world.simulator.charges();
        for account in [&QCC[..], &[Operation::YibeidiaoReport]] {
            let refused = refused(&charges, account);
            assert!((1..=UNDER_WAY).contains(&refused), "{seconds}: {refused}");
        }
        // One word for each vendor.
        notes.sort_by_key(|note| note.vendor);
        let said: Vec<_> = notes.iter().map(|note| note.vendor).collect();
        assert_eq!(said, Vendor::ALL);
        for note in notes {
            let off = (note.ahead_seconds - seconds).abs();
            assert!(off <= BUSY, "{note:?}");
            assert_eq!(note.is_corrected, note.vendor != Vendor::Patsnap);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_vendors_time_a_refusal_is_the_accounts() {
    for date in [
        DateHeader::Absent,
        DateHeader::Text("Thu, 01 Jan 1970 00:00:00 GMT".to_owned()),
        DateHeader::Text("Fri, 31 Dec 9999 23:59:59 GMT".to_owned()),
        DateHeader::Text("yesterday".to_owned()),
    ] {
        let options = Options {
            date,
            ..vendors_ahead(420)
        };
        let (world, summary, notes) = run(options).await;
        stands(
            &world,
            &summary,
            "does not tell the vendor's time",
            AS_THE_TABLE_SAYS,
        );
        assert_eq!(notes, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_refuses_its_own_time_is_not_asked_for_ever() {
    let options = Options {
        // Nobody can be as exact as that.
        clock_skew_tolerance: Duration::ZERO,
        ..vendors_ahead(420)
    };
    let (world, summary, notes) = run(options).await;
    stands(&world, &summary, "the vendor", UNDER_WAY * 2);
    assert!(notes.iter().all(|note| note.ahead_seconds >= 420 - BUSY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_agrees_is_not_blamed() {
    let options = Options {
        clock_skew_tolerance: Duration::ZERO,
        ..vendors_ahead(0)
    };
    let (world, summary, notes) = run(options).await;
    stands(
        &world,
        &summary,
        "agrees with the vendor's",
        AS_THE_TABLE_SAYS,
    );
    assert_eq!(notes, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_years_off_is_told_and_not_corrected() {
    let (world, summary, notes) = run(vendors_ahead(400 * 86_400)).await;
    stands(
        &world,
        &summary,
        "more than is corrected: set it",
        UNDER_WAY,
    );
    assert_eq!(notes.len(), 3);
    assert!(notes.iter().all(|note| !note.is_corrected));
}

/// The accounts that sign the time need attention, for the reason that has `why` in it; nobody
/// was asked for ever (QCC no more than `most` times), and the vendor that signs none delivered.
#[track_caller]
fn stands(world: &World, summary: &Outcome, why: &str, most: u64) {
    let troubled: Vec<_> = summary.accounts.iter().map(|it| it.vendor).collect();
    assert_eq!(
        troubled,
        [Vendor::Qcc, Vendor::Yibeidiao],
        "{:?}",
        summary.orders
    );
    for trouble in &summary.accounts {
        assert!(
            trouble.refusal.text.contains(why),
            "{}",
            trouble.refusal.text
        );
    }
    for vendor in [Vendor::Qcc, Vendor::Yibeidiao] {
        for state in states(world, summary, vendor) {
            let is_kept = matches!(
                state,
                StateName::Held | StateName::Planned | StateName::Waiting
            );
            assert!(is_kept, "{vendor}: {state}");
        }
    }
    let delivered = states(world, summary, Vendor::Patsnap);
    assert!(delivered.iter().all(|state| *state == StateName::Stored));
    let charges = world.simulator.charges();
    let refused_by_qcc = refused(&charges, &QCC);
    assert!(refused_by_qcc <= most, "{refused_by_qcc}");
    let refused = refused(&charges, &[Operation::YibeidiaoReport]);
    assert!(refused <= UNDER_WAY * 2, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn vendors_without_encryption_are_called_out_before_they_are_called() {
    let check = async |origin: &str, expect: &[Vendor]| {
        let mut world = World::with(vendors_ahead(0)).await;
        world.origin = Some(origin.to_owned());
        let stop = Stop::new();
        // Nobody is called: it ends with the first word, or before.
        let (asked, said) = (stop.clone(), Arc::new(Mutex::new(Vec::new())));
        if expect.is_empty() {
            stop.request();
        }
        let heard = Arc::clone(&said);
        let watch = move |event| {
            if let Event::PlainHttp { vendor, address } = event {
                heard.lock().expect("said").push((vendor, address));
                asked.request();
            }
        };
        world.run_watched(&mixture(), watch, stop).await;
        let said = said.lock().expect("said").clone();
        let expect: Vec<_> = expect.iter().map(|it| (*it, origin.to_owned())).collect();
        assert_eq!(said, expect);
        assert!(world.simulator.charges().calls.is_empty());
    };
    check("http://gateway.test:8080", &Vendor::ALL).await;
    check("https://gateway.test", &[]).await;
    check("http://[::1]:9", &[]).await;
}
