//! Doubts, accounts and bills, as a user meets them.

use std::fs;

use serde_json::Value;

use super::support::{Place, Vendors};

/// A list of snapshots of the first `n` companies.
fn snapshots(place: &Place, n: usize) -> String {
    let lines = (1..=n).map(|n| format!("qcc/snapshot,第{n}号公司\n"));
    let list = place.list(&("product,company\n".to_owned() + &lines.collect::<String>()));
    format!("run {} --out reports --yes", list.display())
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().expect(key)
}

#[test]
fn many_doubts_are_seen_answered_and_billed() {
    let vendors = Vendors::start(
        r#"{"rules":[{"operation":"qcc/GetEciImage","nth":[1,2,3],"fault":"drop_after_charge"},
            {"operation":"patsnap/company-report/create","nth":[1],"fault":{"server_error_after_charge":{"status":502}}}]}"#,
    );
    let place = Place::new().with(&vendors);
    let list = place.list(
        "product,company\nqcc/snapshot,第1号公司\nqcc/snapshot,第2号公司\nqcc/snapshot,第3号公司\nqcc/snapshot,第4号公司\npatsnap/innovation-report,第1号公司\n",
    );
    let run = format!("run {} --out reports --yes", list.display());
    let first = place.ends(&run, 3);
    assert!(
        first.stdout.contains(
            "1 of 5 reports are stored in reports; 1 charged in this run: 1.00 yuan (assumed prices); 4 more may have been: 33.00 yuan"
        ),
        "{first:?}"
    );
    let before = place.ends("bill --json", 0).data("bill_total")[0].clone();
    assert_eq!(
        ["charges", "uncertain", "uncertain_fen", "denied"].map(|key| number(&before, key)),
        [1, 4, 3_00 + 30_00, 0],
        "{before}"
    );

    let text = place.ends("orders --state uncertain", 0);
    for expect in [
        "sent       qcc EciImage/GetEciImage at 20",
        ": it may have arrived, no answer was read",
        "answered with HTTP 502",
        "at stake   1.00 yuan",
        "question   does patsnap (智慧芽) have this order?",
        "open-user/statement/v2",
        "--placed LINK",
        "--abandon",
        "4 uncertain; 33.00 yuan may have been charged in vain",
    ] {
        assert!(text.stdout.contains(expect), "{expect}: {}", text.stdout);
    }
    let orders = place
        .ends("orders --state uncertain --json", 0)
        .data("order");
    assert!(
        orders
            .iter()
            .all(|order| order["doubt"]["question"] == "was_it_placed"
                && order["doubt"]["commands"].as_array().map(Vec::len) == Some(3)),
        "{orders:?}"
    );

    // What would charge again by itself is on the bill of the next run.
    let dry = place
        .command(&format!(
            "run {} --out reports --dry-run --json",
            list.display()
        ))
        .env("JINDIAO_QCC_ON_UNCERTAIN_SNAPSHOT", "order-again")
        .output()
        .expect("a bill");
    let dry = String::from_utf8_lossy(&dry.stdout).into_owned();
    assert!(dry.contains(r#""to_order":3"#), "{dry}");

    // Without a terminal, a filter needs to be told.
    let asked = place.ends("resolve --all-uncertain --vendor qcc --not-placed", 2);
    assert!(asked.stderr.contains("3.00 yuan at stake"), "{asked:?}");
    place.ends("resolve --all-uncertain --before 2020-01-01 --abandon", 0);
    let decided = place.ends(
        "resolve --all-uncertain --product qcc/snapshot --not-placed --yes --json",
        0,
    );
    assert_eq!(decided.data("order").len(), 3);
    assert_eq!(number(&decided.data("resolved")[0], "at_stake_fen"), 3_00);

    // A file decides all or nothing.
    let id = orders
        .iter()
        .find(|order| order["product"] == "patsnap/innovation-report")
        .and_then(|order| order["order"].as_str())
        .expect("an order");
    let file = |text: &str| fs::write(place.path().join("decisions.csv"), text).expect("a file");
    file(&format!(
        "order,verdict,reference\n{id},not-placed,\nzzzz,abandon,\n{id},maybe,\n"
    ));
    let wrong = place.ends("resolve --from decisions.csv", 2);
    for expect in ["decisions.csv:3: ", "decisions.csv:4: ", "2 problems"] {
        assert!(wrong.stderr.contains(expect), "{expect}: {wrong:?}");
    }
    file(&format!("order,verdict,reference\n{id},not-placed,\n"));
    place.ends("resolve --from decisions.csv", 0);
    place.ends(&run, 0);

    // Nine calls that could have been charged, on the vendors' side and on ours.
    let bill = place.ends(
        "bill --by product --since 2020-01-01 --csv bill.csv --json",
        0,
    );
    let total = &bill.data("bill_total")[0];
    assert_eq!(
        ["charges", "charged_fen", "uncertain", "denied"].map(|key| number(total, key)),
        [5, 4_00 + 30_00, 0, 4],
        "{total}"
    );
    let charged: u64 = vendors.charges().values().sum();
    assert_eq!(charged, 9);
    assert_eq!(bill.data("bill_line").len(), 2);
    let csv = fs::read_to_string(place.path().join("bill.csv")).expect("a bill");
    let lines = |what: &str| csv.lines().filter(|line| line.contains(what)).count();
    assert!(csv.starts_with("\u{feff}day,at,vendor,product,subject,order,"));
    assert_eq!((lines(",charge,"), lines(",denied,")), (9, 4), "{csv}");
    assert!(lines("第1号公司") >= 4, "{csv}");
}

#[test]
fn an_account_that_needs_attention_is_said_once() {
    let vendors = Vendors::start(
        r#"{"rules":[{"operation":"qcc/GetEciImage","fault":{"code":{"code":"102"}}},
            {"operation":"qcc/createReport","fault":{"code":{"code":"214"}}}]}"#,
    );
    let place = Place::new().with(&vendors);
    let ended = place.ends(&snapshots(&place, 30), 4);
    let hints: Vec<_> = ended
        .stderr
        .lines()
        .filter(|line| line.starts_with("hint: the account"))
        .collect();
    assert_eq!(
        hints,
        [
            "hint: the account with qcc needs attention (The API key is in arrears): Top up the account with QCC, then resume (`jindiao code qcc 102` explains); then run the same command again"
        ]
    );
    let bill = place.ends("bill --json", 0).data("bill_total")[0].clone();
    assert!((1..=4).contains(&number(&bill, "exchanges")), "{bill}");
    assert_eq!(number(&bill, "charges"), 0);

    let product = place.ends("get qcc/risk-report --period day --out reports --yes", 4);
    assert!(
        product
            .stderr
            .contains("the account with qcc, for qcc/risk-report only, needs attention"),
        "{product:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_run_waits_for_tomorrow_only_if_told_to() {
    use std::io::{BufRead as _, BufReader};

    let vendors = Vendors::start(
        r#"{"rules":[{"operation":"qcc/GetEciImage","fault":{"code":{"code":"109"}}}]}"#,
    );
    let place = Place::new().with(&vendors);
    let run = snapshots(&place, 3);
    let ended = place.ends(&run, 1);
    assert!(
        ended.stderr.contains("the daily quota is used up until 20"),
        "{ended:?}"
    );
    assert!(
        ended.stderr.contains("and --wait waits for it"),
        "{ended:?}"
    );

    let mut process = place
        .command(&format!("{run} --wait --json"))
        .spawn()
        .expect("a run");
    let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
    let waiting = lines
        .find_map(|line| line.ok().filter(|line| line.contains("\"waiting\"")))
        .expect("it says that it waits");
    // What the vendor told the run before is not forgotten.
    assert!(waiting.contains("\"orders\":3"), "{waiting}");
    super::support::signal("-INT", &process);
    assert!(lines.all(|line| line.is_ok()));
    assert_eq!(process.wait().expect("an end").code(), Some(130));
}
