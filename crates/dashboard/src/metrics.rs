//! The ledger for Prometheus: counts, and no name of an order, a company or an account.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jindiao_batch::{LedgerKind, Overview};
use jindiao_order::StateName;
use jindiao_protocol::{Delivery, Vendor};

/// The media type of [`metrics`].
pub(crate) const MEDIA: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How the ledger stands, in the text format of Prometheus.
///
/// Totals are counted from the ledger and not from the process, so that they outlive it. What an
/// exchange that was made long ago came to can change, when a person decides about it: what may
/// have been charged is a gauge.
pub fn metrics(overview: &Overview) -> String {
    let mut page = Page::default();
    let kind = match overview.kind {
        LedgerKind::Real => "real",
        LedgerKind::Simulated => "simulated",
    };
    let version = env!("CARGO_PKG_VERSION");
    let info = format!("version=\"{version}\",kind=\"{kind}\"");
    page.family(
        "dashboard_info",
        "The version, and whether the orders are real.",
        "gauge",
        &[(info, 1)],
    );
    let orders: Vec<_> = overview
        .counts
        .iter()
        .map(|it| {
            let labels = format!("product=\"{}\",state=\"{}\"", it.product, it.state);
            (labels, it.orders)
        })
        .collect();
    page.family("orders", "Orders by product and state.", "gauge", &orders);
    let count = |wanted: &[StateName]| {
        let counts = overview.counts.iter();
        let counts = counts.filter(|it| wanted.contains(&it.state));
        counts.map(|it| it.orders).sum::<u64>()
    };
    let queue = [
        ("to_order", &[StateName::Planned, StateName::Ordering][..]),
        ("at_vendor", &[StateName::Ordered, StateName::Waiting]),
        ("to_download", &[StateName::Ready]),
    ];
    let queue = queue.map(|(stage, states)| (format!("stage=\"{stage}\""), count(states)));
    page.family(
        "queue",
        "Orders under way, by what comes next.",
        "gauge",
        &queue,
    );
    page.one(
        "uncertain_orders",
        "Orders that wait for a person's decision.",
        count(&[StateName::Uncertain]),
    );
    let held: Vec<_> = overview
        .accounts
        .iter()
        .map(|it| (vendor(it.vendor), it.held))
        .collect();
    page.family(
        "held_orders",
        "Orders that wait for an account to be seen to.",
        "gauge",
        &held,
    );
    let mut calls: BTreeMap<String, u64> = BTreeMap::new();
    for it in &overview.exchanges {
        let delivery = match it.delivery {
            Delivery::NeverSent => "never_sent",
            Delivery::MaybeSent => "maybe_sent",
            Delivery::Answered => "answered",
        };
        let code = match (&it.code, it.http_status) {
            (Some(code), _) => escaped(code),
            (None, Some(status)) => format!("http_{status}"),
            (None, None) => String::new(),
        };
        let labels = format!(
            "vendor=\"{}\",code=\"{code}\",delivery=\"{delivery}\"",
            it.vendor
        );
        *calls.entry(labels).or_default() += it.calls;
    }
    let calls: Vec<_> = calls.into_iter().collect();
    page.family(
        "exchanges_total",
        "Exchanges with vendors, by the vendor's code and by whether they arrived.",
        "counter",
        &calls,
    );
    let mut money: BTreeMap<Vendor, u64> = BTreeMap::new();
    for it in &overview.times.hours {
        *money.entry(it.vendor).or_default() += it.sum.money.charged.get();
    }
    let money: Vec<_> = money
        .into_iter()
        .map(|(it, fen)| (vendor(it), fen))
        .collect();
    page.family(
        "charged_fen_total",
        "Charged for sure, in fen.",
        "counter",
        &money,
    );
    page.one(
        "maybe_charged_fen",
        "May have been charged, and nobody knows, in fen.",
        overview.money.maybe.get(),
    );
    let today: Vec<_> = overview
        .accounts
        .iter()
        .map(|it| (vendor(it.vendor), it.calls_today))
        .collect();
    page.family(
        "calls_today",
        "Calls that may have arrived since midnight in China.",
        "gauge",
        &today,
    );
    page.one(
        "links_waiting",
        "Links that are not used yet.",
        overview.links.len() as u64,
    );
    let left = overview.links.iter().find_map(|it| it.expires);
    let left: Vec<_> = left
        .map(|at| (String::new(), at.since(overview.at).as_secs()))
        .into_iter()
        .collect();
    page.family(
        "link_seconds_left",
        "Until the first of these links dies; absent where there is none.",
        "gauge",
        &left,
    );
    let last = overview
        .last_exchange
        .map(|at| at.unix_seconds().unsigned_abs());
    let last: Vec<_> = last.map(|at| (String::new(), at)).into_iter().collect();
    page.family(
        "last_exchange_timestamp_seconds",
        "When the last exchange began.",
        "gauge",
        &last,
    );
    page.one(
        "unread_exchanges",
        "Exchanges of the ledger that are not read yet: totals are not whole while there are some.",
        overview.unread,
    );
    page.0
}

fn vendor(vendor: Vendor) -> String {
    format!("vendor=\"{vendor}\"")
}

/// The value of a label: codes are what vendors sent.
fn escaped(text: &str) -> String {
    let text = jindiao_list::visible(text);
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// Families of metrics, one after the other.
#[derive(Default)]
struct Page(String);

impl Page {
    fn one(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, help, "gauge", &[(String::new(), value)]);
    }

    /// One family; each value with its labels.
    fn family(&mut self, name: &str, help: &str, kind: &str, values: &[(String, u64)]) {
        let name = format!("jindiao_{name}");
        let text = &mut self.0;
        // Writing into a text does not fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            let _ = match labels.as_str() {
                "" => writeln!(text, "{name} {value}"),
                labels => writeln!(text, "{name}{{{labels}}} {value}"),
            };
        }
    }
}
