//! What configurations say and what is wrong with them.

use std::path::Path;

use jindiao_protocol_patsnap::Credential;
use jindiao_words::Lang;

use super::settings::Setting;
use super::*;

/// A configuration from the text of a file and variables.
fn load(file: &str, environment: &[(&str, &str)]) -> Result<(Config, Vec<String>), CliError> {
    let (config, notes) = examined(file, environment)?;
    Ok((
        config,
        notes.iter().map(|it| it.say().to_string()).collect(),
    ))
}

fn examined(file: &str, environment: &[(&str, &str)]) -> Result<(Config, Vec<Note>), CliError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("jindiao.toml");
    std::fs::write(&path, file).expect("a file");
    // Whatever the umask is.
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .expect("a mode");
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::load(&Sources {
        folders: vec![folder.path().to_owned()],
        environment,
        ..Sources::default()
    })
}

fn loaded(file: &str, environment: &[(&str, &str)]) -> Config {
    load(file, environment)
        .map_err(|error| error.report())
        .expect("a configuration")
        .0
}

/// The problems, without the folder of the file.
fn problems(file: &str, environment: &[(&str, &str)]) -> String {
    let report = load(file, environment).err().expect("problems").report();
    let lines = report.lines().filter(|line| !line.starts_with("hint"));
    let lines = lines.map(|line| line.find("jindiao.toml").map_or(line, |at| &line[at..]));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_taken_where_nothing_is_said() {
    let config = loaded("", &[]);
    let qcc = config.vendor(Vendor::Qcc);
    assert_eq!(qcc.origin.to_string(), "https://pro.qcc.com");
    assert_eq!(
        (qcc.request_timeout, qcc.concurrency.get(), qcc.daily_limit),
        (Duration::from_secs(15), 4, None)
    );
    assert_eq!(qcc.qps.interval(), Duration::from_millis(200));
    assert!(!config.allow_private_links && config.patsnap_logo);
    assert!(config.prices.of(Product::QccSnapshot).is_assumed);
    assert!(!config.prices.of(Product::YibeidiaoInterimReport).is_assumed);
    assert_eq!(
        config.policy(Product::QccRiskReport),
        Policy::of(Product::QccRiskReport)
    );
}

#[test]
fn the_environment_wins_over_the_file() {
    let file = "ledger = 'a.db'\n[qcc]\nqps = 2\npoll_interval = '50ms'\n[qcc.prices]\nsnapshot = 0.10\nrisk-report = '12'";
    let config = loaded(
        file,
        &[
            ("JINDIAO_LEDGER", "b.db"),
            ("JINDIAO_QCC_QPS", "0.5"),
            ("JINDIAO_QCC_PRICE_SNAPSHOT", "0.2"),
            ("JINDIAO_QCC_POLL_INTERVAL", ""),
            ("JINDIAO_PATSNAP_LOGO", "no"),
            ("JINDIAO_ALLOW_PRIVATE_LINKS", "1"),
        ],
    );
    assert_eq!(config.ledger, Some(PathBuf::from("b.db")));
    assert_eq!(
        config.vendor(Vendor::Qcc).qps.interval(),
        Duration::from_secs(2)
    );
    assert_eq!(
        config.vendor(Vendor::Qcc).poll_interval,
        Some(Duration::from_millis(50))
    );
    let price = |product| config.prices.of(product).fen;
    assert_eq!(price(Product::QccSnapshot), Fen::new(20));
    assert_eq!(price(Product::QccRiskReport), Fen::new(1200));
    assert!(!config.patsnap_logo && config.allow_private_links);
}

#[test]
fn doubtful_orders_are_held_unless_their_owner_says_otherwise() {
    let file = "[qcc]\nrequest_timeout = '20s'\n[qcc.on_uncertain]\nsnapshot = 'order-again'\n";
    let config = loaded(
        file,
        &[("JINDIAO_PATSNAP_ON_UNCERTAIN_INNOVATION_REPORT", "hold")],
    );
    let policy = |product| config.policy(product);
    for held in [Product::QccRiskReport, Product::PatsnapInnovationReport] {
        assert_eq!(policy(held).on_uncertain, OnUncertain::Hold);
    }
    let again = policy(Product::QccSnapshot);
    assert_eq!(again.on_uncertain, OnUncertain::OrderAgain);
    // The intent's five seconds, the call's twenty, and ten for the clocks.
    assert_eq!(again.again_grace, Duration::from_secs(35));
    assert_eq!(
        problems("[qcc.on_uncertain]\nsnapshot = 'twice'\n", &[]),
        "jindiao.toml:2 (qcc.on_uncertain.snapshot): write hold or order-again"
    );
    // It is not ordered, so there is no doubt whether it was.
    assert!(!problems("[yibeidiao.on_uncertain]\ninterim-report = 'hold'\n", &[]).is_empty());
}

#[test]
fn links_lead_to_the_hosts_that_are_named() {
    let hosts = |config: &Config, vendor| config.vendor(vendor).link_hosts.to_string();
    let usual = loaded("", &[]);
    assert_eq!(hosts(&usual, Vendor::Yibeidiao), "https://yibeidiao.com");
    assert_eq!(hosts(&usual, Vendor::Qcc), "*");
    assert_eq!(hosts(&usual, Vendor::Patsnap), "*");
    let file = "[yibeidiao]\nlink_hosts = ['yibeidiao.com', 'Oss.example.']\n[qcc]\nlink_hosts = 'qichacha.com'";
    let set = loaded(
        file,
        &[("JINDIAO_PATSNAP_LINK_HOSTS", "zhihuiya.com, patsnap.com")],
    );
    assert_eq!(hosts(&set, Vendor::Yibeidiao), "yibeidiao.com,oss.example");
    assert_eq!(hosts(&set, Vendor::Qcc), "qichacha.com");
    assert_eq!(hosts(&set, Vendor::Patsnap), "zhihuiya.com,patsnap.com");
    let any = loaded(file, &[("JINDIAO_YIBEIDIAO_LINK_HOSTS", "*")]);
    assert_eq!(hosts(&any, Vendor::Yibeidiao), "*");
    for wrong in ["[]", "['https://oss.example/']", "['*.example']"] {
        let shown = problems(&format!("[yibeidiao]\nlink_hosts = {wrong}"), &[]);
        assert!(
            shown.contains("(yibeidiao.link_hosts): not a list of hosts"),
            "{shown}"
        );
    }
    let shown = problems("[qcc]\nqps = ['5']", &[]);
    assert!(shown.contains("not a list"), "{shown}");
}

#[test]
fn a_region_is_an_address() {
    let origin = |file| loaded(file, &[]).vendor(Vendor::Patsnap).origin.to_string();
    assert_eq!(origin(""), "https://connect.zhihuiya.com");
    assert_eq!(
        origin("patsnap.region = 'intl'"),
        "https://connect.patsnap.com"
    );
    assert_eq!(
        origin("[patsnap]\nregion = 'intl'\nurl = 'http://127.0.0.1:1'"),
        "http://127.0.0.1:1"
    );
}

#[test]
fn unknown_keys_name_the_nearest() {
    assert_eq!(
        problems("[qcc]\nseret = 'FAKE'\n[other]\nthing = 1\n", &[]),
        "jindiao.toml:2 (qcc.seret): there is no such key; did you mean `qcc.secret`?\n\
         jindiao.toml:4 (other.thing): there is no such key\n\
         error: the configuration is wrong: 2 problems"
    );
    let (_, notes) = load("", &[("JINDIAO_QCC_SECRT", "FAKE")])
        .map_err(|it| it.report())
        .expect("a configuration");
    assert_eq!(
        notes,
        [
            "note: the variable JINDIAO_QCC_SECRT is no setting of Jindiao; did you mean JINDIAO_QCC_SECRET?"
        ]
    );
}

#[test]
fn values_that_are_wrong_are_named_and_not_shown() {
    let file = "[qcc]\nqps = 0\npoll_interval = '5'\nurl = 'https://id:FAKE@pro.qcc.com'\nconcurrency = 0\n\
                [qcc.prices]\nsnapshot = 0.001\n[patsnap]\nregion = 'FAKE'\nlogo = 'FAKE'\n";
    let shown = problems(
        file,
        &[
            ("JINDIAO_YIBEIDIAO_REQUEST_TIMEOUT", "0s"),
            ("JINDIAO_LOG", "a=b=c"),
        ],
    );
    for expect in [
        "jindiao.toml:2 (qcc.qps): the pace must be above 0",
        "jindiao.toml:3 (qcc.poll_interval): not a duration",
        "jindiao.toml:4 (qcc.url): credentials do not belong",
        "jindiao.toml:5 (qcc.concurrency): not a whole number above 0",
        "jindiao.toml:7 (qcc.prices.snapshot): not an amount in yuan",
        "jindiao.toml:9 (patsnap.region): not a region",
        "jindiao.toml:10 (patsnap.logo): write true or false",
        "JINDIAO_YIBEIDIAO_REQUEST_TIMEOUT: the duration must be above 0",
        "JINDIAO_LOG: not a filter",
        "9 problems",
    ] {
        assert!(shown.contains(expect), "{expect} in {shown}");
    }
    assert!(!shown.contains("FAKE"), "{shown}");
}

#[test]
fn what_is_wrong_is_said_in_chinese_too() {
    let file = "[qcc]\nqps = 0\nurl = 'https://id:FAKE@pro.qcc.com'\nseret = 'FAKE'\n";
    let error = load(file, &[("JINDIAO_PATSNAP_LOGO", "FAKE")]);
    let told = error.err().expect("problems").told().in_lang(Lang::Zh);
    for expect in [
        "jindiao.toml:2 (qcc.qps)：频率必须大于 0\n",
        "jindiao.toml:4 (qcc.seret)：没有这个键；是不是 `qcc.secret`？\n",
        "JINDIAO_PATSNAP_LOGO：请写 true 或 false\n",
        "错误：配置有误：4 个问题\n",
    ] {
        assert!(told.contains(expect), "{expect} in {told}");
    }
    assert!(!told.contains("FAKE") && !told.contains(": "), "{told}");
    let missing = loaded("", &[]).missing(Vendor::Qcc);
    assert_eq!(
        missing[0].in_lang(Lang::Zh),
        "未设置 JINDIAO_QCC_KEY，配置中也没有 `qcc.key`"
    );
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let sources = Sources {
        file: Some("no-such.toml".into()),
        ..Sources::default()
    };
    let report = Config::load(&sources).err().expect("no file").report();
    assert!(
        report.starts_with("error: cannot read the configuration no-such.toml: "),
        "{report}"
    );
    assert!(Config::load(&Sources::default()).is_ok());
}

#[test]
fn paces() {
    let check = |text: &str, expect: Option<u64>| {
        assert_eq!(Rate::parse(text).ok().map(|it| it.milli), expect, "{text}");
    };
    check("5", Some(5000));
    check("0.5", Some(500));
    check("0.001", Some(1));
    check("2.25", Some(2250));
    for bad in [
        "", "-1", "0", "0.0001", "1e3", ".5", "5.", "1234567", "inf", "nan",
    ] {
        check(bad, None);
    }
}

#[test]
fn credentials_that_are_missing_name_the_variable_and_the_key() {
    let config = loaded(
        "[yibeidiao]\nkey = 'FAKE KEY'\n",
        &[("JINDIAO_QCC_KEY", "FAKE")],
    );
    assert_eq!(
        shown(&config.qcc().expect_err("no secret")),
        ["JINDIAO_QCC_SECRET is not set, and `qcc.secret` is not in the configuration"]
    );
    let missing = shown(&config.patsnap().expect_err("nothing"));
    assert!(
        missing[0].contains("JINDIAO_PATSNAP_CLIENT_ID")
            && missing[1].contains("JINDIAO_PATSNAP_CLIENT_SECRET"),
        "{missing:?}"
    );
    let problems = shown(&config.yibeidiao().expect_err("a blank")).join("\n");
    assert!(
        problems.contains("jindiao.toml:2 (yibeidiao.key): the Yibeidiao key holds white space"),
        "{problems}"
    );
    assert!(!problems.contains("FAKE"), "{problems}");
}

/// These in English.
fn shown(messages: &[Message]) -> Vec<String> {
    messages.iter().map(Message::to_string).collect()
}

/// The two credentials of QCC that the file and the environment give.
#[cfg(unix)]
fn qcc_of(file: &str, environment: &[(&str, &str)]) -> Result<String, String> {
    let here = |text: String| text[text.find("jindiao.toml").unwrap_or(0)..].to_owned();
    let found = loaded(file, environment).qcc();
    found
        .map(|(key, secret)| format!("{} {}", key.expose(), secret.expose()))
        .map_err(|problems| here(shown(&problems).join("; ")))
}

#[cfg(unix)]
#[test]
fn a_command_gives_what_is_missing() {
    let check = |script: &str, environment: &[(&str, &str)], expect: Result<&str, &str>| {
        let file = format!("[qcc]\nsecret_command = ['sh', '-c', '{script}']\n");
        let found = qcc_of(&file, environment);
        let found = found.as_ref().map_err(String::as_str);
        assert_eq!(found.map(String::as_str), expect, "{script}");
    };
    let key = ("JINDIAO_QCC_KEY", "FAKE-KEY");
    let secret = ("JINDIAO_QCC_SECRET", "FAKE-SECRET");
    let both = r#"echo "key = \"K\""; echo "secret = \"S\"""#;
    check("echo S", &[key], Ok("FAKE-KEY S"));
    check(both, &[], Ok("K S"));
    check(both, &[secret], Ok("K FAKE-SECRET"));
    // It is not even run where nothing is missing.
    check("exit 1", &[key, secret], Ok("FAKE-KEY FAKE-SECRET"));
    check(
        "echo FAKE; exit 1",
        &[key],
        Err("jindiao.toml:2 (qcc.secret_command): the command failed: exit status: 1"),
    );
    check(
        "echo FAKE FAKE",
        &[key],
        Err(
            "jindiao.toml:2 (qcc.secret_command): the QCC SecretKey holds white space or another character that is not visible ASCII; was something copied with it?",
        ),
    );
    check(
        "echo S",
        &[],
        Err("JINDIAO_QCC_KEY is not set, and `qcc.key` is not in the configuration"),
    );
}

#[cfg(unix)]
#[test]
fn what_a_single_line_is() {
    let file = "[patsnap]\nsecret_command = ['echo', 'sk-fake']\n[yibeidiao]\nkey = 'K'\nsecret_command = ['echo', 'T']";
    let config = loaded(file, &[]);
    assert!(matches!(config.patsnap(), Ok(Credential::ApiKey(_))));
    assert!(
        config
            .yibeidiao()
            .is_ok_and(|(_, token)| token.expose() == "T")
    );
    let config = loaded(file, &[("JINDIAO_PATSNAP_CLIENT_ID", "fake")]);
    let Ok(Credential::Client { secret, .. }) = config.patsnap() else {
        panic!("a client id and its secret");
    };
    assert_eq!(secret.expose(), "sk-fake");
}

#[test]
fn a_command_is_a_list_in_the_file() {
    let check = |line: &str, expect: &str| {
        let shown = problems(&format!("[qcc]\n{line}\n"), &[]);
        assert!(shown.contains(expect) && !shown.contains("FAKE"), "{shown}");
    };
    let source = "jindiao.toml:2 (qcc.secret_command): ";
    check(
        "secret_command = 'pass FAKE'",
        &format!("{source}write the program"),
    );
    check("secret_command = []", &format!("{source}begin with a name"));
    check(
        "secret_command = ['./FAKE']",
        &format!("{source}begin with a name"),
    );
    check(
        "secret_command = ['FAKE', 1]",
        &format!("{source}the list must hold texts"),
    );
    check(
        "secret_comand = ['FAKE']",
        "did you mean `qcc.secret_command`?",
    );
    check(
        "secret = ['FAKE']",
        "jindiao.toml:2 (qcc.secret): the value must be a text",
    );
    let (config, notes) = load("", &[("JINDIAO_QCC_SECRET_COMMAND", "FAKE")])
        .map_err(|it| it.report())
        .expect("a configuration");
    assert_eq!(
        notes,
        [
            "note: the variable JINDIAO_QCC_SECRET_COMMAND is not read: `qcc.secret_command` stands in the configuration's file"
        ]
    );
    assert!(config.qcc().is_err());
}

/// A file with this text and mode in a folder of this mode, read by the user of this number above
/// its owner's: the notes or the error, and what is missing of the account with QCC.
#[cfg(unix)]
fn read_as(
    text: &str,
    modes: (u32, u32),
    other: u32,
    named: bool,
) -> Result<(Vec<String>, Vec<String>), String> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("jindiao.toml");
    std::fs::write(&path, text).expect("a file");
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    mode(&path, modes.0);
    mode(folder.path(), modes.1);
    if path.metadata().expect("a file").uid() == 0 {
        // What is root's is never a stranger's.
        std::os::unix::fs::chown(&path, Some(4242), None).expect("root may do that");
    }
    let owner = path.metadata().expect("a file").uid();
    let sources = Sources {
        file: named.then(|| path.clone()),
        folders: vec![folder.path().to_owned()],
        user: Some(owner + other),
        ..Sources::default()
    };
    let here = |text: String| text.replace(&format!("{}/", folder.path().display()), "");
    let loaded = Config::load(&sources).map_err(|error| here(error.report()));
    let (config, notes) = loaded?;
    let notes = notes.iter().map(|it| here(it.say().to_string())).collect();
    let missing = shown(&config.missing(Vendor::Qcc)).into_iter().map(here);
    Ok((notes, missing.collect()))
}

#[cfg(unix)]
#[test]
fn credentials_that_others_can_read_are_warned_about() {
    let warnings = |text: &str, file, folder| {
        let (notes, _) = read_as(text, (file, folder), 0, false).expect("a configuration");
        notes.len()
    };
    let secret = "qcc.secret = 'FAKE'\n";
    assert_eq!(warnings(secret, 0o600, 0o700), 0);
    assert_eq!(warnings(secret, 0o640, 0o700), 1);
    assert_eq!(warnings(secret, 0o644, 0o777), 2);
    assert_eq!(warnings("qcc.qps = 1\n", 0o666, 0o777), 0);
}

#[cfg(unix)]
#[test]
fn a_command_is_not_run_from_a_file_that_others_can_write() {
    let missing = |mode, named| {
        let text = "qcc.key = 'K'\nqcc.secret_command = ['echo', 'S']\n";
        let (_, missing) = read_as(text, (mode, 0o700), 0, named).expect("a configuration");
        missing
    };
    for named in [false, true] {
        assert_eq!(missing(0o644, named), [""; 0]);
        let refused = missing(0o664, named);
        assert!(
            refused[0].starts_with("jindiao.toml:2 (qcc.secret_command): not run, because others may write the file: chmod go-w "),
            "{refused:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_strangers_file_must_be_named() {
    let text = "qcc.url = 'http://127.0.0.1:1'\n";
    let found = |other, named| read_as(text, (0o644, 0o755), other, named);
    let report = found(1, false).expect_err("a stranger's");
    assert!(
        report.contains("jindiao.toml belongs to another user") && report.contains("--config"),
        "{report}"
    );
    assert!(found(0, false).is_ok() && found(1, true).is_ok());
}

#[test]
fn where_it_comes_from_is_shown_without_values() {
    let sources = Sources {
        environment: [("JINDIAO_QCC_SECRET".to_owned(), "FAKE".to_owned())].into(),
        ..Sources::default()
    };
    let shown = format!("{sources:?}");
    assert!(
        shown.contains("JINDIAO_QCC_SECRET") && !shown.contains("FAKE"),
        "{shown}"
    );
}

proptest::proptest! {
    /// Also a file that is torn or full of mistakes keeps its values to itself.
    #[test]
    fn no_mistake_in_the_file_shows_a_value(
        secret in "S3CR3T[ -~]{0,12}",
        quote in "[\"']{0,2}",
        key in "(qcc\\.|)(secret|key|qps|url|secret_command|poll_interval|log)",
        end in "[\"'\\]\\[{}=, \\n]{0,3}",
    ) {
        let text = format!("{key} = {quote}{secret}{end}\n");
        if let Err(error) = load(&text, &[]) {
            let report = error.report();
            proptest::prop_assert!(!report.contains("S3CR3T"), "{}: {}", text, report);
        }
    }
}

#[test]
fn either_kind_of_account_with_patsnap() {
    let key = ("JINDIAO_PATSNAP_API_KEY", "sk-fake");
    let id = ("JINDIAO_PATSNAP_CLIENT_ID", "fake");
    let secret = ("JINDIAO_PATSNAP_CLIENT_SECRET", "fake");
    let is_key =
        |environment: &[_]| matches!(loaded("", environment).patsnap(), Ok(Credential::ApiKey(_)));
    assert!(is_key(&[key]));
    assert!(is_key(&[key, id]));
    assert!(!is_key(&[key, id, secret]));
}

#[test]
fn the_cluster_is_named_in_the_file_or_by_variables() {
    assert_eq!(loaded("", &[]).cluster, ClusterConfig::default());
    let file = "[cluster]\nrestate_admin = 'http://restate:9070'\nlisten = '0.0.0.0:9080'\nidentity = 'c.json'";
    let advertise = ("JINDIAO_CLUSTER_ADVERTISE", "http://workers.example:9080");
    let cluster = loaded(file, &[advertise]).cluster;
    let origin = |text: &str| text.parse().ok();
    let expect = ClusterConfig {
        restate_admin: origin("http://restate:9070"),
        restate_ingress: None,
        identity: Some("c.json".into()),
        listen: "0.0.0.0:9080".parse().ok(),
        advertise: origin("http://workers.example:9080"),
        ..ClusterConfig::default()
    };
    assert_eq!(cluster, expect);
    let wrong = problems(
        "[cluster]\nlisten = 'here'\nrestate_admin = 'restate:9070'",
        &[],
    );
    assert!(
        wrong.contains("cluster.listen") && wrong.contains("cluster.restate_admin"),
        "{wrong}"
    );
}

#[cfg(feature = "cluster")]
#[test]
fn the_object_store_and_what_is_wrong_with_it() {
    let store = |text: &str, environment: &[(&str, &str)]| {
        let store = loaded(text, environment).store();
        store.map(|it| it.map(|(store, _)| store.to_string()))
    };
    const KEYS: &str = "key_id = 'FAKE-ID'\nkey_secret = 'FAKE-SECRET'";
    let table = |rest: &str| format!("[cluster.store]\n{KEYS}\n{rest}");
    assert_eq!(store("", &[]), Ok(None));
    assert_eq!(store(&table(""), &[]), Ok(None));
    let expect = Ok(Some("oss://reports/a".to_owned()));
    assert_eq!(
        store(
            &table("url = 'oss://reports/a'\nendpoint = 'https://oss.example'"),
            &[]
        ),
        expect
    );
    let check = |text: &str, environment: &[(&str, &str)], expect: &str| {
        let wrong = store(text, environment).expect_err(text);
        let wrong = wrong.to_string();
        assert!(wrong.contains(expect) && !wrong.contains("FAKE"), "{wrong}");
    };
    check(
        &table("url = 'https://reports'"),
        &[],
        "cluster.store.url: the store must be s3://",
    );
    check(
        "[cluster.store]\nurl = 's3://reports'",
        &[],
        "JINDIAO_CLUSTER_STORE_KEY_ID is not set",
    );
    check(
        &table("url = 's3://reports'"),
        &[("JINDIAO_CLUSTER_STORE_KEY_SECRET", "FAKE SECRET")],
        "JINDIAO_CLUSTER_STORE_KEY_SECRET: a store's access key",
    );
}

#[test]
fn the_documentation_lists_every_setting() {
    let text = include_str!("../../../../docs/configuration.md");
    for Setting { key, env, .. } in settings::all() {
        assert!(text.contains(&format!("`{key}`")), "{key}");
        assert!(text.contains(&format!("`{env}`")), "{env}");
    }
    for vendor in Vendor::ALL {
        let key = settings::command_key(vendor);
        assert!(text.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn the_example_is_a_configuration() {
    let text = include_str!("../../../../examples/jindiao.toml");
    loaded(text, &[]);
    // Everything that is commented out is right too.
    let all: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix("#: ").unwrap_or(line))
        .collect();
    let config = loaded(&all.join("\n"), &[]);
    assert!(config.qcc().is_ok() && config.patsnap().is_ok() && config.yibeidiao().is_ok());
}

#[test]
fn how_vendors_are_connected_to() {
    let url = "https://pro.qcc.com/";
    let proxy = |file: &str, proxies: &[(&str, &str)]| {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("jindiao.toml");
        std::fs::write(&path, file).expect("a file");
        let proxies = proxies
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let sources = Sources {
            file: Some(path),
            proxies: proxies.collect(),
            ..Sources::default()
        };
        let (config, _) = Config::load(&sources)
            .map_err(|error| error.report())
            .expect("a configuration");
        let http = config.http().map_err(|error| error.report());
        http.expect("a way").proxy_for(url)
    };
    let named = "proxy = 'socks5h://me:FAKE@proxy'";
    assert_eq!(proxy(named, &[]).as_deref(), Some("socks5h://proxy:1080"));
    assert_eq!(proxy(named, &[("no_proxy", "qcc.com")]), None);
    assert_eq!(proxy("proxy = 'none'", &[]), None);

    let config = loaded("connect_timeout = '1500ms'\nca_file = '/no/such.pem'", &[]);
    assert!(
        format!("{:?}", config.http).contains("1.5s"),
        "{:?}",
        config.http
    );
    let report = config.http().expect_err("no such file").report();
    assert!(
        report.starts_with("error: the ca_file /no/such.pem cannot be used: "),
        "{report}"
    );
}
