//! Every setting that there is: its key in the file and its variable in the environment.

use jindiao_codes::Vendor;
use jindiao_order::{Flow, Product};

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// The key in the file, with dots between tables: `qcc.poll_interval`.
    pub(super) key: String,
    /// The variable in the environment: `JINDIAO_QCC_POLL_INTERVAL`.
    pub(super) env: String,
    /// Whether it is a credential.
    pub(super) secret: bool,
}

impl Setting {
    fn new(key: impl Into<String>, secret: bool) -> Self {
        let key = key.into();
        Self {
            env: Self::variable(&key),
            key,
            secret,
        }
    }

    /// The variable for a key.
    pub(super) fn variable(key: &str) -> String {
        let name = key.replace(".prices.", ".price.").replace(['.', '-'], "_");
        format!("JINDIAO_{}", name.to_uppercase())
    }
}

/// The key of a product's price.
pub(super) fn price_key(product: Product) -> String {
    format!("{}.prices.{}", product.vendor(), product.short_name())
}

/// The key of what becomes of a product's doubtful orders; none where there can be no doubt.
pub(super) fn doubt_key(product: Product) -> Option<String> {
    let can_be_doubtful = product.flow() != Flow::Free;
    can_be_doubtful.then(|| format!("{}.on_uncertain.{}", product.vendor(), product.short_name()))
}

/// The names of the credentials of a vendor.
pub(super) fn secrets(vendor: Vendor) -> &'static [&'static str] {
    match vendor {
        Vendor::Qcc => &["key", "secret"],
        Vendor::Patsnap => &["client_id", "client_secret", "api_key"],
        Vendor::Yibeidiao => &["key", "token"],
        Vendor::Other(_) => &[],
    }
}

/// The key of the command that prints credentials of a vendor. It stands in the file only: a
/// variable may come from where a program must not, and would need rules for splitting words.
pub(super) fn command_key(vendor: Vendor) -> String {
    format!("{vendor}.secret_command")
}

/// The key of the command that somebody might expect to be read from this variable.
pub(super) fn command_of_variable(name: &str) -> Option<String> {
    let mut keys = Vendor::ALL.iter().map(|vendor| command_key(*vendor));
    keys.find(|key| Setting::variable(key) == name)
}

/// Whether the value of this key is written as a list in the file: in variables with commas.
pub(super) fn is_list(key: &str) -> bool {
    key.ends_with(".link_hosts")
}

/// The key of the proxy.
pub(super) const PROXY: &str = "proxy";

/// All of them, but for the commands.
pub(super) fn all() -> Vec<Setting> {
    const COMMON: [&str; 8] = [
        "url",
        "poll_interval",
        "poll_timeout",
        "request_timeout",
        "qps",
        "concurrency",
        "daily_limit",
        "link_hosts",
    ];
    let general = [
        "ledger",
        "allow_private_links",
        "log",
        "log_format",
        "connect_timeout",
        "ca_file",
    ];
    let mut all: Vec<_> = general.map(|key| Setting::new(key, false)).into();
    // It may have a password in it.
    all.push(Setting::new(PROXY, true));
    for vendor in Vendor::ALL {
        let others: &[&str] = match vendor {
            Vendor::Patsnap => &["region", "logo"],
            Vendor::Qcc | Vendor::Yibeidiao | Vendor::Other(_) => &[],
        };
        let setting = |secret| move |name: &&str| Setting::new(format!("{vendor}.{name}"), secret);
        all.extend(secrets(vendor).iter().map(setting(true)));
        all.extend(COMMON.iter().chain(others).map(setting(false)));
    }
    all.extend(
        Product::ALL
            .iter()
            .map(|product| Setting::new(price_key(*product), false)),
    );
    // Known to every build, so that one file serves all machines.
    all.extend(
        [
            "restate_admin",
            "restate_ingress",
            "identity",
            "listen",
            "advertise",
        ]
        .map(|name| Setting::new(format!("cluster.{name}"), false)),
    );
    let store = |secret| move |name: &str| Setting::new(format!("cluster.store.{name}"), secret);
    all.extend(["url", "endpoint", "region", "virtual_host"].map(store(false)));
    all.extend(["key_id", "key_secret", "token"].map(store(true)));
    let doubts = Product::ALL.iter().copied().filter_map(doubt_key);
    all.extend(doubts.map(|key| Setting::new(key, false)));
    all
}
