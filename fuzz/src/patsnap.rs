//! Replies of PatSnap.

use bytes::Bytes;
use http::Response;
use jindiao_protocol::{Company, Exchange};
use jindiao_protocol_patsnap::{
    Auth, CN_ORIGIN, CompanyReportStatus, CreateCompanyReport, CreatePatentReport, CreatedTask,
    PatentReportStatus, ReportFormat, RequestToken, TaskState, TaskStatus, TokenAuth,
};
use jindiao_signing::patsnap::{AccessToken, ApiKey, ClientId, ClientSecret, basic};

use crate::reply::{NOW, assert_link, assert_reference, assert_shown, read, response};

const ID: &str = "canary-client-7q";
const SECRET: &str = "canary-secret-7q";
const TOKEN: &str = "canary-token-7q";
const API_KEY: &str = "sk-canary-7q";
const JOB_ID: &str = "1579434053399035904";

/// Any bytes as PatSnap's reply to each of its exchanges.
pub fn patsnap_reply(data: &[u8]) {
    let Some(response) = response(data) else {
        return;
    };
    let origin = || CN_ORIGIN.parse().expect("an origin");
    let id = ClientId::new(ID).expect("an id");
    let secret = ClientSecret::new(SECRET).expect("a secret");
    let basic = basic(&id, &secret);
    let credential = basic.expose().rsplit(' ').next().unwrap_or_default();
    let token = AccessToken::new(TOKEN).expect("a token");
    let api_key = ApiKey::new(API_KEY).expect("a key");

    // The highest bit of the second byte chooses the account.
    let is_key = data.get(1).is_some_and(|byte| byte & 128 != 0);
    let (auth, secrets) = if is_key {
        (Auth::with_api_key(origin(), api_key), &[API_KEY][..])
    } else {
        (
            Auth::with_token(origin(), id.clone(), token),
            &[ID, TOKEN][..],
        )
    };
    business(&auth, secrets, &response);

    let token_auth = TokenAuth {
        origin: origin(),
        id,
        secret,
    };
    let secrets = [ID, SECRET, credential];
    if let Some(issued) = read(&RequestToken, &token_auth, &secrets, &response) {
        let text = issued.token.expose().to_owned();
        let ends = NOW.plus(issued.expires_in);
        assert!(ends >= NOW, "{ends}");
        let shown = format!("{issued:?}");
        assert!(text.len() < 20 || !shown.contains(&text), "{shown}");
        // Whatever came, requests can be made with it, or they say why not.
        let auth = Auth::with_token(token_auth.origin, token_auth.id, issued.token);
        let _ = CompanyReportStatus {
            job_id: JOB_ID.to_owned(),
        }
        .request(&auth, NOW);
    }
}

/// The replies to everything but the request for a token.
fn business(auth: &Auth, secrets: &[&str], response: &Response<Bytes>) {
    let company = CreateCompanyReport {
        company: Company::named("某某科技有限公司".parse().expect("a name")),
        format: ReportFormat::Pdf,
        logo: true,
    };
    let created = read(&company, auth, secrets, response);
    let patent = CreatePatentReport {
        patent: "CN108977442B".parse().expect("a patent"),
        format: ReportFormat::Word,
        logo: true,
    };
    assert_eq!(read(&patent, auth, secrets, response), created);
    if let Some(CreatedTask { job_id }) = created {
        assert_reference(&job_id);
        let status = CompanyReportStatus { job_id };
        assert!(status.request(auth, NOW).is_ok(), "{status:?}");
        let _ = read(&status, auth, secrets, response);
    }

    let job_id = || JOB_ID.to_owned();
    let status = CompanyReportStatus { job_id: job_id() };
    let status = read(&status, auth, secrets, response);
    let patent = PatentReportStatus { job_id: job_id() };
    assert_eq!(read(&patent, auth, secrets, response), status);
    if let Some(TaskStatus { state, .. }) = status {
        match state {
            TaskState::Ready { url } => assert_link(&url),
            TaskState::Failed { cause: Some(text) } | TaskState::Unknown(text) => {
                assert_shown(&text, secrets);
            }
            _ => {}
        }
    }
}
