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
