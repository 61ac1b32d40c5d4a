//! The program as a process: exit codes, what goes where, and that it resumes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const ORDERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/orders.csv");

/// A folder to work in, and variables.
struct Place {
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // The user's own configuration must not reach in.
        let home = folder.path().display().to_string();
        let variables = ["HOME", "XDG_CONFIG_HOME"]
            .map(|name| (name.to_owned(), home.clone()))
            .into();
        Self { folder, variables }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jindiao"));
        command
            .args(line.split_whitespace())
            .env_clear()
            .envs(&self.variables)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn jindiao(&self, line: &str) -> Ended {
        let output = self.command(line).output().expect("the program runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Ended {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Runs it and expects this exit code.
    fn ends(&self, line: &str, code: i32) -> Ended {
        let ended = self.jindiao(line);
        assert_eq!(ended.code, Some(code), "{line}: {ended:?}");
        ended
    }

    fn list(&self, text: &str) -> PathBuf {
        let path = self.path().join("list.csv");
        fs::write(&path, text).expect("a list");
        path
    }

    /// The names in the folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    /// Lets the program work against `vendors`, quickly.
    fn with(mut self, vendors: &Vendors) -> Self {
        let env = vendors.description["env"].as_object().expect("variables");
        self.variables.extend(
            env.iter()
                .map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned())),
        );
        for vendor in ["QCC", "PATSNAP", "YIBEIDIAO"] {
            self.variables
                .insert(format!("JINDIAO_{vendor}_POLL_INTERVAL"), "50ms".to_owned());
            self.variables
                .insert(format!("JINDIAO_{vendor}_QPS"), "100".to_owned());
        }
        self
    }
}

impl Ended {
    /// The data of the JSON lines of a type.
    fn data(&self, kind: &str) -> Vec<Value> {
        let lines = self
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        lines
            .filter(|line| line["type"] == kind)
            .map(|line| line["data"].clone())
            .collect()
    }
}

/// `jindiao simulate` in a process of its own.
struct Vendors {
    process: Child,
    description: Value,
}

impl Vendors {
    fn start(faults: &str) -> Self {
        let place = Place::new();
        let mut command = place.command("simulate");
        if !faults.is_empty() {
            command.args(["--faults", faults]);
        }
        let mut process = command
            .stderr(Stdio::null())
            .spawn()
            .expect("the simulator starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("its description");
        let line: Value = serde_json::from_str(&line).expect("a line of JSON");
        assert_eq!(line["type"], "simulator");
        Self {
            process,
            description: line["data"].clone(),
        }
    }

    /// How often each thing was charged.
    fn charges(&self) -> BTreeMap<String, u64> {
        let addr = self.description["addr"].as_str().expect("an address");
        let mut stream = TcpStream::connect(addr).expect("a connection");
        write!(
            stream,
            "GET /simulator/charges HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n"
        )
        .expect("a request");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("a reply");
        let (_, body) = reply.split_once("\r\n\r\n").expect("a body");
        let body: Value = serde_json::from_str(body).expect("a charge book");
        serde_json::from_value(body["by_subject"].clone()).expect("numbers")
    }
}

impl Drop for Vendors {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

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
    let charges = vendors.charges();
    assert!(
        charges.len() == 25 && charges.values().all(|n| *n == 1),
        "{charges:?}"
    );
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
fn signal(name: &str, process: &Child) {
    let sent = Command::new("kill")
        .args([name, &process.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(sent.success());
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on() {
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors);
    let run = format!("run {ORDERS} --out reports --yes --json");
    // At this pace it would take days.
    let mut process = place
        .command(&run)
        .env("JINDIAO_PATSNAP_QPS", "0.001")
        .spawn()
        .expect("a run");
    let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
    lines
        .find(|line| line.as_ref().is_ok_and(|line| line.contains("\"charged\"")))
        .expect("a charge")
        .expect("a line");
    signal("-INT", &process);
    let rest: Vec<String> = lines.map(|line| line.expect("a line")).collect();
    assert_eq!(
        process.wait().expect("an end").code(),
        Some(130),
        "{rest:?}"
    );
    assert!(
        rest.last()
            .is_some_and(|line| line.contains("\"is_interrupted\":true")),
        "{rest:?}"
    );
    place.ends(&run, 0);
    assert!(vendors.charges().values().all(|n| *n == 1));
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
