//! The program is killed, stopped, and kept from writing. The simulator's charge counter and the
//! files on disk are the judges.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
#[cfg(unix)]
use std::time::{Duration, Instant};

use crate::support::{Place, Vendors};
#[cfg(unix)]
use crate::support::{signal, wire::Wire};

#[path = "support/mixture.rs"]
mod mixture;
use mixture::mixture;

/// Every call takes a while, so that a kill finds some under way.
const SLOW: &str = r#"{"rules":[{"per_mille":1000,"fault":{"slow":{"ms":15}}}]}"#;

/// Runs the list until `lines` lines of JSON have come out, and kills the program there. Says
/// whether that was before the run had ended.
fn run_and_kill(place: &Place, run: &str, lines: usize) -> bool {
    let mut process = place.command(run).spawn().expect("a run");
    let out = BufReader::new(process.stdout.take().expect("a pipe"));
    let seen: Vec<String> = out
        .lines()
        .take(lines)
        .map(|line| line.expect("a line"))
        .collect();
    // SIGKILL: nothing can be caught or tidied up.
    process.kill().expect("killed");
    process.wait().expect("an end");
    seen.len() == lines && !seen.iter().any(|line| line.contains("\"summary\""))
}

#[test]
fn sixty_kills_and_nothing_is_paid_twice_or_lost() {
    const ORDERS: usize = 240;
    let vendors = Vendors::start(SLOW);
    let place = Place::new().with(&vendors);
    let list = place.list(&mixture(0..ORDERS));
    let run = format!("run {} --out reports --yes --json", list.display());
    let kills = (0..60)
        .filter(|kill| run_and_kill(&place, &run, 1 + kill * 7 % 23))
        .count();
    assert!(kills >= 50, "{kills} kills in the middle of a run");
    let ended = place.jindiao(&run);
    let orders = ended.data("order");
    assert_eq!(orders.len(), ORDERS + 3, "{ended:?}");

    // At most one charge for each subject, and each charge is stored or waits for a person.
    let charges = vendors.charges();
    let twice: Vec<_> = charges.iter().filter(|(_, n)| **n > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let in_state = |state: &str| {
        orders
            .iter()
            .filter(|order| order["state"] == state)
            .count()
    };
    let (stored, uncertain) = (in_state("stored"), in_state("uncertain"));
    assert_eq!(stored + uncertain, ORDERS + 3, "{orders:?}");
    assert_eq!(ended.code, Some(if uncertain == 0 { 0 } else { 3 }));
    let paid_and_stored = orders
        .iter()
        .filter(|order| order["state"] == "stored" && order["charged_fen"] != 0)
        .count();
    assert!(
        charges.len() >= paid_and_stored && charges.len() <= paid_and_stored + uncertain,
        "{} charges, {paid_and_stored} paid reports, {uncertain} uncertain",
        charges.len()
    );
    place.ends("verify reports", 0);

    // A person decides, and the rest comes.
    for order in orders.iter().filter(|order| order["state"] == "uncertain") {
        let id = order["order"].as_str().expect("an id");
        place.ends(&format!("resolve {id} --not-placed"), 0);
    }
    let ended = place.ends(&run, 0);
    let files: BTreeSet<_> = ended
        .data("order")
        .iter()
        .map(|order| order["file"].as_str().expect("a file").to_owned())
        .collect();
    assert_eq!(files.len(), ORDERS + 3);
    place.ends("verify reports", 0);
}

/// How long calls that are under way may take when a run is interrupted. What takes longer is cut
/// off, and may be a doubt: that nothing else is, `crates/batch` tests in a time of its own.
#[cfg(unix)]
const FAREWELL: Duration = Duration::from_millis(1500);

/// Sends the signal in mid-run, and expects a clean end that can be resumed.
#[cfg(unix)]
fn stops_cleanly(name: &str) {
    let vendors = Vendors::start(SLOW);
    let place = Place::new().with(&vendors);
    let list = place.list(&mixture(0..200));
    let run = format!("run {} --out reports --yes --json", list.display());
    let (mut process, lines) = place.endless(&run);
    let asked = Instant::now();
    signal(name, &process);
    let rest: Vec<String> = lines.collect();
    let code = process.wait().expect("an end").code();
    let took = asked.elapsed();
    assert_eq!(code, Some(130), "{rest:?}");
    assert!(
        rest.last()
            .is_some_and(|line| line.contains("\"is_interrupted\":true")),
        "{rest:?}"
    );
    // What was under way was finished: nothing is left in doubt.
    let is_in_doubt = rest
        .iter()
        .any(|line| line.contains("\"state\":\"uncertain\""));
    assert!(!is_in_doubt || took >= FAREWELL, "{took:?}: {rest:?}");
    place.ends(&run, if is_in_doubt { 3 } else { 0 });
    assert!(vendors.charges().values().all(|n| *n == 1));
}

#[cfg(unix)]
#[test]
fn an_interrupt_stops_cleanly() {
    stops_cleanly("-INT");
}

#[cfg(unix)]
#[test]
fn a_termination_stops_cleanly() {
    stops_cleanly("-TERM");
}

#[cfg(unix)]
#[test]
fn a_second_interrupt_is_answered_and_cuts_nothing_off() {
    let vendors = Vendors::start("");
    let wire = Wire::to(vendors.addr());
    let mut place = Place::new().with(&vendors);
    place.variables.insert(
        "JINDIAO_QCC_URL".to_owned(),
        format!("http://{}", wire.addr),
    );
    // The charge is under way for as long as we like.
    wire.hold();
    let mut process = place
        .command("get qcc/snapshot --company 甲公司 --out reports --yes")
        .spawn()
        .expect("a run");
    wire.wait_for("GetEciImage", 0);
    let asked = Instant::now();
    let mut lines = BufReader::new(process.stderr.take().expect("a pipe")).lines();
    let [first, second] = ["stopping; ", "still stopping: "].map(|answer| {
        signal("-INT", &process);
        lines
            .by_ref()
            .map(|line| line.expect("a line"))
            .find(|line| line.starts_with(answer))
    });
    wire.release();
    assert_eq!(process.wait().expect("an end").code(), Some(130));
    let took = asked.elapsed();
    assert!(first.is_some());
    assert!(second.is_some() || took >= FAREWELL, "{took:?}");
    let doubts = place.ends("orders --state uncertain --json", 0);
    assert!(
        doubts.data("order").is_empty() || took >= FAREWELL,
        "{took:?}: {doubts:?}"
    );
    assert_eq!(vendors.charges().values().sum::<u64>(), 1);
}

#[test]
fn an_output_folder_that_cannot_be_written_costs_nothing() {
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors);
    let list = place.list(&mixture(0..4));
    fs::write(place.path().join("reports"), "a file stands in the way").expect("a file");
    let ended = place.ends(&format!("run {} --out reports --yes", list.display()), 2);
    assert!(ended.stderr.contains("cannot be written"), "{ended:?}");
    assert!(vendors.charges().is_empty());
}

#[test]
fn an_output_folder_that_breaks_in_the_middle_loses_nothing() {
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors);
    let list = place.list(&mixture(0..40));
    let run = format!("run {} --out reports --yes --json", list.display());
    // The folder of one product cannot be made: as if the disk had gone read-only in mid-run.
    fs::create_dir_all(place.path().join("reports/patsnap")).expect("a folder");
    let obstacle = place.path().join("reports/patsnap/innovation-report");
    fs::write(&obstacle, "a file stands in the way").expect("a file");
    let ended = place.ends(&run, 1);
    let waiting = ended
        .data("order")
        .iter()
        .filter(|order| order["state"] != "stored")
        .count();
    assert!(waiting > 0);
    assert!(
        !ended
            .data("order")
            .iter()
            .any(|order| order["state"] == "uncertain")
    );

    fs::remove_file(obstacle).expect("removed");
    place.ends(&run, 0);
    let charges = vendors.charges();
    assert!(charges.values().all(|n| *n == 1), "{charges:?}");
}

#[test]
fn a_damaged_ledger_is_reported_and_kept() {
    let place = Place::new();
    let list = place.list(&mixture(0..100));
    let run = format!("run {} --out reports --simulate", list.display());
    place.ends(&run, 0);
    let ledger = place.path().join("jindiao-simulated.db");
    let whole = fs::read(&ledger).expect("a ledger");
    let half = &whole[..whole.len() / 2];
    fs::write(&ledger, half).expect("cut short");
    let ended = place.ends(&run, 2);
    assert!(
        ended.stderr.contains("is damaged") && ended.stderr.contains("hint:"),
        "{ended:?}"
    );
    assert_eq!(fs::read(&ledger).expect("a ledger"), half);
    fs::write(&ledger, whole).expect("restored");
    place.ends(&run, 0);
}
