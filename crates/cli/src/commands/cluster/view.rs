//! `jindiao cluster status`, `orders` and `show`: what the cluster knows. No worker is needed.

use std::collections::BTreeMap;

use jindiao_batch::StateCount;
use jindiao_cluster::{AccountView, Cluster, Found, Gate, Paused, Record};
use jindiao_codes::Vendor;
use jindiao_order::{Fen, Fingerprint, StateName, again};
use jindiao_protocol::Timestamp;
use jindiao_words::{Message, Say, say};
use serde::Serialize;

use super::contact::Contact;
use super::worker::real_or_simulated;
use crate::cli::cluster::{OrdersArgs, ShowArgs, StatusArgs};
use crate::clock;
use crate::commands::orders::{list, many, questions, sum_of_doubts};
use crate::commands::show::Shown;
use crate::commands::status::stored_of_all;
use crate::config::Config;
use crate::doubt::Doubt;
use crate::error::{CliError, Kind};
use crate::output::{Output, note, show as show_table, spoken, with_head};
use crate::record::OrderRecord;

/// How many orders are looked at at a time. The server reads through all of them for each page.
pub(super) const PAGE: u32 = 2000;

pub(super) async fn status(
    args: &StatusArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let (contact, identity) = Contact::known(&args.server, config).await?;
    let cluster = &contact.cluster;
    let counts = cluster.counts().await?;
    let mut accounts = Vec::new();
    for vendor in Vendor::ALL {
        if let Some(account) = cluster.kept_account(vendor).await? {
            accounts.push((vendor, account.view(clock::now())));
        }
    }
    let paused = cluster.paused().await?;
    if out.is_json() {
        let record = ClusterRecord {
            id: &identity.id,
            simulated: identity.simulated,
            server: contact.admin.to_string(),
            server_version: cluster.version(),
        };
        out.record("cluster", &record);
        counts
            .iter()
            .for_each(|it| out.record("count", &CountRecord::of(it)));
        accounts
            .iter()
            .for_each(|it| out.record("cluster_account", &AccountRecord::of(it)));
        paused
            .iter()
            .for_each(|it| out.record("invocation", &PausedRecord::of(it)));
    } else {
        out.line(say!(
            "cluster {id} ({orders} orders) at {server} (Restate {version})",
            id = identity.id,
            orders = real_or_simulated(identity.simulated),
            server = contact.admin,
            version = cluster.version()
        ));
        out.line(Message::verbatim(""));
        tell_counts(&counts, out);
        if !accounts.is_empty() {
            out.line(Message::verbatim(""));
            tell_accounts(&accounts, out);
        }
        if !paused.is_empty() {
            out.line(Message::verbatim(""));
            tell_paused(&paused, out);
        }
    }
    let attention = Attention::of(&counts, &accounts, &paused);
    let flag = contact.flag();
    for vendor in &attention.closed {
        note(say!(
            "hint: see to the account with {vendor}, then `jindiao cluster open {vendor}{flag}`",
            vendor,
            flag
        ));
    }
    if attention.uncertain > 0 {
        note(say!(
            "hint: `jindiao cluster orders --state uncertain{flag}` lists what waits for a decision",
            flag
        ));
    }
    if attention.paused > 0 {
        note(say!(
            "hint: the server has given up on {n} of its tasks; when what failed is mended, `jindiao cluster resume{flag}` has it go on",
            n = attention.paused,
            flag
        ));
    } else if !paused.is_empty() {
        note(say!(
            "hint: the server tries these again and again; is a worker running that it can reach?"
        ));
    }
    Ok(attention.kinds())
}

/// What of a cluster needs a person.
#[derive(Debug, Default, PartialEq, Eq)]
struct Attention {
    closed: Vec<Vendor>,
    uncertain: u64,
    paused: usize,
    failing: usize,
}

impl Attention {
    fn of(counts: &[StateCount], accounts: &[(Vendor, AccountView)], paused: &[Paused]) -> Self {
        let uncertain = counts
            .iter()
            .filter(|count| count.state == StateName::Uncertain);
        let is_closed = |view: &AccountView| view.closed.values().any(|gate| gate.until.is_none());
        let closed = accounts.iter().filter(|(_, view)| is_closed(view));
        let given_up = paused.iter().filter(|it| it.is_paused).count();
        Self {
            closed: closed.map(|(vendor, _)| *vendor).collect(),
            uncertain: uncertain.map(|count| count.orders).sum(),
            paused: given_up,
            failing: paused.len() - given_up,
        }
    }

    fn kinds(&self) -> Vec<Kind> {
        let kinds = [
            (!self.closed.is_empty(), Kind::Account),
            (self.uncertain > 0, Kind::Uncertain),
            (self.paused + self.failing > 0, Kind::NotStored),
        ];
        let kinds = kinds.into_iter().filter(|(is_so, _)| *is_so);
        kinds.map(|(_, kind)| kind).collect()
    }
}

fn tell_counts(counts: &[StateCount], out: &mut Output) {
    if counts.is_empty() {
        out.line(say!("no orders"));
        return;
    }
    let head = [
        say!("vendor"),
        say!("product"),
        say!("state"),
        say!("orders"),
    ];
    let rows = counts.iter().map(|count| {
        vec![
            count.product.vendor().to_string(),
            count.product.short_name().to_owned(),
            spoken(count.state.say()),
            count.orders.to_string(),
        ]
    });
    show_table(&with_head(head, rows), out);
    let all: u64 = counts.iter().map(|count| count.orders).sum();
    let stored = counts
        .iter()
        .filter(|count| count.state == StateName::Stored);
    let stored: u64 = stored.map(|count| count.orders).sum();
    out.line(stored_of_all(stored, all));
}

fn tell_accounts(accounts: &[(Vendor, AccountView)], out: &mut Output) {
    let head = [
        say!("account"),
        say!("pace"),
        say!("permits today"),
        say!("daily limit"),
        say!("health"),
    ];
    let rows = accounts.iter().map(|(vendor, view)| {
        let config = view.config.as_ref();
        let pace = match config.map(|config| config.interval_us) {
            None => say!("not configured"),
            Some(0) => say!("unlimited"),
            Some(interval) => say!(
                "a call every {time} ms",
                time = format!("{}.{:03}", interval / 1000, interval % 1000)
            ),
        };
        let pace = match view.slowed {
            0 => pace,
            n => say!(
                "{pace}, {times} times slower just now",
                pace,
                times = 1u64 << n.min(32)
            ),
        };
        let limit = config.and_then(|config| config.daily);
        let health: Vec<_> = view.closed.iter().map(closed).collect();
        vec![
            vendor.to_string(),
            spoken(pace),
            view.used_today.to_string(),
            limit.map_or_else(|| spoken(say!("none")), |limit| limit.to_string()),
            spoken(match health.is_empty() {
                true => say!("open"),
                false => Message::joined(health, say!("; ")),
            }),
        ]
    });
    show_table(&with_head(head, rows), out);
}

/// What is closed, and why.
fn closed((product, gate): (&String, &Gate)) -> Message {
    let why = again(&gate.why);
    match (product.as_str(), gate.until) {
        ("", None) => say!("closed: {why}", why),
        ("", Some(until)) => say!("rests until {until}: {why}", until, why),
        (product, None) => say!("{product} closed: {why}", product, why),
        (product, Some(until)) => {
            say!("{product} rests until {until}: {why}", product, until, why)
        }
    }
}

/// How many tasks are told of one by one.
const MOST_TOLD: usize = 10;

fn tell_paused(paused: &[Paused], out: &mut Output) {
    let (given_up, failing): (Vec<_>, Vec<_>) = paused.iter().partition(|it| it.is_paused);
    let left = paused.len().saturating_sub(MOST_TOLD);
    let told = given_up.into_iter().chain(failing).take(MOST_TOLD);
    let head = [
        say!("task"),
        say!("of"),
        say!("stands"),
        say!("tries"),
        say!("what went wrong"),
    ];
    let rows = told.map(|it| {
        vec![
            it.invocation.clone(),
            it.target.clone(),
            spoken(match it.is_paused {
                true => say!("paused"),
                false => say!("failing"),
            }),
            it.tries.to_string(),
            it.failure
                .as_deref()
                .map_or_else(String::new, |why| spoken(again(why))),
        ]
    });
    show_table(&with_head(head, rows), out);
    if left > 0 {
        out.line(say!("and {more} more", more = left));
    }
}

fn stands(paused: &Paused) -> &'static str {
    if paused.is_paused {
        "paused"
    } else {
        "failing"
    }
}

#[derive(Serialize)]
struct ClusterRecord<'a> {
    id: &'a str,
    simulated: bool,
    server: String,
    server_version: &'a str,
}

#[derive(Serialize)]
struct CountRecord {
    vendor: &'static str,
    product: &'static str,
    state: &'static str,
    orders: u64,
}

impl CountRecord {
    fn of(count: &StateCount) -> Self {
        Self {
            vendor: count.product.vendor().id(),
            product: count.product.id(),
            state: count.state.as_str(),
            orders: count.orders,
        }
    }
}

#[derive(Serialize)]
struct AccountRecord<'a> {
    vendor: &'static str,
    url: Option<&'a str>,
    interval_us: Option<u64>,
    daily_limit: Option<u64>,
    used_today: u64,
    slowed: u32,
    closed: Vec<GateRecord<'a>>,
}

#[derive(Serialize)]
struct GateRecord<'a> {
    product: Option<&'a str>,
    reason: &'a str,
    until: Option<Timestamp>,
    reads_too: bool,
}

impl<'a> AccountRecord<'a> {
    fn of((vendor, view): &'a (Vendor, AccountView)) -> Self {
        let config = view.config.as_ref();
        let gates = view.closed.iter().map(|(product, gate)| GateRecord {
            product: Some(product.as_str()).filter(|name| !name.is_empty()),
            reason: &gate.why,
            until: gate.until,
            reads_too: gate.is_for_reads,
        });
        Self {
            vendor: vendor.id(),
            url: config.map(|config| config.origin.as_str()),
            interval_us: config.map(|config| config.interval_us),
            daily_limit: config.and_then(|config| config.daily),
            used_today: view.used_today,
            slowed: view.slowed,
            closed: gates.collect(),
        }
    }
}

#[derive(Serialize)]
struct PausedRecord<'a> {
    id: &'a str,
    target: &'a str,
    state: &'static str,
    tries: u64,
    failure: Option<&'a str>,
}

impl<'a> PausedRecord<'a> {
    fn of(paused: &'a Paused) -> Self {
        Self {
            id: &paused.invocation,
            target: &paused.target,
            state: stands(paused),
            tries: paused.tries,
            failure: paused.failure.as_deref(),
        }
    }
}

pub(super) async fn orders(
    args: &OrdersArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let (contact, _) = Contact::known(&args.server, config).await?;
    let is_questions = args.which.state == Some(StateName::Uncertain) && !out.is_json();
    let mut pages = Pages::new(&contact.cluster, args.which.state);
    let (mut count, mut stake) = (0, Fen::ZERO);
    while let Some(records) = pages.next().await? {
        let doubts = doubts(&contact, config, &records).await?;
        stake = records
            .iter()
            .fold(stake, |sum, it| sum + it.entry().at_stake());
        count += records.len();
        let views = records.iter().map(|record| {
            let view = OrderRecord::of(&record.entry(), record.blocked.as_deref());
            let doubt = doubts.get(&record.order.wanted().fingerprint());
            (view, doubt)
        });
        if out.is_json() {
            for (view, doubt) in views {
                out.record("order", &view.with_doubt(doubt));
            }
        } else if is_questions {
            questions(doubts.values(), out);
        } else {
            list(views.map(|(view, _)| view).collect(), out);
        }
    }
    if is_questions && count > 0 {
        sum_of_doubts(count, stake, out);
        if count > 1 {
            note(many("jindiao cluster resolve", contact.flag()));
        }
    } else if count == 0 && !out.is_json() {
        out.line(say!("no orders"));
    }
    Ok(Vec::new())
}

/// The orders of a cluster, some at a time.
pub(super) struct Pages<'a> {
    cluster: &'a Cluster,
    state: Option<StateName>,
    after: Option<Fingerprint>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(cluster: &'a Cluster, state: Option<StateName>) -> Self {
        Self {
            cluster,
            state,
            after: None,
        }
    }

    /// The next ones; none after the last. One that has moved on meanwhile is shown as it is now.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Record>>, CliError> {
        let found = self
            .cluster
            .orders(self.state, self.after.as_ref(), PAGE)
            .await?;
        let keys: Vec<_> = found.iter().map(|it| it.fingerprint).collect();
        let Some(last) = keys.last() else {
            return Ok(None);
        };
        self.after = Some(*last);
        let records = self.cluster.records(&keys).await?;
        Ok(Some(records.into_values().collect()))
    }
}

/// What the uncertain ones among these ask of a person.
async fn doubts(
    contact: &Contact,
    config: &Config,
    records: &[Record],
) -> Result<BTreeMap<Fingerprint, Doubt>, CliError> {
    let is_doubt = |record: &&Record| record.order.state().name() == StateName::Uncertain;
    let uncertain: BTreeMap<_, _> = records
        .iter()
        .filter(is_doubt)
        .map(|record| (record.order.wanted().fingerprint(), record))
        .collect();
    let keys: Vec<_> = uncertain.keys().copied().collect();
    let mut books = contact.cluster.books(&keys).await?;
    let doubts = uncertain.into_iter().filter_map(|(key, record)| {
        let exchanges = books.remove(&key).unwrap_or_default().exchanges;
        let doubt = Doubt::new(&record.entry(), exchanges, config, contact.resolver())?;
        Some((key, doubt))
    });
    Ok(doubts.collect())
}

pub(super) async fn show(
    args: &ShowArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let (contact, _) = Contact::known(&args.server, config).await?;
    let found = find(&contact.cluster, &args.order).await?;
    let view = contact.cluster.show(&found.fingerprint).await?;
    let record = view.record;
    let entry = record.entry();
    let doubt = Doubt::new(
        &entry,
        view.books.exchanges.clone(),
        config,
        contact.resolver(),
    );
    let mut more = Vec::new();
    if let Some(next) = record.next {
        more.push((say!("looked at"), Message::verbatim(next.to_string())));
    }
    if view.books.dropped > 0 {
        more.push((
            say!("not shown"),
            say!("{n} older questions", n = view.books.dropped),
        ));
    }
    let shown = Shown {
        entry,
        transitions: view.books.transitions,
        exchanges: view.books.exchanges,
        doubt,
        left: record.blocked,
        more,
    };
    shown.tell(out);
    Ok(Vec::new())
}

/// The one order whose id begins with `text`.
pub(super) async fn find(cluster: &Cluster, text: &str) -> Result<Found, CliError> {
    let mut found = cluster.find(text).await?;
    match (found.pop(), found.pop()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(CliError::usage(say!("no such order in the cluster"))
            .hint(say!("`jindiao cluster orders` lists the ids"))),
        (Some(_), Some(_)) => Err(CliError::usage(say!(
            "more than one order of the cluster has an id that begins like this"
        ))
        .hint(say!("give more characters of the id"))),
    }
}

#[cfg(test)]
mod tests {
    use jindiao_order::Product;
    use serde_json::json;

    use super::*;

    fn account(gates: &[(&str, Option<Timestamp>)]) -> (Vendor, AccountView) {
        let gate = |until| Gate {
            why: "no money".to_owned(),
            until,
            is_for_reads: false,
        };
        let view = AccountView {
            config: None,
            used_today: 7,
            slowed: 1,
            closed: gates
                .iter()
                .map(|(name, until)| ((*name).to_owned(), gate(*until)))
                .collect(),
        };
        (Vendor::Qcc, view)
    }

    fn paused(is_paused: bool) -> Paused {
        Paused {
            invocation: "inv_1".to_owned(),
            target: "Order/abc/tick".to_owned(),
            is_paused,
            tries: 9,
            failure: None,
        }
    }

    #[test]
    fn what_needs_a_person_decides_the_exit_code() {
        let count = |state| StateCount {
            product: Product::QccSnapshot,
            state,
            orders: 2,
        };
        let check = |states: &[StateName], gates: &[_], work: &[Paused], expect: &[Kind]| {
            let counts: Vec<_> = states.iter().map(|state| count(*state)).collect();
            let attention = Attention::of(&counts, &[account(gates)], work);
            assert_eq!(attention.kinds(), expect);
        };
        check(&[StateName::Stored, StateName::Waiting], &[], &[], &[]);
        check(&[StateName::Uncertain], &[], &[], &[Kind::Uncertain]);
        // A quota begins anew by itself; a closed account does not.
        check(&[], &[("", Some(Timestamp::EPOCH))], &[], &[]);
        check(&[], &[("qcc/snapshot", None)], &[], &[Kind::Account]);
        check(&[], &[], &[paused(true)], &[Kind::NotStored]);
        check(&[], &[], &[paused(false)], &[Kind::NotStored]);
        let all = [Kind::Account, Kind::Uncertain, Kind::NotStored];
        check(
            &[StateName::Uncertain],
            &[("", None)],
            &[paused(true)],
            &all,
        );
    }

    #[test]
    fn it_is_said_in_chinese_too() {
        let (_, view) = account(&[("qcc/snapshot", None)]);
        let said: Vec<_> = view.closed.iter().map(closed).collect();
        assert_eq!(said[0].to_string(), "qcc/snapshot closed: no money");
        assert_eq!(
            said[0].in_lang(jindiao_words::Lang::Zh),
            "qcc/snapshot 已关闭：no money"
        );
    }

    #[test]
    fn records_are_as_documented() {
        let account = account(&[("", None)]);
        assert_eq!(
            serde_json::to_value(AccountRecord::of(&account)).expect("json"),
            json!({
                "vendor": "qcc", "url": null, "interval_us": null, "daily_limit": null,
                "used_today": 7, "slowed": 1,
                "closed": [{"product": null, "reason": "no money", "until": null, "reads_too": false}],
            })
        );
        assert_eq!(
            serde_json::to_value(PausedRecord::of(&paused(true))).expect("json"),
            json!({"id": "inv_1", "target": "Order/abc/tick", "state": "paused", "tries": 9, "failure": null})
        );
    }
}
