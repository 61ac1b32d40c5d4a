//! What the tests of this crate share.

use bytes::Bytes;
use http::{Response, StatusCode};
use jindiao_protocol::{Answer, Company, Exchange, ReplyError, Timestamp};
use jindiao_signing::patsnap::{AccessToken, ApiKey, ClientId, ClientSecret};

use crate::{
    Auth, CN_ORIGIN, CompanyReportStatus, CreateCompanyReport, CreatePatentReport,
    PatentReportStatus, ReportFormat, TokenAuth,
};

pub(crate) const ID: &str = "fake-client-id";
pub(crate) const SECRET: &str = "fake-client-secret";
pub(crate) const TOKEN: &str = "fake-access-token";
pub(crate) const API_KEY: &str = "sk-fake-api-key";
pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_692_347_672);
/// The id of the vendor's request samples.
pub(crate) const JOB_ID: &str = "1579434053399035904";

/// A business account with a token.
pub(crate) fn auth() -> Auth {
    let id = ClientId::new(ID).expect("an id");
    let token = AccessToken::new(TOKEN).expect("a token");
    Auth::with_token(CN_ORIGIN.parse().expect("an origin"), id, token)
}

/// A business account with a static key.
pub(crate) fn key_auth() -> Auth {
    let key = ApiKey::new(API_KEY).expect("a key");
    Auth::with_api_key(CN_ORIGIN.parse().expect("an origin"), key)
}

pub(crate) fn token_auth() -> TokenAuth {
    TokenAuth {
        origin: CN_ORIGIN.parse().expect("an origin"),
        id: ClientId::new(ID).expect("an id"),
        secret: ClientSecret::new(SECRET).expect("a secret"),
    }
}

/// What `exchange` makes of a response.
pub(crate) fn read_as<E: Exchange>(
    auth: &E::Auth,
    exchange: &E,
    status: u16,
    body: impl Into<Bytes>,
) -> Result<Answer<E::Reply>, ReplyError> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    exchange.reply(auth, &response)
}

pub(crate) fn read<E: Exchange<Auth = Auth>>(
    exchange: &E,
    status: u16,
    body: impl Into<Bytes>,
) -> Result<Answer<E::Reply>, ReplyError> {
    read_as(&auth(), exchange, status, body)
}

pub(crate) fn create() -> CreateCompanyReport {
    CreateCompanyReport {
        company: Company::named("小米科技有限责任公司".parse().expect("a name")),
        format: ReportFormat::Pdf,
        logo: true,
    }
}

pub(crate) fn create_patent() -> CreatePatentReport {
    CreatePatentReport {
        patent: "CN108977442B".parse().expect("a patent"),
        format: ReportFormat::Word,
        logo: true,
    }
}

pub(crate) fn company_status() -> CompanyReportStatus {
    let job_id = JOB_ID.to_owned();
    CompanyReportStatus { job_id }
}

pub(crate) fn patent_status() -> PatentReportStatus {
    let job_id = JOB_ID.to_owned();
    PatentReportStatus { job_id }
}
