//! PatSnap: tokens (D5, D6), company reports (D1 to D4) and patent value reports (D9, D10).

use axum::http::{HeaderName, HeaderValue};
use jindiao_signing::patsnap;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::{Answer, Call, Pairs, Twist};
use crate::document::Kind;
use crate::files::{self, Shelf};
use crate::options::{Moment, whole_seconds};
use crate::pace::TooMany;
use crate::special;
use crate::world::{Stage, World};
use crate::{JobIdForm, Operation, TokenForm};

pub(crate) fn answer(world: &World, operation: Operation, call: &Call, twist: Twist) -> Answer {
    let reply = if operation == Operation::PatSnapToken {
        token(world, call)
    } else {
        admitted(world, call).and_then(|()| match operation {
            Operation::PatSnapCompanyCreate => {
                create(world, operation, company(call)?, call, twist)
            }
            Operation::PatSnapPatentCreate => create(world, operation, patent(call)?, call, twist),
            Operation::PatSnapCompanyStatus => {
                status(world, Operation::PatSnapCompanyCreate, call, twist)
            }
            _ => status(world, Operation::PatSnapPatentCreate, call, twist),
        })
    };
    match reply {
        Ok(value) => {
            if operation != Operation::PatSnapToken {
                world.ledger.count(operation);
            }
            traced(world, value)
        }
        Err(code) => refusal(world, &code.to_string()),
    }
}

pub(crate) fn refusal(world: &World, code: &str) -> Answer {
    let number = code
        .parse::<u64>()
        .map_or_else(|_| code.into(), Value::from);
    let value = json!({"status": false, "error_code": number, "error_msg": meaning(code)});
    traced(world, value)
}

/// What a call is about, for fault plans.
pub(crate) fn subject(world: &World, operation: Operation, call: &Call) -> String {
    let wanted = match operation {
        Operation::PatSnapToken => return String::new(),
        Operation::PatSnapCompanyCreate => company(call),
        Operation::PatSnapPatentCreate => patent(call),
        _ => {
            let reference = call.query.get("job_id").unwrap_or_default();
            return world
                .order(reference)
                .map_or_else(|| reference.to_owned(), |o| o.subject);
        }
    };
    wanted.map_or_else(|_| String::new(), |wanted| wanted.subject)
}

/// PatSnap's answers carry a number for support tickets.
fn traced(world: &World, value: Value) -> Answer {
    let digest = files::signature("x-correlation-id", &world.serial().to_string());
    let trace = HeaderValue::try_from(digest.get(..32).unwrap_or_default());
    match trace {
        Ok(trace) => Answer::Traced(value, HeaderName::from_static("x-correlation-id"), trace),
        Err(_) => Answer::Json(value),
    }
}

type Code = u64;

fn token(world: &World, call: &Call) -> Result<Value, Code> {
    let credentials = &world.credentials;
    let id = patsnap::ClientId::new(credentials.patsnap_client_id.as_str());
    let secret = patsnap::ClientSecret::new(credentials.patsnap_client_secret.as_str());
    let (Ok(id), Ok(secret)) = (id, secret) else {
        return Err(67_200_003);
    };
    if call.header("authorization") != Some(patsnap::basic(&id, &secret).expose()) {
        return Err(67_200_003);
    }
    let form = call.header("content-type").unwrap_or_default();
    let body = Pairs::parse(std::str::from_utf8(&call.body).unwrap_or_default());
    if !form.starts_with("application/x-www-form-urlencoded")
        || body.get("grant_type") != Some("client_credentials")
    {
        return Err(67_200_015);
    }
    let life = whole_seconds(world.options.token_life);
    let end = call.now.plus_seconds(life);
    let claim = format!("{}.{}", end.0, world.serial());
    let token = format!(
        "SIMULATED.{claim}.{}",
        files::signature("/oauth/token", &claim)
    );
    let issued = call.now.0.to_string();
    Ok(match world.options.patsnap_token_form {
        TokenForm::Flat => json!({
            "token": token,
            "token_type": "BearerToken",
            "expires_in": life,
            "status": "approved",
            "issued_at": issued,
        }),
        TokenForm::Wrapped => json!({
            "data": {
                "token": token,
                "token_type": "BearerToken",
                "expires_in": life.to_string(),
                "issued_at": issued,
            },
            "status": true,
            "error_code": 0,
        }),
    })
}

/// Whether a token was issued here and still lives.
fn is_live(token: &str, now: Moment) -> bool {
    let Some(rest) = token.strip_prefix("SIMULATED.") else {
        return false;
    };
    let Some((claim, signature)) = rest.rsplit_once('.') else {
        return false;
    };
    let end = claim.split('.').next().and_then(|end| end.parse().ok());
    signature == files::signature("/oauth/token", claim) && end.is_some_and(|end| now < Moment(end))
}

/// Both credential models: a token with `apikey`, or an `sk-` key in either place.
fn admitted(world: &World, call: &Call) -> Result<(), Code> {
    let credentials = &world.credentials;
    let bearer = call
        .header("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    match (bearer, call.query.get("apikey")) {
        (None, None) => return Err(67_200_008),
        (Some(key), _) if key.starts_with("sk-") => known_key(key, credentials)?,
        (None, Some(key)) if key.starts_with("sk-") => known_key(key, credentials)?,
        (Some(_), None) => return Err(67_200_008),
        (_, Some(id)) if id != credentials.patsnap_client_id => return Err(67_200_202),
        // Observed: a client id alone is answered like no key at all.
        (None, Some(_)) => return Err(67_200_008),
        (Some(token), Some(_)) => {
            if !is_live(token, call.now) {
                return Err(67_200_009);
            }
        }
    }
    match world.patsnap_pace.admit(call.now) {
        Ok(()) => Ok(()),
        Err(TooMany::InThisSecond) => Err(67_200_002),
        Err(TooMany::Today) => Err(67_200_007),
    }
}

fn known_key(key: &str, credentials: &crate::Credentials) -> Result<(), Code> {
    if key == credentials.patsnap_api_key {
        Ok(())
    } else {
        Err(67_200_202)
    }
}

/// A report that was asked for.
struct Wanted {
    subject: String,
    kind: Kind,
}

#[derive(Deserialize)]
struct CompanyRequest {
    report_type: String,
    company_name: Option<String>,
    credit_code: Option<String>,
    org_number: Option<String>,
}

#[derive(Deserialize)]
struct PatentRequest {
    report_type: String,
    patent_id: Option<String>,
    patent_number: Option<String>,
}

fn company(call: &Call) -> Result<Wanted, Code> {
    let asked: CompanyRequest = body(call)?;
    let names = [asked.company_name, asked.credit_code, asked.org_number];
    wanted(call, &asked.report_type, names)
}

fn patent(call: &Call) -> Result<Wanted, Code> {
    let asked: PatentRequest = body(call)?;
    wanted(
        call,
        &asked.report_type,
        [asked.patent_number, asked.patent_id],
    )
}

fn body<'call, T: Deserialize<'call>>(call: &'call Call) -> Result<T, Code> {
    let kind = call.header("content-type").unwrap_or_default();
    if !kind.starts_with("application/json") {
        return Err(68_300_007);
    }
    serde_json::from_slice(&call.body).map_err(|_| 68_300_004)
}

/// No document says which of the names is needed or which one wins: at least one, the first.
fn wanted<const N: usize>(
    call: &Call,
    report_type: &str,
    names: [Option<String>; N],
) -> Result<Wanted, Code> {
    let name = names
        .into_iter()
        .flatten()
        .find(|name| !name.trim().is_empty());
    let name = name.ok_or(68_300_004_u64)?;
    let kind = match report_type {
        "word" => Kind::Docx,
        "pdf" => Kind::Pdf,
        _ => return Err(68_300_004),
    };
    let logo = if call.path.ends_with("/create-no-logo") {
        " no-logo"
    } else {
        ""
    };
    Ok(Wanted {
        subject: format!("{name} {report_type}{logo}"),
        kind,
    })
}

fn create(
    world: &World,
    operation: Operation,
    wanted: Wanted,
    call: &Call,
    twist: Twist,
) -> Result<Value, Code> {
    let Wanted { subject, kind } = wanted;
    if subject.contains(special::UNKNOWN) {
        return Err(68_300_004);
    }
    if subject.contains(special::IN_ARREARS) {
        return Err(67_200_005);
    }
    if subject.contains(special::MAINTENANCE) {
        return Err(68_300_008);
    }
    let fails = twist.report_fails || subject.contains(special::FAILS);
    let job = job_id(call.now, world.serial());
    world.place(operation, subject, kind, job.to_string(), call.now, fails);
    Ok(success(&json!({"job_id": written(world, job)})))
}

fn status(world: &World, created_by: Operation, call: &Call, twist: Twist) -> Result<Value, Code> {
    let job: u64 = call
        .query
        .get("job_id")
        .and_then(|id| id.parse().ok())
        .ok_or(68_300_004_u64)?;
    let reference = job.to_string();
    let polled = world.poll(created_by, &reference, call.now);
    let (order, stage) = polled.ok_or(68_300_013_u64)?;
    let (state, queue, link, cause) = match stage {
        Stage::Pending(0) => (0, 1, String::new(), ""),
        Stage::Pending(_) => (1, 0, String::new(), ""),
        Stage::Failed => (3, 0, String::new(), "模拟的报告生成异常"),
        Stage::Ready => {
            let dead = twist.dead_link;
            (
                2,
                0,
                files::link(world, call, Shelf::PatSnap, &reference, order.kind, dead),
                "",
            )
        }
    };
    Ok(success(&json!({
        "job_id": written(world, job),
        "queue_num": queue,
        "job_status": state,
        "download_url": link,
        "abnormal_cause": cause,
    })))
}

fn success(data: &Value) -> Value {
    json!({"data": data, "status": true, "error_code": 0})
}

fn written(world: &World, job: u64) -> Value {
    match world.options.job_id_form {
        JobIdForm::Number => job.into(),
        JobIdForm::String => job.to_string().into(),
    }
}

/// A number of 61 bits like the samples: milliseconds since 2010-11-04, then 22 bits that here
/// always end with a one. A float keeps 53 bits, so whoever reads it as one asks for another job.
fn job_id(now: Moment, serial: u64) -> u64 {
    const EPOCH: i64 = 1_288_834_974_657;
    let millis = now.0.saturating_sub(EPOCH).unsigned_abs();
    (millis << 22) | ((serial & 0x1f_ffff) << 1) | 1
}

fn meaning(code: &str) -> &'static str {
    match code {
        "67200002" => "Too fast for this account!",
        "67200003" => "Unknown client id or secret!",
        "67200005" => "The simulated account is out of money!",
        "67200007" => "The allowance of the day is used up!",
        "67200008" => "There is no apikey!",
        "67200009" => "The token is not, or no longer, of this apikey!",
        "67200015" => "Grant type error!",
        "67200101" => "No such path!",
        "67200202" => "Unknown apikey!",
        "68300004" => "Invalid parameter！",
        "68300007" => "Bad request！",
        "68300008" => "Service error, try again later！",
        "68300013" => "报告不存在！",
        _ => "As the fault plan says!",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the loss is what is tested"
    )]
    fn no_float_holds_a_job_id() {
        for serial in [0, 1, 2, 0x1f_ffff, 0x20_0000] {
            let job = job_id(Moment(1_795_363_200_123), serial);
            assert_eq!(u64::BITS - job.leading_zeros(), 61);
            assert_ne!(job as f64 as u64, job);
        }
    }
}
