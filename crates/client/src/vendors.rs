//! The accounts of the three vendors: who is asked with what, and at which pace.

mod account;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use jindiao_order::{Call, DownloadFailure, DownloadProblem, Failure, News};
use jindiao_protocol::{
    Advice, Delivery, Effect, Exchange, FileKind, Link, Origin, Receipt, Vendor,
};
use jindiao_protocol_patsnap as patsnap;
use jindiao_protocol_qcc as qcc;
use jindiao_protocol_yibeidiao as yibeidiao;
use reqwest::Url;

use crate::host::is_loopback;
use crate::{
    Attempt, Client, ClockNote, DownloadError, DownloadErrorKind, DownloadLimits, LinkHosts,
    LinkSeal, Pace, PaceLimits, SendGuard, StoredFile, Unsealable,
};

use account::{Account, Patsnap, failure};

/// The accounts with the vendors, and the client that asks them.
///
/// A vendor without an account cannot be asked: its calls fail as never sent.
pub struct Vendors {
    client: Client,
    downloads: DownloadLimits,
    /// Where they are not what is usual for the vendor.
    hosts: BTreeMap<Vendor, LinkHosts>,
    /// For links that are written down: those that cost a charge, or all.
    seals: BTreeMap<Vendor, LinkSeal>,
    seals_all: bool,
    qcc: Option<Account<qcc::Auth>>,
    patsnap: Option<Account<Patsnap>>,
    yibeidiao: Option<Account<yibeidiao::Auth>>,
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
            hosts: BTreeMap::new(),
            seals: BTreeMap::new(),
            seals_all: false,
            qcc: None,
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
        let auth = Patsnap::new(origin, credential);
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
        let client = self.client.clone().with_request_timeout(request_timeout);
        Account::new(auth, client, limits)
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
        let leaves = |origin: &&Origin| {
            let url = Url::parse(&origin.to_string());
            !url.is_ok_and(|url| is_loopback(&url))
        };
        self.origin(vendor)
            .filter(|origin| !origin.is_https())
            .filter(leaves)
    }

    /// Where the account with `vendor` is, if there is one.
    fn origin(&self, vendor: Vendor) -> Option<&Origin> {
        match vendor {
            Vendor::Qcc => self.qcc.as_ref().map(|account| &account.auth.origin),
            Vendor::Patsnap => self.patsnap.as_ref().map(|account| &account.auth.origin),
            Vendor::Yibeidiao => self.yibeidiao.as_ref().map(|account| &account.auth.origin),
            Vendor::Other(_) => None,
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
        match self.origin(vendor) {
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

fn no_account(vendor: Vendor, exchange: &str) -> Failure {
    let text = format!("there is no account for {vendor}");
    Failure::unanswered(vendor, exchange, Delivery::NeverSent, text).with_advice(Advice::FixAccount)
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
