//! A simulator with a clock that stands still, and a client that signs.

use std::sync::atomic::{AtomicU64, Ordering};

use jindiao_signing::yibeidiao::Ts;
use jindiao_signing::{patsnap, qcc, yibeidiao};
use jindiao_simulator::{ChargeBook, Clock, FaultPlan, FaultRule, Hand, Options, Simulator};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;

/// 2023-11-14 22:13:20 UTC.
pub(crate) const START: i64 = 1_700_000_000;

pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) http: Client,
    pub(crate) hand: Hand,
    seq: AtomicU64,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn faulty(rule: FaultRule) -> Self {
        Self::with(Options {
            faults: FaultPlan::one(rule),
            ..Options::default()
        })
        .await
    }

    pub(crate) async fn with(options: Options) -> Self {
        // A second test that installs the same provider is right to fail.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (clock, hand) = Clock::manual(START);
        let options = Options { clock, ..options };
        let simulator = Simulator::start(options).await.expect("a free port");
        let http = Client::builder().no_proxy().build().expect("a client");
        Self {
            simulator,
            http,
            hand,
            seq: AtomicU64::new(0),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.simulator.base_url())
    }

    pub(crate) fn charges(&self) -> ChargeBook {
        self.simulator.charges()
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(self.url(path))
    }

    /// A request to QCC, signed for the time that the clock shows.
    pub(crate) fn qcc(&self, path: &str, parameters: &[(&str, &str)]) -> RequestBuilder {
        self.qcc_at(path, parameters, self.hand.unix_seconds())
    }

    pub(crate) fn qcc_at(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
        at: i64,
    ) -> RequestBuilder {
        let credentials = self.simulator.credentials();
        let key = qcc::AppKey::new(credentials.qcc_key.as_str()).expect("a key");
        let secret = qcc::SecretKey::new(credentials.qcc_secret.as_str()).expect("a secret");
        let signature = qcc::sign(&key, &secret, at);
        self.get(&format!("{path}?key={}{}", key.expose(), query(parameters)))
            .header("Token", signature.token.as_str())
            .header("Timespan", signature.timespan.as_str())
    }

    pub(crate) async fn picture(&self, name: &str) -> Value {
        json(self.qcc("/api/yj/EciImage/GetEciImage", &[("keyWord", name)])).await
    }

    /// A PatSnap token in its documented form.
    pub(crate) async fn token(&self) -> String {
        let reply = json(self.token_request("grant_type=client_credentials")).await;
        reply["token"].as_str().expect("a token").to_owned()
    }

    pub(crate) fn token_request(&self, form: &'static str) -> RequestBuilder {
        let credentials = self.simulator.credentials();
        let id = patsnap::ClientId::new(credentials.patsnap_client_id.as_str()).expect("an id");
        let secret = patsnap::ClientSecret::new(credentials.patsnap_client_secret.as_str());
        let basic = patsnap::basic(&id, &secret.expect("a secret"));
        self.http
            .post(self.url("/oauth/token"))
            .header("Authorization", basic.expose())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form)
    }

    /// A company report of PatSnap, ordered with the static key.
    pub(crate) fn company_report(&self, body: &Value) -> RequestBuilder {
        self.patsnap_post("/innovation/company-report/task/create", body)
    }

    pub(crate) fn patsnap_post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.keyed(self.http.post(self.url(path)))
            .header("Content-Type", "application/json")
            .body(body.to_string())
    }

    pub(crate) fn company_status(&self, job: u64) -> RequestBuilder {
        self.keyed(self.get(&format!(
            "/innovation/company-report/job_id/status?job_id={job}"
        )))
    }

    pub(crate) fn keyed(&self, request: RequestBuilder) -> RequestBuilder {
        let key = &self.simulator.credentials().patsnap_api_key;
        request.header("Authorization", format!("Bearer {key}"))
    }

    /// A request to Yibeidiao with a fresh `seq`.
    pub(crate) fn interim(&self, record: &str) -> RequestBuilder {
        let seq = format!("S{}", self.seq.fetch_add(1, Ordering::Relaxed));
        self.interim_at(record, &seq, self.hand.unix_seconds())
    }

    pub(crate) fn interim_at(&self, record: &str, seq: &str, at: i64) -> RequestBuilder {
        let credentials = self.simulator.credentials();
        let key = yibeidiao::CompanyKey::new(credentials.yibeidiao_key.as_str()).expect("a key");
        let token = yibeidiao::Token::new(credentials.yibeidiao_token.as_str()).expect("a token");
        let ts = Ts::from_unix_seconds(at);
        let sign = yibeidiao::sign(&key, &ts, seq, &token);
        self.get(&format!(
            "/open/company/record/generate-temp-report?recordNo={record}"
        ))
        .header("key", key.expose())
        .header("ts", ts.as_str())
        .header("seq", seq)
        .header("sign", sign.as_str())
    }
}

fn query(parameters: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| {
        format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
    };
    parameters.iter().map(pair).collect()
}

pub(crate) async fn sent(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

/// The JSON of an answer that has HTTP 200, as every vendor's has.
pub(crate) async fn json(request: RequestBuilder) -> Value {
    let response = sent(request).await;
    assert_eq!(response.status(), 200);
    let body = response.bytes().await.expect("a body");
    serde_json::from_slice(&body).expect("json")
}
