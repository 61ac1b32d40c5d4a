//! The configuration: a file, the environment, and what is taken where neither says anything.
//!
//! Every setting has a key in the file and a variable in the environment, and both are read as the
//! same text. The environment wins.

mod command;
mod examine;
mod file;
mod settings;
mod shape;
mod trust;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs::File;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jindiao_batch::Prices;
use jindiao_client::{HttpOptions, LinkHosts};
use jindiao_codes::Vendor;
use jindiao_order::{Fen, OnUncertain, Policy, Product};
use jindiao_protocol::Origin;
use jindiao_protocol_patsnap::{Credential, Region};
use jindiao_signing::{InvalidSecret, patsnap, qcc, yibeidiao};
use jindiao_words::{Message, Say as _, say};

use crate::duration;
use crate::error::CliError;
use crate::log::LogFormat;
use command::SecretCommand;
use settings::Setting;
use trust::Standing;
pub(crate) use values::Note;
use values::{Scoped, Value, Values};

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

/// What the file is called where none is named.
const NAME: &str = "jindiao.toml";
/// The variables that HTTP clients read, in capitals; most read them in small letters, too.
const PROXY_VARIABLES: [&str; 4] = ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

/// Where the configuration comes from. All of it is an argument, so that tests need no process.
#[derive(Default)]
pub(crate) struct Sources {
    /// The file that the command line names.
    pub(crate) file: Option<PathBuf>,
    /// Folders in which `jindiao.toml` is looked for, if no file is named.
    pub(crate) folders: Vec<PathBuf>,
    /// The variables that begin with `JINDIAO_`.
    pub(crate) environment: BTreeMap<String, String>,
    /// The variables that name proxies, and `NO_PROXY`.
    pub(crate) proxies: BTreeMap<String, String>,
    /// The user that the process acts for, where the system has numbers for users.
    pub(crate) user: Option<u32>,
}

impl Sources {
    /// The real ones.
    pub(crate) fn of_process(file: Option<PathBuf>) -> Self {
        use etcetera::BaseStrategy as _;
        let home = etcetera::choose_base_strategy()
            .ok()
            .map(|base| base.config_dir().join("jindiao"));
        let folders = std::iter::once(PathBuf::new()).chain(home).collect();
        // The one place that reads the environment. What is not UTF-8 is no setting of ours.
        let all = || {
            std::env::vars_os().filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.into_string().ok()?))
            })
        };
        let environment = all()
            .filter(|(name, _)| name.starts_with("JINDIAO_"))
            .collect();
        let proxies = all()
            .filter(|(name, _)| PROXY_VARIABLES.contains(&name.to_uppercase().as_str()))
            .collect();
        Self {
            file,
            folders,
            environment,
            proxies,
            user: trust::user(),
        }
    }

    fn path(&self) -> Option<PathBuf> {
        let in_folders = || self.places().find(|path| path.exists());
        self.file.clone().or_else(in_folders)
    }

    /// Where a file is looked for, if none is named.
    pub(crate) fn places(&self) -> impl Iterator<Item = PathBuf> {
        self.folders.iter().map(|folder| folder.join(NAME))
    }

    /// The settings that variables make, by their keys in the file.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let set = |setting: Setting| {
            let value = self.environment.get(&setting.env)?;
            (!value.is_empty()).then(|| (setting.key, value.clone()))
        };
        settings::all().into_iter().filter_map(set).collect()
    }

    /// The hosts that are reached without a proxy.
    fn no_proxy(&self) -> &str {
        let names = ["NO_PROXY", "no_proxy"];
        let mut found = names.iter().filter_map(|name| self.proxies.get(*name));
        found.next().map_or("", String::as_str)
    }

    /// Opens the file at `path`, and says what the system knows of it.
    ///
    /// A file that was found and not named must be the user's own: what it says could send the
    /// user's credentials elsewhere, or run programs, in whatever folder one happens to be.
    fn open(&self, path: &Path) -> Result<(File, Option<Standing>), CliError> {
        let file = File::open(path).map_err(|error| unreadable(path, error))?;
        let standing = Standing::of(&file, path);
        let is_foreign =
            |standing: Standing| self.user.is_some_and(|user| standing.is_foreign(user));
        if self.file.is_none() && standing.is_some_and(is_foreign) {
            let shown = path.display();
            let named = crate::ledger::quoted(&shown.to_string());
            return Err(CliError::usage(say!(
                "the configuration {path} belongs to another user: it could send your credentials elsewhere",
                path = shown
            ))
            .hint(say!("read it; `--config {path}` uses it all the same", path = named)));
        }
        Ok((file, standing))
    }
}

/// Names of variables, and never their values.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("file", &self.file)
            .field("folders", &self.folders)
            .field("environment", &self.environment.keys())
            .field("proxies", &self.proxies.keys())
            .finish_non_exhaustive()
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> CliError {
    CliError::usage(say!(
        "cannot read the configuration {path}",
        path = path.display()
    ))
    .because(error)
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

    /// The object store for the reports and what opens it, where there is one.
    #[cfg(feature = "cluster")]
    pub(crate) fn store(
        &self,
    ) -> Result<
        Option<(
            jindiao_cluster::StoreConfig,
            jindiao_cluster::StoreCredentials,
        )>,
        Message,
    > {
        use jindiao_cluster::{AccessKey, StoreConfig, StoreConfigError, StoreCredentials};
        let Some(url) = &self.cluster.store else {
            return Ok(None);
        };
        let mut store: StoreConfig = url.parse().map_err(|error: StoreConfigError| {
            say!(
                "{place}: {message}",
                place = "cluster.store.url",
                message = error
            )
        })?;
        if let Some(endpoint) = &self.cluster.store_endpoint {
            store = store.with_endpoint(endpoint.clone());
        }
        if let Some(region) = &self.cluster.store_region {
            store = store.with_region(region);
        }
        if self.cluster.store_virtual_host == Some(true) {
            store = store.with_virtual_host();
        }
        let key = |name: &str| {
            let key = format!("cluster.store.{name}");
            let value = self.secrets.0.get(&key);
            let value = value
                .map(|it| AccessKey::new(&it.text).map_err(|error| it.source.says(&error.say())));
            (value, not_set(&key))
        };
        let needed = |name: &str| {
            let (value, missing) = key(name);
            value.unwrap_or(Err(missing))
        };
        let mut credentials = StoreCredentials::new(needed("key_id")?, needed("key_secret")?);
        if let (Some(token), _) = key("token") {
            credentials = credentials.with_token(token?);
        }
        Ok(Some((store, credentials)))
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

    /// The account with QCC.
    pub(crate) fn qcc(&self) -> Result<(qcc::AppKey, qcc::SecretKey), Vec<Message>> {
        let secrets = self.secrets_of(Vendor::Qcc)?;
        both(
            secrets.get("qcc.key", qcc::AppKey::new),
            secrets.get("qcc.secret", qcc::SecretKey::new),
        )
    }

    /// The account with PatSnap. A client id and secret come first: they are what the documents of
    /// the report API describe (PatSnap D1 to D6).
    pub(crate) fn patsnap(&self) -> Result<Credential, Vec<Message>> {
        let secrets = self.secrets_of(Vendor::Patsnap)?;
        let has = |key: &str| secrets.0.contains_key(key);
        if has("patsnap.api_key") && !(has("patsnap.client_id") && has("patsnap.client_secret")) {
            let key = secrets.get("patsnap.api_key", patsnap::ApiKey::new);
            return key.map(Credential::ApiKey).map_err(|problem| vec![problem]);
        }
        both(
            secrets.get("patsnap.client_id", patsnap::ClientId::new),
            secrets.get("patsnap.client_secret", patsnap::ClientSecret::new),
        )
        .map(|(id, secret)| Credential::Client { id, secret })
        .map_err(|mut problems| {
            if !has("patsnap.client_id") && !has("patsnap.client_secret") {
                problems.push(say!(
                    "instead of these two, JINDIAO_PATSNAP_API_KEY takes a static key"
                ));
            }
            problems
        })
    }

    /// The account with Yibeidiao.
    pub(crate) fn yibeidiao(
        &self,
    ) -> Result<(yibeidiao::CompanyKey, yibeidiao::Token), Vec<Message>> {
        let secrets = self.secrets_of(Vendor::Yibeidiao)?;
        both(
            secrets.get("yibeidiao.key", yibeidiao::CompanyKey::new),
            secrets.get("yibeidiao.token", yibeidiao::Token::new),
        )
    }

    /// What is missing of the account with `vendor`, as far as that can be said without running
    /// its command.
    pub(crate) fn missing(&self, vendor: Vendor) -> Vec<Message> {
        let found = match self.commands.get(&vendor) {
            Some(command) if !self.secrets.are_enough(vendor) => {
                command.allowed().map_err(|problem| vec![problem])
            }
            _ => match vendor {
                Vendor::Qcc => self.qcc().map(drop),
                Vendor::Patsnap => self.patsnap().map(drop),
                Vendor::Yibeidiao => self.yibeidiao().map(drop),
                Vendor::Other(_) => Ok(()),
            },
        };
        found.err().unwrap_or_default()
    }

    /// The credentials of `vendor`. Where the environment and the file do not have enough, its
    /// command gives the rest; what they have, they have.
    fn secrets_of(&self, vendor: Vendor) -> Result<Secrets, Vec<Message>> {
        let mut secrets = self.secrets.clone();
        if let Some(command) = self.commands.get(&vendor)
            && !secrets.are_enough(vendor)
        {
            let main = match vendor {
                Vendor::Qcc => "secret",
                Vendor::Patsnap if secrets.0.contains_key("patsnap.client_id") => "client_secret",
                Vendor::Patsnap => "api_key",
                Vendor::Yibeidiao => "token",
                Vendor::Other(_) => "",
            };
            let given = command
                .credentials(main, settings::secrets(vendor))
                .map_err(|problem| vec![problem])?;
            for (name, value) in given {
                secrets.0.entry(format!("{vendor}.{name}")).or_insert(value);
            }
        }
        Ok(secrets)
    }
}

/// Whether these words can be a `secret_command`, or what is wrong with them.
pub(crate) fn check_command(words: &[String]) -> Result<(), Message> {
    SecretCommand::check(words)
}

/// The error for credentials that are missing or malformed.
pub(crate) fn no_credentials(problems: Vec<Message>) -> CliError {
    CliError::problems(say!("credentials are missing"), problems).hint(say!(
        "set the variables, or name a program that prints them with `secret_command` in jindiao.toml; --simulate needs none"
    ))
}

/// Both, or everything that is wrong with either.
fn both<A, B>(a: Result<A, Message>, b: Result<B, Message>) -> Result<(A, B), Vec<Message>> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => Err(a.err().into_iter().chain(b.err()).collect()),
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

/// Credentials as they were written, by key. Checked when they are needed.
#[derive(Clone)]
struct Secrets(BTreeMap<String, Value>);

impl Secrets {
    /// Whether all are there that an account with `vendor` needs.
    fn are_enough(&self, vendor: Vendor) -> bool {
        let has = |name: &str| self.0.contains_key(&format!("{vendor}.{name}"));
        match vendor {
            Vendor::Qcc => has("key") && has("secret"),
            Vendor::Patsnap => has("api_key") || has("client_id") && has("client_secret"),
            Vendor::Yibeidiao => has("key") && has("token"),
            Vendor::Other(_) => false,
        }
    }

    fn get<T>(
        &self,
        key: &str,
        new: impl Fn(String) -> Result<T, InvalidSecret>,
    ) -> Result<T, Message> {
        match self.0.get(key) {
            Some(value) => {
                new(value.text.clone()).map_err(|error| value.source.says(&no_credential(error)))
            }
            None => Err(not_set(key)),
        }
    }
}

/// Nobody has said what `key` is.
fn not_set(key: &str) -> Message {
    say!(
        "{variable} is not set, and `{key}` is not in the configuration",
        variable = Setting::variable(key),
        key
    )
}

/// Why a text is no credential.
pub(crate) fn no_credential(error: InvalidSecret) -> Message {
    let what = error.what();
    if error.is_empty() {
        say!("the {what} is empty", what)
    } else if error.has_colon() {
        say!(
            "the {what} holds a colon, which HTTP Basic cannot carry",
            what
        )
    } else if let Some(prefix) = error.lacks_prefix() {
        say!("the {what} does not start with `{prefix}`", what, prefix)
    } else {
        say!(
            "the {what} holds white space or another character that is not visible ASCII; was something copied with it?",
            what
        )
    }
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
