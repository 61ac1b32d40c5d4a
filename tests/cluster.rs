//! `jindiao cluster` as its users run it: a Restate server, a worker, the simulated vendors, each a
//! process of its own.
//!
//! Where `JINDIAO_RESTATE_SERVER` does not name the server's program, each test says that it was not
//! run.

#[expect(dead_code, reason = "other tests use more of it")]
mod support;

#[path = "support/mixture.rs"]
mod mixture;
#[path = "support/restate.rs"]
mod restate;

#[path = "../crates/cluster/tests/server/balancer.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod balancer;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

use balancer::Balancer;
use mixture::mixture;
use restate::{Server, Worker, free_port};
use support::{Place, Vendors};

/// A list of `n` orders of every product.
fn list(n: usize) -> String {
    mixture(3..n)
}

/// How many of the list are charged.
fn charged(n: usize) -> usize {
    n - (3..n).filter(|n| n % 4 == 3).count()
}

fn worker_flags(more: &str) -> String {
    format!("--listen 127.0.0.1:0 --out reports {more}")
}

#[test]
fn sixty_orders_of_every_kind() {
    let Some(server) = Server::start("sixty_orders_of_every_kind") else {
        return;
    };
    // One charge is not answered.
    let vendors = Vendors::start(
        r#"{"rules":[{"operation":"qcc/createReport","nth":[2],"fault":"drop_after_charge"}]}"#,
    );
    let place = Place::new().with(&vendors).at(&server);
    let list = place.list(&list(60));
    let submit = format!("cluster submit {} --simulated --json", list.display());

    let worker = Worker::start(&place, &worker_flags("--simulated")).expect("a worker");
    assert_eq!(worker.joined["simulated"], true);
    let identity = place.path().join("jindiao-cluster.json");
    let known = fs::read_to_string(&identity).expect("the cluster is remembered");
    assert!(known.contains(worker.joined["cluster"].as_str().expect("an id")));

    // A worker that is configured otherwise does not get in the way.
    let mut other = Place::new().with(&vendors).at(&server);
    other
        .variables
        .insert("JINDIAO_PATSNAP_QPS".to_owned(), "3".to_owned());
    let refused = Worker::start(&other, &worker_flags("--simulated")).err();
    let refused = refused.expect("another pace");
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("patsnap") && refused.stderr.contains("its pace"),
        "{refused:?}"
    );

    let bill = place.ends(&format!("{submit} --dry-run"), 0);
    assert_eq!(bill.data("bill")[0]["charges"], charged(60));
    assert_eq!(bill.data("line").len(), 60);
    let first = place.ends(&submit, 0);
    assert_eq!(first.data("submitted").len(), 60);
    let sums = &first.data("summary")[0];
    assert_eq!((&sums["new"], &sums["known"]), (&60.into(), &0.into()));

    let status = place.rests(60);
    assert_eq!(status.code, Some(3), "one is uncertain: {status:?}");
    let accounts = status.data("cluster_account");
    assert_eq!(accounts.len(), 3);
    assert!(
        accounts
            .iter()
            .all(|it| it["closed"] == serde_json::json!([]) && it["used_today"] != 0),
        "{accounts:?}"
    );
    let text = place.ends("cluster status", 3);
    assert!(
        text.stdout.contains("59 of 60 orders are stored")
            && text.stderr.contains("--state uncertain"),
        "{text:?}"
    );

    // Nothing is new the second time, and nothing is charged again.
    let charges = vendors.charges();
    assert!(charges.len() == charged(60) && charges.values().all(|n| *n == 1));
    let again = place.ends(&submit, 0);
    let sums = &again.data("summary")[0];
    assert_eq!((&sums["new"], &sums["known"]), (&0.into(), &60.into()));
    assert!(again.data("submitted").is_empty());

    // What is too old would be ordered anew; what is uncertain never by itself.
    let stale = place.ends(&format!("{submit} --fresh-within 1ms --dry-run"), 0);
    let bill = &stale.data("bill")[0];
    assert_eq!(
        (&bill["to_order"], &bill["stopped"]),
        (&59.into(), &1.into())
    );

    let orders = place.ends("cluster orders --json", 0).data("order");
    assert_eq!(orders.len(), 60);
    for order in orders.iter().filter(|order| order["state"] == "stored") {
        let file = order["file"].as_str().expect("a file");
        let stored = fs::metadata(place.path().join("reports").join(file));
        assert_eq!(stored.expect("a report").len(), order["size"]);
    }

    // A person settles the doubt.
    let doubts = place.ends("cluster orders --state uncertain --json", 0);
    let doubt = &doubts.data("order")[0];
    assert_eq!(doubt["product"], "qcc/risk-report");
    assert_eq!(doubt["at_stake_fen"], 1000);
    let id = doubt["order"].as_str().expect("an id");
    let command = doubt["doubt"]["commands"][1].as_str().expect("a command");
    assert_eq!(
        command,
        format!("jindiao cluster resolve {id} --not-placed")
    );
    let told = place.ends("cluster orders --state uncertain", 0);
    assert!(told.stdout.contains("1 uncertain; 10.00 yuan"), "{told:?}");
    let shown = place.ends(&format!("cluster show {} --json", &id[..11]), 0);
    let maybe = shown
        .data("exchange")
        .iter()
        .filter(|row| row["charged"] == "maybe")
        .count();
    assert_eq!((shown.data("order").len(), maybe), (1, 1), "{shown:?}");
    assert!(!shown.data("transition").is_empty());
    place.ends(&format!("cluster resolve {id} --placed a"), 0);
    place.ends(&format!("cluster resolve {id} --abandon"), 0);
    place.ends("cluster resolve 000000000000 --abandon", 2);
    place.ends("cluster open qcc --product qcc/snapshot", 0);
    place.ends("cluster resume", 0);
    place.until("cluster status --json", |ended| ended.code == Some(0));

    // A copy to look at.
    let copied = place.ends(
        "cluster export --ledger copy.db --manifest reports --json",
        0,
    );
    place.ends("verify reports", 0);
    assert_eq!(copied.data("summary")[0]["orders"], 60);
    let seen = place.ends("orders --json --ledger copy.db", 0);
    let ids = |orders: &[serde_json::Value]| -> BTreeSet<String> {
        let ids = orders.iter().map(|order| order["order"].to_string());
        ids.collect()
    };
    assert_eq!(ids(&seen.data("order")), ids(&orders));
    place.ends("bill --ledger copy.db", 0);
    place.ends("cluster export --ledger copy.db", 2);
    let run = format!(
        "run {} --out other --simulate --ledger copy.db",
        list.display()
    );
    let refused = place.ends(&run, 2);
    assert!(refused.stderr.contains("are in the cluster"), "{refused:?}");

    // The orders themselves: the ledger goes on with them, and the cluster never again.
    place.ends("cluster export --move --ledger copy.db", 2);
    for _ in 0..2 {
        let moved = place.ends("cluster export --move --ledger back.db --json", 0);
        assert_eq!(moved.data("summary")[0]["orders"], 60);
    }
    place.ends("cluster export --move --ledger other.db", 0);
    let submit = format!("cluster submit {} --simulated --yes", list.display());
    let refused = place.ends(&submit, 2);
    assert!(
        refused.stderr.contains("was moved to the ledger"),
        "{refused:?}"
    );
    let run = format!(
        "run {} --out other --simulate --ledger back.db --json",
        list.display()
    );
    let ran = place.ends(&run, 1);
    let stored = ran.data("order");
    let stored = stored.iter().filter(|order| order["state"] == "stored");
    assert_eq!(
        stored.count(),
        59,
        "all but the one that was given up: {ran:?}"
    );
    assert_eq!(vendors.charges(), charges);
}

#[test]
fn workers_behind_one_address_are_killed_in_turn() {
    let Some(server) = Server::start("workers_behind_one_address_are_killed_in_turn") else {
        return;
    };
    let vendors = Vendors::start(r#"{"rules":[{"per_mille":1000,"fault":{"slow":{"ms":60}}}]}"#);
    let place = Place::new().with(&vendors).at(&server);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let balancer = Balancer::start(runtime.handle());
    let start = || {
        let port = free_port();
        balancer.add(([127, 0, 0, 1], port).into());
        let flags = format!(
            "--listen 127.0.0.1:{port} --advertise {} --out reports --simulated",
            balancer.url()
        );
        Worker::start(&place, &flags).expect("a worker")
    };
    let mut first = start();
    let second = start();
    assert_eq!(first.joined["advertised"], second.joined["advertised"]);
    let list = place.list(&list(80));
    place.ends(&format!("cluster submit {} --simulated", list.display()), 0);
    // Whichever of the two the server sends more to: each dies in the middle, and one lives.
    place.until_charged(&vendors, 15);
    first.kill();
    let mut workers = [start(), second];
    place.until_charged(&vendors, 35);
    workers[1].kill();
    let status = place.rests(80);
    let uncertain = status.data("count").into_iter();
    let uncertain: u64 = uncertain
        .filter(|count| count["state"] == "uncertain")
        .filter_map(|count| count["orders"].as_u64())
        .sum();
    assert!(uncertain < 40, "{status:?}");
    let charges = vendors.charges();
    assert!(charges.values().all(|n| *n == 1), "{charges:?}");
    let known = charged(80) - usize::try_from(uncertain).expect("few");
    assert!(
        (known..=charged(80)).contains(&charges.len()),
        "{charges:?}"
    );
}

#[test]
fn a_closed_account_needs_somebody() {
    let Some(server) = Server::start("a_closed_account_needs_somebody") else {
        return;
    };
    let vendors = Vendors::start(
        r#"{"rules":[{"operation":"qcc/GetEciImage","nth":[1,2],"fault":{"code":{"code":"102"}}}]}"#,
    );
    let place = Place::new().with(&vendors).at(&server);
    let _worker = Worker::start(&place, &worker_flags("--simulated")).expect("a worker");
    let list = place.list(
        "product,company\nqcc/snapshot,甲公司\nqcc/snapshot,乙公司\n\
         patsnap/innovation-report,丙公司\n",
    );
    place.ends(&format!("cluster submit {} --simulated", list.display()), 0);
    let status = place.until("cluster status --json", |ended| {
        let counts = ended.data("count");
        let is_stored = counts.iter().any(|it| it["state"] == "stored");
        ended.code == Some(4) && is_stored
    });
    let accounts = status.data("cluster_account");
    let closed = |vendor: &str| {
        let account = accounts.iter().find(|it| it["vendor"] == vendor);
        account.expect("an account")["closed"].clone()
    };
    assert_eq!(closed("patsnap"), serde_json::json!([]));
    assert_eq!(
        closed("qcc").as_array().map(Vec::len),
        Some(1),
        "{status:?}"
    );
    let told = place.ends("cluster status", 4);
    assert!(told.stderr.contains("cluster open qcc"), "{told:?}");
    assert_eq!(vendors.charges().len(), 1, "only the other vendor's");
    place.ends("cluster open patsnap --product qcc/snapshot", 2);
    // If only one of the two was refused before, the other one closes it again, once.
    place.until("cluster status --json", |ended| {
        if ended.code == Some(4) {
            place.ends("cluster open qcc", 0);
        }
        ended.code != Some(4)
    });
}

#[test]
fn what_is_too_old_is_ordered_anew() {
    let Some(server) = Server::start("what_is_too_old_is_ordered_anew") else {
        return;
    };
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors).at(&server);
    let _worker = Worker::start(&place, &worker_flags("--simulated")).expect("a worker");
    let list =
        place.list("product,company\nqcc/snapshot,甲公司\npatsnap/innovation-report,乙公司\n");
    let submit = format!("cluster submit {} --simulated --json", list.display());
    let sums = |line: &str| place.ends(line, 0).data("summary")[0].clone();
    assert_eq!(sums(&submit)["new"], 2);
    place.rests(2);
    let orders = |place: &Place| -> BTreeSet<String> {
        let orders = place.ends("cluster orders --json", 0).data("order");
        orders.iter().map(|it| it["order"].to_string()).collect()
    };
    let first = orders(&place);
    let fresh = sums(&format!("{submit} --fresh-within 30d"));
    assert_eq!((&fresh["renewed"], &fresh["known"]), (&0.into(), &2.into()));
    let renewed = sums(&format!("{submit} --fresh-within 1ms"));
    assert_eq!(
        (&renewed["new"], &renewed["renewed"], &renewed["known"]),
        (&0.into(), &2.into(), &0.into())
    );
    place.rests(2);
    assert!(orders(&place).is_disjoint(&first), "orders of their own");
    let charges = vendors.charges();
    assert_eq!(charges.len(), 2);
    assert!(charges.values().all(|n| *n == 2), "{charges:?}");
}

#[test]
fn a_ledger_moves_and_orders_nothing_any_more() {
    let Some(server) = Server::start("a_ledger_moves_and_orders_nothing_any_more") else {
        return;
    };
    let vendors = Vendors::start(
        r#"{"rules":[{"operation":"qcc/createReport","nth":[3],"fault":{"slow":{"ms":600000}}}]}"#,
    );
    let mut place = Place::new().with(&vendors).at(&server);
    // The slow call is under way until the run is killed.
    place
        .variables
        .insert("JINDIAO_QCC_REQUEST_TIMEOUT".to_owned(), "10m".to_owned());
    let place = place;
    let _worker = Worker::start(&place, &worker_flags("")).expect("a worker");
    let path = place.list(&list(20));
    let run = format!("run {} --out reports --yes --json", path.display());
    // Killed when all but one order is stored, and that one is in mid-charge.
    let mut process = place.command(&run).spawn().expect("a run");
    let mut stored = 0;
    for line in BufReader::new(process.stdout.take().expect("a pipe")).lines() {
        stored += usize::from(line.expect("a line").contains(r#""to":"stored""#));
        if stored == 19 {
            break;
        }
    }
    // Nobody can take what a run is using.
    let import = "cluster import --ledger jindiao.db --json";
    let used = place.ends(import, 2);
    assert!(used.stderr.contains("is in use"), "{used:?}");
    process.kill().expect("killed");
    process.wait().expect("an end");
    let charges = vendors.charges();

    place.ends("cluster import --ledger no-such.db", 2);
    assert!(!place.path().join("no-such.db").exists());
    let moved = place.ends(import, 0);
    let sums = &moved.data("summary")[0];
    assert_eq!(
        (&sums["moved"], &sums["known"], &sums["uncertain"]),
        (&20.into(), &0.into(), &1.into()),
        "{moved:?}"
    );
    // Once more finds everything, and a run finds that it has nothing to do here.
    let again = place.ends(import, 0);
    assert_eq!(again.data("summary")[0]["known"], 20);
    let refused = place.ends(&run, 2);
    assert!(
        refused.stderr.contains("are in the cluster") && refused.stderr.contains("cluster submit"),
        "{refused:?}"
    );
    place.ends("orders", 0);

    let status = place.ends("cluster status --json", 3);
    let uncertain = status
        .data("count")
        .into_iter()
        .filter(|count| count["state"] == "uncertain");
    let uncertain: Vec<_> = uncertain.map(|count| count["orders"].clone()).collect();
    assert_eq!(uncertain, [1]);
    let submit = format!("cluster submit {} --yes --json", path.display());
    let again = place.ends(&submit, 0);
    assert_eq!(again.data("summary")[0]["known"], 20);
    assert_eq!(vendors.charges(), charges, "nothing is charged again");

    // A person says that the vendor does not have it: it is ordered, by the cluster.
    let doubts = place.ends("cluster orders --state uncertain --json", 0);
    let id = doubts.data("order")[0]["order"]
        .as_str()
        .expect("an id")
        .to_owned();
    place.ends(&format!("cluster resolve {id} --not-placed"), 0);
    place.until("cluster status", |ended| {
        ended.stdout.contains("20 of 20 orders are stored")
    });
}

#[test]
fn what_was_planned_is_moved_only_if_it_may_be_ordered() {
    let name = "what_was_planned_is_moved_only_if_it_may_be_ordered";
    let Some(server) = Server::start(name) else {
        return;
    };
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors).at(&server);
    let path = place.list(&list(12));
    // Planned, and kept back by the budget.
    let run = format!("run {} --out reports --max-cost 0", path.display());
    place.ends(&run, 1);
    assert!(vendors.charges().is_empty());
    let _worker = Worker::start(&place, &worker_flags("")).expect("a worker");
    let import = "cluster import --ledger jindiao.db";
    let asked = place.ends(import, 2);
    assert!(asked.stderr.contains("--yes"), "{asked:?}");
    // Nothing was marked: the ledger still works.
    place.ends(&run, 1);
    place.ends(&format!("{import} --yes"), 0);
    place.until("cluster status", |ended| {
        ended.stdout.contains("12 of 12 orders are stored")
    });
    let charges = vendors.charges();
    assert!(charges.len() == charged(12) && charges.values().all(|n| *n == 1));
}

#[cfg(unix)]
#[test]
fn a_submit_that_is_stopped_goes_on() {
    let Some(server) = Server::start("a_submit_that_is_stopped_goes_on") else {
        return;
    };
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors).at(&server);
    let _worker = Worker::start(&place, &worker_flags("--simulated")).expect("a worker");
    let list = place.list(&list(600));
    let submit = format!("cluster submit {} --simulated --json", list.display());
    let mut process = place.command(&submit).spawn().expect("a submit");
    let out = BufReader::new(process.stdout.take().expect("a pipe"));
    let mut lines = out.lines().map(|line| line.expect("a line"));
    // It cannot end before the signal: what is left to say is more than a pipe takes.
    let mut told: Vec<String> = lines.by_ref().take(20).collect();
    support::signal("-INT", &process);
    told.extend(lines);
    assert_eq!(
        process.wait().expect("an end").code(),
        Some(130),
        "{told:?}"
    );
    let last = told.last().expect("a summary");
    let last: serde_json::Value = serde_json::from_str(last).expect("a line of JSON");
    let first = &last["data"];
    assert_eq!(first["is_interrupted"], true, "{first}");
    let rest = place.ends(&submit, 0);
    let rest = &rest.data("summary")[0];
    let new = |sums: &serde_json::Value| sums["new"].as_u64().expect("a number");
    assert_eq!(new(first) + new(rest), 600, "{first} {rest}");
    assert!(
        new(first) < 600 && rest["known"] == new(first),
        "{first} {rest}"
    );
}

#[test]
fn what_does_not_fit_is_told_and_orders_nothing() {
    let name = "what_does_not_fit_is_told_and_orders_nothing";
    let Some(mut server) = Server::start(name) else {
        return;
    };
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors).at(&server);
    let list = place.list(&list(8));
    let says = |line: &str, part: &str| place.says(line, part);
    let submit = format!("cluster submit {} --yes", list.display());

    // Nobody there, and somebody else.
    let nobody = format!("http://127.0.0.1:{}", free_port());
    says(
        &format!("cluster status --restate-admin {nobody}"),
        "does not answer",
    );
    says(
        &format!("cluster worker --out reports --restate-admin {nobody}"),
        "does not answer",
    );
    says(
        &format!("cluster status --restate-admin http://{}", old_server()),
        "version 1.1.6; this program works with 1.7",
    );
    says(
        &format!(
            "cluster status --restate-admin {}",
            vendors.description["urls"]["qcc"].as_str().expect("a url")
        ),
        "no Restate server",
    );

    // A server that has just started, and no worker yet.
    place.until(&submit, |ended| {
        ended.stderr.contains("no worker has joined")
    });
    says(
        "cluster worker --out reports --listen 0.0.0.0:0",
        "--advertise",
    );
    says(
        &format!("cluster worker {} --advertise {nobody}", worker_flags("")),
        "--advertise that the server can reach",
    );
    assert!(!place.path().join("jindiao-cluster.json").exists());

    // A worker for real orders (the simulator does not know that it is none), and one that is not.
    let mut worker = Worker::start(&place, &worker_flags("")).expect("a worker");
    says(
        &format!("cluster worker {}", worker_flags("--simulated")),
        "real orders",
    );
    says(
        &format!("{submit} --simulated"),
        "this cluster's orders are real",
    );
    says(
        &format!("cluster submit {}", list.display()),
        "nobody can be asked",
    );
    let bought = place.ends(&format!("{submit} --max-cost 21 --json"), 0);
    let sums = &bought.data("summary")[0];
    assert_eq!(
        (&sums["new"], &sums["over_budget"]),
        (&5.into(), &3.into()),
        "{sums}"
    );
    place.rests(5);
    let charges = vendors.charges();

    // Stopped as it should be: nothing is left in doubt.
    #[cfg(unix)]
    {
        support::signal("-TERM", &worker.process);
        assert_eq!(worker.process.wait().expect("an end").code(), Some(0));
    }
    worker.kill();
    place.says(&submit, "no worker answers");

    // What was asked of nobody is tried again and again, until it is given up: that is told only here.
    let task = |state: &str| {
        let status = place.until("cluster status --json", |ended| {
            let tasks = ended.data("invocation");
            tasks.iter().any(|task| task["state"] == state)
        });
        assert_eq!(status.code, Some(1), "{status:?}");
        let task = status.data("invocation")[0]["id"].clone();
        task.as_str().expect("an id").to_owned()
    };
    server.pause(&task("failing"));
    let paused = task("paused");
    let resumed = place.ends("cluster resume --json", 0);
    assert_eq!(resumed.data("resumed")[0]["invocations"], 1);
    assert_eq!(task("failing"), paused);

    // Another pace is another configuration, until somebody says that it is to hold.
    let mut faster = place;
    faster
        .variables
        .insert("JINDIAO_QCC_QPS".to_owned(), "50".to_owned());
    let place = faster;
    place.says(
        &format!("cluster worker {}", worker_flags("")),
        "configurations for qcc: its pace",
    );
    place.ends("cluster reconfigure qcc", 0);
    let status = place.jindiao("cluster status --json");
    let accounts = status.data("cluster_account");
    assert!(
        accounts
            .iter()
            .any(|it| it["vendor"] == "qcc" && it["interval_us"].is_null())
    );
    let mut worker = Worker::start(&place, &worker_flags("")).expect("a worker");
    place.ends("cluster open qcc", 0);
    worker.kill();

    // The server comes back with nothing in it.
    server.empty();
    let emptied = place.until(&submit, |ended| !ended.stderr.contains("does not answer"));
    assert_eq!(emptied.code, Some(2));
    assert!(
        emptied.stderr.contains("is empty, though it held cluster")
            && emptied.stderr.contains("--identity"),
        "{emptied:?}"
    );
    let refused = Worker::start(&place, &worker_flags(""))
        .err()
        .expect("refused");
    assert!(refused.stderr.contains("is empty, though"), "{refused:?}");
    // Another cluster, which is known by another name.
    let _other = Worker::start(&place, &worker_flags("--identity other.json")).expect("a worker");
    place.says(&submit, "holds another cluster");
    assert_eq!(vendors.charges(), charges);
}

/// A server of a version that is too old.
fn old_server() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let body = r#"{"version":"1.1.6","min_admin_api_version":1,"max_admin_api_version":2}"#;
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    addr
}
