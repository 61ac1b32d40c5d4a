//! The accounts and the policies that every host of these tests works with.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use jindiao_client::{
    AddressPolicy, Client, DownloadLimits, HttpTransport, PaceLimits, SystemClock, Time, Vendors,
    VirtualClock,
};
use jindiao_cluster::AccountConfig;
use jindiao_order::{Backoff, Policy, Product};
use jindiao_protocol::{Origin, Timestamp, Vendor};
use jindiao_protocol_patsnap::Credential;
use jindiao_signing as signing;
use jindiao_simulator::Credentials;
use serde::{Deserialize, Serialize};

/// How a process of either host deals with the simulated vendors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// Where they are.
    pub(crate) origin: String,
    /// Calls a second of each account, of all workers; 0 for no limit.
    pub(crate) qps: u32,
    /// Calls a day of each account.
    pub(crate) daily: Option<u64>,
    /// Calls at once to each account, of one process.
    pub(crate) concurrency: usize,
    /// How long an intent lives, in milliseconds.
    pub(crate) intent_ms: u64,
    /// How often a report is asked for, in milliseconds.
    pub(crate) poll_ms: u64,
    /// By how many seconds the clock of every process is ahead of this machine's.
    pub(crate) ahead: u64,
}

impl Terms {
    pub(crate) fn new(origin: String) -> Self {
        Self {
            origin,
            qps: 0,
            daily: None,
            concurrency: 32,
            intent_ms: 5000,
            poll_ms: 300,
            ahead: 0,
        }
    }

    /// What the time is where these orders are made.
    pub(crate) fn now(&self) -> Timestamp {
        SystemClock::new()
            .now()
            .plus(Duration::from_secs(self.ahead))
    }

    pub(crate) fn policies(&self) -> BTreeMap<Product, Policy> {
        let ms = Duration::from_millis;
        let backoff = Backoff {
            first: ms(50),
            most: ms(1000),
        };
        let policy = |product: &Product| {
            let mut policy = Policy::of(*product)
                .with_poll_interval(ms(self.poll_ms))
                .with_backoff(backoff);
            policy.intent_life = ms(self.intent_ms);
            (*product, policy)
        };
        Product::ALL.iter().map(policy).collect()
    }

    pub(crate) fn accounts(&self) -> Vec<AccountConfig> {
        let known = Credentials::simulated();
        let origin: Origin = self.origin.parse().expect("an origin");
        let interval = match self.qps {
            0 => Duration::ZERO,
            qps => Duration::from_secs(1) / qps,
        };
        let config = |vendor, key: &str, secret: &str| {
            AccountConfig::new(vendor, &origin, key, secret, interval, self.daily)
        };
        vec![
            config(Vendor::Qcc, &known.qcc_key, &known.qcc_secret),
            config(
                Vendor::Patsnap,
                &known.patsnap_client_id,
                &known.patsnap_client_secret,
            ),
            config(
                Vendor::Yibeidiao,
                &known.yibeidiao_key,
                &known.yibeidiao_token,
            ),
        ]
    }

    pub(crate) fn vendors(&self) -> Vendors {
        let known = Credentials::simulated();
        let origin: Origin = self.origin.parse().expect("an origin");
        let concurrency = NonZeroUsize::new(self.concurrency).expect("some");
        let mut pace = PaceLimits::default().with_concurrency(concurrency);
        if let Some(qps) = NonZeroU32::new(self.qps) {
            pace = pace.with_qps(qps);
        }
        if let Some(daily) = self.daily {
            pace = pace.with_daily_limit(daily);
        }
        let timeout = Duration::from_secs(30);
        let qcc = jindiao_protocol_qcc::Auth::new(
            origin.clone(),
            signing::qcc::AppKey::new(&*known.qcc_key).expect("a key"),
            signing::qcc::SecretKey::new(&*known.qcc_secret).expect("a secret"),
        );
        let patsnap = Credential::Client {
            id: signing::patsnap::ClientId::new(&*known.patsnap_client_id).expect("an id"),
            secret: signing::patsnap::ClientSecret::new(&*known.patsnap_client_secret)
                .expect("a secret"),
        };
        let yibeidiao = jindiao_protocol_yibeidiao::Auth::new(
            origin.clone(),
            signing::yibeidiao::CompanyKey::new(&*known.yibeidiao_key).expect("a key"),
            signing::yibeidiao::Token::new(&*known.yibeidiao_token).expect("a token"),
        );
        let transport = HttpTransport::new().expect("a transport");
        // It runs as fast as any clock; only where it begins is ours.
        Vendors::new(Client::new(
            transport,
            VirtualClock::starting_at(self.now()),
        ))
        .with_qcc(qcc, pace, timeout)
        .with_patsnap(origin, patsnap, pace, timeout)
        .with_yibeidiao(yibeidiao, pace, timeout)
        .with_download_limits(DownloadLimits::default().with_addresses(AddressPolicy::PRIVATE_TOO))
    }
}
