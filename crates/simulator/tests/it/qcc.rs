//! QCC: signatures, codes, envelopes, charges.

use std::time::Duration;

use jindiao_simulator::{Operation, Options, PendingPlan};
use serde_json::Value;

use crate::world::{START, World, json, sent};

const IMAGE: &str = "/api/yj/EciImage/GetEciImage";

#[tokio::test]
async fn a_picture_of_a_company() {
    let world = World::start().await;
    let reply = world.picture("小米科技有限责任公司").await;
    assert_eq!(reply["Status"], "200");
    assert_eq!(reply["Paging"], Value::Null);
    assert!(
        reply["OrderNumber"]
            .as_str()
            .expect("a serial")
            .starts_with("ECIIMAGE20231115061320")
    );
    let link = reply["Result"].as_str().expect("a bare address");
    assert!(link.len() <= 128, "{link}");

    let file = sent(world.http.get(link)).await;
    assert_eq!(file.headers()["content-type"], "image/png");
    assert!(
        file.bytes()
            .await
            .expect("a file")
            .starts_with(b"\x89PNG\r\n\x1a\n")
    );
    assert_eq!(
        world
            .charges()
            .of(Operation::QccImage, "小米科技有限责任公司"),
        1
    );
}

#[tokio::test]
async fn all_paths_of_the_picture() {
    let world = World::start().await;
    for path in [
        IMAGE,
        "/api/yj/ECIImage/GetEciImage",
        "/ECIImage/GetEciImage",
    ] {
        let reply = json(world.qcc(path, &[("keyWord", "小米")])).await;
        assert_eq!(reply["Status"], "200", "{path}");
    }
    assert_eq!(world.charges().charged_twice().len(), 1);
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::start().await;
    let parameters = [("keyWord", "小米")];
    let status = async |request| json(request).await["Status"].clone();

    let unsigned = world.get(&format!("{IMAGE}?key=SIMULATED-QCC-KEY&keyWord=ab"));
    assert_eq!(status(unsigned).await, "107");
    assert_eq!(
        status(world.get(&format!("{IMAGE}?key=OTHER&keyWord=ab"))).await,
        "101"
    );
    assert_eq!(status(world.get(IMAGE)).await, "101");
    let other_time = world
        .qcc_at(IMAGE, &parameters, START)
        .header("Timespan", "1");
    assert_eq!(
        status(other_time).await,
        "200",
        "the first of two headers counts"
    );

    assert_eq!(
        status(world.qcc_at(IMAGE, &parameters, START - 300)).await,
        "200"
    );
    assert_eq!(
        status(world.qcc_at(IMAGE, &parameters, START - 301)).await,
        "115"
    );
    assert_eq!(
        status(world.qcc_at(IMAGE, &parameters, START + 301)).await,
        "115"
    );
    assert_eq!(
        status(world.qcc_at(IMAGE, &parameters, i64::MIN)).await,
        "115"
    );

    assert_eq!(status(world.qcc(IMAGE, &[])).await, "202");
    assert_eq!(status(world.qcc(IMAGE, &[("keyWord", "米")])).await, "213");
    assert_eq!(
        status(world.qcc(IMAGE, &[("keyWord", "查无此企业公司")])).await,
        "201"
    );
    assert_eq!(
        status(world.qcc(IMAGE, &[("keyWord", "欠费公司")])).await,
        "102"
    );
    assert_eq!(
        status(world.qcc(IMAGE, &[("keyWord", "维护公司")])).await,
        "124"
    );
    let book = world.charges();
    assert_eq!(book.total, 2);
    assert_eq!(
        book.counted[&Operation::QccImage],
        5,
        "200 twice, 201, 202 and 213"
    );
}

#[tokio::test]
async fn a_token_of_another_time_is_no_token() {
    let world = World::start().await;
    let mut request = world
        .qcc(IMAGE, &[("keyWord", "小米")])
        .build()
        .expect("a request");
    let earlier = (START - 1).to_string().parse().expect("a value");
    request.headers_mut().insert("Timespan", earlier);
    let reply = world
        .http
        .execute(request)
        .await
        .expect("an answer")
        .bytes()
        .await;
    let reply: Value = serde_json::from_slice(&reply.expect("a body")).expect("json");
    assert_eq!(reply["Status"], "107");
}

#[tokio::test]
async fn a_risk_report_from_order_to_file() {
    let pending = PendingPlan::polls(2);
    let world = World::with(Options {
        pending,
        ..Options::default()
    })
    .await;
    let reply = json(world.qcc("/api/radar_ext/createReport", &[("reportType", "week")])).await;
    assert_eq!(reply["status"], "200");
    let order = reply["result"]["orderNo"].as_str().expect("an order");
    assert!(order.starts_with("JKWEEK-1700000000"), "{order}");

    let poll = async || {
        let path = "/api/radar_ext/getReportInfo";
        json(world.qcc(path, &[("orderNo", order)])).await["result"].clone()
    };
    for _ in 0..2 {
        let pending = poll().await;
        assert_eq!(
            (&pending["reportStatus"], &pending["reportUrl"]),
            (&"P".into(), &Value::Null)
        );
    }
    let ready = poll().await;
    assert_eq!(ready["reportStatus"], "S");
    let link = ready["reportUrl"].as_str().expect("a link");
    assert!(
        link.contains("Expires=1731536000&OSSAccessKeyId="),
        "365 days: {link}"
    );
    let file = sent(world.http.get(link))
        .await
        .bytes()
        .await
        .expect("a file");
    assert!(file.starts_with(b"PK\x03\x04"));

    let book = world.charges();
    assert_eq!(
        (book.total, book.of(Operation::QccCreateReport, "week")),
        (1, 1)
    );
    assert_eq!(book.calls_of(Operation::QccReportInfo), 3);
}

#[tokio::test]
async fn a_report_ripens_with_time_alone() {
    let world = World::start().await;
    let reply = json(world.qcc("/api/radar_ext/createReport", &[("reportType", "day")])).await;
    let order = reply["result"]["orderNo"].as_str().expect("an order");
    world.hand.advance(Duration::from_millis(300));
    let reply = json(world.qcc("/api/radar_ext/getReportInfo", &[("orderNo", order)])).await;
    assert_eq!(reply["result"]["reportStatus"], "S");
}

#[tokio::test]
async fn orders_that_make_no_sense() {
    let world = World::start().await;
    let status = async |path, parameters: &[(&str, &str)]| {
        json(world.qcc(path, parameters)).await["status"].clone()
    };
    assert_eq!(status("/api/radar_ext/createReport", &[]).await, "202");
    assert_eq!(
        status("/api/radar_ext/createReport", &[("reportType", "year")]).await,
        "202"
    );
    assert_eq!(status("/api/radar_ext/getReportInfo", &[]).await, "202");
    assert_eq!(
        status("/api/radar_ext/getReportInfo", &[("orderNo", "JKDAY-1")]).await,
        "201"
    );
    assert_eq!(world.charges().total, 0);
}

#[tokio::test]
async fn the_same_order_twice_is_two_charges() {
    let world = World::start().await;
    let order = async || {
        let reply = json(world.qcc("/api/radar_ext/createReport", &[("reportType", "day")])).await;
        reply["result"]["orderNo"].clone()
    };
    assert_ne!(order().await, order().await);
    let book = world.charges();
    assert_eq!(
        book.charged_twice().into_iter().collect::<Vec<_>>(),
        [("qcc/createReport day", 2)]
    );
}

#[tokio::test]
async fn too_fast_and_too_often() {
    let limits = Options {
        qps: Some(2),
        daily_limit: Some(3),
        ..Options::default()
    };
    let world = World::with(limits).await;
    let mut codes = Vec::new();
    for call in 0..5 {
        if call == 3 {
            world.hand.advance(Duration::from_secs(1));
        }
        codes.push(world.picture("小米").await["Status"].clone());
    }
    assert_eq!(codes, ["200", "200", "122", "200", "116"]);
}
