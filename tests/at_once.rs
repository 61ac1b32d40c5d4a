//! Two processes on one ledger, and lists that change or are too long.

use std::fs;

#[cfg(unix)]
use crate::support::signal;
use crate::support::{ORDERS, Place, Vendors};

#[cfg(unix)]
#[test]
fn a_second_run_is_told_who_has_the_ledger() {
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors);
    let (mut first, lines) = place.endless(&format!("run {ORDERS} --out reports --yes --json"));

    let held = format!("jindiao.db is in use by jindiao, process {}", first.id());
    let second = format!("run {ORDERS} --out reports --yes");
    let refused = place.ends(&second, 2);
    assert!(refused.stderr.contains(&held), "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("hint: wait for the other run, or end it, and try again"),
        "{refused:?}"
    );
    assert_eq!(refused.stdout, "");
    let other = place.ends("get qcc/snapshot --company 甲 --out one --yes", 2);
    assert!(other.stderr.contains(&held), "{other:?}");

    // Whoever only looks is let in.
    place.ends("status", 0);
    place.ends("bill", 0);
    place.ends(&format!("{second} --dry-run"), 0);
    let orders = place.ends("orders --json", 0).data("order");
    assert_eq!(orders.len(), 30);
    let id = |state: &str| {
        let order = orders.iter().find(|order| order["state"] == state);
        order.map(|order| order["order"].as_str().expect("an id").to_owned())
    };
    let planned = id("planned").expect("an order that waits for its turn");
    place.ends(&format!("show {planned}"), 0);
    // Nobody decides about an order that is being driven.
    let decided = place.ends(&format!("resolve {planned} --abandon"), 2);
    assert!(decided.stderr.contains(&held), "{decided:?}");

    signal("-INT", &first);
    drop(lines.last());
    assert_eq!(first.wait().expect("an end").code(), Some(130));
    place.ends(&second, 0);
    vendors.charged_once(25);
}

#[test]
fn runs_that_begin_at_the_same_moment_order_once() {
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors);
    let run = format!("run {ORDERS} --out reports --yes");
    let runs: Vec<_> = (0..4)
        .map(|_| place.command(&run).spawn().expect("a run"))
        .collect();
    let codes: Vec<_> = runs
        .into_iter()
        .map(|run| run.wait_with_output().expect("an end").status.code())
        .collect();
    assert!(
        codes.contains(&Some(0)) && codes.iter().all(|code| matches!(code, Some(0 | 2))),
        "{codes:?}"
    );
    vendors.charged_once(25);
}

#[cfg(unix)]
#[test]
fn a_run_whose_ledger_was_taken_from_it_orders_no_more() {
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors);
    let (mut first, lines) = place.endless(&format!("run {ORDERS} --out reports --yes --json"));
    // As on a network folder where locks lie.
    fs::remove_file(place.path().join("jindiao.db.lock")).expect("a lock file");
    // What is under way in the one that is shut out waits for a decision, and is not made again.
    let second = place.jindiao(&format!("run {ORDERS} --out reports --yes"));
    assert!(matches!(second.code, Some(0 | 3)), "{second:?}");
    signal("-INT", &first);
    drop(lines.last());
    let code = first.wait().expect("an end").code();
    assert!(code.is_some_and(|code| code != 0), "{code:?}");
    let charges = vendors.charges();
    assert!(charges.values().all(|n| *n == 1), "{charges:?}");
}

#[test]
fn a_line_of_10_mb_is_refused_with_its_number() {
    let place = Place::new();
    let list = place.list(&format!(
        "product,company\nqcc/snapshot,甲\nqcc/snapshot,{}\n",
        "乙".repeat(10 << 18)
    ));
    let ended = place.ends(
        &format!("run {} --simulate --out reports", list.display()),
        2,
    );
    assert!(
        ended
            .stderr
            .contains("list.csv:3: the line is longer than 1 MiB: this is no list"),
        "{}",
        ended.stderr.chars().take(500).collect::<String>()
    );
    assert_eq!(place.names(), ["list.csv"]);
}

#[cfg(unix)]
#[test]
fn a_list_can_come_through_a_pipe() {
    let place = Place::new();
    let mut command = place.command("run /dev/stdin --out reports --dry-run --json");
    let mut process = command
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut input = process.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut input, "product,company\nqcc/snapshot,甲\n".as_bytes())
        .expect("a list");
    drop(input);
    let output = process.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("\"lines\":1"));
}
