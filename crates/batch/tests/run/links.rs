//! Links that cost a charge: kept over a bad network, and readable for nobody but the account.

use jindiao_order::{State, StateName};
use jindiao_simulator::{Fault, FaultRule, Operation};

use crate::world::{World, all, snapshots};

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
