//! What the tests of this crate share.

use bytes::Bytes;
use http::{Response, StatusCode};
use jindiao_protocol::{Answer, Exchange, Period, ReplyError, Timestamp};
use jindiao_signing::qcc::{AppKey, SecretKey};

use crate::{Auth, CreateReport, GetEciImage, GetReportInfo, ORIGIN};

pub(crate) const KEY: &str = "FAKE-KEY-0001";
pub(crate) const SECRET: &str = "FAKE-SECRET-0001";
pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_676_601_233);

pub(crate) fn auth() -> Auth {
    auth_at(ORIGIN)
}

pub(crate) fn auth_at(origin: &str) -> Auth {
    let key = AppKey::new(KEY).expect("a key");
    let secret = SecretKey::new(SECRET).expect("a secret");
    Auth::new(origin.parse().expect("an origin"), key, secret)
}

/// What `exchange` makes of a response.
pub(crate) fn read<E: Exchange<Auth = Auth>>(
    exchange: &E,
    status: u16,
    body: impl Into<Bytes>,
) -> Result<Answer<E::Reply>, ReplyError> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    exchange.reply(&auth(), &response)
}

pub(crate) fn image() -> GetEciImage {
    let key_word = "小米科技有限责任公司".to_owned();
    GetEciImage { key_word }
}

pub(crate) const CREATE: CreateReport = CreateReport {
    period: Period::Day,
};

pub(crate) fn info() -> GetReportInfo {
    let order_no = "JKDAY-167660123348194027".to_owned();
    GetReportInfo { order_no }
}
