//! The ledger as a file: what it refuses, and what it never does.

use std::path::{Path, PathBuf};

use jindiao_batch::{Charged, LedgerErrorKind, LedgerKind, Prices, Standing, Store};
use jindiao_order::{Order, OrderId, Product, State, StateName, Verdict, Wanted};
use jindiao_protocol::{Company, Delivery, Period, Subject, Timestamp};
use rusqlite::Connection;
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("ledger.db");
    (dir, path)
}

fn open(path: &Path) -> Result<Store, LedgerErrorKind> {
    Store::open(path, LedgerKind::Real, NOW).map_err(|error| error.kind().clone())
}

fn wanted(name: &str) -> Wanted {
    let subject = Subject::Company(Company::named(name.parse().expect("a name")));
    Wanted::new(Product::QccSnapshot, subject, None).expect("a wanted report")
}

fn with_orders(path: &Path, n: usize) -> Store {
    let mut store = open(path).expect("a ledger");
    let wanted: Vec<_> = (0..n).map(|n| wanted(&format!("第{n}号公司"))).collect();
    store
        .plan(&wanted, &Prices::default(), None, NOW)
        .expect("a plan");
    store
}

#[test]
fn the_same_request_is_one_order_for_ever() {
    let (_dir, path) = place();
    let mut store = with_orders(&path, 2);
    let lines = store
        .plan(
            &[wanted("第0号公司"), wanted("第2号公司")],
            &Prices::default(),
            None,
            NOW,
        )
        .expect("a plan");
    assert_eq!(lines[0].standing, Standing::Known(StateName::Planned));
    assert_eq!(lines[1].standing, Standing::New);
    assert_eq!(store.orders(None).expect("orders").len(), 3);
}

/// Where locks lie, or somebody deletes the lock file, two processes get to write.
#[cfg(unix)]
#[test]
fn whoever_opened_it_last_is_the_only_writer() {
    let (_dir, path) = place();
    let mut first = with_orders(&path, 1);
    let mut lock = path.clone().into_os_string();
    lock.push(".lock");
    std::fs::remove_file(lock).expect("a lock file");
    let mut second = with_orders(&path, 1);

    let plan = |store: &mut Store, name| store.plan(&[wanted(name)], &Prices::default(), None, NOW);
    let error = plan(&mut first, "甲").expect_err("it was taken over");
    assert!(
        matches!(error.kind(), LedgerErrorKind::InUse { .. }),
        "{error}"
    );
    let id = second.orders(None).expect("orders")[0].order.id().clone();
    let error = first
        .decide(&id, Verdict::Abandon, NOW)
        .expect_err("taken over");
    assert!(
        matches!(error.kind(), LedgerErrorKind::InUse { .. }),
        "{error}"
    );

    assert_eq!(
        plan(&mut second, "甲").expect("a plan")[0].standing,
        Standing::New
    );
    second
        .decide(&id, Verdict::Abandon, NOW)
        .expect("a decision");
    drop(second);
    // What was said to the first is not forgotten: it stays out.
    plan(&mut first, "甲").expect_err("it was taken over");
}

#[test]
fn one_writer_at_a_time_and_many_readers() {
    let (_dir, path) = place();
    let store = with_orders(&path, 1);
    let Err(LedgerErrorKind::InUse { holder }) = open(&path).map(drop) else {
        panic!("two writers")
    };
    assert!(holder.contains(&std::process::id().to_string()), "{holder}");
    assert_eq!(
        Store::view(&path)
            .expect("a view")
            .orders(None)
            .expect("orders")
            .len(),
        1
    );
    drop(store);
    assert!(open(&path).is_ok());
}

#[test]
fn a_ledger_knows_what_it_is() {
    let (dir, path) = place();
    drop(with_orders(&path, 1));
    let simulated =
        Store::open(&path, LedgerKind::Simulated, NOW).map_err(|error| error.kind().clone());
    assert_eq!(
        simulated.map(drop),
        Err(LedgerErrorKind::OtherKind { simulated: false })
    );

    let foreign = dir.path().join("foreign.db");
    std::fs::write(&foreign, "a,list,of,companies\n".repeat(100)).expect("a file");
    assert_eq!(open(&foreign).map(drop), Err(LedgerErrorKind::NotALedger));
    assert!(
        std::fs::read_to_string(&foreign)
            .expect("a file")
            .starts_with("a,list")
    );

    let other = dir.path().join("other.db");
    Connection::open(&other)
        .and_then(|db| db.execute_batch("CREATE TABLE t (a)"))
        .expect("a database");
    assert_eq!(open(&other).map(drop), Err(LedgerErrorKind::NotALedger));

    let missing = Store::view(&dir.path().join("missing.db")).map_err(|error| error.kind().clone());
    assert_eq!(missing.map(drop), Err(LedgerErrorKind::Missing));
}

#[test]
fn a_newer_ledger_is_left_as_it_is() {
    let (_dir, path) = place();
    drop(with_orders(&path, 1));
    let set = |version: i64| {
        Connection::open(&path)
            .and_then(|db| db.pragma_update(None, "user_version", version))
            .expect("set");
    };
    set(99);
    assert_eq!(
        open(&path).map(drop),
        Err(LedgerErrorKind::Newer {
            found: 99,
            known: 2
        })
    );
    set(2);
    assert_eq!(
        open(&path)
            .expect("a ledger")
            .orders(None)
            .expect("orders")
            .len(),
        1
    );
}

/// A ledger as the first version wrote it: one order that was charged, and one that is planned.
fn of_version_1(path: &Path) -> [OrderId; 2] {
    let db = Connection::open(path).expect("a database");
    db.execute_batch(include_str!("versions/1.sql"))
        .and_then(|()| db.execute("INSERT INTO meta VALUES ('simulated', 'no')", []))
        .expect("tables");
    let orders = ["甲", "乙"].map(|name| Order::plan(wanted(name), 0, NOW));
    // Rows of deleted orders leave gaps.
    for (order, row) in orders.iter().zip([3, 9]) {
        let fingerprint = order.wanted().fingerprint();
        db.execute(
            "INSERT INTO orders (rowid, id, fingerprint, round, vendor, product, state, form, price_fen, planned_at, updated_at)
             VALUES (?1, ?2, ?3, 0, 'qcc', 'qcc/snapshot', 'planned', ?4, 100, ?5, ?5)",
            rusqlite::params![row, order.id().as_str(), fingerprint.as_bytes(), order.to_json(), NOW.unix_millis()],
        )
        .and_then(|_| db.execute(
            "INSERT INTO transitions (order_id, at, state) VALUES (?1, ?2, 'planned')",
            rusqlite::params![order.id().as_str(), NOW.unix_millis()],
        ))
        .expect("an order");
    }
    let ids = orders.map(|order| order.id().clone());
    db.execute(
        "INSERT INTO transitions (order_id, at, state, note) VALUES (?1, ?2, 'uncertain', 'why')",
        rusqlite::params![ids[1].as_str(), NOW.unix_millis() + 1],
    )
    .and_then(|_| db.execute(
        "INSERT INTO exchanges (order_id, at, vendor, exchange, effect, delivery, duration_ms, price_fen, counted, charged)
         VALUES (?1, ?2, 'qcc', 'EciImage/GetEciImage', 'charge', 'answered', 7, 100, 'yes', 'yes')",
        rusqlite::params![ids[1].as_str(), NOW.unix_millis()],
    ))
    .expect("a history");
    ids
}

#[test]
fn a_ledger_of_version_1_is_read_as_it_is_and_written_as_version_2() {
    let (_dir, path) = place();
    let ids = of_version_1(&path);
    let version = || -> i64 {
        let db = Connection::open(&path).expect("a database");
        db.query_row("PRAGMA user_version", [], |row| row.get(0))
            .expect("a version")
    };
    let told = |store: &Store| {
        let found = store.find(&ids[1].as_str()[..8]).expect("an order");
        let history = ids
            .each_ref()
            .map(|id| store.history(id).expect("a history"));
        assert_eq!(history[0].0.len(), 1, "planned, said once");
        format!(
            "{:?} {found:?} {history:?} {:?} {:?} {:?}",
            store.orders(None).expect("orders"),
            store.booked(None).expect("books"),
            store.counts().expect("counts"),
            store.foresee(&wanted("甲"), None, NOW).expect("a plan"),
        )
    };
    let before = told(&Store::view(&path).expect("a ledger"));
    assert_eq!(version(), 1);
    let mut store = open(&path).expect("a ledger");
    assert_eq!(told(&store), before);
    store.check().expect("whole");
    assert_eq!(version(), 2);
    let lines = store.plan(&[wanted("甲"), wanted("丙")], &Prices::default(), None, NOW);
    let lines = lines.expect("a plan").into_iter();
    let standings: Vec<_> = lines.map(|line| line.standing).collect();
    assert_eq!(
        standings,
        [Standing::Known(StateName::Planned), Standing::New]
    );
    store
        .decide(&ids[0], Verdict::Abandon, NOW)
        .expect("a decision");
    drop(store);
    assert_eq!(
        open(&path)
            .expect("a ledger")
            .history(&ids[0])
            .expect("a history")
            .0
            .len(),
        2
    );
}

#[test]
fn a_damaged_ledger_is_reported_and_not_begun_anew() {
    let (_dir, path) = place();
    drop(with_orders(&path, 300));
    let whole = std::fs::read(&path).expect("a file");
    assert!(whole.len() > 40_000);

    std::fs::write(&path, &whole[..whole.len() / 2]).expect("cut short");
    assert_eq!(open(&path).map(drop), Err(LedgerErrorKind::Damaged));

    let mut page = whole.clone();
    for byte in &mut page[8192..12_288] {
        *byte = 0x5A;
    }
    std::fs::write(&path, &page).expect("a damaged page");
    assert_eq!(open(&path).map(drop), Err(LedgerErrorKind::Damaged));

    std::fs::write(&path, &whole).expect("restored");
    assert_eq!(
        open(&path)
            .expect("a ledger")
            .orders(None)
            .expect("orders")
            .len(),
        300
    );
}

#[test]
fn an_order_that_was_caught_in_mid_charge_is_uncertain() {
    let (_dir, path) = place();
    let store = with_orders(&path, 2);
    let entry = store.orders(None).expect("orders").remove(0);
    drop(store);
    // What a process leaves behind that dies after its intent is durable.
    let (order, _) = entry.order.step(
        NOW,
        jindiao_order::Input::Permitted(jindiao_order::Fence {
            incarnation: "dead".to_owned(),
            nonce: 1,
        }),
        &jindiao_order::Policy::of(Product::QccSnapshot),
    );
    assert_eq!(order.state().name(), StateName::Ordering);
    let db = Connection::open(&path).expect("a database");
    db.execute(
        "UPDATE orders SET state = 'ordering', form = ?2 WHERE id = ?1",
        [order.id().as_str(), &order.to_json()],
    )
    .expect("written");
    drop(db);

    let store = open(&path).expect("a ledger");
    assert_eq!(store.recovered(), 1);
    let entry = store.order(order.id()).expect("an order");
    assert!(matches!(entry.order.state(), State::Uncertain { .. }));
    assert_eq!(entry.at_stake(), entry.price);
    // The call that nobody booked may be on an invoice all the same; it is booked once.
    drop(store);
    let mut store = open(&path).expect("a ledger");
    let booked = store.booked(None).expect("books");
    assert_eq!(booked.len(), 1);
    let row = &booked[0].row;
    assert_eq!(
        (row.exchange.as_str(), row.charged, row.delivery, row.price),
        (
            "EciImage/GetEciImage",
            Charged::Maybe,
            Delivery::MaybeSent,
            entry.price
        )
    );
    let later = NOW.plus(std::time::Duration::from_secs(1));
    assert!(store.booked(Some(later)).expect("books").is_empty());

    let decided = store
        .decide(order.id(), Verdict::Abandon, NOW)
        .expect("a decision");
    assert_eq!(decided.order.state().name(), StateName::Failed);
    let fits_not = store.decide(order.id(), Verdict::Placed("x y".to_owned()), NOW);
    assert_eq!(
        fits_not.map(drop).map_err(|error| error.kind().clone()),
        Err(LedgerErrorKind::Verdict)
    );
}

#[test]
fn orders_are_found_by_the_beginning_of_their_id() {
    let (_dir, path) = place();
    let store = with_orders(&path, 40);
    let id = store
        .orders(None)
        .expect("orders")
        .remove(7)
        .order
        .id()
        .clone();
    let find = |text: &str| {
        store
            .find(text)
            .map(|e| e.order.id().clone())
            .map_err(|e| e.kind().clone())
    };
    assert_eq!(find(id.as_str()), Ok(id.clone()));
    assert_eq!(find(&id.as_str()[..9].to_uppercase()), Ok(id));
    assert_eq!(find("zzzzzzzzzzzz"), Err(LedgerErrorKind::NoSuchOrder));
    assert_eq!(find(""), Err(LedgerErrorKind::NoSuchOrder));
    assert_eq!(
        find("'; DROP TABLE orders"),
        Err(LedgerErrorKind::NoSuchOrder)
    );
    let ambiguous = (b'0'..=b'9')
        .chain(b'a'..=b'z')
        .any(|c| find(&char::from(c).to_string()) == Err(LedgerErrorKind::Ambiguous));
    assert!(ambiguous, "forty ids begin with thirty-two letters");
}

#[test]
fn counts_are_by_product_and_state() {
    let (_dir, path) = place();
    let mut store = with_orders(&path, 3);
    let period =
        Wanted::new(Product::QccRiskReport, Subject::Period(Period::Week), None).expect("wanted");
    store
        .plan(&[period], &Prices::default(), None, NOW)
        .expect("a plan");
    let counts = store.counts().expect("counts");
    let of = |product| {
        counts
            .iter()
            .find(|count| count.product == product)
            .map(|count| count.orders)
    };
    assert_eq!(
        (of(Product::QccSnapshot), of(Product::QccRiskReport)),
        (Some(3), Some(1))
    );
}

#[cfg(unix)]
#[test]
fn a_ledger_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, path) = place();
    let _store = with_orders(&path, 1);
    for name in ["ledger.db", "ledger.db-wal", "ledger.db.lock"] {
        let mode = std::fs::metadata(path.with_file_name(name))
            .expect(name)
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name} {mode:o}");
    }
}

#[test]
fn reports_that_come_one_by_one_are_planned_all_or_none() {
    let (_dir, path) = place();
    let mut store = open(&path).expect("a ledger");
    let mut plan = |is_whole: bool| {
        store.plan_with(&Prices::default(), None, NOW, |planner| {
            planner.plan(&wanted("甲"), None)?;
            planner.plan(&wanted("乙"), None)?;
            if is_whole { Ok(()) } else { Err(Stopped) }
        })
    };
    assert!(plan(false).is_err());
    assert!(plan(true).is_ok());
    let orders = store.orders(None).expect("orders");
    assert_eq!(orders.len(), 2);
    assert_eq!(
        store
            .history(orders[0].order.id())
            .expect("a history")
            .0
            .len(),
        1
    );
}

struct Stopped;

impl From<jindiao_batch::LedgerError> for Stopped {
    fn from(_: jindiao_batch::LedgerError) -> Self {
        Self
    }
}

#[test]
fn a_ledger_that_was_moved_orders_nothing_any_more() {
    let (_dir, path) = place();
    let mut store = with_orders(&path, 2);
    assert_eq!(store.moved_to().expect("read"), None);
    store.mark_moved("c1").expect("marked");
    drop(store);
    let moved = || LedgerErrorKind::Moved {
        to: "c1".to_owned(),
    };
    assert_eq!(open(&path).expect_err("moved"), moved());
    let to_move = |to| Store::open_to_move(&path, LedgerKind::Real, NOW, to);
    assert_eq!(*to_move("c2").expect_err("moved").kind(), moved());
    // What was interrupted goes on, and anybody may look.
    assert_eq!(
        to_move("c1").expect("the same").moved_to().expect("read"),
        Some("c1".to_owned())
    );
    let viewed = Store::view(&path).expect("a ledger");
    assert_eq!(viewed.orders(None).expect("orders").len(), 2);
}

#[test]
fn requests_come_with_all_their_orders_page_by_page() {
    let (_dir, path) = place();
    let mut store = with_orders(&path, 5);
    let id = store.orders(None).expect("orders")[1].order.id().clone();
    store.decide(&id, Verdict::Abandon, NOW).expect("decided");
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let page = store.requests(after.as_ref(), 2).expect("a page");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = Some(last[0].order.wanted().fingerprint());
        seen.extend(page);
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.iter().all(|rounds| rounds.len() == 1));
    assert!(seen.is_sorted_by_key(|rounds| rounds[0].order.wanted().fingerprint()));
}

#[test]
fn a_copy_is_what_was_copied() {
    let (_dir, path) = place();
    let (_other_dir, other) = place();
    let mut store = with_orders(&path, 3);
    let id = store.orders(None).expect("orders")[1].order.id().clone();
    store.decide(&id, Verdict::Abandon, NOW).expect("decided");
    let entries = store.orders(None).expect("orders");
    let books: Vec<_> = entries
        .iter()
        .map(|entry| store.history(entry.order.id()).expect("a history"))
        .collect();
    let copies = entries.iter().zip(&books);
    let copies: Vec<_> = copies
        .map(|(entry, (states, rows))| (entry, states.as_slice(), rows.as_slice()))
        .collect();
    let mut copy = open(&other).expect("a ledger");
    copy.copy_in(copies.iter().copied()).expect("copied");
    assert_eq!(
        format!("{:?}", copy.orders(None).expect("orders")),
        format!("{entries:?}")
    );
    for (entry, history) in entries.iter().zip(&books) {
        assert_eq!(copy.history(entry.order.id()).expect("a history"), *history);
    }
    // Not a second time, and then nothing at all.
    let more = wanted("别的");
    copy.plan(&[more], &Prices::default(), None, NOW)
        .expect("a plan");
    assert!(copy.copy_in(copies).is_err());
    assert_eq!(copy.orders(None).expect("orders").len(), 4);
}
