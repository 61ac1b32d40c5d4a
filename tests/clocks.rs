//! A machine whose clock is wrong, as a process sees it: vendors that are seven minutes ahead.

use crate::support::{ORDERS, Place, Vendors};

const AHEAD: &str = r#"{"rules":[{"fault":{"clock_skew":{"seconds":420}}}]}"#;

#[test]
fn a_clock_that_is_wrong_by_minutes_is_told_of_and_costs_no_report() {
    let vendors = Vendors::start(AHEAD);
    let place = Place::new().with(&vendors);
    let ended = place.ends(&format!("run {ORDERS} --out reports --yes --json"), 0);
    vendors.charged_once(25);
    let told = ended.data("clock");
    assert_eq!(told.len(), 3, "{told:?}");
    for vendor in ["qcc", "patsnap", "yibeidiao"] {
        let of = |line: &&serde_json::Value| line["vendor"] == vendor;
        let line = told.iter().find(of).expect("a line for each vendor");
        let ahead = line["ahead_seconds"].as_i64().expect("seconds");
        // Half of what the call took is not known, and a busy machine takes its time.
        assert!((400..=440).contains(&ahead), "{line}");
        assert_eq!(line["is_corrected"], vendor != "patsnap");
        let note = format!("note: this machine's clock is about 7 minutes behind {vendor}'s");
        assert_eq!(ended.stderr.matches(&note).count(), 1, "{}", ended.stderr);
    }
    assert!(ended.data("account").is_empty());
    // Vendors of this machine are no way that anybody is on.
    assert!(ended.data("plain_http").is_empty());

    // The books say what was refused, and why it was asked again.
    let is_noted = ended.data("order").iter().any(|order| {
        let order = order["order"].as_str().expect("an id");
        let shown = place.ends(&format!("show {order} --json"), 0);
        let mut notes = shown
            .data("exchange")
            .into_iter()
            .map(|it| it["note"].clone());
        notes.any(|note| {
            note.as_str()
                .is_some_and(|note| note.contains("made again with the vendor's time"))
        })
    });
    assert!(is_noted);
}
