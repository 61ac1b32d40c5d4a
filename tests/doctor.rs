//! `jindiao doctor`, `init`, `man` and completions as processes, and the ways out of a network: what
//! users meet before their first report.

use std::fs;

use serde_json::Value;

use crate::support::servers::Server;
use crate::support::{Ended, ORDERS, Place, Vendors};

const SECRETS: [&str; 5] = [
    "SIMULATED-QCC",
    "SIMULATED-PATSNAP",
    "8FD2867925098ECFA5DC1DB15B5A3E79",
    "S3CR3T",
    "sk-SIMULATED",
];

/// The findings of a doctor that ends with `code`, and shows no secret in either form.
fn findings(place: &Place, flags: &str, code: i32) -> Vec<Value> {
    let text = place.ends(&format!("doctor {flags}"), code);
    let json = place.ends(&format!("doctor {flags} --json"), code);
    for ended in [&text, &json] {
        for secret in SECRETS {
            let all = format!("{}{}", ended.stdout, ended.stderr);
            assert!(!all.contains(secret), "{secret}: {all}");
        }
    }
    let found = json.data("finding");
    // Each finding is a line of the text, too.
    for it in &found {
        let line = it["finding"].as_str().expect("a text");
        let is_time = it["check"] == "connection" || it["finding"].to_string().contains("MB");
        assert!(
            is_time || text.stdout.contains(line),
            "{line}: {}",
            text.stdout
        );
    }
    found
}

/// The finding of a check, for a vendor or for all.
fn of<'a>(findings: &'a [Value], vendor: Option<&str>, check: &str) -> &'a Value {
    let is_it = |it: &&Value| it["check"] == check && it["vendor"].as_str() == vendor;
    let found = findings.iter().find(is_it);
    assert!(found.is_some(), "{vendor:?} {check}: {findings:#?}");
    found.expect("it was looked for just now")
}

fn level(findings: &[Value], vendor: &str, check: &str) -> String {
    let found = of(findings, Some(vendor), check);
    found["level"].as_str().expect("a level").to_owned()
}

/// A place with one account, at QCC, whose address is `url`.
fn qcc_at(url: &str) -> Place {
    let mut place = Place::new();
    for (name, value) in [
        ("JINDIAO_QCC_URL", url),
        ("JINDIAO_QCC_KEY", "0123456789ABCDEF0123456789ABCDEF"),
        ("JINDIAO_QCC_SECRET", "S3CR3T0000000000000000S3CR3T0000"),
    ] {
        place.variables.insert(name.to_owned(), value.to_owned());
    }
    place
}

#[test]
fn accounts_that_are_right_and_wrong() {
    let vendors = Vendors::start("");
    let mut place = Place::new().with(&vendors);
    let right = findings(&place, "--call --yes --out reports", 0);
    for vendor in ["qcc", "patsnap", "yibeidiao"] {
        for check in ["connection", "clock", "call"] {
            assert_eq!(level(&right, vendor, check), "ok");
        }
    }
    assert_eq!(of(&right, None, "output folder")["level"], "ok");
    assert_eq!(of(&right, None, "ledger")["level"], "note");
    assert_eq!(place.names(), [""; 0], "nothing stays");
    assert!(vendors.charges().is_empty());

    // Whoever cannot be asked makes no call.
    place.ends("doctor --call", 2);
    let quiet = findings(&place, "", 0);
    assert_eq!(level(&quiet, "qcc", "allow list"), "note");

    for name in ["QCC_SECRET", "PATSNAP_CLIENT_SECRET", "YIBEIDIAO_TOKEN"] {
        let name = format!("JINDIAO_{name}");
        place.variables.insert(name, "S3CR3T-and-wrong".to_owned());
    }
    let wrong = findings(&place, "--call --yes", 4);
    for vendor in ["qcc", "patsnap", "yibeidiao"] {
        assert_eq!(level(&wrong, vendor, "call"), "problem");
    }
    let advice = of(&wrong, Some("qcc"), "call")["advice"].to_string();
    assert!(advice.contains("public address"), "{advice}");
    assert!(vendors.charges().is_empty());
}

#[test]
fn accounts_that_are_closed_and_pages_in_place_of_vendors() {
    let vendors = Vendors::start(
        r#"{"rules":[
            {"operation":"qcc/getReportInfo","fault":{"code":{"code":"103"}}},
            {"operation":"patsnap/token","fault":"html_page_before_charge"},
            {"operation":"yibeidiao/generate-temp-report","fault":{"code":{"code":"906"}}}
        ]}"#,
    );
    let place = Place::new().with(&vendors);
    let found = findings(&place, "--call --yes", 4);
    for vendor in ["qcc", "patsnap", "yibeidiao"] {
        assert_eq!(level(&found, vendor, "call"), "problem");
    }
    let page = of(&found, Some("patsnap"), "call")["advice"].to_string();
    assert!(page.contains("the login page of a network"), "{page}");
}

#[test]
fn a_clock_and_a_network_that_lead_elsewhere() {
    // 2001 is past, and no vendor's clock shows it; 2090 is a plausible year.
    let answer = |rest: &str| format!("HTTP/1.1 302 Found\r\n{rest}content-length: 0\r\n\r\n");
    let login = Server::answering(answer(
        "location: http://login.example/\r\ndate: Sun, 01 Jan 2090 00:00:00 GMT\r\n",
    ));
    let place = qcc_at(&format!("http://{}", login.addr));
    let found = findings(&place, "", 1);
    assert_eq!(level(&found, "qcc", "connection"), "warning");
    assert_eq!(level(&found, "qcc", "clock"), "problem");
    // Nobody was told who asks.
    for head in login.heads() {
        assert!(
            head.starts_with("HEAD / HTTP/1.1\r\n") && !head.contains("key"),
            "{head}"
        );
    }
}

#[test]
fn vendors_that_do_not_answer() {
    let place = qcc_at("http://127.0.0.1:1");
    let found = findings(&place, "", 1);
    assert_eq!(level(&found, "qcc", "connection"), "problem");
    let place = qcc_at("https://nowhere.invalid");
    let found = findings(&place, "", 1);
    assert_eq!(level(&found, "qcc", "name"), "problem");
    assert_eq!(level(&found, "qcc", "address"), "note");
}

#[cfg(target_os = "linux")]
#[test]
fn an_authority_that_nobody_trusts_but_the_user() {
    let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let server = Server::trusted_by_nobody(answer);
    let mut place = qcc_at(&format!("https://localhost:{}", server.addr.port()));
    let found = findings(&place, "", 1);
    assert_eq!(level(&found, "qcc", "connection"), "problem");
    let advice = of(&found, Some("qcc"), "connection")["advice"].to_string();
    assert!(advice.contains("ca_file"), "{advice}");
    assert!(server.heads().is_empty());

    let authority = include_str!("support/tls/authority.pem");
    fs::write(place.path().join("company.pem"), authority).expect("a file");
    let mut set = |value: &str| {
        let name = "JINDIAO_CA_FILE".to_owned();
        place.variables.insert(name, value.to_owned());
        findings(&place, "", if value == "company.pem" { 0 } else { 2 })
    };
    assert_eq!(level(&set("company.pem"), "qcc", "connection"), "ok");
    let missing = set("nowhere.pem");
    assert_eq!(of(&missing, None, "network")["level"], "problem");
}

#[test]
fn proxies_that_let_one_through_and_that_do_not() {
    let closed = Server::answering(
        "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n",
    );
    for scheme in ["http", "https"] {
        let mut place = qcc_at(&format!("{scheme}://vendor.invalid"));
        let proxy = format!("http://me:S3CR3T@{}", closed.addr);
        let name = format!("{}_PROXY", scheme.to_uppercase());
        place.variables.insert(name, proxy);
        let found = findings(&place, "", 1);
        assert_eq!(level(&found, "qcc", "name"), "ok");
        let connection = of(&found, Some("qcc"), "connection");
        assert_eq!(connection["level"], "problem");
        let advice = connection["advice"].to_string();
        assert!(advice.contains("user:password@host:port"), "{connection}");
    }
    // `me:S3CR3T` in Base64.
    let heads = closed.heads();
    assert!(
        heads.iter().all(|head| head.contains("Basic bWU6UzNDUjNU")),
        "{heads:?}"
    );

    let mut place = qcc_at("https://vendor.invalid");
    place
        .variables
        .insert("HTTPS_PROXY".to_owned(), "S3CR3T://x".to_owned());
    let found = findings(&place, "", 1);
    assert_eq!(of(&found, None, "proxy")["level"], "warning");
}

#[test]
fn a_report_through_each_kind_of_proxy() {
    let vendors = Vendors::start("");
    let addr = vendors.addr();
    let (http, socks) = (Server::proxy_to(addr), Server::socks_to(addr));
    let by_variable = |variable: &str, value: String| {
        let mut place = Place::new().with(&vendors);
        let set = [
            ("JINDIAO_QCC_URL", "http://vendor.invalid".to_owned()),
            (variable, value),
        ];
        let set = set.map(|(name, value)| (name.to_owned(), value));
        place.variables.extend(set);
        place
    };
    let get = |place: &Place, company: &str, code| {
        let line = format!("get qcc/snapshot --company {company} --out reports --yes");
        let ended = place.ends(&line, code);
        assert!(!ended.stderr.contains("S3CR3T"), "{ended:?}");
    };
    let through = format!("http://me:S3CR3T@{}", http.addr);
    get(&by_variable("HTTP_PROXY", through.clone()), "甲公司", 0);
    get(&by_variable("JINDIAO_PROXY", through.clone()), "乙公司", 0);
    // Calls, and downloads.
    assert_eq!(http.heads().len(), 4, "{:?}", http.heads());
    get(
        &by_variable("ALL_PROXY", format!("socks5h://{}", socks.addr)),
        "丙公司",
        0,
    );
    assert_eq!(socks.heads(), ["vendor.invalid"; 2]);

    // Straight, where nobody is: by the setting, and by NO_PROXY.
    let mut none = by_variable("HTTP_PROXY", through.clone());
    none.variables
        .insert("JINDIAO_PROXY".to_owned(), "none".to_owned());
    let mut except = by_variable("JINDIAO_PROXY", through);
    except
        .variables
        .insert("NO_PROXY".to_owned(), "vendor.invalid".to_owned());
    for place in [none, except] {
        let found = findings(&place, "", 1);
        assert_eq!(level(&found, "qcc", "name"), "problem");
    }
    assert_eq!(http.heads().len(), 4);
    assert_eq!(vendors.charges().len(), 3);
}

#[test]
fn configurations_that_are_wrong() {
    let mut place = Place::new();
    let file = place.path().join("jindiao.toml");
    fs::write(
        &file,
        "proxy = 'S3CR3T'\nconnect_timeout = '0s'\nlog_format = 'xml'\n",
    )
    .expect("a file");
    let found = findings(&place, "", 2);
    let problems = found.iter().filter(|it| it["level"] == "problem");
    assert_eq!(problems.count(), 3, "{found:#?}");
    // Other commands say the same.
    let ended = place.ends("status", 2);
    assert!(
        ended.stderr.contains("not the address of a proxy"),
        "{ended:?}"
    );
    fs::remove_file(&file).expect("removed");

    place.variables.insert(
        "JINDIAO_QCC_URL".to_owned(),
        "http://127.0.0.1:1".to_owned(),
    );
    place.variables.insert(
        "JINDIAO_QCC_KEY".to_owned(),
        "0123456789ABCDEF0123456789ABCDEF".to_owned(),
    );
    fs::write(
        place.path().join("not.db"),
        "no ledger at all, whatever it is called",
    )
    .expect("a file");
    let found = findings(&place, "--ledger not.db", 2);
    assert_eq!(level(&found, "qcc", "account"), "problem");
    assert_eq!(of(&found, None, "ledger")["level"], "problem");
}

#[test]
fn ledgers_with_questions_in_them() {
    let vendors = Vendors::start(
        r#"{"rules":[{"operation":"qcc/GetEciImage","fault":"drop_after_charge"}]}"#,
    );
    let place = Place::new().with(&vendors);
    place.ends("get qcc/snapshot --company 甲公司 --out reports --yes", 3);
    let found = findings(&place, "", 0);
    let waiting = found
        .iter()
        .find(|it| it["check"] == "ledger" && it["level"] == "warning");
    let text = waiting.expect("a warning")["finding"].to_string();
    assert!(text.contains("1 orders may have been placed"), "{text}");

    // Its id is what completion offers.
    let ids = place.ends("__orders --uncertain", 0).stdout;
    assert_eq!(ids.lines().count(), 1, "{ids}");
    place.ends(&format!("show {}", ids.trim()), 0);
    assert_eq!(place.ends("__orders --ledger none.db", 0).stdout, "");
}

#[test]
fn a_ledger_with_a_damaged_page() {
    let place = Place::new();
    place.ends(&format!("run {ORDERS} --simulate --out reports"), 0);
    let mut place = place;
    let nowhere = ("JINDIAO_QCC_URL".to_owned(), "nowhere".to_owned());
    // With a wrong configuration nobody is asked.
    place.variables.extend([nowhere]);
    let path = place.path().join("jindiao-simulated.db");
    let whole = fs::read(&path).expect("a ledger");
    let ledgers = |place: &Place| {
        let found = findings(place, "--ledger damaged.db", 2);
        found
            .into_iter()
            .filter(|it| it["check"] == "ledger")
            .collect::<Vec<_>>()
    };
    fs::write(place.path().join("damaged.db"), &whole).expect("a copy");
    assert!(ledgers(&place).iter().all(|it| it["level"] == "ok"));
    for page in 1..=3 {
        let mut bytes = whole.clone();
        let from = bytes.len() - page * 4096;
        bytes[from..from + 4096].fill(0xa5);
        fs::write(place.path().join("damaged.db"), bytes).expect("a copy");
        let found = ledgers(&place);
        let is_told = found.iter().any(|it| it["level"] == "problem");
        assert!(is_told, "{page}: {found:?}");
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_products_states_and_orders() {
    let vendors = Vendors::start("");
    let place = Place::new().with(&vendors);
    place.ends("get qcc/snapshot --company 甲公司 --out reports --yes", 0);
    let id = place.ends("__orders", 0).stdout;
    let script = place.ends("completions bash", 0).stdout;
    fs::write(place.path().join("completions"), script).expect("a script");
    let program = env!("CARGO_BIN_EXE_jindiao");
    let completed = |words: &[&str]| {
        let ask = format!(
            "source ./completions; COMP_WORDS=({program} \"$@\"); COMP_CWORD=$#; \
             _jindiao_with_orders {program} \"${{@: -1}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        let output = std::process::Command::new("bash")
            .args(["--norc", "-c", &ask, "bash"])
            .args(words)
            .env_clear()
            .envs(&place.variables)
            .current_dir(place.path())
            .output();
        // Not every machine has it.
        let ended = Ended::of(output.ok()?);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        Some(ended.stdout.trim().to_owned())
    };
    let check = |words: &[&str], expect: &str| {
        if let Some(found) = completed(words) {
            assert_eq!(found, expect, "{words:?}");
        }
    };
    check(&["get", "yibei"], "yibeidiao/interim-report");
    check(&["orders", "--state", "unc"], "uncertain");
    check(&["code", "pat"], "patsnap");
    check(&["show", &id[..3]], id.trim());
    check(&["--json", "show", "--ledger", "jindiao.db", ""], id.trim());
    check(&["show", "--ledger", "none.db", ""], "");
    check(&["resolve", ""], "");
    check(&["__ord"], "");
}

#[test]
fn init_without_a_terminal() {
    let mut place = Place::new();
    let ended = place.ends("init", 2);
    assert!(
        ended.stderr.contains("--from-env") && ended.stderr.contains("JINDIAO_QCC_KEY"),
        "{ended:?}"
    );
    place.ends("init --from-env", 2);
    assert_eq!(place.names(), [""; 0]);

    for (name, value) in [
        ("JINDIAO_QCC_KEY", "0123456789ABCDEF0123456789ABCDEF"),
        ("JINDIAO_QCC_SECRET", "S3CR3T0000000000000000S3CR3T0000"),
        ("JINDIAO_QCC_URL", "http://127.0.0.1:1"),
    ] {
        place.variables.insert(name.to_owned(), value.to_owned());
    }
    let ended = place.ends("init --from-env", 0);
    assert!(!format!("{ended:?}").contains("S3CR3T"), "{ended:?}");
    assert!(
        ended.stderr.ends_with("next: jindiao doctor\n"),
        "{ended:?}"
    );
    place
        .variables
        .retain(|name, _| !name.starts_with("JINDIAO_"));
    place.ends("sign qcc", 0);
    let path = place.path().join("jindiao.toml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = path.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // It is there now, and stays as it is.
    place
        .variables
        .insert("JINDIAO_QCC_QPS".to_owned(), "2".to_owned());
    let before = fs::read(&path).expect("a file");
    let ended = place.ends("init --from-env", 2);
    assert!(ended.stderr.contains("--force"), "{ended:?}");
    assert_eq!(fs::read(&path).expect("a file"), before);
    place.ends("init --from-env --force", 0);
    assert_ne!(fs::read(&path).expect("a file"), before);
    place.ends("init --from-env --global", 0);
    assert!(place.path().join("jindiao/jindiao.toml").exists());
    assert_eq!(
        place.names(),
        ["jindiao", "jindiao.toml"],
        "nothing else stays"
    );
}

#[test]
fn logs_are_lines_of_json() {
    let vendors = Vendors::start("");
    let mut place = Place::new().with(&vendors);
    place
        .variables
        .insert("JINDIAO_LOG".to_owned(), "debug".to_owned());
    let calls = |ended: &Ended| {
        let lines = ended.stderr.lines().filter(|line| line.starts_with('{'));
        let lines = lines.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines
            .filter(|line| line["fields"]["message"] == "call")
            .count()
    };
    let get =
        "get yibeidiao/interim-report --record-no 20190415152645093983751 --out reports --yes";
    assert_eq!(calls(&place.ends(get, 0)), 0, "text, where nothing is said");
    fs::remove_file(place.path().join("jindiao.db")).expect("removed");
    assert!(calls(&place.ends(&format!("{get} --log-format json"), 0)) > 0);
    fs::remove_file(place.path().join("jindiao.db")).expect("removed");
    place
        .variables
        .insert("JINDIAO_LOG_FORMAT".to_owned(), "json".to_owned());
    assert!(calls(&place.ends(get, 0)) > 0);
}

#[test]
fn manual_pages() {
    let place = Place::new();
    place.ends("man pages/man1", 0);
    let page = fs::read_to_string(place.path().join("pages/man1/jindiao-doctor.1"));
    assert!(page.expect("a page").contains(".TH jindiao-doctor 1"));
    fs::write(place.path().join("file"), "").expect("a file");
    place.ends("man file", 1);
}
