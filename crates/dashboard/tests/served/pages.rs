//! What the page says, as a file, as a server and as metrics.

use std::time::Duration;

use jindiao_dashboard::{Lang, file, metrics};
use jindiao_order::StateName;
use jindiao_simulator::{Fault, FaultRule, Operation};

use crate::http::send;
use crate::world::{HOSTILE, Ledger, ids};

/// Two companies, one of which the vendor does not know, one that means harm, and an order of
/// which nobody knows.
async fn ledger() -> Ledger {
    let doubt = FaultRule {
        operation: Some(Operation::PatSnapCompanyCreate),
        subject: Some("img".to_owned()),
        ..FaultRule::always(Fault::DropAfterCharge)
    };
    Ledger::of(&["小米科技", "查无此企", HOSTILE, "又一公司"], vec![doubt]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_says_it_all_without_script_or_address() {
    let ledger = ledger().await;
    let view = ledger.view();
    let uncertain = ids(&ledger, StateName::Uncertain);
    assert_eq!(uncertain.len(), 1);
    for (lang, words) in [
        (
            Lang::En,
            [
                "Uncertain orders",
                "by minute",
                "a run orders it again after",
                "statement of account V2",
            ],
        ),
        (
            Lang::Zh,
            [
                "存疑订单",
                "每分钟",
                "运行任务会在此时间后重新下单",
                "对账单 V2",
            ],
        ),
    ] {
        let page = file(&view, lang);
        for word in words {
            assert!(page.contains(word), "{word}: {page}");
        }
        let id = &uncertain[0];
        let command = format!("jindiao resolve {id} --not-placed --ledger jindiao.db");
        assert!(page.contains(&command), "{page}");
        for bad in [
            "<script", "<button", "<img", "src=\"", "http://", "https://",
        ] {
            let found = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!found.contains(bad), "{bad}: {found}");
        }
        assert!(
            page.contains("&lt;img src=x onerror=alert(1)&gt;&amp;&quot;'有限公司"),
            "{page}"
        );
        assert_eq!(page.matches("style=").count(), 0, "the policy forbids it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_comes_with_what_its_code_means() {
    let ledger = ledger().await;
    let view = ledger.view();
    let code = jindiao_codes::Code::parse(jindiao_codes::Vendor::Patsnap, "68300004");
    let info = code.info().expect("a listed code");
    let page = file(&view, Lang::En);
    assert!(
        page.contains("68300004") && page.contains(info.en),
        "{page}"
    );
    let page = file(&view, Lang::Zh);
    assert!(
        page.contains(info.zh) && page.contains(info.todo_zh),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_without_orders_has_a_page_too() {
    let ledger = Ledger::empty();
    let page = file(&ledger.view(), Lang::En);
    assert!(page.contains("Nothing is ordered yet"), "{page}");
    let text = metrics(&ledger.view().overview);
    assert!(text.contains("jindiao_uncertain_orders 0\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_the_page_in_its_language() {
    let ledger = ledger().await;
    let served = ledger.served().await;
    let addr = served.dashboard.addr();
    let host = addr.to_string();
    let bearer = format!("Bearer {}", served.token.expose());
    let get = async |path: &str, language: &str| {
        let headers = [
            ("host", &*host),
            ("authorization", &*bearer),
            ("accept-language", language),
        ];
        let reply = send(addr, &format!("GET {path}"), &headers, "").await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        reply.body
    };
    assert!(get("/", "zh-CN,en;q=0.5").await.contains("lang=\"zh\""));
    assert!(get("/", "de").await.contains("lang=\"en\""));
    assert!(get("/?lang=zh", "en").await.contains("lang=\"zh\""));
    let view = get("/view?lang=en", "").await;
    for id in [
        "summary",
        "uncertain",
        "progress",
        "money",
        "accounts",
        "waits",
        "failures",
        "links",
    ] {
        assert!(view.contains(&format!("id=\"{id}\"")), "{id}: {view}");
    }
    assert!(view.contains("data-verdict=\"not_placed\""), "{view}");
    assert!(view.contains("1,000"), "the daily limit: {view}");
    assert!(get("/view?lang=zh", "").await.contains("存疑订单"));
    // What is past the last one.
    assert!(!get("/view?skip=10", "").await.contains("data-verdict"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_changes_when_the_ledger_does() {
    let ledger = Ledger::empty();
    let served = ledger.served().await;
    let addr = served.dashboard.addr();
    let host = addr.to_string();
    let bearer = format!("Bearer {}", served.token.expose());
    let headers = [("host", &*host), ("authorization", &*bearer)];
    let before = send(addr, "GET /view", &headers, "").await.body;
    assert!(before.contains("Nothing is ordered yet"), "{before}");
    let mut store = ledger.open();
    let subject = jindiao_protocol::Subject::Period("day".parse().expect("a period"));
    let product = jindiao_order::Product::QccRiskReport;
    let wanted = jindiao_order::Wanted::new(product, subject, None).expect("wanted");
    let prices = jindiao_batch::Prices::default();
    let planned = store.plan(&[wanted], &prices, None, crate::world::now());
    planned.expect("a plan");
    // The run still has the ledger.
    // What it was a moment ago may be shown once more: looking is not to cost too much.
    let seen = async {
        while !send(addr, "GET /view", &headers, "")
            .await
            .body
            .contains("Risk report")
        {}
    };
    // It only ends a hang.
    let in_time = tokio::time::timeout(Duration::from_secs(120), seen).await;
    in_time.expect("the page with the new order");
    drop(store);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_what_prometheus_reads() {
    let ledger = ledger().await;
    let overview = ledger.view().overview;
    let text = metrics(&overview);
    let mut family = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect(line);
            assert!(
                name.starts_with("jindiao_") && help.ends_with('.'),
                "{line}"
            );
            name.clone_into(&mut family);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect(line);
            let is_total = name.ends_with("_total");
            assert_eq!((name, kind == "counter"), (&*family, is_total), "{line}");
        } else {
            let (name, value) = line.rsplit_once(' ').expect(line);
            let (name, labels) = name.split_once('{').unwrap_or((name, "}"));
            assert!(labels.ends_with('}') && name == family, "{line}");
            value.parse::<u64>().expect(line);
        }
    }
    for line in [
        "jindiao_orders{product=\"qcc/snapshot\",state=\"stored\"} 3",
        "jindiao_uncertain_orders 1",
        "jindiao_charged_fen_total{vendor=\"qcc\"} 300",
        "jindiao_maybe_charged_fen 3000",
        "jindiao_exchanges_total{vendor=\"patsnap\",code=\"\",delivery=\"maybe_sent\"} 1",
        "jindiao_unread_exchanges 0",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    for name in ["小米科技", "img", "公司"] {
        assert!(!text.contains(name), "{name}: {text}");
    }
}

/// Every metric that the Grafana dashboard asks for is one that we tell.
#[tokio::test(flavor = "multi_thread")]
async fn the_grafana_dashboard_asks_for_what_there_is() {
    let ledger = ledger().await;
    let text = metrics(&ledger.view().overview);
    let known: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/grafana/jindiao.json"
    );
    let board = std::fs::read_to_string(path).expect("the dashboard");
    let board: serde_json::Value = serde_json::from_str(&board).expect("JSON");
    let panels = board["panels"].as_array().expect("panels");
    let mut asked = 0;
    for panel in panels {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().expect("an expression");
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            for name in query
                .split(|c| !is_name(c))
                .filter(|it| it.starts_with("jindiao_"))
            {
                assert!(known.contains(&name), "{name} of {panel}");
                asked += 1;
            }
        }
    }
    assert!(asked > 8, "{asked}");
}
