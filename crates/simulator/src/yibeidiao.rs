//! Yibeidiao: the interim report of a background check (ShowDoc 1900158036953464).

use jindiao_signing::yibeidiao::{self, Ts};
use serde_json::json;

use crate::Operation;
use crate::call::{Answer, Call, Twist};
use crate::document::Kind;
use crate::files::{self, Shelf};
use crate::options::Moment;
use crate::special;
use crate::world::World;

pub(crate) fn answer(world: &World, call: &Call, twist: Twist) -> Answer {
    if let Err(code) = admitted(world, call) {
        if code == "903" {
            world.ledger.wrong_time(Operation::YibeidiaoReport);
        }
        return refusal(world, call, code);
    }
    let Some(record) = call.query.get("recordNo").filter(|text| is_record(text)) else {
        return signed(world, call, "900", "{}");
    };
    if record.ends_with(special::NOT_READY) {
        return signed(world, call, "000", "{}");
    }
    let link = files::link(
        world,
        call,
        Shelf::Yibeidiao,
        record,
        Kind::Pdf,
        twist.dead_link,
    );
    signed(world, call, "000", &link)
}

/// An answer with any code. Failed pre-checks come without a signature (ShowDoc 1873739988592287).
pub(crate) fn refusal(world: &World, call: &Call, code: &str) -> Answer {
    match code {
        "901" | "902" | "903" | "904" | "905" | "906" => {
            let now = Ts::from_unix_seconds(call.now.unix_seconds());
            reply(call, code, &now, "", "{}")
        }
        _ => signed(world, call, code, "{}"),
    }
}

/// What a call is about, for fault plans.
pub(crate) fn subject(call: &Call) -> String {
    call.query.get("recordNo").unwrap_or_default().to_owned()
}

/// The checks in the order in which the documents name them: headers, company, time, signature,
/// idempotence.
fn admitted(world: &World, call: &Call) -> Result<(), &'static str> {
    let header = |name| call.header(name).ok_or("904");
    let (key, ts, seq, sign) = (
        header("key")?,
        header("ts")?,
        header("seq")?,
        header("sign")?,
    );
    let (company, token) = &world.yibeidiao;
    if key != company.expose() {
        return Err("905");
    }
    let sent = Ts::parse(ts).ok_or("903")?;
    let sent = Moment(0).plus_seconds(sent.unix_seconds());
    if call.now.distance(sent) > world.options.clock_skew_tolerance {
        return Err("903");
    }
    // The samples of requests are in upper case; whether less would do is an open question.
    let upper = !sign.bytes().any(|byte| byte.is_ascii_lowercase());
    if !upper || !yibeidiao::verify(company, ts, seq, token, sign) {
        return Err("901");
    }
    // There is no code for "too fast".
    world.yibeidiao_pace.admit(call.now).map_err(|_| "900")?;
    if world.first_seen(seq) {
        Ok(())
    } else {
        Err("902")
    }
}

fn is_record(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn signed(world: &World, call: &Call, code: &str, msg: &str) -> Answer {
    let (key, token) = &world.yibeidiao;
    let now = Ts::from_unix_seconds(call.now.unix_seconds());
    let seq = call.header("seq").unwrap_or_default();
    let sign = yibeidiao::sign(key, &now, seq, token);
    reply(call, code, &now, sign.as_str(), msg)
}

fn reply(call: &Call, code: &str, ts: &Ts, sign: &str, msg: &str) -> Answer {
    let echo = |name| call.header(name).unwrap_or_default();
    Answer::Json(json!({
        "code": code,
        "key": echo("key"),
        "seq": echo("seq"),
        "ts": ts.as_str(),
        "sign": sign,
        "msg": msg,
    }))
}
