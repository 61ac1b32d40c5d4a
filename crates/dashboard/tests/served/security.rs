//! Who is answered, and who is not.

use jindiao_dashboard::{Decision, Desk as _, Lang, Options, Token, serve};
use jindiao_order::StateName;
use jindiao_simulator::{Fault, FaultRule, Operation};

use crate::http::{Reply, send};
use crate::world::{Ledger, Served, ids, now};

async fn doubtful() -> Ledger {
    let doubt = FaultRule::nth(Operation::PatSnapCompanyCreate, 1, Fault::DropAfterCharge);
    Ledger::of(&["小米科技"], vec![doubt]).await
}

/// A decision, with everything right but what `change` does to the headers.
async fn decide(
    served: &Served,
    body: &str,
    change: impl Fn(&mut Vec<(&'static str, String)>),
) -> Reply {
    let addr = served.dashboard.addr();
    let mut headers = vec![
        ("host", addr.to_string()),
        ("origin", format!("http://{addr}")),
        ("sec-fetch-site", "same-origin".to_owned()),
        ("authorization", format!("Bearer {}", served.token.expose())),
        ("content-type", "application/json".to_owned()),
    ];
    change(&mut headers);
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, &**value))
        .collect();
    send(addr, "POST /settle", &headers, body).await
}

fn set(headers: &mut Vec<(&'static str, String)>, name: &'static str, value: &str) {
    headers.retain(|(it, _)| *it != name);
    if !value.is_empty() {
        headers.push((name, value.to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_own_page_with_the_token_can_decide() {
    let ledger = doubtful().await;
    let served = ledger.served().await;
    let id = ids(&ledger, StateName::Uncertain).remove(0);
    let body = format!(r#"{{"order":"{id}","verdict":"abandon"}}"#);
    let other = format!("Bearer {}", "0".repeat(64));
    for (name, value, status) in [
        ("host", "evil.example", 421),
        ("host", "", 400),
        ("origin", "http://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("authorization", "", 401),
        ("authorization", &other, 401),
        ("content-type", "", 415),
        ("content-type", "text/plain", 415),
        ("content-type", "application/x-www-form-urlencoded", 415),
    ] {
        let reply = decide(&served, &body, |headers| set(headers, name, value)).await;
        // A request without a host is no HTTP: either way it is not answered.
        let expect = if name == "host" { 421 } else { status };
        assert_eq!(reply.status, expect, "{name}: {value}: {reply:?}");
        assert_eq!(reply.header("access-control-allow-origin"), "");
    }
    for body in [
        "",
        "{}",
        r#"{"order":"x","verdict":"abandon"}"#,
        &format!(r#"{{"order":"{id}","verdict":"pay"}}"#),
        &format!(r#"{{"order":"{id}","verdict":"abandon","more":1}}"#),
    ] {
        assert_eq!(decide(&served, body, |_| {}).await.status, 400, "{body}");
    }
    let long = format!(r#"{{"order":"{id}","reference":"{}"}}"#, "a".repeat(20_000));
    assert_eq!(decide(&served, &long, |_| {}).await.status, 413);
    assert!(served.desk.said.lock().expect("no panic").is_empty());
    assert_eq!(
        ids(&ledger, StateName::Uncertain),
        std::slice::from_ref(&id)
    );

    let reply = decide(&served, &body, |_| {}).await;
    assert_eq!(
        (reply.status, &*reply.body),
        (200, r#"{"result":"settled","state":"failed"}"#)
    );
    assert_eq!(ids(&ledger, StateName::Failed), [id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_in_use_is_said_so_and_not_touched() {
    let ledger = doubtful().await;
    let served = ledger.served().await;
    let id = ids(&ledger, StateName::Uncertain).remove(0);
    let run = ledger.open();
    let body = format!(r#"{{"order":"{id}","verdict":"placed","reference":" 123 "}}"#);
    let reply = decide(&served, &body, |_| {}).await;
    assert_eq!(reply.status, 409, "{reply:?}");
    assert!(
        reply
            .body
            .contains(r#""result":"in_use","holder":"jindiao, process"#),
        "{reply:?}"
    );
    drop(run);
    assert_eq!(
        ids(&ledger, StateName::Uncertain),
        std::slice::from_ref(&id)
    );
    let reply = decide(&served, &body, |_| {}).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let said = served.desk.said.lock().expect("no panic");
    assert_eq!(said.last(), Some(&(id, Decision::Placed("123".to_owned()))));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_nothing_of_the_ledger_is_told() {
    let ledger = doubtful().await;
    let served = ledger.served().await;
    let addr = served.dashboard.addr();
    let host = addr.to_string();
    let check = async |line: &str, headers: &[(&str, &str)], status: u16| {
        let reply = send(addr, line, headers, "").await;
        assert_eq!(reply.status, status, "{line} {headers:?}: {reply:?}");
        for part in ["小米", "jindiao.db", served.token.expose()] {
            assert!(!reply.body.contains(part), "{line}: {reply:?}");
        }
        let policy = reply.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{policy}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("set-cookie"), "");
        assert_eq!(reply.header("access-control-allow-origin"), "");
    };
    let host = [("host", &*host)];
    for path in ["/", "/style.css", "/live.js", "/icon.svg", "/metrics"] {
        check(&format!("GET {path}"), &host, 200).await;
        check(&format!("GET {path}"), &[("host", "evil.example")], 421).await;
        check(&format!("DELETE {path}"), &host, 405).await;
    }
    check("GET /view", &host, 401).await;
    check(&format!("GET /view?token={}", "0".repeat(64)), &host, 401).await;
    check("GET /settle", &host, 405).await;
    check("POST /settle", &host, 403).await;
    check("GET /../../etc/passwd", &host, 404).await;
    let cross = [host[0], ("sec-fetch-site", "cross-site")];
    check("GET /metrics", &cross, 401).await;
    let twice = [host[0], ("host", "evil.example")];
    check("GET /", &twice, 421).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_machines_are_not_let_in_by_accident() {
    let ledger = Ledger::empty();
    let served = ledger.served().await;
    let options = |addr: &str, exposed| Options {
        addr: addr.parse().expect("an address"),
        exposed,
        ledger: ledger.path(),
        flag: String::new(),
        accounts: vec![],
        policies: Default::default(),
        lang: Lang::En,
        token: Token::random().expect("a token"),
        clock: now,
    };
    let desk = || std::sync::Arc::clone(&served.desk) as _;
    let refused = serve(options("0.0.0.0:0", false), desk()).await;
    let error = refused.expect_err("refused");
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    let taken = serve(options(&served.dashboard.addr().to_string(), false), desk()).await;
    assert_eq!(
        taken.expect_err("taken").kind(),
        std::io::ErrorKind::AddrInUse
    );

    // Exposed, metrics need the token, too.
    let exposed = serve(options("0.0.0.0:0", true), desk())
        .await
        .expect("a dashboard");
    let host = format!("127.0.0.1:{}", exposed.addr().port());
    let at = host.parse().expect("an address");
    let reply = send(at, "GET /metrics", &[("host", &host)], "").await;
    assert_eq!(reply.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_goes_away_is_an_answer_and_no_end() {
    let ledger = Ledger::empty();
    let served = ledger.served().await;
    std::fs::remove_file(ledger.path()).expect("removed");
    let addr = served.dashboard.addr();
    let bearer = format!("Bearer {}", served.token.expose());
    let host = addr.to_string();
    let headers = [("host", &*host), ("authorization", &*bearer)];
    let reply = send(addr, "GET /view", &headers, "").await;
    assert_eq!(reply.status, 503);
    assert!(reply.body.contains("there is no ledger"), "{reply:?}");
    drop(ledger.open());
    assert_eq!(send(addr, "GET /view", &headers, "").await.status, 200);
    let order = "0123456789ab".parse().expect("an id");
    assert!(served.desk.settle(&order, &Decision::Abandon).is_err());
}
