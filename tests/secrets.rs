//! What is secret stays inside: everything that the program lets out is searched for it.
//!
//! The credentials that the simulated vendors accept are the canaries, and so is whatever went over
//! the wire that opens a door: tokens, signatures, signed links.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use jindiao_simulator::{Credentials, LinkLife, Options, PendingPlan, Simulator};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::support::wire::Wire;
use crate::support::{Ended, ORDERS, Place, Vendors};

/// Every kind of error that vendors and networks have, and some calls that go well.
const FAULTS: &str = r#"{"rules":[
    {"operation":"qcc/GetEciImage","nth":[1],"fault":"drop_after_charge"},
    {"operation":"qcc/GetEciImage","nth":[2],"fault":"half_body"},
    {"operation":"qcc/GetEciImage","nth":[3],"fault":"html_page_before_charge"},
    {"operation":"qcc/GetEciImage","nth":[8],"fault":{"code":{"code":"101"}}},
    {"operation":"qcc/GetEciImage","nth":[5],"fault":"wrong_types"},
    {"operation":"qcc/GetEciImage","nth":[6],"fault":{"server_error_after_charge":{"status":502}}},
    {"operation":"qcc/getReportInfo","nth":[1],"fault":{"server_error_before_charge":{"status":503}}},
    {"operation":"qcc/getReportInfo","nth":[3],"fault":{"code":{"code":"115"}}},
    {"operation":"patsnap/token","nth":[1],"fault":{"server_error_before_charge":{"status":503}}},
    {"operation":"patsnap/token","nth":[3],"fault":"half_body"},
    {"operation":"patsnap/company-report/create","nth":[1],"fault":{"code":{"code":"67200009"}}},
    {"operation":"patsnap/company-report/create","nth":[3],"fault":"report_fails"},
    {"operation":"patsnap/company-report/status","nth":[2],"fault":"html_page_before_charge"},
    {"operation":"patsnap/patent-report/status","nth":[1],"fault":"drop_before_charge"},
    {"operation":"yibeidiao/generate-temp-report","nth":[4],"fault":{"code":{"code":"901"}}},
    {"operation":"yibeidiao/generate-temp-report","nth":[1],"fault":"expired_link"},
    {"operation":"yibeidiao/generate-temp-report","nth":[2],"fault":"half_body"},
    {"operation":"download","nth":[1],"fault":"half_body"},
    {"operation":"download","nth":[3],"fault":"html_page_before_charge"},
    {"operation":"download","nth":[6],"fault":"expired_link"},
    {"operation":"download","nth":[9],"fault":{"server_error_before_charge":{"status":503}}},
    {"operation":"download","subject":"慢","fault":{"slow_body":{"ms":600000}}}
]}"#;

const LIST: &str = "product,company,period,record_no,patent
qcc/snapshot,第1号公司,,,
qcc/snapshot,第2号公司,,,
qcc/snapshot,第3号公司,,,
qcc/snapshot,第4号公司,,,
qcc/snapshot,第5号公司,,,
qcc/snapshot,第6号公司,,,
qcc/snapshot,第7号公司,,,
qcc/risk-report,,day,,
qcc/risk-report,,week,,
patsnap/innovation-report,第1号公司,,,
patsnap/innovation-report,第2号公司,,,
patsnap/innovation-report,欠费公司,,,
patsnap/patent-value-report,,,,CN108977442B
yibeidiao/interim-report,,,20190415152645093980001,
yibeidiao/interim-report,,,20190415152645093980002,
";

#[test]
fn nothing_secret_comes_out() {
    let scene = Scene::new();
    let mut out = Outlet::default();
    scene.work(&mut out);
    scene.stopped_in_a_download(&mut out);
    scene.mistakes(&mut out);

    // Signed headers are what `sign` is for, and Yibeidiao's name its key.
    let signed = scene.place.ends("sign yibeidiao --json", 0);
    let key = &scene.simulator.credentials().yibeidiao_key;
    let credential = Secrets::from([(key.clone(), "credential")]);
    let mut control = Outlet::default();
    control.take("sign yibeidiao", &signed);
    assert_eq!(search(&control, &credential).len(), 1);
    let without_key = Ended {
        stdout: signed.stdout.replace(key.as_str(), "…"),
        ..signed
    };
    out.take("sign yibeidiao", &without_key);
    scene.both(SIGN, &mut out);

    let (secrets, kinds) = secrets(&scene.wire, scene.simulator.credentials());
    assert_eq!(kinds.len(), KINDS, "{kinds:?}");
    out.files(scene.place.path());
    assert!(out.0.len() > 150, "{}", out.0.len());
    let searched: usize = out.0.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(searched > 200_000, "{searched}");
    let found = search(&out, &secrets);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_simulated_vendors_log_nothing_secret() {
    let place = Place::new();
    let mut command = place.command("simulate");
    command.envs([("JINDIAO_LOG", "trace"), ("RUST_LOG", "trace")]);
    let mut vendors = Vendors::of(&mut command);
    let wire = Wire::to(vendors.addr());
    let mut place = Place::new().with(&vendors);
    for vendor in ["QCC", "PATSNAP", "YIBEIDIAO"] {
        let url = format!("http://{}", wire.addr);
        place.variables.insert(format!("JINDIAO_{vendor}_URL"), url);
    }
    for order in [
        "qcc/risk-report --period day",
        "patsnap/patent-value-report --patent CN108977442B",
        "yibeidiao/interim-report --record-no 20190415152645093983751",
    ] {
        place.ends(&format!("get {order} --out reports --yes"), 0);
    }
    let mut stderr = Vec::new();
    let mut pipe = vendors.stop().stderr.take().expect("a pipe");
    pipe.read_to_end(&mut stderr).expect("its log");
    assert!(String::from_utf8_lossy(&stderr).contains("jindiao_simulator::serve"));
    let runtime = Runtime::new().expect("a runtime");
    let same = runtime.block_on(Simulator::start(Options::default()));
    let (secrets, kinds) = secrets(&wire, same.expect("a simulator").credentials());
    assert_eq!(kinds.len(), KINDS, "{kinds:?}");
    let out = Outlet(vec![("its log".to_owned(), stderr)]);
    assert_eq!(search(&out, &secrets), [""; 0]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]

    /// What a panic, a log or a curious programmer would print of the things that hold secrets.
    #[test]
    fn debug_tells_nothing(secret in "S3CR3T[!-9;-~]{6,40}") {
        use jindiao_client::{Client, LinkSeal, PaceLimits, Vendors};
        use jindiao_protocol::{Exchange as _, Link, Origin, RawLink, Timestamp};
        use jindiao_protocol_patsnap::{Credential, RequestToken};
        use jindiao_signing::{patsnap, qcc, yibeidiao};

        let now = Timestamp::from_unix_seconds(1_700_000_000);
        let origin: Origin = "http://127.0.0.1:1".parse().expect("an origin");
        let text = secret.as_str();
        let qcc_secret = qcc::SecretKey::new(text).expect("a secret");
        let seal = LinkSeal::of(text);
        let qcc = jindiao_protocol_qcc::Auth::new(
            origin.clone(),
            qcc::AppKey::new(text).expect("a key"),
            qcc_secret,
        );
        let yibeidiao = jindiao_protocol_yibeidiao::Auth::new(
            origin.clone(),
            yibeidiao::CompanyKey::new(text).expect("a key"),
            yibeidiao::Token::new(text).expect("a token"),
        );
        let client = Credential::Client {
            id: patsnap::ClientId::new(text).expect("an id"),
            secret: patsnap::ClientSecret::new(text).expect("a secret"),
        };
        let token_auth = client.token_auth(&origin).expect("a pair");
        let request = RequestToken.request(&token_auth, now).expect("a request");
        let shown = format!("{seal:?} {qcc:?} {yibeidiao:?} {client:?} {token_auth:?} {request:?}");
        let pace = PaceLimits::default;
        let timeout = Duration::from_secs(1);
        let vendors = Vendors::new(Client::http().expect("a client"))
            .with_qcc(qcc, pace(), timeout)
            .with_patsnap(origin, client, pace(), timeout)
            .with_yibeidiao(yibeidiao, pace(), timeout);
        let url = format!("https://h/r.pdf?Signature={}", text.replace(['"', '<', '>', '\\', '^', '`', '{', '|', '}', '#'], "-"));
        let (raw, link) = (RawLink::new(url.as_str(), None), Link::parse(&url, now, None));
        let shown = format!("{shown} {vendors:?} {raw:?} {link:?}");
        let basic = request.headers()["authorization"].to_str().expect("a text").to_owned();
        proptest::prop_assert!(!shown.contains("S3CR3T"), "{shown}");
        proptest::prop_assert!(!shown.contains(basic.trim_start_matches("Basic ")), "{shown}");
    }
}

#[test]
fn a_secret_that_comes_out_is_found() {
    let secrets = Secrets::from([("S3CR3T-0001".to_owned(), "token")]);
    let found = |bytes: &[u8]| {
        let mut out = Outlet::default();
        out.0.push(("here".to_owned(), bytes.to_vec()));
        search(&out, &secrets)
    };
    assert_eq!(found(b"\x00\xffa S3CR3T-0001"), ["the token in here at 4"]);
    assert_eq!(found(b"S3CR3T-000S3CR3T-0002"), [""; 0]);
}

/// Where it is all played.
struct Scene {
    _runtime: Runtime,
    simulator: Simulator,
    wire: Wire,
    /// The configuration and what else is secret by right.
    safe: TempDir,
    place: Place,
}

impl Scene {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let options = Options {
            pending: PendingPlan::polls(1),
            // Signed, so that they can be told from other texts.
            link_life: LinkLife {
                qcc_snapshot: Some(Duration::from_secs(3600)),
                ..LinkLife::default()
            },
            faults: serde_json::from_str(FAULTS).expect("a plan"),
            ..Options::default()
        };
        let simulator = runtime
            .block_on(Simulator::start(options))
            .expect("a simulator");
        let wire = Wire::to(simulator.addr());
        let safe = tempfile::tempdir().expect("a folder");
        let mut place = Place::new();
        let mut set = |name: &str, value: &str| {
            place.variables.insert(name.to_owned(), value.to_owned());
        };
        for (name, value) in simulator.env() {
            let value = match name.ends_with("_URL") {
                true => format!("http://{}", wire.addr),
                false => value,
            };
            set(name, &value);
        }
        for vendor in ["QCC", "PATSNAP", "YIBEIDIAO"] {
            set(&format!("JINDIAO_{vendor}_POLL_INTERVAL"), "20ms");
            set(&format!("JINDIAO_{vendor}_QPS"), "200");
        }
        set("JINDIAO_LOG", "trace");
        set("RUST_LOG", "trace");
        set("RUST_BACKTRACE", "1");
        let scene = Self {
            _runtime: runtime,
            simulator,
            wire,
            safe,
            place,
        };
        scene.with_a_command()
    }

    /// The secret of QCC comes from a command, which notes how it and its parent were called.
    fn with_a_command(mut self) -> Self {
        let secret = self.place.variables.remove("JINDIAO_QCC_SECRET");
        let kept = self.safe.path().join("secret");
        fs::write(&kept, secret.expect("a secret") + "\n").expect("a secret");
        let command = if cfg!(unix) {
            let script = format!(
                "cat /proc/$PPID/cmdline /proc/$$/cmdline >>called 2>&-; cat {}",
                kept.display()
            );
            vec!["sh".to_owned(), "-c".to_owned(), script]
        } else {
            vec![
                "cmd".to_owned(),
                "/c".to_owned(),
                format!("type {}", kept.display()),
            ]
        };
        let config = self.write(
            "jindiao.toml",
            &format!("[qcc]\nsecret_command = {command:?}\n"),
        );
        self.place.variables.insert(
            "XDG_CONFIG_HOME".to_owned(),
            self.safe.path().display().to_string(),
        );
        fs::create_dir(self.safe.path().join("jindiao")).expect("a folder");
        fs::rename(config, self.safe.path().join("jindiao/jindiao.toml")).expect("moved");
        self
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.safe.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    }

    /// Both forms of what a command says.
    fn both(&self, line: &str, out: &mut Outlet) -> Ended {
        out.take(line, &self.place.jindiao(line));
        let ended = self.place.jindiao(&format!("{line} --json"));
        out.take(line, &ended);
        ended
    }

    /// Orders, looks, decides and adds up.
    fn work(&self, out: &mut Outlet) {
        let list = self.place.list(LIST);
        let run = format!("run {} --out reports", list.display());
        self.both(&format!("{run} --dry-run"), out);
        self.both(&run, out);
        let first = self.place.jindiao(&format!("{run} --yes --json"));
        out.take(&run, &first);
        assert!(first.data("order").len() == 15, "{first:?}");
        self.both("status", out);
        let orders = self.both("orders", out).data("order");
        for order in &orders {
            let id = order["order"]
                .as_str()
                .or(order["id"].as_str())
                .expect("an id");
            self.both(&format!("show {id}"), out);
        }
        self.both("orders --state uncertain", out);
        // One of them was placed: its link stands in a file, because a link is a secret, too.
        let uncertain = self.both("orders --state uncertain", out).data("order");
        let doubtful = uncertain
            .iter()
            .find(|order| order["product"] == "qcc/snapshot");
        let id = doubtful.expect("a doubt")["order"].as_str().expect("an id");
        let link = format!(
            "http://{}/files/snapshot/x.png?Expires=1&Signature={PASTED}",
            self.wire.addr
        );
        let decisions = format!("order,verdict,reference\n{id},placed,{link}\n");
        let decisions = self.write("decisions.csv", &decisions);
        self.both(
            &format!("resolve --from {} --yes", decisions.display()),
            out,
        );
        self.both("resolve --all-uncertain --not-placed --yes", out);
        self.both(&format!("{run} --yes"), out);
        self.both("bill", out);
        self.both("bill --by product --csv bill.csv", out);
        self.both("verify reports", out);
        self.both("get qcc/snapshot --company 第9号公司 --out one --yes", out);
        self.both("get qcc/snapshot --company 查无此企 --out one --yes", out);
        self.both(
            "get yibeidiao/interim-report --record-no 20190415152645093980003 --out one --yes",
            out,
        );
        self.both(
            &format!("run {} --simulate --out simulated", list.display()),
            out,
        );
        let key_alone = "get patsnap/innovation-report --company 第9号公司 --out one --yes";
        let key_alone = self
            .place
            .command(key_alone)
            .env("JINDIAO_PATSNAP_CLIENT_ID", "")
            .output();
        out.take(
            "PatSnap's other account",
            &Ended::of(key_alone.expect("the program runs")),
        );
        // What is logged, as JSON; and the doctor, who sees everything.
        for line in [
            "get qcc/risk-report --period month --out one --yes",
            "get patsnap/patent-value-report --patent CN108977443B --out one --yes",
            "doctor --call --yes --out one",
            "orders",
        ] {
            self.both(&format!("{line} --log-format json"), out);
        }
        let kept = self.safe.path().join("made.toml");
        let init = format!("init --from-env --config {}", kept.display());
        self.both(&init, out);
        assert!(kept.exists());
        for line in [
            "__orders",
            "code qcc 101",
            "code patsnap 67200009",
            "completions bash",
            "--help",
            "run --help",
        ] {
            self.both(line, out);
        }
    }

    /// A run that dies while it downloads: its ledger is not tidied up, and holds a link.
    fn stopped_in_a_download(&self, out: &mut Outlet) {
        let line = "get qcc/snapshot --company 慢公司 --out reports --yes --json";
        let before = self.wire.count(DOWNLOAD);
        let mut process = self.place.command(line).spawn().expect("a run");
        self.wire.wait_for(DOWNLOAD, before);
        if let Ok(called) = fs::read(format!("/proc/{}/cmdline", process.id())) {
            assert!(!called.is_empty());
            out.0.push(("the command line".to_owned(), called));
        }
        process.kill().expect("killed");
        let output = process.wait_with_output().expect("an end");
        out.0.push((line.to_owned(), output.stdout));
        out.0.push((line.to_owned(), output.stderr));
        assert!(self.place.path().join("jindiao.db-wal").exists());
        out.files(self.place.path());
        let ready = self.both("orders --state ready", out);
        assert_eq!(ready.data("order").len(), 1, "{ready:?}");
    }

    /// Configurations and vendors that do not fit, with credentials in the wrong places.
    fn mistakes(&self, out: &mut Outlet) {
        let secret = &self.simulator.credentials().qcc_secret;
        let get = "get qcc/snapshot --company 第8号公司 --out one --yes";
        let with_variables = [
            (
                "JINDIAO_QCC_URL",
                format!("http://user:{secret}@127.0.0.1:1"),
            ),
            ("JINDIAO_QCC_QPS", secret.clone()),
            ("JINDIAO_LOG", format!("{secret}={secret}={secret}")),
            ("JINDIAO_QCC_SECRET", format!("{secret} {secret}")),
            ("JINDIAO_QCC_KEY", format!("{secret}{secret}")),
            ("JINDIAO_QCC_SECRT", secret.clone()),
            ("JINDIAO_QCC_SECRET_COMMAND", secret.clone()),
        ];
        for (name, value) in with_variables {
            for line in [get, SIGN, "simulate --faults {x}"] {
                let output = self.place.command(line).env(name, &value).output();
                out.take(name, &Ended::of(output.expect("the program runs")));
            }
        }
        for text in [
            format!("[qcc]\nsecret = {secret}\n"),
            format!("[qcc]\nsecret = '{secret}\n"),
            format!("[qcc]\nsecret = ['{secret}']\n"),
            format!("[qcc]\nsecret_command = '{secret}'\n"),
            format!("[qcc]\nsecret_command = ['{secret}']\n"),
            format!("[qcc]\nsecret_command = ['sh', '-c', 'echo {secret}; echo {secret}']\n"),
            format!("[qcc]\nsecret_command = ['sh', '-c', 'echo {secret}; exit 1']\n"),
            format!(
                "[qcc]\nqps = '{secret}'\nurl = '{secret}'\n[qcc.prices]\nsnapshot = '{secret}'\n"
            ),
            format!(
                "log = '{secret}'\nallow_private_links = '{secret}'\nledger = 7\nx = '{secret}'\n"
            ),
        ] {
            let config = self.write("wrong.toml", &text);
            let line = format!("{SIGN} --config {}", config.display());
            out.take(
                &text.replace(secret.as_str(), "…"),
                &self.place.ends(&line, 2),
            );
        }
    }
}

/// How many kinds of secrets [`secrets`] finds where everything is tried.
const KINDS: usize = 10;

/// All that must not come out, and of which kinds it is.
fn secrets(wire: &Wire, known: &Credentials) -> (Secrets, BTreeSet<&'static str>) {
    let mut secrets = Secrets::new();
    let mut kinds = BTreeSet::new();
    let mut add = |what, text: &str| {
        kinds.insert(what);
        for form in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
            secrets.entry(form).or_insert(what);
        }
    };
    for credential in [
        &known.qcc_key,
        &known.qcc_secret,
        &known.patsnap_client_id,
        &known.patsnap_client_secret,
        &known.patsnap_api_key,
        &known.yibeidiao_key,
        &known.yibeidiao_token,
    ] {
        add("credential", credential);
    }
    add("pasted link", PASTED);
    let heard = wire.heard();
    for line in heard.iter().flat_map(|stream| stream.lines()) {
        let small = line.to_ascii_lowercase();
        for (what, before) in [
            ("QCC token", "token: "),
            ("Yibeidiao signature", "sign: "),
            ("signature of Yibeidiao itself", "\"sign\":\""),
            ("Basic credential", "authorization: basic "),
            ("PatSnap token", "\"token\":\""),
            ("PatSnap bearer", "authorization: bearer "),
            ("signature of OSS", "&signature="),
            ("signature of COS", "&q-signature="),
        ] {
            for (at, _) in small.match_indices(before) {
                let rest = &line[at + before.len()..];
                let is_inside = |c: char| c.is_ascii_alphanumeric() || "+/=%._-".contains(c);
                let end = rest.find(|c| !is_inside(c)).unwrap_or(rest.len());
                // What a fault cut off opens nothing.
                if end >= 16 {
                    add(what, &rest[..end]);
                }
            }
        }
    }
    (secrets, kinds)
}

/// How a download of a snapshot begins.
const DOWNLOAD: &str = "GET /files/snapshot/";

/// Signs for a time at which nothing goes over the wire.
const SIGN: &str = "sign qcc --at 1676601233";

/// The signature of a link that a person pastes.
const PASTED: &str = "PASTEDbyAPERSON0123456789%3D";

/// Texts that must not come out, and what they are.
type Secrets = BTreeMap<String, &'static str>;

/// What came out, and where.
#[derive(Default)]
struct Outlet(Vec<(String, Vec<u8>)>);

impl Outlet {
    fn take(&mut self, what: &str, ended: &Ended) {
        self.0
            .push((format!("{what}: stdout"), ended.stdout.clone().into_bytes()));
        self.0
            .push((format!("{what}: stderr"), ended.stderr.clone().into_bytes()));
    }

    /// The names and the contents of all files below `folder`.
    fn files(&mut self, folder: &Path) {
        for path in below(folder) {
            let name = path.display().to_string();
            if path.is_file() {
                self.0
                    .push((name.clone(), fs::read(&path).expect("a file")));
            }
            self.0.push((format!("the name {name}"), name.into_bytes()));
        }
    }
}

/// Everything below `folder`.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(below(&path));
        }
        found.push(path);
    }
    found
}

/// Every place in `out` where one of `secrets` begins.
fn search(out: &Outlet, secrets: &Secrets) -> Vec<String> {
    const HEAD: usize = 8;
    let mut by_head: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
    for secret in secrets.keys() {
        let secret = secret.as_bytes();
        by_head.entry(&secret[..HEAD]).or_default().push(secret);
    }
    let mut found = Vec::new();
    for (place, bytes) in &out.0 {
        for (at, head) in bytes.windows(HEAD).enumerate() {
            let Some(candidates) = by_head.get(head) else {
                continue;
            };
            for secret in candidates
                .iter()
                .filter(|secret| bytes[at..].starts_with(secret))
            {
                let what = secrets[std::str::from_utf8(secret).expect("a text")];
                found.push(format!("the {what} in {place} at {at}"));
            }
        }
    }
    found.dedup();
    found
}

/// Everything that a run leaves, also one that is killed, is its owner's alone, whatever the umask.
#[cfg(unix)]
#[test]
fn everything_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let vendors = Vendors::start(
        r#"{"rules":[{"operation":"download","nth":[2],"fault":{"slow_body":{"ms":600000}}}]}"#,
    );
    let wire = Wire::to(vendors.addr());
    let mut place = Place::new().with(&vendors);
    place.variables.insert(
        "JINDIAO_QCC_URL".to_owned(),
        format!("http://{}", wire.addr),
    );
    let generous = |line: &str| {
        let mut command = Command::new("/bin/sh");
        command
            .args([
                "-c",
                r#"umask 000; exec "$0" "$@""#,
                env!("CARGO_BIN_EXE_jindiao"),
            ])
            .args(line.split_whitespace())
            .env_clear()
            .envs(&place.variables)
            .current_dir(place.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        command
    };
    let ends = |line: &str, code| {
        let status = generous(line).status().expect("the program runs");
        assert_eq!(status.code(), Some(code), "{line}");
    };
    ends(&format!("run {ORDERS} --simulate --out deep/in/reports"), 0);
    let get = |n| format!("get qcc/snapshot --company 第{n}号公司 --out real --yes");
    ends(&get(1), 0);
    let mut process = generous(&get(2)).spawn().expect("a run");
    wire.wait_for(DOWNLOAD, 1);
    process.kill().expect("killed");
    process.wait().expect("an end");
    ends("bill --csv bill.csv", 0);

    let left = below(place.path());
    for path in &left {
        let mode = path.metadata().expect("a file").permissions().mode() & 0o777;
        let expect = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expect, "{}: {mode:o}", path.display());
    }
    for name in [
        "jindiao.db",
        "jindiao.db-wal",
        "jindiao.db-shm",
        "jindiao.db.lock",
        "jindiao-simulated.vendors.jsonl",
        "manifest.jsonl",
        "bill.csv",
        ".part",
        ".png",
        ".pdf",
    ] {
        let is_there = left
            .iter()
            .any(|path| path.display().to_string().ends_with(name));
        assert!(is_there, "{name} in {left:?}");
    }
}
