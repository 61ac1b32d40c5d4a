//! A ledger at a glance says what the ledger says, also when it is looked at again and again.

use std::collections::BTreeMap;

use jindiao_batch::{LedgerKind, Lookout, Prices, StateCount, Store};
use jindiao_order::{Fen, OrderId, Product, StateName, Verdict, Wanted};
use jindiao_protocol::{Company, Subject, Timestamp};
use tempfile::TempDir;

struct Place {
    dir: TempDir,
    store: Store,
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_795_000_000 + seconds)
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("ledger.db");
        let store = Store::open(&path, LedgerKind::Simulated, at(0)).expect("a ledger");
        Self { dir, store }
    }

    fn lookout(&self) -> Lookout {
        Lookout::open(&self.dir.path().join("ledger.db")).expect("a lookout")
    }

    fn plan(&mut self, product: Product, names: std::ops::Range<u32>) -> Vec<OrderId> {
        let wanted: Vec<_> = names
            .map(|n| {
                let name = format!("第{n}号公司").parse().expect("a name");
                let subject = Subject::Company(Company::named(name));
                Wanted::new(product, subject, None).expect("a wanted report")
            })
            .collect();
        let planned = self.store.plan(&wanted, &Prices::default(), None, at(1));
        planned
            .expect("a plan")
            .into_iter()
            .map(|it| it.id)
            .collect()
    }
}

/// The counts as the store has them.
fn counts(store: &Store) -> Vec<StateCount> {
    let counts = store.counts().expect("counts").into_iter();
    let mut counts: Vec<_> = counts
        .map(|it| StateCount {
            product: it.product,
            state: it.state,
            orders: it.orders,
        })
        .collect();
    counts.sort_by_key(|it| (it.product, it.state));
    counts
}

#[test]
fn counts_follow_what_happens() {
    let mut place = Place::new();
    let mut lookout = place.lookout();
    let mut check = |store: &Store| {
        let mut seen = lookout.look(at(9)).expect("a look").counts;
        seen.sort_by_key(|it| (it.product, it.state));
        assert_eq!(seen, counts(store));
    };
    check(&place.store);
    let ids = place.plan(Product::QccSnapshot, 0..50);
    check(&place.store);
    place.plan(Product::PatsnapInnovationReport, 0..30);
    check(&place.store);
    for (n, id) in ids.iter().enumerate().take(7) {
        place
            .store
            .decide(id, Verdict::Abandon, at(2))
            .expect("decided");
        if n % 2 == 0 {
            place
                .store
                .decide(id, Verdict::NotPlaced, at(3))
                .expect("decided");
        }
        if n % 3 == 0 {
            check(&place.store);
        }
    }
    check(&place.store);
    // As many at once as are counted anew.
    place.plan(Product::QccSnapshot, 50..25_000);
    check(&place.store);
}

#[test]
fn a_version_changes_with_the_ledger_and_only_then() {
    let mut place = Place::new();
    let lookout = place.lookout();
    let version = || lookout.version().expect("a version");
    let before = version();
    assert_eq!(version(), before);
    place.plan(Product::QccSnapshot, 0..1);
    assert_ne!(version(), before);
}

/// What follows from exchanges is looked at with a real run in the tests of the dashboard; here,
/// that a person's decision changes it.
#[test]
fn a_decision_changes_what_may_have_been_charged() {
    let mut place = Place::new();
    let id = place.plan(Product::PatsnapInnovationReport, 0..1).remove(0);
    let ledger = rusqlite::Connection::open(place.dir.path().join("ledger.db")).expect("a ledger");
    // As a process leaves it that ended in mid-charge.
    let form: String = ledger
        .query_row("SELECT form FROM orders", [], |row| row.get(0))
        .expect("a form");
    let mut form: serde_json::Value = serde_json::from_str(&form).expect("JSON");
    form["state"] = "ordering".into();
    form["intent"] = serde_json::json!({
        "fence": {"incarnation": "x", "nonce": 1}, "written": at(2), "expires": at(5),
    });
    ledger
        .execute(
            "UPDATE orders SET state = 'ordering', form = ?1",
            [form.to_string()],
        )
        .expect("changed");
    let mut lookout = place.lookout();
    place.store.reopen(at(6)).expect("recovered");
    let seen = lookout.look(at(7)).expect("a look");
    assert_eq!(
        (seen.money.charged, seen.money.maybe),
        (Fen::ZERO, Fen::new(3000))
    );
    let doubts = lookout.uncertain(0, 10).expect("doubts");
    assert_eq!(doubts.len(), 1);
    assert!(doubts[0].attempt.is_some());
    assert!(lookout.uncertain(1, 10).expect("doubts").is_empty());

    let verdict = Verdict::Placed("123".to_owned());
    place.store.decide(&id, verdict, at(8)).expect("decided");
    let seen = lookout.look(at(9)).expect("a look");
    assert_eq!(
        (seen.money.charged, seen.money.maybe),
        (Fen::new(3000), Fen::ZERO)
    );
    let states: BTreeMap<_, _> = seen.counts.iter().map(|it| (it.state, it.orders)).collect();
    assert_eq!(states, BTreeMap::from([(StateName::Ordered, 1)]));
    assert_eq!(seen.times.hours.len(), 1);
    assert_eq!(seen.times.hours[0].sum.money, seen.money);
}
