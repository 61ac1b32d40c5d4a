//! What goes wrong on demand, and what was charged all the same.

use std::time::Duration;

use jindiao_simulator::{DateHeader, Fault, FaultPlan, FaultRule, Operation, Options, PendingPlan};
use serde_json::{Value, json};

use crate::world::{World, json as reply, sent};

/// The first picture fails in the way of `fault`; `charges` says what it cost, and the second is
/// right.
async fn first_picture(fault: Fault) -> (World, Result<(u16, String), reqwest::Error>) {
    let world = World::faulty(FaultRule::nth(Operation::QccImage, 1, fault)).await;
    let request = world.qcc("/api/yj/EciImage/GetEciImage", &[("keyWord", "小米")]);
    let outcome = match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            response.text().await.map(|body| (status, body))
        }
        Err(error) => Err(error),
    };
    (world, outcome)
}

async fn check(fault: Fault, charges: u64, expect: Option<(u16, &str)>) {
    let (world, outcome) = first_picture(fault.clone()).await;
    match (outcome, expect) {
        (Ok((status, body)), Some((code, text))) => {
            assert_eq!(status, code, "{fault:?}");
            assert!(body.contains(text), "{fault:?}: {body}");
        }
        (Err(error), None) => assert!(!error.is_connect(), "{fault:?}: it was sent"),
        (outcome, _) => unreachable!("{fault:?}: {outcome:?}"),
    }
    assert_eq!(world.charges().total, charges, "{fault:?}");
    assert_eq!(
        world.charges().calls_of(Operation::QccImage),
        1,
        "{fault:?}"
    );
    assert_eq!(world.picture("小米").await["Status"], "200", "{fault:?}");
}

#[tokio::test]
async fn before_the_charge() {
    check(Fault::DropBeforeCharge, 0, None).await;
    check(
        Fault::ServerErrorBeforeCharge { status: 502 },
        0,
        Some((502, "<html>")),
    )
    .await;
    check(
        Fault::HtmlPageBeforeCharge,
        0,
        Some((200, "<!DOCTYPE html>")),
    )
    .await;
    check(Fault::Throttled, 0, Some((200, r#""Status":"122""#))).await;
    let code = "999".to_owned();
    check(Fault::Code { code }, 0, Some((200, r#""Status":"999""#))).await;
    check(
        Fault::ClockSkew { seconds: 301 },
        0,
        Some((200, r#""Status":"115""#)),
    )
    .await;
    check(
        Fault::ClockSkew { seconds: -301 },
        0,
        Some((200, r#""Status":"115""#)),
    )
    .await;
}

#[tokio::test]
async fn after_the_charge() {
    check(Fault::DropAfterCharge, 1, None).await;
    check(Fault::HalfBody, 1, None).await;
    check(
        Fault::ServerErrorAfterCharge { status: 500 },
        1,
        Some((500, "<html>")),
    )
    .await;
    check(
        Fault::HtmlPageAfterCharge,
        1,
        Some((200, "<!DOCTYPE html>")),
    )
    .await;
    check(Fault::WrongTypes, 1, Some((200, r#""Status":200"#))).await;
    check(
        Fault::SlowBody { ms: 1 },
        1,
        Some((200, r#""Status":"200""#)),
    )
    .await;
}

#[tokio::test]
async fn half_a_body_is_half() {
    let world = World::faulty(FaultRule::nth(Operation::Download, 1, Fault::HalfBody)).await;
    let link = reply(world.interim("20190415152645093983751")).await["msg"].clone();
    let link = link.as_str().expect("a link");
    let mut broken = sent(world.http.get(link)).await;
    let length = broken.content_length().expect("a length");
    let mut read = Vec::new();
    let error = loop {
        match broken.chunk().await {
            Ok(Some(piece)) => read.extend_from_slice(&piece),
            Ok(None) => unreachable!("the body was whole"),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(read.len() as u64, length / 2);
    let whole = sent(world.http.get(link))
        .await
        .bytes()
        .await
        .expect("a file");
    assert_eq!(whole[..read.len()], read);
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_was_charged_at_once() {
    let fault = Fault::Slow { ms: 60_000 };
    let world = World::faulty(FaultRule::nth(Operation::QccImage, 1, fault)).await;
    let request = world.qcc("/api/yj/EciImage/GetEciImage", &[("keyWord", "小米")]);
    let begun = tokio::time::Instant::now();
    let answer = tokio::spawn(request.send());
    // As long as this takes turns, no time passes.
    while world.charges().total == 0 && !answer.is_finished() {
        tokio::task::yield_now().await;
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(world.charges().total, 1);
    let answer = answer.await.expect("no panic").expect("an answer");
    assert_eq!(answer.status(), 200);
    assert!(begun.elapsed() >= Duration::from_secs(60));
}

#[tokio::test]
async fn the_first_link_is_dead() {
    let options = Options {
        pending: PendingPlan::NONE,
        faults: FaultPlan {
            rules: vec![
                FaultRule::nth(Operation::YibeidiaoReport, 1, Fault::ExpiredLink),
                FaultRule::nth(Operation::PatSnapCompanyStatus, 1, Fault::ExpiredLink),
                FaultRule::nth(Operation::QccImage, 1, Fault::ExpiredLink),
            ],
        },
        ..Options::default()
    };
    let world = World::with(options).await;
    let created =
        reply(world.company_report(&json!({"report_type": "pdf", "org_number": "1"}))).await;
    let job = created["data"]["job_id"].as_u64().expect("a number");
    for expect in [403, 200] {
        let links = [
            reply(world.interim("20190415152645093983751")).await["msg"].clone(),
            reply(world.company_status(job)).await["data"]["download_url"].clone(),
            world.picture("小米").await["Result"].clone(),
        ];
        for link in links {
            let link = link.as_str().expect("a link");
            assert_eq!(sent(world.http.get(link)).await.status(), expect, "{link}");
        }
    }
}

#[tokio::test]
async fn a_job_id_as_the_other_type_keeps_its_digits() {
    let world = World::faulty(FaultRule::always(Fault::WrongTypes)).await;
    let created =
        reply(world.company_report(&json!({"report_type": "pdf", "org_number": "1"}))).await;
    assert_eq!(created["status"], "true");
    assert_eq!(created["error_code"], "0");
    let job = created["data"]["job_id"]
        .as_str()
        .expect("a string")
        .parse()
        .expect("digits");
    assert_eq!(
        reply(world.company_status(job)).await["data"]["job_status"],
        "0"
    );
}

#[tokio::test]
async fn a_report_that_fails() {
    let rule = FaultRule::nth(Operation::QccCreateReport, 1, Fault::ReportFails);
    let options = Options {
        pending: PendingPlan::NONE,
        faults: FaultPlan::one(rule),
        ..Options::default()
    };
    let world = World::with(options).await;
    for expect in ["F", "S"] {
        let created =
            reply(world.qcc("/api/radar_ext/createReport", &[("reportType", "day")])).await;
        let order = created["result"]["orderNo"].as_str().expect("an order");
        let info = reply(world.qcc("/api/radar_ext/getReportInfo", &[("orderNo", order)])).await;
        assert_eq!(info["result"]["reportStatus"], expect);
    }
    assert_eq!(world.charges().total, 2);
}

#[tokio::test]
async fn every_vendor_refuses_in_its_own_words() {
    let world = World::faulty(FaultRule::always(Fault::Throttled)).await;
    let radar = reply(world.qcc("/api/radar_ext/createReport", &[("reportType", "day")])).await;
    assert_eq!(radar["status"], "122");
    let patsnap = reply(world.company_report(&json!({}))).await;
    assert_eq!(
        (&patsnap["status"], &patsnap["error_code"]),
        (&false.into(), &67_200_002.into())
    );
    let yibeidiao: Value = reply(world.interim("1")).await;
    assert_eq!(yibeidiao["code"], "900");
    let file = sent(world.get("/files/radar/none.zip")).await;
    assert_eq!(file.status(), 503);
}

#[tokio::test]
async fn a_plan_for_one_subject() {
    let rule = FaultRule {
        subject: Some("坏".to_owned()),
        ..FaultRule::always(Fault::Code {
            code: "199".to_owned(),
        })
    };
    let world = World::faulty(rule).await;
    assert_eq!(world.picture("好公司").await["Status"], "200");
    assert_eq!(world.picture("坏公司").await["Status"], "199");
}

#[tokio::test]
async fn a_sign_that_is_not_the_vendors() {
    let world = World::faulty(FaultRule::nth(
        Operation::YibeidiaoReport,
        1,
        Fault::ForgedSign,
    ))
    .await;
    let sign = async || reply(world.interim("20190415152645093983751")).await["sign"].clone();
    assert_ne!(sign().await, sign().await);
    assert_eq!(world.charges().calls_of(Operation::YibeidiaoReport), 2);
}

#[tokio::test]
async fn answers_have_the_vendors_own_time() {
    let date = async |date, faults| {
        let options = Options {
            date,
            faults,
            ..Options::default()
        };
        let world = World::with(options).await;
        let request = world.qcc("/api/yj/EciImage/GetEciImage", &[("keyWord", "小米")]);
        let response = sent(request).await;
        let date = response.headers().get("date");
        let date = date.map(|date| date.to_str().expect("ASCII").to_owned());
        (date, world.charges().wrong_time)
    };
    let none = FaultPlan::default;
    let check = async |header, expect: Option<&str>| {
        let (found, wrong_time) = date(header, none()).await;
        assert_eq!(found.as_deref(), expect);
        assert!(wrong_time.is_empty());
    };
    check(DateHeader::Own, Some("Tue, 14 Nov 2023 22:13:20 GMT")).await;
    check(DateHeader::Absent, None).await;
    check(DateHeader::Text("yesterday".to_owned()), Some("yesterday")).await;

    let ahead = FaultRule::always(Fault::ClockSkew { seconds: 3600 });
    let (found, wrong_time) = date(DateHeader::Own, FaultPlan::one(ahead)).await;
    assert_eq!(found.as_deref(), Some("Tue, 14 Nov 2023 23:13:20 GMT"));
    assert_eq!(wrong_time.get(&Operation::QccImage), Some(&1));
}
