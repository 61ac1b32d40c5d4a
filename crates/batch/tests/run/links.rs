//! Links that cost a charge: kept over a bad network, and readable for nobody but the account.

use jindiao_client::AddressPolicy;
use jindiao_order::{State, StateName};
use jindiao_simulator::{Fault, FaultRule, Operation};

use crate::world::{World, all, mixture, snapshots};

/// What is refused for a setting is had once the setting is another, and is not paid twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_must_not_be_followed_waits_until_it_may() {
    let mut world = World::new(vec![]).await;
    world.addresses = AddressPolicy::PUBLIC;
    let wanted = mixture();
    for _ in 0..2 {
        let (summary, states) = world.run(&wanted).await;
        for (id, standing) in &summary.orders {
            let state = states[id];
            assert!(
                [StateName::Ready, StateName::Waiting].contains(&state),
                "{state:?}"
            );
            let why = format!("{standing:?}");
            assert!(why.contains("not on the public internet"), "{why}");
            assert!(why.contains("allow_private_links"), "{why}");
        }
        assert_eq!(world.simulator.charges().total, 11);
        assert_eq!(world.simulator.charges().calls_of(Operation::Download), 0);
    }
    world.addresses = AddressPolicy::PRIVATE_TOO;
    let (summary, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
    assert_eq!(summary.charges, 0);
    assert_eq!(world.simulator.charges().total, 11);
    world.no_subject_paid_twice();
}

/// Where reports cannot be stored nothing more is ordered, and what was ordered is had later.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_takes_no_reports_stops_new_charges() {
    const ORDERS: usize = 12;
    let mut world = World::new(vec![]).await;
    // Two at most are under way at the same time.
    world.pace = world.pace.with_concurrency(std::num::NonZeroUsize::MIN);
    let in_the_way = world.out().join("qcc");
    std::fs::create_dir_all(world.out()).expect("a folder");
    std::fs::write(&in_the_way, "a file").expect("a file");

    let wanted = snapshots(ORDERS);
    let (summary, states) = world.run(&wanted).await;
    let charged = usize::try_from(world.simulator.charges().total).expect("few");
    assert!((1..=2).contains(&charged), "{charged}");
    let count = |state: StateName| states.values().filter(|found| **found == state).count();
    assert_eq!(count(StateName::Ready), charged, "{states:?}");
    assert_eq!(count(StateName::Planned), ORDERS - charged, "{states:?}");
    let left = summary
        .orders
        .iter()
        .map(|(_, standing)| format!("{standing:?}"));
    let stopped = left
        .filter(|why| why.contains("reports cannot be stored"))
        .count();
    assert_eq!(stopped, ORDERS - charged, "{:?}", summary.orders);

    std::fs::remove_file(&in_the_way).expect("the file");
    let (_, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Stored), "{states:?}");
    assert_eq!(world.simulator.charges().total, ORDERS as u64);
    world.no_subject_paid_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_link_waits_sealed_in_the_ledger() {
    let broken = FaultRule {
        operation: Some(Operation::Download),
        times: Some(2),
        ..FaultRule::always(Fault::DropBeforeCharge)
    };
    let world = World {
        policy: |mut policy| {
            policy.download_attempts = 2;
            policy
        },
        ..World::new(vec![broken]).await
    };
    let wanted = snapshots(1);
    let (_, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Ready), "{states:?}");

    let store = world.store();
    let entries = store.orders(None).expect("orders");
    let State::Ready { link, .. } = entries[0].order.state() else {
        panic!("{:?}", entries[0].order.state());
    };
    assert_eq!(link.url(), None);
    drop(store);
    for file in std::fs::read_dir(world.dir.path())
        .expect("a folder")
        .flatten()
    {
        let Ok(content) = std::fs::read(file.path()) else {
            continue;
        };
        for telltale in ["://", "Signature", "Expires="] {
            let is_there = content
                .windows(telltale.len())
                .any(|window| window == telltale.as_bytes());
            assert!(!is_there, "{telltale} in {:?}", file.path());
        }
    }

    let (summary, states) = world.run(&wanted).await;
    assert!(all(&states, StateName::Stored), "{:?}", summary.orders);
    assert_eq!(world.simulator.charges().total, 1);
}
