//! The accounts with the vendors: the configured ones, or those of the simulator.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::time::Duration;

use jindiao_batch::LedgerKind;
use jindiao_client::{
    AddressPolicy, Client, DownloadLimits, HttpOptions, HttpTransport, LinkSeal, PaceLimits,
    SystemClock, Vendors,
};
use jindiao_codes::Vendor;
use jindiao_protocol::Origin;
use jindiao_protocol_patsnap::Credential;
use jindiao_signing::{patsnap, qcc, yibeidiao};
use jindiao_simulator::{Credentials, Simulator};
use jindiao_words::{Message, say};

use crate::config::{Config, VendorConfig, no_credentials};
use crate::error::CliError;

/// The accounts that the configuration has with `vendors`, or all the credentials that are
/// missing.
pub(crate) fn configured(config: &Config, vendors: &BTreeSet<Vendor>) -> Result<Vendors, CliError> {
    configured_and(config, vendors, |_| {})
}

/// The same; `each` sees the credentials.
fn configured_and(
    config: &Config,
    vendors: &BTreeSet<Vendor>,
    mut each: impl FnMut(&Held),
) -> Result<Vendors, CliError> {
    let mut accounts = client(config.http()?, config.allow_private_links)?;
    let mut missing = Vec::new();
    for vendor in vendors {
        match Held::of(config, *vendor) {
            Ok(held) => {
                each(&held);
                accounts = held.add_to(accounts, config);
            }
            Err(problems) => missing.extend(problems),
        }
    }
    if missing.is_empty() {
        Ok(accounts)
    } else {
        Err(no_credentials(missing))
    }
}

/// The credentials of an account.
enum Held {
    Qcc(qcc::AppKey, qcc::SecretKey),
    Patsnap(Credential),
    Yibeidiao(yibeidiao::CompanyKey, yibeidiao::Token),
}

impl Held {
    /// Those that the configuration has with `vendor`, or what is missing.
    fn of(config: &Config, vendor: Vendor) -> Result<Self, Vec<Message>> {
        match vendor {
            Vendor::Qcc => config.qcc().map(|(key, secret)| Self::Qcc(key, secret)),
            Vendor::Patsnap => config.patsnap().map(Self::Patsnap),
            Vendor::Yibeidiao => config
                .yibeidiao()
                .map(|(key, token)| Self::Yibeidiao(key, token)),
            Vendor::Other(_) => Err(vec![say!("nothing of {vendor} is ordered", vendor)]),
        }
    }

    /// Those that a simulator takes, if it plays the vendor.
    fn simulated(
        vendor: Vendor,
        known: &Credentials,
    ) -> Result<Option<Self>, jindiao_signing::InvalidSecret> {
        Ok(Some(match vendor {
            Vendor::Qcc => Self::Qcc(
                qcc::AppKey::new(known.qcc_key.as_str())?,
                qcc::SecretKey::new(known.qcc_secret.as_str())?,
            ),
            Vendor::Patsnap => Self::Patsnap(Credential::Client {
                id: patsnap::ClientId::new(known.patsnap_client_id.as_str())?,
                secret: patsnap::ClientSecret::new(known.patsnap_client_secret.as_str())?,
            }),
            Vendor::Yibeidiao => Self::Yibeidiao(
                yibeidiao::CompanyKey::new(known.yibeidiao_key.as_str())?,
                yibeidiao::Token::new(known.yibeidiao_token.as_str())?,
            ),
            Vendor::Other(_) => return Ok(None),
        }))
    }

    fn vendor(&self) -> Vendor {
        match self {
            Self::Qcc(..) => Vendor::Qcc,
            Self::Patsnap(_) => Vendor::Patsnap,
            Self::Yibeidiao(..) => Vendor::Yibeidiao,
        }
    }

    /// `accounts` with the account, as the configuration has it.
    fn add_to(self, accounts: Vendors, config: &Config) -> Vendors {
        let vendor = self.vendor();
        let config = config.vendor(vendor);
        self.add(
            accounts,
            &config.origin,
            pace(config),
            config.request_timeout,
        )
        .with_link_hosts(vendor, config.link_hosts.clone())
    }

    fn add(
        self,
        accounts: Vendors,
        origin: &Origin,
        pace: PaceLimits,
        timeout: Duration,
    ) -> Vendors {
        let origin = origin.clone();
        match self {
            Self::Qcc(key, secret) => {
                let auth = jindiao_protocol_qcc::Auth::new(origin, key, secret);
                accounts.with_qcc(auth, pace, timeout)
            }
            Self::Patsnap(credential) => accounts.with_patsnap(origin, credential, pace, timeout),
            Self::Yibeidiao(key, token) => {
                let auth = jindiao_protocol_yibeidiao::Auth::new(origin, key, token);
                accounts.with_yibeidiao(auth, pace, timeout)
            }
        }
    }

    /// How it is told apart from others that a cluster's workers may have.
    #[cfg(feature = "cluster")]
    fn told_apart(&self, config: &Config) -> jindiao_cluster::AccountConfig {
        let vendor = self.vendor();
        let (id, secret) = match self {
            Self::Qcc(key, secret) => (key.expose(), secret.expose()),
            Self::Patsnap(Credential::Client { id, secret }) => (id.expose(), secret.expose()),
            Self::Patsnap(Credential::ApiKey(key)) => ("", key.expose()),
            Self::Yibeidiao(key, token) => (key.expose(), token.expose()),
        };
        let config = config.vendor(vendor);
        let (interval, daily) = (config.qps.interval(), config.daily_limit.map(u64::from));
        jindiao_cluster::AccountConfig::new(vendor, &config.origin, id, secret, interval, daily)
    }
}

/// The accounts of a cluster's worker, and how each is configured. Of real vendors: those that the
/// configuration has credentials for. Of a simulator: all of them, with its credentials, at the
/// configured addresses.
#[cfg(feature = "cluster")]
pub(crate) fn of_worker(
    config: &Config,
    kind: LedgerKind,
) -> Result<(Vendors, Vec<jindiao_cluster::AccountConfig>), CliError> {
    let mut configs = Vec::new();
    if kind == LedgerKind::Real {
        let is_there = |vendor: &Vendor| config.missing(*vendor).is_empty();
        let vendors: BTreeSet<_> = Vendor::ALL.iter().copied().filter(is_there).collect();
        if vendors.is_empty() {
            let missing = Vendor::ALL.iter().flat_map(|it| config.missing(*it));
            return Err(no_credentials(missing.collect()));
        }
        let accounts = configured_and(config, &vendors, |held| {
            configs.push(held.told_apart(config));
        })?;
        return Ok((accounts, configs));
    }
    let known = Credentials::simulated();
    let mut accounts = client(config.http()?, config.allow_private_links)?;
    for vendor in Vendor::ALL {
        if config.is_real(vendor) {
            let name = vendor.id().to_uppercase();
            return Err(CliError::usage(say!(
                "the simulated orders of {vendor} would go to the real vendor",
                vendor
            ))
            .hint(say!(
                "set JINDIAO_{name}_URL to a simulator's address, as `jindiao simulate` prints it",
                name
            )));
        }
        let Some(held) =
            Held::simulated(vendor, &known).map_err(|error| unusable(&error.to_string()))?
        else {
            continue;
        };
        configs.push(held.told_apart(config));
        accounts = held.add_to(accounts, config);
    }
    Ok((accounts, configs))
}

/// What is missing of the accounts with `vendors`, as far as that is known without running a
/// `secret_command`.
pub(crate) fn missing(config: &Config, vendors: &BTreeSet<Vendor>) -> Option<CliError> {
    let missing = vendors.iter().flat_map(|vendor| config.missing(*vendor));
    let missing: Vec<_> = missing.collect();
    (!missing.is_empty()).then(|| no_credentials(missing))
}

/// The accounts with a simulator.
pub(crate) fn simulated(simulator: &Simulator) -> Result<Vendors, CliError> {
    let origin: Origin = simulator
        .base_url()
        .parse()
        .map_err(|error| unusable(&format!("{error}")))?;
    let pace = PaceLimits::default().with_concurrency(NonZeroUsize::MIN.saturating_add(3));
    let mut accounts = client(HttpOptions::default(), true)?;
    for vendor in Vendor::ALL {
        let Some(held) = Held::simulated(vendor, simulator.credentials())
            .map_err(|error| unusable(&error.to_string()))?
        else {
            continue;
        };
        accounts = held.add(accounts, &origin, pace, Duration::from_secs(15));
    }
    Ok(accounts)
}

fn unusable(error: &str) -> CliError {
    CliError::usage(say!("the simulator cannot be used: {error}", error))
}

/// What seals the links of the QCC account that the orders of a ledger are of.
pub(crate) fn link_seal(config: &Config, kind: LedgerKind) -> Result<LinkSeal, CliError> {
    let secret = match kind {
        LedgerKind::Simulated => qcc::SecretKey::new(Credentials::simulated().qcc_secret)
            .map_err(|error| unusable(&error.to_string()))?,
        LedgerKind::Real => config.qcc().map_err(no_credentials)?.1,
    };
    Ok(LinkSeal::of(secret.expose()))
}

fn client(http: HttpOptions, allow_private_links: bool) -> Result<Vendors, CliError> {
    let client = transport(http)?;
    let addresses = if allow_private_links {
        AddressPolicy::PRIVATE_TOO
    } else {
        AddressPolicy::PUBLIC
    };
    Ok(Vendors::new(client)
        .with_download_limits(DownloadLimits::default().with_addresses(addresses)))
}

/// What asks, connecting like this.
pub(crate) fn transport(http: HttpOptions) -> Result<Client, CliError> {
    let transport = HttpTransport::with_options(http)
        .map_err(|error| CliError::usage(say!("TLS cannot be set up")).because(error))?;
    Ok(Client::new(transport, SystemClock::new()))
}

fn pace(config: &VendorConfig) -> PaceLimits {
    let calls = usize::try_from(config.concurrency.get())
        .ok()
        .and_then(NonZeroUsize::new);
    let pace = PaceLimits::default()
        .with_interval(config.qps.interval())
        .with_concurrency(calls.unwrap_or(NonZeroUsize::MIN));
    match config.daily_limit {
        Some(limit) => pace.with_daily_limit(limit.into()),
        None => pace,
    }
}
