//! The accounts with the vendors: the configured ones, or those of the simulator.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};

use jindiao_batch::LedgerKind;
use jindiao_client::{AddressPolicy, Client, DownloadLimits, LinkSeal, PaceLimits, Vendors};
use jindiao_codes::Vendor;
use jindiao_protocol::Origin;
use jindiao_protocol_patsnap::Credential;
use jindiao_signing::{patsnap, qcc, yibeidiao};
use jindiao_simulator::{Credentials, Simulator};

use crate::config::{Config, VendorConfig, no_credentials};
use crate::error::CliError;

/// The accounts that the configuration has with `vendors`, or all the credentials that are
/// missing.
pub(crate) fn configured(config: &Config, vendors: &BTreeSet<Vendor>) -> Result<Vendors, CliError> {
    let mut accounts = client(config.allow_private_links)?;
    let mut missing = Vec::new();
    for vendor in vendors {
        let VendorConfig {
            origin,
            request_timeout,
            link_hosts,
            ..
        } = config.vendor(*vendor).clone();
        let pace = pace(config.vendor(*vendor));
        let added = match vendor {
            Vendor::Qcc => config.qcc().map(|(key, secret)| {
                let auth = jindiao_protocol_qcc::Auth::new(origin, key, secret);
                accounts.with_qcc(auth, pace, request_timeout)
            }),
            Vendor::Patsnap => config
                .patsnap()
                .map(|credential| accounts.with_patsnap(origin, credential, pace, request_timeout)),
            Vendor::Yibeidiao => config.yibeidiao().map(|(key, token)| {
                let auth = jindiao_protocol_yibeidiao::Auth::new(origin, key, token);
                accounts.with_yibeidiao(auth, pace, request_timeout)
            }),
        };
        match added {
            Ok(added) => accounts = added.with_link_hosts(*vendor, link_hosts),
            Err(problems) => {
                missing.extend(problems);
                // What was built so far is not needed any more, only the rest of the problems.
                accounts = client(false)?;
            }
        }
    }
    if missing.is_empty() {
        Ok(accounts)
    } else {
        Err(no_credentials(missing))
    }
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
    let bad = |error: String| CliError::usage(format!("the simulator cannot be used: {error}"));
    let origin: Origin = simulator
        .base_url()
        .parse()
        .map_err(|error| bad(format!("{error}")))?;
    let known = simulator.credentials();
    let secret = |error: jindiao_signing::InvalidSecret| bad(error.to_string());
    let qcc = jindiao_protocol_qcc::Auth::new(
        origin.clone(),
        qcc::AppKey::new(known.qcc_key.as_str()).map_err(secret)?,
        qcc::SecretKey::new(known.qcc_secret.as_str()).map_err(secret)?,
    );
    let patsnap = Credential::Client {
        id: patsnap::ClientId::new(known.patsnap_client_id.as_str()).map_err(secret)?,
        secret: patsnap::ClientSecret::new(known.patsnap_client_secret.as_str()).map_err(secret)?,
    };
    let yibeidiao = jindiao_protocol_yibeidiao::Auth::new(
        origin.clone(),
        yibeidiao::CompanyKey::new(known.yibeidiao_key.as_str()).map_err(secret)?,
        yibeidiao::Token::new(known.yibeidiao_token.as_str()).map_err(secret)?,
    );
    let pace = PaceLimits::default().with_concurrency(NonZeroUsize::MIN.saturating_add(3));
    let timeout = std::time::Duration::from_secs(15);
    Ok(client(true)?
        .with_qcc(qcc, pace, timeout)
        .with_patsnap(origin, patsnap, pace, timeout)
        .with_yibeidiao(yibeidiao, pace, timeout))
}

/// What seals the links of the QCC account that the orders of a ledger are of.
pub(crate) fn link_seal(config: &Config, kind: LedgerKind) -> Result<LinkSeal, CliError> {
    let secret = match kind {
        LedgerKind::Simulated => qcc::SecretKey::new(Credentials::simulated().qcc_secret)
            .map_err(|error| CliError::usage(format!("the simulator cannot be used: {error}")))?,
        LedgerKind::Real => config.qcc().map_err(no_credentials)?.1,
    };
    Ok(LinkSeal::of(secret.expose()))
}

fn client(allow_private_links: bool) -> Result<Vendors, CliError> {
    let client =
        Client::http().map_err(|error| CliError::usage("TLS cannot be set up").because(error))?;
    let addresses = if allow_private_links {
        AddressPolicy::PRIVATE_TOO
    } else {
        AddressPolicy::PUBLIC
    };
    Ok(Vendors::new(client)
        .with_download_limits(DownloadLimits::default().with_addresses(addresses)))
}

fn pace(config: &VendorConfig) -> PaceLimits {
    let calls = usize::try_from(config.concurrency.get())
        .ok()
        .and_then(NonZeroUsize::new);
    let pace = PaceLimits::default()
        .with_rate(NonZeroU32::MIN, config.qps.interval())
        .with_concurrency(calls.unwrap_or(NonZeroUsize::MIN));
    match config.daily_limit {
        Some(limit) => pace.with_daily_limit(limit.into()),
        None => pace,
    }
}
