//! The simulator itself: what it says of itself, its own paths, its end, its memory.

use std::collections::HashSet;

use futures_util::future::join_all;
use jindiao_simulator::{
    ChargeBook, Fault, FaultPlan, FaultRule, Operation, Options, PendingPlan, Simulator,
};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::world::{World, json as reply, sent};

#[tokio::test]
async fn the_description_is_enough_for_a_client() {
    let world = World::start().await;
    let simulator = &world.simulator;
    let url = simulator.base_url();
    let description = simulator.description();
    assert_eq!(description["addr"], simulator.addr().to_string());
    assert_eq!(
        description["urls"],
        json!({"qcc": url, "patsnap": url, "yibeidiao": url})
    );
    assert_eq!(description["env"]["JINDIAO_QCC_URL"], url);
    assert_eq!(description["env"]["JINDIAO_ALLOW_PRIVATE_LINKS"], "1");
    let names = description["env"].as_object().expect("names").keys();
    assert_eq!(names.count(), 11);
    assert_eq!(
        description["credentials"]["qcc_key"],
        simulator.credentials().qcc_key
    );
    assert_eq!(simulator.credentials().patsnap_api_key.len(), 51);
}

#[tokio::test]
async fn charges_over_http() {
    let world = World::start().await;
    world.picture("小米").await;
    let url = world.simulator.description()["charges"]
        .as_str()
        .expect("an address")
        .to_owned();
    let book = reply(world.http.get(url)).await;
    assert_eq!(book["total"], 1);
    assert_eq!(book["by_operation"], json!({"qcc/GetEciImage": 1}));
    assert_eq!(book["by_subject"], json!({"qcc/GetEciImage 小米": 1}));
    let book: ChargeBook = serde_json::from_value(book).expect("a book");
    assert_eq!(book, world.charges());
    assert_eq!(
        reply(world.get("/simulator/health")).await,
        json!({"ok": true})
    );
}

#[tokio::test]
async fn faults_over_http() {
    let world = World::start().await;
    let post =
        async |body: String| sent(world.http.post(world.url("/simulator/faults")).body(body)).await;
    let plan = FaultPlan::one(FaultRule::nth(Operation::QccImage, 1, Fault::Throttled));
    let text = serde_json::to_string(&plan).expect("json");
    assert_eq!(post(text).await.status(), 200);
    let shown = reply(world.get("/simulator/faults")).await;
    assert_eq!(
        serde_json::from_value::<FaultPlan>(shown).expect("a plan"),
        plan
    );
    assert_eq!(world.picture("小米").await["Status"], "122");
    assert_eq!(world.picture("小米").await["Status"], "200");

    world.simulator.set_faults(plan);
    assert_eq!(
        world.picture("小米").await["Status"],
        "122",
        "counts start again"
    );

    let refused = post(r#"{"rules":[{"fault":"nonsense"}]}"#.to_owned()).await;
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.expect("a body").contains("nonsense"));
}

#[tokio::test]
async fn after_the_end_nobody_answers() {
    let world = World::start().await;
    let url = world.url("/simulator/health");
    let open = sent(world.http.get(&url)).await;
    assert_eq!(open.status(), 200);
    world.simulator.shutdown().await;
    assert!(
        world
            .http
            .get(&url)
            .send()
            .await
            .expect_err("nobody")
            .is_connect()
    );
}

#[tokio::test]
async fn links_lead_where_the_client_came_from() {
    let world = World::start().await;
    let port = world.simulator.addr().port();
    let request = world.interim("20190415152645093983751");
    let link = reply(request.header("Host", format!("localhost:{port}"))).await["msg"].clone();
    let link = link.as_str().expect("a link");
    assert!(
        link.starts_with(&format!("http://localhost:{port}/files/")),
        "{link}"
    );
}

#[tokio::test]
async fn a_state_file_outlives_the_simulator() {
    let folder = std::env::temp_dir();
    let path = folder.join(format!("jindiao-simulator-{}.jsonl", std::process::id()));
    let options = Options {
        pending: PendingPlan::NONE,
        state_file: Some(path.clone()),
        ..Options::default()
    };

    let world = World::with(options.clone()).await;
    let body = json!({"report_type": "pdf", "company_name": "小米"});
    let created = reply(world.company_report(&body)).await;
    let job = created["data"]["job_id"].as_u64().expect("a number");
    let book = world.charges();
    world.simulator.shutdown().await;

    // What a kill leaves of a line that was being written, in the middle of a character.
    let mut torn = std::fs::read(&path).expect("a file");
    torn.extend_from_slice(b"{\"subject\":\"\xe5\xb0");
    std::fs::write(&path, torn).expect("a file");

    let world = World::with(options.clone()).await;
    assert_eq!(world.charges().by_subject, book.by_subject);
    let data = reply(world.company_status(job)).await["data"].clone();
    assert_eq!(data["job_status"], 2);
    let file = sent(
        world
            .http
            .get(data["download_url"].as_str().expect("a link")),
    )
    .await;
    assert_eq!(file.status(), 200);
    let again = reply(world.company_report(&body)).await;
    assert_ne!(again["data"]["job_id"], job);
    world.simulator.shutdown().await;

    let world = World::with(options).await;
    assert_eq!(
        world.charges().total,
        2,
        "the torn line took no order with it"
    );
    std::fs::remove_file(&path).expect("a file");
}

#[tokio::test]
async fn a_foreign_file_is_left_alone() {
    let path = std::env::temp_dir().join(format!("jindiao-foreign-{}", std::process::id()));
    let check = async |text: &str| {
        std::fs::write(&path, text).expect("a file");
        let options = Options {
            state_file: Some(path.clone()),
            ..Options::default()
        };
        let error = Simulator::start(options).await.expect_err(text);
        assert!(
            error.to_string().contains("not a simulator's state file"),
            "{error}"
        );
        assert_eq!(std::fs::read(&path).expect("a file"), text.as_bytes());
    };
    check("SQLite format 3").await;
    check("product,company\nqcc/snapshot,小米\n").await;
    std::fs::remove_file(&path).expect("a file");
}

#[tokio::test]
async fn noise_hurts_nobody() {
    let world = World::start().await;
    for noise in [
        &b"\x16\x03\x01 not http\r\n\r\n"[..],
        b"GET /%zz?=&&%ff HTTP/1.1\r\nHost: a b\r\n\r\n",
    ] {
        let stream = TcpStream::connect(world.simulator.addr())
            .await
            .expect("a connection");
        let (mut read, mut write) = stream.into_split();
        write.write_all(noise).await.expect("sent");
        write.shutdown().await.expect("sent");
        // It may end with an answer, without one, or with a reset; it has to end.
        let _ = read.read_to_end(&mut Vec::new()).await;
    }
    for query in ["?key=%ff&keyWord=%", "?%3D=%26&&=", "?key"] {
        let reply = reply(world.get(&format!("/ECIImage/GetEciImage{query}"))).await;
        assert_eq!(reply["Status"], "101");
    }
    assert_eq!(world.picture("小米").await["Status"], "200");
}

#[tokio::test]
async fn orders_at_the_same_moment_are_different_orders() {
    let world = World::start().await;
    let create = || async {
        let reply = reply(world.qcc("/api/radar_ext/createReport", &[("reportType", "day")])).await;
        reply["result"]["orderNo"]
            .as_str()
            .expect("an order")
            .to_owned()
    };
    let orders = join_all((0..50).map(|_| create())).await;
    let different: HashSet<_> = orders.iter().collect();
    assert_eq!(different.len(), 50);
    assert_eq!(world.charges().of(Operation::QccCreateReport, "day"), 50);
}

#[tokio::test]
async fn an_address_that_is_taken() {
    let world = World::start().await;
    let options = Options {
        addr: world.simulator.addr(),
        ..Options::default()
    };
    assert!(Simulator::start(options).await.is_err());
}
