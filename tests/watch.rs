//! A list that is kept up to date, round after round.
#![cfg(unix)]

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStderr};

use serde_json::Value;

use super::support::{Place, Vendors, signal};

/// `jindiao watch` in a process of its own.
struct Watch {
    process: Child,
    notes: Lines<BufReader<ChildStderr>>,
    /// How many rounds it said to have ended, as far as that was read.
    rounds: u32,
}

impl Watch {
    fn start(place: &Place, line: &str) -> Self {
        let mut process = place.command(line).spawn().expect("it starts");
        let stderr = process.stderr.take().expect("a pipe");
        Self {
            process,
            notes: BufReader::new(stderr).lines(),
            rounds: 0,
        }
    }

    /// What it says until one more round has ended.
    fn ends_round(&mut self) -> Vec<String> {
        self.rounds += 1;
        let end = format!("round {} has ended; the next one begins at ", self.rounds);
        let lines = self.notes.by_ref().map(|line| line.expect("UTF-8"));
        let mut said: Vec<String> = Vec::new();
        for line in lines {
            said.push(line);
            if said.last().is_some_and(|line| line.starts_with(&end)) {
                break;
            }
        }
        let last = said.pop();
        assert!(last.is_some_and(|last| last.starts_with(&end)), "{said:?}");
        said
    }

    /// Lets rounds end until `is_so` of what one of them said. How many that takes is not known:
    /// it does not wait for us between two of them.
    fn goes_round_until(&mut self, is_so: impl Fn(&[String]) -> bool) {
        const MANY: u32 = 100;
        let is_so = (0..MANY).any(|_| is_so(&self.ends_round()));
        assert!(is_so, "not within {MANY} rounds");
    }

    /// Its exit code after it was asked to stop.
    fn stop(mut self) -> Option<i32> {
        signal("-TERM", &self.process);
        self.process.wait().expect("it ends").code()
    }
}

#[test]
fn new_lines_are_ordered_and_doubts_are_told_of_once() {
    let vendors = Vendors::start(
        r#"{"rules":[{"operation":"qcc/GetEciImage","nth":[1],"fault":"drop_after_charge"}]}"#,
    );
    let place = Place::new().with(&vendors);
    let list = place.list("product,company\nqcc/snapshot,第1号公司\n");
    let tell_us = place.path().join("tell-us");
    // It fails at first: then it was not told.
    let script = "#!/bin/sh\ntest -e asked || { touch asked; exit 1; }\ncat >> news.jsonl\n";
    fs::write(&tell_us, script).expect("a program");
    fs::set_permissions(&tell_us, fs::Permissions::from_mode(0o700)).expect("a program");
    let mut watch = Watch::start(
        &place,
        "watch list.csv --out reports --every 1s --max-cost 100 --notify-command ./tell-us",
    );
    let _ = watch.ends_round();
    let mut file = OpenOptions::new().append(true).open(list).expect("a list");
    file.write_all("qcc/snapshot,第2号公司\n".as_bytes())
        .expect("a line");
    watch.goes_round_until(|_| {
        let stored = place.ends("orders --state stored --json", 0);
        stored.data("order").len() == 1
    });
    // One more, which has nothing to tell.
    let _ = watch.ends_round();
    assert_eq!(watch.stop(), Some(130));

    let charges = vendors.charges();
    assert_eq!(charges.values().sum::<u64>(), 2, "{charges:?}");
    let news = fs::read_to_string(place.path().join("news.jsonl")).expect("news");
    let news: Vec<Value> = news
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let [news] = news.as_slice() else {
        panic!("told once: {news:?}")
    };
    assert_eq!(news["type"], "uncertain");
    assert_eq!(news["data"]["new"], 1);
    assert_eq!(news["data"]["at_stake_fen"], 100);
}

#[test]
fn the_budget_is_for_all_rounds() {
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors);
    place.list("product,company\nqcc/snapshot,第1号公司\n");
    let mut watch = Watch::start(
        &place,
        "watch list.csv --out reports --every 1s --max-cost 2 --fresh-within 0s",
    );
    for _ in 0..4 {
        let _ = watch.ends_round();
    }
    assert_eq!(watch.stop(), Some(130));
    assert_eq!(vendors.charges().values().sum::<u64>(), 2);
}

#[test]
fn a_list_that_breaks_is_waited_for() {
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors);
    let list = place.list("product,company\nqcc/snapshot,第1号公司\n");
    let mut watch = Watch::start(&place, "watch list.csv --out reports --every 1s --yes");
    let _ = watch.ends_round();
    fs::write(&list, "product,company\nqcc/snapshots,第2号公司\n").expect("a list");
    watch.goes_round_until(|said| {
        let mut lines = said.iter();
        lines.any(|line| line.contains("did you mean qcc/snapshot"))
    });
    assert_eq!(vendors.charges().len(), 1);
    fs::write(&list, "product,company\nqcc/snapshot,第2号公司\n").expect("a list");
    watch.goes_round_until(|_| vendors.charges().len() == 2);
    assert_eq!(watch.stop(), Some(130));
}

#[test]
fn what_cannot_be_kept_up_to_date_is_refused() {
    let place = Place::new();
    place.list("product,company\nqcc/snapshot,第1号公司\n");
    let check = |flags: &str, expect: &str| {
        let ended = place.ends(&format!("watch {flags} --out reports"), 2);
        assert!(ended.stderr.contains(expect), "{flags}: {ended:?}");
    };
    check("list.csv --every 1h", "--max-cost YUAN limits");
    check("list.csv --every 0s --yes", "one round a second at most");
    check("list.csv --every 1h --dry-run", "jindiao check");
    check("- --every 1h --yes", "standard input cannot be read again");
    check("list.csv --every soon --yes", "not a duration");
    assert!(!place.path().join("reports").exists());
}
