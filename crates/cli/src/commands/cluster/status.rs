//! `jindiao cluster status`: how orders, accounts and the server's tasks stand. No worker is needed.

use jindiao_batch::StateCount;
use jindiao_cluster::{AccountView, Gate, Paused};
use jindiao_codes::Vendor;
use jindiao_order::{StateName, again};
use jindiao_protocol::Timestamp;
use jindiao_words::{Message, Say as _, say};
use serde::Serialize;

use super::contact::Contact;
use super::worker::real_or_simulated;
use crate::cli::cluster::StatusArgs;
use crate::clock;
use crate::commands::status::stored_of_all;
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::{Output, note, show, spoken, with_head};

pub(super) async fn run(
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
    show(&with_head(head, rows), out);
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
    show(&with_head(head, rows), out);
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
    show(&with_head(head, rows), out);
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
