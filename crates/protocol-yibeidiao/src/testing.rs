//! What the tests of this crate share.

use bytes::Bytes;
use http::{Response, StatusCode};
use jindiao_protocol::{Answer, Exchange, ReplyError, Timestamp};
use jindiao_signing::yibeidiao::{CompanyKey, Token, Ts, sign};

use crate::{Auth, GenerateTempReport, ORIGIN, Seq, TempReport};

/// The vendor's published credentials (ShowDoc 1865243955181250).
pub(crate) const KEY: &str = "CF6BF781AB82FEF5BFDF96B054ECEB15";
pub(crate) const TOKEN: &str = "8FD2867925098ECFA5DC1DB15B5A3E79";
pub(crate) const SEQ: &str = "s20190415110900";
pub(crate) const TS: &str = "20190415110910";
pub(crate) const URL: &str = "https://res.yibeidiao.com/survey-result/20190416/20190416111348367594897.pdf?Expires=1555384488&OSSAccessKeyId=K&Signature=S3CR3T";
pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_555_384_428);

pub(crate) fn auth() -> Auth {
    auth_of(KEY, TOKEN)
}

pub(crate) fn auth_of(key: &str, token: &str) -> Auth {
    let key = CompanyKey::new(key).expect("a key");
    let token = Token::new(token).expect("a token");
    Auth::new(ORIGIN.parse().expect("an origin"), key, token)
}

pub(crate) fn generate() -> GenerateTempReport {
    GenerateTempReport {
        record_no: "20190415152645093983751".parse().expect("a record"),
        seq: Seq::new(SEQ).expect("a seq"),
    }
}

/// What is made of a response, for the account `auth`.
pub(crate) fn read_as(
    auth: &Auth,
    status: u16,
    body: impl Into<Bytes>,
) -> Result<Answer<TempReport>, ReplyError> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    generate().reply(auth, &response)
}

pub(crate) fn read(status: u16, body: impl Into<Bytes>) -> Result<Answer<TempReport>, ReplyError> {
    read_as(&auth(), status, body)
}

/// An envelope with a good sign; `code` and `msg` are JSON.
pub(crate) fn signed(code: &str, msg: &str) -> String {
    let ts = Ts::parse(TS).expect("a ts");
    let sign = sign(&auth().key, &ts, SEQ, &auth().token);
    envelope(code, KEY, SEQ, TS, sign.as_str(), msg)
}

/// An envelope; `code` and `msg` are JSON, the others texts.
pub(crate) fn envelope(
    code: &str,
    key: &str,
    seq: &str,
    ts: &str,
    sign: &str,
    msg: &str,
) -> String {
    format!(
        r#"{{"code":{code},"key":"{key}","seq":"{seq}","ts":"{ts}","sign":"{sign}","msg":{msg}}}"#
    )
}
