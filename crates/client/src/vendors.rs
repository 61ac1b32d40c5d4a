//! The accounts of the three vendors: who is asked with what, and at which pace.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jindiao_order::{Call, DownloadFailure, DownloadProblem, Failure, News};
use jindiao_protocol::{Advice, Exchange, FileKind, Link, Origin, Receipt, Vendor};
use jindiao_protocol_patsnap as patsnap;
use jindiao_protocol_qcc as qcc;
use jindiao_protocol_yibeidiao as yibeidiao;

use crate::{
    Attempt, CallError, CallErrorKind, Client, DownloadError, DownloadErrorKind, DownloadLimits,
    LinkSeal, Pace, PaceLimits, RetryPolicy, SendGuard, StoredFile, TokenCache, Unsealable,
};

/// The accounts with the vendors, and the client that asks them.
///
/// A vendor without an account cannot be asked: its calls fail as never sent.
pub struct Vendors {
    client: Client,
    downloads: DownloadLimits,
    qcc: Option<Account<qcc::Auth>>,
    /// For links that cost a charge, and so are written down.
    qcc_seal: Option<LinkSeal>,
    patsnap: Option<Account<Patsnap>>,
    yibeidiao: Option<Account<yibeidiao::Auth>>,
}

/// One vendor's account.
struct Account<A> {
    auth: A,
    client: Client,
    pace: Pace,
}

/// PatSnap's credential, and the token that one of its two models needs.
struct Patsnap {
    origin: Origin,
    credential: patsnap::Credential,
    token: TokenCache<patsnap::IssuedToken, CallError>,
    /// Who holds it gets the token for all who want one: without it each of them would take a
    /// permit of the day only to find that one was enough.
    turn: tokio::sync::Mutex<()>,
}

/// What came of a call.
#[derive(Debug)]
pub struct Asked {
    /// What the vendor told, or what went wrong.
    pub result: Result<(News, Receipt), Failure>,
    /// The attempt, for the ledger; none if it was not even tried.
    pub attempt: Option<Attempt>,
    /// The attempts that were made to get a token for it.
    pub token_attempts: Vec<Attempt>,
    /// How long the vendor wants to be left alone.
    pub retry_after: Option<Duration>,
}

/// What came of getting ready to call.
#[derive(Debug)]
pub struct Prepared {
    /// Whether the account can be used.
    pub result: Result<(), Failure>,
    /// The attempts that were made to get a token.
    pub token_attempts: Vec<Attempt>,
}

impl Vendors {
    /// No accounts yet.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            downloads: DownloadLimits::default(),
            qcc: None,
            qcc_seal: None,
            patsnap: None,
            yibeidiao: None,
        }
    }

    /// With an account at QCC.
    #[must_use]
    pub fn with_qcc(
        mut self,
        auth: qcc::Auth,
        pace: PaceLimits,
        request_timeout: Duration,
    ) -> Self {
        self.qcc_seal = Some(LinkSeal::of_qcc(&auth.secret));
        self.qcc = Some(self.account(auth, pace, request_timeout));
        self
    }

    /// With an account at PatSnap, in either credential model.
    #[must_use]
    pub fn with_patsnap(
        mut self,
        origin: Origin,
        credential: patsnap::Credential,
        pace: PaceLimits,
        request_timeout: Duration,
    ) -> Self {
        let auth = Patsnap {
            origin,
            credential,
            token: TokenCache::new(),
            turn: tokio::sync::Mutex::new(()),
        };
        self.patsnap = Some(self.account(auth, pace, request_timeout));
        self
    }

    /// With an account at Yibeidiao.
    #[must_use]
    pub fn with_yibeidiao(
        mut self,
        auth: yibeidiao::Auth,
        pace: PaceLimits,
        request_timeout: Duration,
    ) -> Self {
        self.yibeidiao = Some(self.account(auth, pace, request_timeout));
        self
    }

    /// With other limits for downloads.
    #[must_use]
    pub fn with_download_limits(mut self, limits: DownloadLimits) -> Self {
        self.downloads = limits;
        self
    }

    fn account<A>(&self, auth: A, limits: PaceLimits, request_timeout: Duration) -> Account<A> {
        Account {
            auth,
            client: self.client.clone().with_request_timeout(request_timeout),
            pace: Pace::new(limits, Arc::clone(self.client.time())),
        }
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The pace of the account with `vendor`, if there is one.
    pub fn pace(&self, vendor: Vendor) -> Option<&Pace> {
        match vendor {
            Vendor::Qcc => self.qcc.as_ref().map(|account| &account.pace),
            Vendor::Patsnap => self.patsnap.as_ref().map(|account| &account.pace),
            Vendor::Yibeidiao => self.yibeidiao.as_ref().map(|account| &account.pace),
        }
    }

    /// Does what takes time before a call to `vendor` can be made, so that the call itself can be
    /// made at once: gets PatSnap's token where there is none that is fresh. Takes its own permit.
    pub async fn prepare(&self, vendor: Vendor) -> Prepared {
        let mut token_attempts = Vec::new();
        let result = match (vendor, &self.patsnap) {
            (Vendor::Patsnap, Some(account)) => account
                .prepare(&mut token_attempts)
                .await
                .map_err(|error| failure(&error).before_the_call()),
            _ => Ok(()),
        };
        Prepared {
            result,
            token_attempts,
        }
    }

    /// Makes one attempt of `call`, whose permit the caller holds. A charging call is not sent
    /// after the end of `guard`.
    pub async fn ask(&self, call: &Call, guard: Option<SendGuard>) -> Asked {
        match call {
            Call::EciImage(exchange) => self.sealed(ask(self.qcc.as_ref(), exchange, guard).await),
            Call::CreateRiskReport(exchange) => ask(self.qcc.as_ref(), exchange, guard).await,
            Call::RiskReportInfo(exchange) => ask(self.qcc.as_ref(), exchange, guard).await,
            Call::CreateCompanyReport(exchange) => self.ask_patsnap(exchange, guard).await,
            Call::CompanyReportStatus(exchange) => self.ask_patsnap(exchange, guard).await,
            Call::CreatePatentReport(exchange) => self.ask_patsnap(exchange, guard).await,
            Call::PatentReportStatus(exchange) => self.ask_patsnap(exchange, guard).await,
            Call::TempReport(exchange) => ask(self.yibeidiao.as_ref(), exchange, guard).await,
            other => Asked::not_tried(no_account(other.vendor(), other.name())),
        }
    }

    /// What was asked, its link unreadable for all but this account: the link cost a charge, and
    /// so it will be written down.
    fn sealed(&self, mut asked: Asked) -> Asked {
        let now = self.client.time().now();
        if let (Some(seal), Ok((News::Link(raw), _))) = (&self.qcc_seal, &mut asked.result)
            && let Ok(link) = raw.link(now)
        {
            *raw = seal.seal(&link).into();
        }
        asked
    }

    async fn ask_patsnap<E>(&self, exchange: &E, guard: Option<SendGuard>) -> Asked
    where
        E: Exchange<Auth = patsnap::Auth>,
        News: From<E::Reply>,
    {
        let Some(account) = &self.patsnap else {
            return Asked::not_tried(no_account(E::VENDOR, E::NAME));
        };
        let mut token_attempts = Vec::new();
        // The caller holds a permit already, which covers the token, too.
        let access = account.access(&mut token_attempts).await;
        let (auth, token) = match access {
            Ok(access) => access,
            Err(error) => {
                let failure = failure(&error).before_the_call();
                return Asked {
                    token_attempts,
                    ..Asked::not_tried(failure)
                };
            }
        };
        let asked = once(&account.client, exchange, &auth, guard).await;
        if let (Err(failure), Some(token)) = (&asked.result, &token)
            && failure.advice() == Advice::Reauthenticate
        {
            account.auth.token.invalidate(token);
        }
        Asked {
            token_attempts,
            ..asked
        }
    }

    /// Downloads `link` to `target`; see [`Client::download`].
    ///
    /// # Errors
    /// What is wrong, as far as the order cares.
    pub async fn download(
        &self,
        link: &Link,
        target: &Path,
        kind: FileKind,
    ) -> Result<StoredFile, DownloadFailure> {
        let link = &self.opened(link)?;
        self.client
            .download(link, target, kind, &self.downloads)
            .await
            .map_err(|error| download_failure(&error))
    }

    /// `link` with its address. What cannot be opened stays what it is: the account's old secret
    /// may come back.
    fn opened(&self, link: &Link) -> Result<Link, DownloadFailure> {
        let opened = match &self.qcc_seal {
            Some(seal) => seal.open(link),
            None if link.url().is_none() => Err(Unsealable),
            None => Ok(link.clone()),
        };
        opened.map_err(|error| DownloadFailure {
            problem: DownloadProblem::Forbidden,
            text: error.to_string(),
        })
    }
}

impl fmt::Debug for Vendors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = [
            self.qcc.is_some(),
            self.patsnap.is_some(),
            self.yibeidiao.is_some(),
        ];
        write!(
            f,
            "Vendors(qcc: {}, patsnap: {}, yibeidiao: {})",
            has[0], has[1], has[2]
        )
    }
}

impl Account<Patsnap> {
    /// Gets a token where one is needed and none is fresh.
    ///
    /// One at a time, so that only the one that gets the token takes a permit for it. The permit
    /// comes before the token's flight, as it does for those who call with one: in the other
    /// order, callers with permits would wait for a flight that waits for a permit.
    async fn prepare(&self, attempts: &mut Vec<Attempt>) -> Result<(), CallError> {
        let needs_token = matches!(self.auth.credential, patsnap::Credential::Client { .. });
        if !needs_token || self.auth.token.fresh(&**self.client.time()).is_some() {
            return Ok(());
        }
        let seen = self.auth.token.flights();
        let _turn = self.auth.turn.lock().await;
        if self.auth.token.fresh(&**self.client.time()).is_some() {
            return Ok(());
        }
        if let Some(error) = self.auth.token.failure_since(seen) {
            return Err(error);
        }
        let permit = self
            .pace
            .permit()
            .await
            .map_err(CallError::daily_limit_reached::<patsnap::RequestToken>)?;
        let result = self.access(attempts).await;
        if attempts.is_empty() {
            // Somebody else was faster.
            permit.give_back();
        }
        result.map(drop)
    }

    /// The credential in the form that a business call needs, and the token in it. The caller
    /// holds a permit.
    async fn access(
        &self,
        attempts: &mut Vec<Attempt>,
    ) -> Result<(patsnap::Auth, Option<Arc<patsnap::IssuedToken>>), CallError> {
        let Patsnap {
            origin,
            credential,
            token,
            ..
        } = &self.auth;
        let (id, token_auth) = match (credential, credential.token_auth(origin)) {
            (patsnap::Credential::Client { id, .. }, Some(token_auth)) => (id, token_auth),
            (patsnap::Credential::ApiKey(key), _) => {
                return Ok((
                    patsnap::Auth::with_api_key(origin.clone(), key.clone()),
                    None,
                ));
            }
            (patsnap::Credential::Client { id, secret }, None) => {
                let token_auth = patsnap::TokenAuth {
                    origin: origin.clone(),
                    id: id.clone(),
                    secret: secret.clone(),
                };
                (id, token_auth)
            }
        };
        let client = &self.client;
        let issued = token
            .get(&**client.time(), || async {
                let policy = RetryPolicy::default().with_attempt_limit(3);
                let sent = client
                    .send(&patsnap::RequestToken, &token_auth, &policy, None, None)
                    .await;
                match sent {
                    Ok((answer, made)) => {
                        attempts.extend(made);
                        let life = answer.value.expires_in;
                        Ok((answer.value, life))
                    }
                    Err(error) => {
                        attempts.extend_from_slice(error.attempts());
                        Err(error)
                    }
                }
            })
            .await?;
        let auth = patsnap::Auth::with_token(origin.clone(), id.clone(), issued.token.clone());
        Ok((auth, Some(issued)))
    }
}

impl Asked {
    fn not_tried(failure: Failure) -> Self {
        Self {
            result: Err(failure),
            attempt: None,
            token_attempts: Vec::new(),
            retry_after: None,
        }
    }
}

async fn ask<E>(account: Option<&Account<E::Auth>>, exchange: &E, guard: Option<SendGuard>) -> Asked
where
    E: Exchange<Auth: Sized>,
    News: From<E::Reply>,
{
    match account {
        Some(account) => once(&account.client, exchange, &account.auth, guard).await,
        None => Asked::not_tried(no_account(E::VENDOR, E::NAME)),
    }
}

async fn once<E>(client: &Client, exchange: &E, auth: &E::Auth, guard: Option<SendGuard>) -> Asked
where
    E: Exchange,
    News: From<E::Reply>,
{
    match client.once(exchange, auth, guard).await {
        Ok((answer, attempt)) => Asked {
            result: Ok((answer.value.into(), answer.receipt)),
            attempt: Some(attempt),
            token_attempts: Vec::new(),
            retry_after: None,
        },
        Err(error) => {
            let news = error.reply_error().and_then(|reply| {
                News::of_error(reply).map(|news| (news, reply.receipt().clone()))
            });
            Asked {
                result: news.ok_or_else(|| failure(&error)),
                attempt: error.attempts().last().cloned(),
                token_attempts: Vec::new(),
                retry_after: error.retry_after(),
            }
        }
    }
}

fn failure(error: &CallError) -> Failure {
    match error.reply_error() {
        Some(reply) => Failure::answered(reply),
        None => {
            let failure = Failure::unanswered(
                error.vendor(),
                error.exchange(),
                error.delivery(),
                error.to_string(),
            );
            match error.kind() {
                // The same request can never be built.
                CallErrorKind::Unbuildable => failure.with_advice(Advice::FixRequest),
                CallErrorKind::DailyLimit => failure.with_advice(Advice::NextDay),
                _ => failure,
            }
        }
    }
}

fn no_account(vendor: Vendor, exchange: &str) -> Failure {
    let text = format!("there is no account for {vendor}");
    Failure::unanswered(
        vendor,
        exchange,
        jindiao_protocol::Delivery::NeverSent,
        text,
    )
    .with_advice(Advice::FixAccount)
}

fn download_failure(error: &DownloadError) -> DownloadFailure {
    let problem = match error.kind() {
        _ if error.is_disk() => DownloadProblem::Disk,
        _ if error.is_link_dead() => DownloadProblem::LinkDead,
        DownloadErrorKind::TooLarge | DownloadErrorKind::Refused => DownloadProblem::Forbidden,
        // What came is no report: another link may lead to one.
        DownloadErrorKind::WrongKind => DownloadProblem::LinkDead,
        _ => DownloadProblem::Interrupted,
    };
    DownloadFailure {
        problem,
        text: error.to_string(),
    }
}
