//! The configuration: a file, the environment, and what is taken where neither says anything.
//!
//! Every setting has a key in the file and a variable in the environment, and both are read as the
//! same text. The environment wins.

mod command;
mod credentials;
mod examine;
mod file;
mod settings;
mod shape;
mod sources;
#[cfg(feature = "cluster")]
mod store;
mod trust;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use jindiao_batch::Prices;
use jindiao_client::{HttpOptions, LinkHosts};
use jindiao_codes::Vendor;
use jindiao_order::{Fen, OnUncertain, Policy, Product};
use jindiao_protocol::Origin;
use jindiao_protocol_patsnap::Region;
use jindiao_words::{Message, Say as _, say};

use crate::duration;
use crate::error::CliError;
use crate::log::LogFormat;
use command::SecretCommand;
use credentials::Secrets;
pub(crate) use credentials::{check_command, no_credential, no_credentials};
pub(crate) use sources::Sources;
pub(crate) use values::Note;
use values::{Scoped, Values};

/// What the configuration says.
pub(crate) struct Config {
    /// The ledger, if one is named.
    pub(crate) ledger: Option<PathBuf>,
    /// Whether links to private addresses may be followed.
    pub(crate) allow_private_links: bool,
    /// What is logged, in the words of `tracing`'s filters.
    pub(crate) log: Option<String>,
    /// How it is written.
    pub(crate) log_format: Option<LogFormat>,
    /// How the vendors are connected to, but for the authorities of `ca_file`.
    http: HttpOptions,
    /// Whether it says which proxy to use: then those of the system are of no interest.
    pub(crate) has_proxy: bool,
    /// The file of certificate authorities to trust beside those of the platform.
    pub(crate) ca_file: Option<PathBuf>,
    /// Whether PatSnap's reports show its logo.
    pub(crate) patsnap_logo: bool,
    vendors: HashMap<Vendor, VendorConfig>,
    /// What orders cost.
    pub(crate) prices: Prices,
    /// The products whose doubtful orders are made again.
    ordering_again: BTreeSet<Product>,
    /// The cluster, where there is one.
    #[cfg_attr(
        not(any(feature = "cluster", test)),
        expect(
            dead_code,
            reason = "a build without the feature reads it all the same"
        )
    )]
    pub(crate) cluster: ClusterConfig,
    secrets: Secrets,
    commands: BTreeMap<Vendor, SecretCommand>,
}

/// What the configuration says about a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ClusterConfig {
    /// Where the Restate server's administration listens.
    pub(crate) restate_admin: Option<Origin>,
    /// Where its ingress listens, if not where the server says.
    pub(crate) restate_ingress: Option<Origin>,
    /// The file that remembers which cluster it is.
    pub(crate) identity: Option<PathBuf>,
    /// Where a worker listens.
    pub(crate) listen: Option<SocketAddr>,
    /// Where the server reaches the workers.
    pub(crate) advertise: Option<Origin>,
    /// The object store for the reports, as it was written.
    pub(crate) store: Option<String>,
    /// Its endpoint.
    pub(crate) store_endpoint: Option<Origin>,
    /// Its region.
    pub(crate) store_region: Option<String>,
    /// Whether its bucket is a part of the host's name.
    pub(crate) store_virtual_host: Option<bool>,
}

/// What the configuration says about one vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VendorConfig {
    /// Where the vendor is.
    pub(crate) origin: Origin,
    /// How often it is asked whether a report is ready; else as the product says.
    pub(crate) poll_interval: Option<Duration>,
    /// How long a run waits for a report; else as the product says.
    pub(crate) poll_timeout: Option<Duration>,
    /// How long one call may take.
    pub(crate) request_timeout: Duration,
    /// How many calls may be made in a second.
    pub(crate) qps: Rate,
    /// How many calls may be under way at a time.
    pub(crate) concurrency: NonZeroU32,
    /// How many calls may be made in a day of China.
    pub(crate) daily_limit: Option<u32>,
    /// The hosts that its links may lead to.
    pub(crate) link_hosts: LinkHosts,
}

/// A pace in thousandths of a call per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    milli: u64,
}

impl Rate {
    /// The time from one call to the next.
    pub(crate) fn interval(self) -> Duration {
        Duration::from_nanos(1_000_000_000_000u64.div_ceil(self.milli))
    }

    fn parse(text: &str) -> Result<Self, Message> {
        let not_a_rate = || {
            say!(
                "not a number of calls per second: write digits with at most three places, e.g. 5 or 0.5"
            )
        };
        let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(places) || places.len() > 3 || whole.len() > 6 {
            return Err(not_a_rate());
        }
        match format!("{whole}{places:0<3}").parse() {
            Ok(0) => Err(say!("the pace must be above 0")),
            Ok(milli) => Ok(Self { milli }),
            Err(_) => Err(not_a_rate()),
        }
    }
}

impl Config {
    /// Reads the configuration; notes are for the user's eyes.
    pub(crate) fn load(sources: &Sources) -> Result<(Self, Vec<Note>), CliError> {
        let examined = Self::examine(sources)?;
        match examined.config {
            Some(config) if examined.problems.is_empty() => Ok((config, examined.notes)),
            _ => Err(
                CliError::problems(say!("the configuration is wrong"), examined.problems)
                    .hint(say!("docs/configuration.md lists every key and variable")),
            ),
        }
    }

    /// `None` only where a problem was noted.
    fn from_values(values: &mut Values, no_proxy: &str) -> Option<Self> {
        let ledger = values.read("ledger", |text| Ok::<_, Message>(PathBuf::from(text)));
        let allow_private_links = values.read("allow_private_links", boolean).unwrap_or(false);
        let log = values.read("log", |text| {
            text.parse::<tracing_subscriber::EnvFilter>()
                .map(|_| text.to_owned())
                .map_err(|_| say!("not a filter: write e.g. `info` or `jindiao_client=debug`"))
        });
        let log_format = values.read("log_format", str::parse);
        let ca_file = values.read("ca_file", |text| Ok::<_, Message>(PathBuf::from(text)));
        let http = HttpOptions::default();
        let proxied = values.read(settings::PROXY, |text| match text {
            "none" => Ok(http.clone().without_proxy()),
            url => http.clone().with_proxy(url, no_proxy),
        });
        let has_proxy = proxied.is_some();
        let mut http = proxied.unwrap_or(http);
        if let Some(limit) = values.read("connect_timeout", positive) {
            http = http.with_connect_timeout(limit);
        }
        let patsnap_logo = values.read("patsnap.logo", boolean).unwrap_or(true);
        let region = values.read("patsnap.region", |text| {
            match text.to_ascii_lowercase().as_str() {
                "cn" => Ok(Region::Cn),
                "intl" => Ok(Region::Intl),
                _ => Err(say!("not a region: write cn or intl")),
            }
        });

        let mut vendors = HashMap::new();
        for vendor in Vendor::ALL {
            let mut read = Scoped {
                vendor,
                values: &mut *values,
            };
            let origin: Option<Origin> = read.of("url", str::parse);
            let real = match vendor {
                Vendor::Qcc => jindiao_protocol_qcc::ORIGIN.parse().ok()?,
                Vendor::Patsnap => region.unwrap_or(Region::Cn).origin(),
                Vendor::Yibeidiao => jindiao_protocol_yibeidiao::ORIGIN.parse().ok()?,
                Vendor::Other(_) => continue,
            };
            let config = VendorConfig {
                origin: origin.unwrap_or(real),
                poll_interval: read.of("poll_interval", positive),
                poll_timeout: read.of("poll_timeout", duration::parse),
                request_timeout: read
                    .of("request_timeout", positive)
                    .unwrap_or(Duration::from_secs(15)),
                qps: read.of("qps", Rate::parse).unwrap_or(Rate { milli: 5000 }),
                concurrency: read.of("concurrency", count).or(NonZeroU32::new(4))?,
                daily_limit: read.of("daily_limit", count).map(NonZeroU32::get),
                link_hosts: read
                    .of("link_hosts", str::parse)
                    .unwrap_or_else(|| LinkHosts::of(vendor)),
            };
            vendors.insert(vendor, config);
        }
        let mut prices = BTreeMap::new();
        for product in Product::ALL {
            let key = settings::price_key(*product);
            if let Some(price) = values.read(&key, str::parse::<Fen>) {
                prices.insert(*product, price);
            }
        }
        let mut ordering_again = BTreeSet::new();
        for product in Product::ALL {
            let Some(key) = settings::doubt_key(*product) else {
                continue;
            };
            if values.read(&key, on_uncertain) == Some(OnUncertain::OrderAgain) {
                ordering_again.insert(*product);
            }
        }
        let cluster = ClusterConfig {
            restate_admin: values.read("cluster.restate_admin", str::parse),
            restate_ingress: values.read("cluster.restate_ingress", str::parse),
            identity: values.read("cluster.identity", |text| {
                Ok::<_, Message>(PathBuf::from(text))
            }),
            listen: values.read("cluster.listen", |text| {
                text.parse()
                    .map_err(|_| say!("not an address: write e.g. 127.0.0.1:9080"))
            }),
            advertise: values.read("cluster.advertise", str::parse),
            store: values.read("cluster.store.url", |text| {
                Ok::<_, Message>(text.to_owned())
            }),
            store_endpoint: values.read("cluster.store.endpoint", str::parse),
            store_region: values.read("cluster.store.region", |text| {
                Ok::<_, Message>(text.to_owned())
            }),
            store_virtual_host: values.read("cluster.store.virtual_host", boolean),
        };
        let secrets = Secrets(
            settings::all()
                .into_iter()
                .filter(|it| it.secret)
                .filter_map(|it| Some((it.key.clone(), values.take(&it.key)?)))
                .collect(),
        );
        Some(Self {
            ledger,
            allow_private_links,
            log,
            log_format,
            http,
            has_proxy,
            ca_file,
            patsnap_logo,
            vendors,
            prices: prices.into_iter().collect(),
            ordering_again,
            cluster,
            secrets,
            commands: std::mem::take(&mut values.commands),
        })
    }

    /// What is said about `vendor`.
    pub(crate) fn vendor(&self, vendor: Vendor) -> &VendorConfig {
        self.vendors
            .get(&vendor)
            .expect("`from_values` puts one in for each vendor")
    }

    /// Whether the account's address is one of the vendor's own.
    pub(crate) fn is_real(&self, vendor: Vendor) -> bool {
        let real: &[Option<Origin>] = &match vendor {
            Vendor::Qcc => [jindiao_protocol_qcc::ORIGIN.parse().ok(), None],
            Vendor::Patsnap => [Region::Cn, Region::Intl].map(|region| Some(region.origin())),
            Vendor::Yibeidiao => [jindiao_protocol_yibeidiao::ORIGIN.parse().ok(), None],
            Vendor::Other(_) => [None, None],
        };
        let host = self.vendor(vendor).origin.host();
        real.iter().flatten().any(|real| real.host() == host)
    }

    /// How the vendors are connected to.
    pub(crate) fn http(&self) -> Result<HttpOptions, CliError> {
        let Some(path) = &self.ca_file else {
            return Ok(self.http.clone());
        };
        let wrong = || {
            CliError::usage(say!(
                "the ca_file {path} cannot be used",
                path = path.display()
            ))
        };
        let pem = std::fs::read(path).map_err(|error| wrong().because(error))?;
        let http = self.http.clone().with_authorities(&pem);
        http.map_err(|error| wrong().because(error))
    }

    /// How patient orders of `product` are.
    pub(crate) fn policy(&self, product: Product) -> Policy {
        let vendor = self.vendor(product.vendor());
        let mut policy = Policy::of(product);
        if let Some(interval) = vendor.poll_interval {
            policy = policy.with_poll_interval(interval);
        }
        if let Some(timeout) = vendor.poll_timeout {
            policy = policy.with_poll_timeout(timeout);
        }
        if self.ordering_again.contains(&product) {
            policy = policy.ordering_again(vendor.request_timeout);
        }
        policy
    }
}

fn boolean(text: &str) -> Result<bool, Message> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(say!("write true or false")),
    }
}

fn on_uncertain(text: &str) -> Result<OnUncertain, Message> {
    match text.to_ascii_lowercase().as_str() {
        "hold" => Ok(OnUncertain::Hold),
        "order-again" => Ok(OnUncertain::OrderAgain),
        _ => Err(say!("write hold or order-again")),
    }
}

fn positive(text: &str) -> Result<Duration, Message> {
    match duration::parse(text) {
        Ok(Duration::ZERO) => Err(say!("the duration must be above 0")),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.say()),
    }
}

fn count(text: &str) -> Result<NonZeroU32, Message> {
    text.parse().map_err(|_| say!("not a whole number above 0"))
}

/// A value for each setting.
#[cfg(test)]
pub(crate) fn every_setting() -> Vec<(String, String)> {
    let value = |key: &str| match key.rsplit('.').next().unwrap_or_default() {
        "url" if key == "cluster.store.url" => "s3://bucket/reports",
        "url" | "endpoint" | "advertise" | "restate_admin" | "restate_ingress" => {
            "https://a.example"
        }
        "listen" => "127.0.0.1:9080",
        "allow_private_links" | "logo" | "virtual_host" => "true",
        "poll_interval" | "poll_timeout" | "request_timeout" | "connect_timeout" => "1s",
        "region" if key == "patsnap.region" => "cn",
        "log" => "info",
        "log_format" => "json",
        "proxy" => "http://me:FAKE@proxy.example:3128",
        "link_hosts" => "a.example,b.example",
        _ if key.contains(".on_uncertain.") => "hold",
        "api_key" => "sk-FAKE",
        _ => "7",
    };
    let all = settings::all().into_iter();
    all.map(|setting| (setting.key.clone(), value(&setting.key).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests;
