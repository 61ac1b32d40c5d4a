//! QCC: the picture of a company (QCC-2018) and the risk monitoring report (QCC-2023).

use jindiao_signing::{qcc, yibeidiao::Ts};
use serde_json::{Value, json};

use crate::Operation;
use crate::call::{Answer, Call, Twist};
use crate::document::Kind;
use crate::files::{self, Shelf};
use crate::options::Moment;
use crate::pace::TooMany;
use crate::special;
use crate::world::{Stage, World};

pub(crate) fn answer(world: &World, operation: Operation, call: &Call, twist: Twist) -> Answer {
    if let Err(code) = admitted(world, call) {
        if code == "115" {
            world.ledger.wrong_time(operation);
        }
        return refusal(world, operation, call, code);
    }
    let result = match operation {
        Operation::QccImage => image(world, call, twist),
        Operation::QccCreateReport => create_report(world, call, twist),
        _ => report_info(world, call, twist),
    };
    match result {
        Ok(result) => {
            world.ledger.count(operation);
            envelope(world, operation, call, "200", &result)
        }
        Err(code) => refusal(world, operation, call, code),
    }
}

pub(crate) fn refusal(world: &World, operation: Operation, call: &Call, code: &str) -> Answer {
    if is_valid_request(code) {
        world.ledger.count(operation);
    }
    envelope(world, operation, call, code, &Value::Null)
}

/// What a call is about, for fault plans.
pub(crate) fn subject(world: &World, operation: Operation, call: &Call) -> String {
    let asked = |name| call.query.get(name).unwrap_or_default().to_owned();
    match operation {
        Operation::QccImage => asked("keyWord"),
        Operation::QccCreateReport => asked("reportType"),
        _ => {
            let reference = asked("orderNo");
            world
                .order(&reference)
                .map_or(reference, |order| order.subject)
        }
    }
}

/// The checks before every business: who asks, whether it is really them, now, and not too often.
fn admitted(world: &World, call: &Call) -> Result<(), &'static str> {
    let (key, secret) = &world.qcc;
    if call.query.get("key") != Some(key.expose()) {
        return Err("101");
    }
    let (Some(token), Some(timespan)) = (call.header("Token"), call.header("Timespan")) else {
        return Err("107");
    };
    // The documents ask for upper case; whether the vendor would take less, nobody knows.
    let upper = !token.bytes().any(|byte| byte.is_ascii_lowercase());
    if !upper || !qcc::verify(key, timespan, secret, token) {
        return Err("107");
    }
    let signed_at = timespan.parse::<i64>().map_err(|_| "107")?;
    let signed_at = Moment(0).plus_seconds(signed_at);
    if call.now.distance(signed_at) > world.options.clock_skew_tolerance {
        return Err("115");
    }
    match world.qcc_pace.admit(call.now) {
        Ok(()) => Ok(()),
        Err(TooMany::InThisSecond) => Err("122"),
        Err(TooMany::Today) => Err("116"),
    }
}

fn image(world: &World, call: &Call, twist: Twist) -> Result<Value, &'static str> {
    let subject = call.query.get("keyWord").ok_or("202")?;
    if subject.chars().count() < 2 {
        return Err("213");
    }
    if subject.contains(special::UNKNOWN) {
        return Err("201");
    }
    if subject.contains(special::IN_ARREARS) {
        return Err("102");
    }
    if subject.contains(special::MAINTENANCE) {
        return Err("124");
    }
    let reference = order_number(world, Operation::QccImage, call);
    let link = files::link(
        world,
        call,
        Shelf::QccSnapshot,
        &reference,
        Kind::Png,
        twist.dead_link,
    );
    let (operation, subject) = (Operation::QccImage, subject.to_owned());
    world.place(operation, subject, Kind::Png, reference, call.now, false);
    Ok(link.into())
}

fn create_report(world: &World, call: &Call, twist: Twist) -> Result<Value, &'static str> {
    let period = call.query.get("reportType").ok_or("202")?;
    if !matches!(period, "day" | "week" | "month") {
        return Err("202");
    }
    // Scrambled, like the digits of the sample, and still different for every order.
    let digits = (world.serial().wrapping_mul(48_194_027) + 7_919) % 100_000_000;
    let now = call.now.unix_seconds();
    let reference = format!("JK{}-{now}{digits:08}", period.to_ascii_uppercase());
    let (operation, subject) = (Operation::QccCreateReport, period.to_owned());
    world.place(
        operation,
        subject,
        Kind::Zip,
        reference.clone(),
        call.now,
        twist.report_fails,
    );
    Ok(json!({"orderNo": reference}))
}

fn report_info(world: &World, call: &Call, twist: Twist) -> Result<Value, &'static str> {
    let reference = call.query.get("orderNo").ok_or("202")?;
    let polled = world.poll(Operation::QccCreateReport, reference, call.now);
    // Here 201 does not say "no result" but "no such order" (QCC-2023).
    let (order, stage) = polled.ok_or("201")?;
    let (status, url) = match stage {
        Stage::Pending(_) => ("P", Value::Null),
        Stage::Failed => ("F", Value::Null),
        Stage::Ready => {
            let shelf = Shelf::QccRiskReport;
            let dead = twist.dead_link;
            let link = files::link(world, call, shelf, reference, order.kind, dead);
            ("S", link.into())
        }
    };
    Ok(json!({"reportStatus": status, "reportUrl": url}))
}

/// Both envelopes of the one host: `yj` writes capitals, `radar_ext` does not.
fn envelope(
    world: &World,
    operation: Operation,
    call: &Call,
    code: &str,
    result: &Value,
) -> Answer {
    let class = if is_valid_request(code) {
        "有效请求"
    } else {
        "无效请求"
    };
    let message = format!("【{class}】{}", meaning(code));
    Answer::Json(match operation {
        Operation::QccImage => json!({
            "Status": code,
            "Message": message,
            "Result": result,
            "OrderNumber": order_number(world, operation, call),
            "Paging": null,
        }),
        _ => json!({"status": code, "msg": message, "result": result}),
    })
}

/// The serial for support tickets: the method, the time in China and some digits.
fn order_number(world: &World, operation: Operation, call: &Call) -> String {
    let name = if operation == Operation::QccImage {
        "ECIIMAGE"
    } else {
        "RADAR"
    };
    let ts = Ts::from_unix_seconds(call.now.unix_seconds());
    format!("{name}{ts}{:08}", world.serial() % 100_000_000)
}

/// QCC's own split of codes; what it calls valid it counts, as far as anybody knows.
fn is_valid_request(code: &str) -> bool {
    matches!(code, "200" | "201" | "202" | "205" | "213")
}

fn meaning(code: &str) -> &'static str {
    match code {
        "101" => "模拟器不认识这个 key",
        "102" => "模拟账号已欠费",
        "107" => "签名不对",
        "115" => "签名时间与模拟器时钟相差过大",
        "116" => "今天的调用次数已用完",
        "122" => "调用过快",
        "124" => "维护中，不能下单",
        "200" => "成功",
        "201" => "没有结果",
        "202" => "参数缺失或不对",
        "213" => "参数太短",
        _ => "按故障计划返回",
    }
}
