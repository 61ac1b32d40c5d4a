//! `jindiao cluster orders` and `show`: what the cluster knows of its orders. No worker is needed.

use std::collections::BTreeMap;

use jindiao_cluster::{Cluster, Found, Record};
use jindiao_order::{Fen, Fingerprint, StateName};
use jindiao_words::{Message, say};

use super::contact::Contact;
use crate::cli::cluster::{OrdersArgs, ShowArgs};
use crate::commands::orders::{list, many, questions, sum_of_doubts};
use crate::commands::show::Shown;
use crate::config::Config;
use crate::doubt::Doubt;
use crate::error::{CliError, Kind};
use crate::output::{Output, note};
use crate::record::OrderRecord;

/// How many orders are looked at at a time. The server reads through all of them for each page.
pub(super) const PAGE: u32 = 2000;

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
