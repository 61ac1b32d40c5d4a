//! The accounts of the three vendors: who is asked with what, and at which pace.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jindiao_order::{Call, DownloadFailure, DownloadProblem, Failure, News};
use jindiao_protocol::{
    Advice, Effect, Exchange, FileKind, Link, Origin, Receipt, ReplyError, Vendor,
};
use jindiao_protocol_patsnap as patsnap;
use jindiao_protocol_qcc as qcc;
use jindiao_protocol_yibeidiao as yibeidiao;
use jindiao_words::say;

use crate::skew::{Reading, Ruling, Told, VendorClock, may_refuse_the_time};
use crate::{
    Attempt, CallError, CallErrorKind, Client, ClockNote, DownloadError, DownloadErrorKind,
    DownloadLimits, LinkHosts, LinkSeal, Pace, PaceLimits, RetryPolicy, SendGuard, StoredFile,
    TokenCache, Unsealable,
};

/// The accounts with the vendors, and the client that asks them.
///
/// A vendor without an account cannot be asked: its calls fail as never sent.
pub struct Vendors {
    client: Client,
    downloads: DownloadLimits,
    /// Where they are not what is usual for the vendor.
    hosts: HashMap<Vendor, LinkHosts>,
    qcc: Option<Account<qcc::Auth>>,
    /// For links that are written down: those that cost a charge, or all.
    seals: BTreeMap<Vendor, LinkSeal>,
    seals_all: bool,
    patsnap: Option<Account<Patsnap>>,
    yibeidiao: Option<Account<yibeidiao::Auth>>,
}

/// One vendor's account.
struct Account<A> {
    auth: A,
    client: Client,
    pace: Pace,
    clock: VendorClock,
    /// How many replies in a row may have been tampered with.
    forged: AtomicU32,
}

/// So many replies in a row that may have been tampered with are no accident: nothing more is asked
/// until a person has seen to it. Whoever changes replies can stop them anyway, and each question
/// may be counted.
const FORGED: u32 = 5;

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
    /// How the vendor's clock differs from ours, where people should know: once for each vendor.
    pub clock: Option<ClockNote>,
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
            hosts: HashMap::new(),
            qcc: None,
            seals: BTreeMap::new(),
            seals_all: false,
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
        let seal = LinkSeal::of(auth.secret.expose());
        self.seals.insert(Vendor::Qcc, seal);
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
        let secret = match &credential {
            patsnap::Credential::Client { secret, .. } => secret.expose(),
            patsnap::Credential::ApiKey(key) => key.expose(),
        };
        self.seals.insert(Vendor::Patsnap, LinkSeal::of(secret));
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
        let seal = LinkSeal::of(auth.token.expose());
        self.seals.insert(Vendor::Yibeidiao, seal);
        self.yibeidiao = Some(self.account(auth, pace, request_timeout));
        self
    }

    /// With other limits for downloads; their hosts are those of [`Vendors::with_link_hosts`].
    #[must_use]
    pub fn with_download_limits(mut self, limits: DownloadLimits) -> Self {
        self.downloads = limits;
        self
    }

    /// Seals every link that [`Vendors::ask`] gives, for hosts that write down whatever they hear;
    /// else only those are sealed that cost a charge. [`Vendors::download`] opens both.
    #[must_use]
    pub fn with_sealed_links(mut self) -> Self {
        self.seals_all = true;
        self
    }

    /// With other hosts that links of `vendor` may lead to than [`LinkHosts::of`] says. The host of
    /// the account's own address is always one of them.
    #[must_use]
    pub fn with_link_hosts(mut self, vendor: Vendor, hosts: LinkHosts) -> Self {
        self.hosts.insert(vendor, hosts);
        self
    }

    fn account<A>(&self, auth: A, limits: PaceLimits, request_timeout: Duration) -> Account<A> {
        Account {
            auth,
            client: self.client.clone().with_request_timeout(request_timeout),
            pace: Pace::new(limits, Arc::clone(self.client.time())),
            clock: VendorClock::default(),
            forged: AtomicU32::new(0),
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
            Vendor::Other(_) => None,
        }
    }

    /// Where calls to `vendor` go without encryption, if they do: whoever is on the way can read
    /// and change them. An address of this machine is no way.
    pub fn plain_http(&self, vendor: Vendor) -> Option<&Origin> {
        let origin = match vendor {
            Vendor::Qcc => self.qcc.as_ref().map(|account| &account.auth.origin),
            Vendor::Patsnap => self.patsnap.as_ref().map(|account| &account.auth.origin),
            Vendor::Yibeidiao => self.yibeidiao.as_ref().map(|account| &account.auth.origin),
            Vendor::Other(_) => None,
        };
        origin.filter(|origin| !origin.is_https() && !is_this_machine(origin.host()))
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
        let asked = match call {
            Call::EciImage(exchange) => ask(self.qcc.as_ref(), exchange, guard).await,
            Call::CreateRiskReport(exchange) => ask(self.qcc.as_ref(), exchange, guard).await,
            Call::RiskReportInfo(exchange) => ask(self.qcc.as_ref(), exchange, guard).await,
            Call::CreateCompanyReport(exchange) => self.ask_patsnap(exchange, guard).await,
            Call::CompanyReportStatus(exchange) => self.ask_patsnap(exchange, guard).await,
            Call::CreatePatentReport(exchange) => self.ask_patsnap(exchange, guard).await,
            Call::PatentReportStatus(exchange) => self.ask_patsnap(exchange, guard).await,
            Call::TempReport(exchange) => ask(self.yibeidiao.as_ref(), exchange, guard).await,
            other => Asked::not_tried(no_account(other.vendor(), other.name())),
        };
        self.sealed(call, asked)
    }

    /// What was asked, its link unreadable for all but this account where it will be written down.
    fn sealed(&self, call: &Call, mut asked: Asked) -> Asked {
        let is_written = self.seals_all || call.effect() == Effect::Charge;
        if let (Some(seal), Ok((News::Link(raw), _))) =
            (self.seals.get(&call.vendor()), &mut asked.result)
            && is_written
            && let Ok(link) = raw.link(self.client.time().now())
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
        let asked = account.once(exchange, &auth, guard).await;
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

    /// Downloads `link`, which came from `vendor`, to `target`; see [`Client::download`].
    ///
    /// # Errors
    /// What is wrong, as far as the order cares.
    pub async fn download(
        &self,
        vendor: Vendor,
        link: &Link,
        target: &Path,
        kind: FileKind,
    ) -> Result<StoredFile, DownloadFailure> {
        let link = &self.opened(vendor, link)?;
        let limits = self.downloads.clone().with_hosts(self.link_hosts(vendor));
        self.client
            .download(link, target, kind, &limits)
            .await
            .map_err(|error| download_failure(vendor, &error))
    }

    fn link_hosts(&self, vendor: Vendor) -> LinkHosts {
        let hosts = self.hosts.get(&vendor).cloned();
        let hosts = hosts.unwrap_or_else(|| LinkHosts::of(vendor));
        let origin = match vendor {
            Vendor::Qcc => self.qcc.as_ref().map(|account| &account.auth.origin),
            Vendor::Patsnap => self.patsnap.as_ref().map(|account| &account.auth.origin),
            Vendor::Yibeidiao => self.yibeidiao.as_ref().map(|account| &account.auth.origin),
            Vendor::Other(_) => None,
        };
        match origin {
            Some(origin) => hosts.and(origin.host()),
            None => hosts,
        }
    }

    /// `link` with its address. What cannot be opened stays what it is: the account's old secret
    /// may come back.
    fn opened(&self, vendor: Vendor, link: &Link) -> Result<Link, DownloadFailure> {
        let opened = match link.url() {
            Some(_) => Ok(link.clone()),
            None => {
                let seal = self.seals.get(&vendor).ok_or(Unsealable);
                seal.and_then(|seal| seal.open(link))
            }
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
            clock: None,
        }
    }
}

async fn ask<E>(account: Option<&Account<E::Auth>>, exchange: &E, guard: Option<SendGuard>) -> Asked
where
    E: Exchange<Auth: Sized>,
    News: From<E::Reply>,
{
    match account {
        Some(account) => account.once(exchange, &account.auth, guard).await,
        None => Asked::not_tried(no_account(E::VENDOR, E::NAME)),
    }
}

impl<A> Account<A> {
    /// Makes one attempt, signed with the time that the vendor takes.
    async fn once<E>(&self, exchange: &E, auth: &E::Auth, guard: Option<SendGuard>) -> Asked
    where
        E: Exchange,
        News: From<E::Reply>,
    {
        let time = self.client.time();
        let begin = time.monotonic();
        let shift = self.clock.shift(time.now(), begin);
        let called = self.client.once_shifted(exchange, auth, guard, shift).await;
        let reading = |attempt: &Attempt| {
            Reading::of(
                attempt.server_time?,
                attempt.started,
                begin,
                attempt.duration,
            )
        };
        match called {
            Ok((answer, attempt)) => {
                self.forged.store(0, Ordering::Relaxed);
                let told = self.clock.answered(shift, true, reading(&attempt));
                Asked {
                    result: Ok((answer.value.into(), answer.receipt)),
                    attempt: Some(attempt),
                    token_attempts: Vec::new(),
                    retry_after: None,
                    clock: note::<E>(told),
                }
            }
            Err(error) => {
                let attempt = error.attempts().last().cloned();
                let reading = attempt.as_ref().and_then(reading);
                let news = error.reply_error().and_then(|reply| {
                    News::of_error(reply).map(|news| (news, reply.receipt().clone()))
                });
                let mut told = None;
                let result = news.ok_or_else(|| {
                    let (failure, heard) = self.judged(&error, shift, reading);
                    told = heard;
                    failure
                });
                Asked {
                    result,
                    attempt,
                    token_attempts: Vec::new(),
                    retry_after: error.retry_after(),
                    clock: note::<E>(told),
                }
            }
        }
    }

    /// What a failed call means, also with a view to the clocks and to what came before it.
    fn judged(
        &self,
        error: &CallError,
        shift: i64,
        reading: Option<Reading>,
    ) -> (Failure, Option<Told>) {
        let failure = failure(error);
        if error.is_tampering() {
            let forged = self
                .forged
                .fetch_add(1, Ordering::Relaxed)
                .saturating_add(1);
            tracing::warn!(vendor = %error.vendor(), exchange = error.exchange(), forged, "a reply may have been tampered with");
            return if forged < FORGED {
                (failure, None)
            } else {
                let remark = say!("{n} replies in a row were like this", n = forged).to_string();
                let failure = failure.with_remark(&remark);
                (failure.with_advice(Advice::FixAccount), None)
            };
        }
        // Only the vendor's own envelope tells the vendor's time: a gateway's page does not.
        let Some(code) = error.reply_error().and_then(ReplyError::code) else {
            return (failure, None);
        };
        if !may_refuse_the_time(code) {
            let told = self.clock.answered(shift, false, reading);
            return (failure, told);
        }
        let (ruling, told) = self.clock.refused(shift, reading);
        tracing::debug!(vendor = %error.vendor(), code = code.as_str(), ?ruling, "the time may be refused");
        let failure = failure.with_remark(&ruling.to_string());
        match ruling {
            // It surely did nothing, so it may be made again: by the order, whose tries are
            // bounded, with a new permit and a new intent.
            Ruling::Again(_) if failure.is_surely_nothing() => {
                (failure.with_advice(Advice::Retry), told)
            }
            // To sign again is what was done, or what cannot help.
            _ if failure.advice() == Advice::Reauthenticate
                && (matches!(
                    ruling,
                    Ruling::ItWasTheirs | Ruling::TooFar(_) | Ruling::InVain(_)
                ) || self.clock.is_refused_for_good()) =>
            {
                (failure.with_advice(Advice::FixAccount), told)
            }
            _ => (failure, told),
        }
    }
}

/// What people should know of the vendor's clock, also in the log.
fn note<E: Exchange>(told: Option<Told>) -> Option<ClockNote> {
    let note = told?.note(E::VENDOR);
    tracing::warn!(
        vendor = %note.vendor,
        ahead_seconds = note.ahead_seconds,
        is_corrected = note.is_corrected,
        "{note}"
    );
    Some(note)
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

/// Whether `host` is an address of this machine, by the looks of it.
fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
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

fn download_failure(vendor: Vendor, error: &DownloadError) -> DownloadFailure {
    let problem = match error.kind() {
        _ if error.is_disk() => DownloadProblem::Disk,
        _ if error.is_link_dead() => DownloadProblem::LinkDead,
        DownloadErrorKind::TooLarge
        | DownloadErrorKind::Refused
        | DownloadErrorKind::ForeignHost => DownloadProblem::Forbidden,
        // What came is no report: another link may lead to one.
        DownloadErrorKind::WrongKind => DownloadProblem::LinkDead,
        _ => DownloadProblem::Interrupted,
    };
    let text = match error.kind() {
        DownloadErrorKind::ForeignHost => format!(
            "{error}; if it belongs to {vendor}, add it to the setting {vendor}.link_hosts and run again"
        ),
        _ if error.is_private_address() => format!(
            "{error}; the setting allow_private_links lets downloads go to private networks and \
             this machine, where that is meant"
        ),
        _ => error.to_string(),
    };
    DownloadFailure { problem, text }
}
