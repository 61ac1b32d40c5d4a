//! PatSnap: both credential models, jobs, codes, charges.

use std::time::Duration;

use jindiao_simulator::{JobIdForm, Operation, Options, PendingPlan, TokenForm};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::world::{World, json as reply, sent};

const CREATE: &str = "/innovation/company-report/task/create";
const GRANT: &str = "grant_type=client_credentials";

async fn code(request: RequestBuilder) -> Value {
    let body = reply(request).await;
    assert_eq!(body["status"], body["error_code"] == 0, "{body}");
    body["error_code"].clone()
}

fn company(name: &str) -> Value {
    json!({"report_type": "pdf", "company_name": name})
}

#[tokio::test]
async fn a_token_in_both_forms() {
    let flat = reply(World::start().await.token_request(GRANT)).await;
    assert_eq!(flat["expires_in"], 1799);
    assert_eq!(
        (&flat["status"], &flat["token_type"]),
        (&"approved".into(), &"BearerToken".into())
    );

    let form = TokenForm::Wrapped;
    let world = World::with(Options {
        patsnap_token_form: form,
        ..Options::default()
    })
    .await;
    let wrapped = reply(world.token_request(GRANT)).await;
    assert_eq!(
        (&wrapped["status"], &wrapped["error_code"]),
        (&true.into(), &0.into())
    );
    assert_eq!(wrapped["data"]["expires_in"], "1799");
    assert!(wrapped["data"]["token"].is_string());
}

#[tokio::test]
async fn no_token_for_strangers() {
    let world = World::start().await;
    let stranger = world
        .http
        .post(world.url("/oauth/token"))
        .basic_auth("who", Some("knows"));
    assert_eq!(code(stranger).await, 67_200_003);
    assert_eq!(
        code(world.token_request("grant_type=password")).await,
        67_200_015
    );
}

#[tokio::test]
async fn who_may_ask() {
    let world = World::start().await;
    let id = world.simulator.credentials().patsnap_client_id.clone();
    let key = world.simulator.credentials().patsnap_api_key.clone();
    let token = world.token().await;
    let ask = async |query: String, bearer: Option<&str>| {
        let request = world.http.post(world.url(&format!("{CREATE}{query}")));
        let request = bearer
            .into_iter()
            .fold(request, RequestBuilder::bearer_auth);
        let request = request.header("Content-Type", "application/json");
        code(request.body(company("小米").to_string())).await
    };
    let with_id = format!("?apikey={id}");
    assert_eq!(ask(with_id.clone(), Some(&token)).await, 0);
    assert_eq!(ask(String::new(), Some(&key)).await, 0);
    assert_eq!(ask(format!("?apikey={key}"), None).await, 0);

    assert_eq!(ask(String::new(), None).await, 67_200_008);
    assert_eq!(ask(String::new(), Some(&token)).await, 67_200_008);
    assert_eq!(ask(with_id.clone(), None).await, 67_200_008);
    assert_eq!(
        ask("?apikey=someone".to_owned(), Some(&token)).await,
        67_200_202
    );
    assert_eq!(ask("?apikey=sk-forged".to_owned(), None).await, 67_200_202);
    assert_eq!(ask(String::new(), Some("sk-forged")).await, 67_200_202);
    assert_eq!(ask(with_id.clone(), Some("forged")).await, 67_200_009);

    world.hand.advance(Duration::from_secs(1798));
    assert_eq!(ask(with_id.clone(), Some(&token)).await, 0);
    world.hand.advance(Duration::from_secs(1));
    assert_eq!(ask(with_id, Some(&token)).await, 67_200_009);
    assert_eq!(world.charges().total, 4);
}

#[tokio::test]
async fn a_company_report_from_order_to_file() {
    let pending = PendingPlan::polls(2);
    let world = World::with(Options {
        pending,
        ..Options::default()
    })
    .await;
    let response = sent(world.company_report(&company("小米"))).await;
    assert_eq!(response.headers()["x-correlation-id"].len(), 32);
    let created: Value =
        serde_json::from_slice(&response.bytes().await.expect("a body")).expect("json");
    let job = created["data"]["job_id"].as_u64().expect("a number");
    assert_ne!(job % 256, 0, "a float could hold it");

    let mut states = Vec::new();
    let last = loop {
        let data = reply(world.company_status(job)).await["data"].clone();
        assert_eq!(data["job_id"], job);
        states.push(data["job_status"].clone());
        if data["job_status"] == 2 {
            break data;
        }
        assert_eq!(data["download_url"], "");
    };
    assert_eq!(states, [0, 1, 2]);
    let link = last["download_url"].as_str().expect("a link");
    assert!(
        link.contains("q-sign-time=1700000000;1700604800&"),
        "7 days: {link}"
    );
    let file = sent(world.http.get(link))
        .await
        .bytes()
        .await
        .expect("a file");
    assert!(file.starts_with(b"%PDF-"));
    assert_eq!(
        world
            .charges()
            .of(Operation::PatSnapCompanyCreate, "小米 pdf"),
        1
    );
    assert_eq!(world.charges().total, 1);
    assert_eq!(world.charges().counted[&Operation::PatSnapCompanyStatus], 3);
}

#[tokio::test]
async fn a_patent_report_without_a_logo_in_word() {
    let options = Options {
        pending: PendingPlan::NONE,
        job_id_form: JobIdForm::String,
        ..Options::default()
    };
    let world = World::with(options).await;
    let path = "/patent-valuation-data/patent-report";
    let body = json!({"report_type": "word", "patent_number": "CN108977442B"});
    let created = reply(world.patsnap_post(&format!("{path}/task/create-no-logo"), &body)).await;
    let job = created["data"]["job_id"].as_str().expect("a string");

    let status = world.get(&format!("{path}/job_id/status?job_id={job}"));
    let data = reply(world.keyed(status)).await["data"].clone();
    assert_eq!(
        (&data["job_id"], &data["job_status"]),
        (&job.into(), &2.into())
    );
    let link = data["download_url"].as_str().expect("a link");
    let file = sent(world.http.get(link))
        .await
        .bytes()
        .await
        .expect("a file");
    assert!(file.starts_with(b"PK\x03\x04"));
    let subject = "CN108977442B word no-logo";
    assert_eq!(
        world.charges().of(Operation::PatSnapPatentCreate, subject),
        1
    );

    let job = job.parse().expect("digits");
    assert_eq!(
        code(world.company_status(job)).await,
        68_300_013,
        "it is no company report"
    );
}

#[tokio::test]
async fn what_is_refused() {
    let world = World::start().await;
    let create = async |body: Value| code(world.company_report(&body)).await;
    assert_eq!(create(json!({"company_name": "小米"})).await, 68_300_004);
    assert_eq!(
        create(json!({"report_type": "xls", "company_name": "小米"})).await,
        68_300_004
    );
    assert_eq!(create(json!({"report_type": "pdf"})).await, 68_300_004);
    assert_eq!(
        create(json!({"report_type": "pdf", "company_name": " "})).await,
        68_300_004
    );
    assert_eq!(
        create(json!({"report_type": "pdf", "company_name": 7})).await,
        68_300_004
    );
    assert_eq!(create(company("查无此企")).await, 68_300_004);
    assert_eq!(create(company("欠费公司")).await, 67_200_005);
    assert_eq!(create(company("维护公司")).await, 68_300_008);
    let untyped = world.keyed(world.http.post(world.url(CREATE))).body("{}");
    assert_eq!(code(untyped).await, 68_300_007);
    assert_eq!(code(world.company_status(1)).await, 68_300_013);
    let no_number = world.get("/innovation/company-report/job_id/status?job_id=1.5e18");
    assert_eq!(code(world.keyed(no_number)).await, 68_300_004);
    assert_eq!(world.charges().total, 0);
}

#[tokio::test]
async fn a_report_that_fails_was_charged() {
    let world = World::with(Options {
        pending: PendingPlan::NONE,
        ..Options::default()
    })
    .await;
    let created = reply(world.company_report(&company("失败公司"))).await;
    let job = created["data"]["job_id"].as_u64().expect("a number");
    let data = reply(world.company_status(job)).await["data"].clone();
    assert_eq!(
        (&data["job_status"], &data["download_url"]),
        (&3.into(), &"".into())
    );
    assert_eq!(world.charges().total, 1);
}

#[tokio::test]
async fn too_fast_and_too_often() {
    let world = World::with(Options {
        qps: Some(1),
        ..Options::default()
    })
    .await;
    assert_eq!(code(world.company_report(&company("小米"))).await, 0);
    assert_eq!(
        code(world.company_report(&company("小米"))).await,
        67_200_002
    );
    let world = World::with(Options {
        daily_limit: Some(1),
        ..Options::default()
    })
    .await;
    assert_eq!(code(world.company_report(&company("小米"))).await, 0);
    assert_eq!(
        code(world.company_report(&company("小米"))).await,
        67_200_007
    );
}

#[tokio::test]
async fn a_path_that_does_not_exist() {
    let world = World::start().await;
    let response = sent(world.get("/innovation/company-reports")).await;
    assert_eq!(response.status(), 404);
    assert!(response.text().await.expect("a body").contains("67200101"));
}
