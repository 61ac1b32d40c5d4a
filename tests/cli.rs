//! The program as a process: exit codes, what goes where, and that it resumes.

use std::fs;

#[cfg(unix)]
use crate::support::signal;
use crate::support::{ORDERS, Place, Vendors};

#[test]
fn the_main_job_and_once_more() {
    let place = Place::new();
    let run = format!("run {ORDERS} --simulate --out reports");
    let first = place.ends(&run, 0);
    assert!(
        first
            .stdout
            .contains("30 of 30 reports are stored in reports; 25 charged"),
        "{first:?}"
    );
    let again = place.ends(&run, 0);
    assert!(
        again
            .stdout
            .contains("nothing to order: 30 of 30 reports are stored"),
        "{again:?}"
    );
    let verified = place.ends("verify reports --json", 0);
    assert_eq!(
        verified.data("summary"),
        [serde_json::json!({"files": 30, "ok": 30, "bad": 0})]
    );
    let anew = place.ends(&format!("{run} --fresh-within 0s --json"), 0);
    assert_eq!(anew.data("summary")[0]["charges"], 25, "{anew:?}");

    fs::remove_dir_all(place.path().join("reports/qcc")).expect("reports");
    place.ends("verify reports", 1);
    place.ends("verify nowhere", 2);
}

#[test]
fn a_bill_makes_nothing() {
    let place = Place::new();
    let bill = place.ends(&format!("run {ORDERS} --out reports --dry-run --json"), 0);
    assert_eq!(
        (
            bill.data("line").len(),
            bill.data("bill")[0]["cost_fen"].as_u64()
        ),
        (30, Some(45_800))
    );
    let prices = [
        ("JINDIAO_QCC_PRICE_SNAPSHOT", "0.10"),
        ("JINDIAO_QCC_PRICE_RISK_REPORT", "0"),
    ];
    let list = place.list("product,company\nqcc/snapshot,甲\nqcc/snapshot,乙\n");
    let text = place
        .command(&format!("run {} --out reports --dry-run", list.display()))
        .envs(prices)
        .output()
        .expect("a bill");
    assert!(
        String::from_utf8_lossy(&text.stdout).contains("2 reports would be charged: 0.20 yuan\n"),
        "{text:?}"
    );
    assert_eq!(place.names(), ["list.csv"]);
}

#[test]
fn a_list_with_mistakes_orders_nothing() {
    let place = Place::new();
    let list = place
        .list("product,company,credit_code\nqcc/snapshots,甲,\nqcc/snapshot,,911101085513850820\n");
    let line = format!("run {} --simulate --out reports", list.display());
    let ended = place.ends(&line, 2);
    for expect in [
        "list.csv:2:1 (product): ",
        "list.csv:3:3 (credit_code): ",
        "error: nothing was ordered: 2 problems",
    ] {
        assert!(ended.stderr.contains(expect), "{ended:?}");
    }
    assert_eq!(ended.stdout, "");
    assert_eq!(
        place
            .ends(&format!("{line} --json"), 2)
            .data("problem")
            .len(),
        2
    );
    place.ends("run no-such.csv --simulate --out reports", 2);
    assert_eq!(place.names(), ["list.csv"]);
}

#[test]
fn what_is_missing_is_named() {
    let place = Place::new();
    let ended = place.ends(&format!("run {ORDERS} --out reports --yes"), 2);
    for name in [
        "QCC_KEY",
        "QCC_SECRET",
        "PATSNAP_CLIENT_ID",
        "PATSNAP_CLIENT_SECRET",
        "YIBEIDIAO_KEY",
        "YIBEIDIAO_TOKEN",
    ] {
        assert!(
            ended.stderr.contains(&format!("JINDIAO_{name}")),
            "{name} in {ended:?}"
        );
    }
    place.ends("status", 2);
    place.ends("resolve abc --abandon", 2);
    place.ends("run", 2);
    assert!(place.names().is_empty());
}

#[test]
fn another_process_plays_the_vendors() {
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors);
    let run = format!("run {ORDERS} --out reports");
    let asked = place.ends(&run, 2);
    assert!(
        asked
            .stderr
            .contains("25 reports would be ordered for 458.00 yuan"),
        "{asked:?}"
    );
    assert!(place.names().is_empty());

    let part = place.ends(&format!("{run} --max-cost 20 --json"), 1);
    assert_eq!(part.data("summary")[0]["is_budget_spent"], true);
    place.ends(&format!("{run} --yes"), 0);
    // All is stored: nothing would charge, so nothing is asked.
    place.ends(&run, 0);
    vendors.charged_once(25);
    // A simulated run keeps out of the real ledger.
    place.ends(&format!("{run} --simulate --ledger jindiao.db"), 2);

    let got = place.ends("get qcc/snapshot --company 某某公司 --out one --yes", 0);
    assert!(
        place.path().join(got.stdout.trim_end()).is_file(),
        "{got:?}"
    );
    let refused = place.ends("get qcc/snapshot --company 查无此企 --out one --yes", 1);
    assert!(refused.stderr.contains("201"), "{refused:?}");
    let held = place.ends("get qcc/snapshot --company 欠费 --out one --yes", 4);
    assert!(
        held.stderr.contains("`jindiao code qcc 102` explains"),
        "{held:?}"
    );
}

#[test]
fn an_uncertain_order_waits_for_a_decision() {
    let vendors = Vendors::start(
        r#"{"rules":[{"operation":"qcc/createReport","nth":[1],"fault":"drop_after_charge"}]}"#,
    );
    let place = Place::new().with(&vendors);
    let get = "get qcc/risk-report --period day --out reports --yes --json";
    let ended = place.ends(get, 3);
    let id = ended.data("order")[0]["order"]
        .as_str()
        .expect("an id")
        .to_owned();
    assert!(
        ended
            .stderr
            .contains(&format!("jindiao resolve {id} --not-placed")),
        "{ended:?}"
    );
    // It is not sent again by itself.
    place.ends(get, 3);
    assert_eq!(vendors.charges().values().sum::<u64>(), 1);

    let prefix = &id[..6];
    assert_eq!(
        place
            .ends("orders --state uncertain --json", 0)
            .data("order")
            .len(),
        1
    );
    assert_eq!(
        place
            .ends(&format!("show {prefix} --json"), 0)
            .data("exchange")[0]["delivery"],
        "maybe_sent"
    );
    place.ends(&format!("resolve {prefix} --not-placed"), 0);
    place.ends(get, 0);
    assert_eq!(vendors.charges().values().sum::<u64>(), 2);
    place.ends(&format!("resolve {prefix} --abandon"), 2);
    assert_eq!(
        place.ends("status --json", 0).data("count")[0]["state"],
        "stored"
    );
}

#[cfg(unix)]
#[test]
fn a_simulator_that_is_asked_to_stop_ends_well() {
    let mut vendors = Vendors::start("");
    signal("-TERM", &vendors.process);
    assert_eq!(vendors.process.wait().expect("an end").code(), Some(0));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let mut process = place
        .command("completions bash")
        .spawn()
        .expect("the program runs");
    drop(process.stdout.take());
    assert_eq!(process.wait().expect("an end").code(), Some(0));
}
