//! Yibeidiao: signatures of both sides, the order of the checks, links of a minute.

use std::time::Duration;

use jindiao_signing::yibeidiao::{CompanyKey, Token, verify};
use jindiao_simulator::Operation;
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::world::{START, World, json, sent};

const RECORD: &str = "20190415152645093983751";

/// The code of a reply whose signature is as it has to be: right, or absent after a failed
/// pre-check.
async fn code(world: &World, request: RequestBuilder) -> Value {
    let reply = json(request).await;
    let text = |name: &str| reply[name].as_str().expect(name);
    let credentials = world.simulator.credentials();
    let key = CompanyKey::new(credentials.yibeidiao_key.as_str()).expect("a key");
    let token = Token::new(credentials.yibeidiao_token.as_str()).expect("a token");
    let holds = verify(&key, text("ts"), text("seq"), &token, text("sign"));
    let unchecked = ["901", "902", "903", "904", "905"].contains(&text("code"));
    assert_eq!(
        (holds, text("sign").is_empty()),
        (!unchecked, unchecked),
        "{reply}"
    );
    reply["code"].clone()
}

#[tokio::test]
async fn an_interim_report() {
    let world = World::start().await;
    let reply = json(world.interim(RECORD)).await;
    assert_eq!(
        (&reply["code"], &reply["seq"]),
        (&"000".into(), &"S0".into())
    );
    assert_eq!(reply["ts"], "20231115061320");
    let link = reply["msg"].as_str().expect("a link");
    assert!(
        link.contains(&format!("/{RECORD}.pdf?Expires=1700000060&OSSAccessKeyId=")),
        "{link}"
    );

    world.hand.advance(Duration::from_secs(59));
    let file = sent(world.http.get(link))
        .await
        .bytes()
        .await
        .expect("a file");
    assert!(file.starts_with(b"%PDF-"));
    world.hand.advance(Duration::from_secs(1));
    assert_eq!(sent(world.http.get(link)).await.status(), 403);

    let book = world.charges();
    assert_eq!(
        (book.total, book.calls_of(Operation::YibeidiaoReport)),
        (0, 1)
    );
}

#[tokio::test]
async fn the_checks() {
    let world = World::start().await;
    let code = async |request| code(&world, request).await;
    assert_eq!(code(world.interim_at(RECORD, "S1", START)).await, "000");
    assert_eq!(code(world.interim_at(RECORD, "S1", START)).await, "902");
    assert_eq!(
        code(world.interim_at(RECORD, "S2", START - 301)).await,
        "903"
    );
    assert_eq!(
        code(world.interim_at(RECORD, "S2", START + 301)).await,
        "903"
    );
    assert_eq!(
        code(world.interim_at(RECORD, "S2", START - 300)).await,
        "000",
        "S2 was not used up"
    );

    let changed = async |name: &'static str, value: &str| {
        let mut request = world.interim(RECORD).build().expect("a request");
        request
            .headers_mut()
            .insert(name, value.parse().expect("a value"));
        code(RequestBuilder::from_parts(world.http.clone(), request)).await
    };
    assert_eq!(
        changed("sign", "65F3CB60DDEA32F61A0AA3D06D5AC348").await,
        "901"
    );
    assert_eq!(changed("seq", "S99").await, "901");
    assert_eq!(changed("key", "OTHER").await, "905");
    assert_eq!(changed("ts", "20231115061399").await, "903");
    assert_eq!(changed("sign", "").await, "904");
}

#[tokio::test]
async fn records_without_a_report() {
    let world = World::start().await;
    assert_eq!(code(&world, world.interim("")).await, "900");
    assert_eq!(code(&world, world.interim("N1")).await, "900");
    let reply = json(world.interim("20190415152645093980000")).await;
    assert_eq!(
        (&reply["code"], &reply["msg"]),
        (&"000".into(), &"{}".into())
    );
}
