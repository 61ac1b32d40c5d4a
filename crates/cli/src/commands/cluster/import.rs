//! `jindiao cluster import`: orders come from a ledger of one machine.
//!
//! An order is somewhere once. Before the first one moves here, the ledger is marked: nobody orders
//! anything with it again, whatever becomes of the import.

use jindiao_batch::{Entry, LedgerError, LedgerKind, Store};
use jindiao_cluster::tick::{Adopt, Standing, Submitted};
use jindiao_cluster::{Books, ClusterError, Record};
use jindiao_order::{Fen, Flow, State, StateName};
use jindiao_words::{Message, say};
use serde::Serialize;

use super::contact::Contact;
use super::flow::{Flow as Requests, patiently};
use super::orders::PAGE;
use crate::cli::cluster::ImportArgs;
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::{self, Output, note};
use crate::signals::StopAsked;
use crate::{clock, ledger};

pub(super) async fn run(
    args: &ImportArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    // Opening it for writing would make one that is not there.
    drop(Store::view(&args.ledger)?);
    let (contact, identity) = Contact::for_orders(&args.server, config).await?;
    contact.needs_worker().await?;
    let kind = ledger::kind(identity.simulated);
    // Its lock is held until everything is moved.
    let mut store = Store::open_to_move(&args.ledger, kind, clock::now(), &identity.id)?;
    if store.moved_to()?.is_none() {
        let survey = survey(&store, &contact).await?;
        if kind == LedgerKind::Real {
            survey.consent(args.yes)?;
        }
        store.mark_moved(&identity.id)?;
    }
    let mut stop_asked = StopAsked::listen()?;
    let mut requests = Requests::new();
    let mut sums = Imported::default();
    let mut after = None;
    let mut failed: Option<ClusterError> = None;
    let mut is_interrupted = false;
    'pages: loop {
        let page = store.requests(after.as_ref(), PAGE)?;
        let Some(newest) = page.last().and_then(|rounds| rounds.last()) else {
            break;
        };
        after = Some(newest.order.wanted().fingerprint());
        for rounds in page {
            let Some(adopt) = adopt(&store, rounds, identity.simulated)? else {
                continue;
            };
            let cluster = contact.cluster.clone();
            let task = async move { patiently(|| cluster.adopt(&adopt)).await };
            let ended = tokio::select! {
                ended = requests.begin(task) => ended,
                () = stop_asked.wait() => {
                    is_interrupted = true;
                    break 'pages;
                }
            };
            if let Some(Err(error)) = ended.map(|ended| sums.take(ended)) {
                failed = Some(error);
                break 'pages;
            }
        }
    }
    let is_over = failed.is_some() || is_interrupted;
    let (rest, is_stopped) = requests
        .end(async {
            if !is_over {
                stop_asked.wait().await;
            }
        })
        .await;
    for ended in rest {
        failed = sums.take(ended).err().or(failed);
    }
    sums.is_interrupted = is_interrupted || is_stopped && !is_over;
    sums.tell(out);
    match failed {
        Some(error) => Err(CliError::from(error).hint(say!(
            "the same command goes on from there; until then the ledger orders nothing"
        ))),
        None if sums.is_interrupted => {
            note(say!(
                "interrupted; the same command goes on from there; until then the ledger orders nothing"
            ));
            Ok(vec![Kind::Interrupted])
        }
        None => {
            if sums.uncertain > 0 {
                note(say!(
                    "hint: `jindiao cluster orders --state uncertain{flag}` lists what waits for a decision",
                    flag = contact.flag()
                ));
            }
            Ok(Vec::new())
        }
    }
}

/// What an import came to.
#[derive(Debug, Default, Serialize)]
struct Imported {
    orders: u64,
    moved: u64,
    /// Moved by an import before, or the cluster's own.
    known: u64,
    /// Of those moved now.
    uncertain: u64,
    is_interrupted: bool,
}

impl Imported {
    fn take(&mut self, ended: Result<Submitted, ClusterError>) -> Result<(), ClusterError> {
        let submitted = ended?;
        self.orders += 1;
        match submitted.standing {
            Standing::Known => self.known += 1,
            Standing::New | Standing::Renewed => {
                self.moved += 1;
                self.uncertain += u64::from(submitted.state == StateName::Uncertain);
            }
        }
        Ok(())
    }

    fn tell(&self, out: &mut Output) {
        if out.is_json() {
            out.record("summary", self);
            return;
        }
        out.line(say!(
            "{moved} orders moved, {known} were known; {uncertain} uncertain",
            moved = self.moved,
            known = self.known,
            uncertain = self.uncertain
        ));
    }
}

/// What an import would do.
#[derive(Debug, Default)]
struct Survey {
    obstacles: Vec<Message>,
    /// What the cluster has orders of its own for, and nothing is lost by that.
    theirs: u64,
    /// What would be ordered for the first time.
    to_order: u64,
    cost: Fen,
}

/// Looks at everything before anything moves.
async fn survey(store: &Store, contact: &Contact) -> Result<Survey, CliError> {
    let mut survey = Survey::default();
    let mut after = None;
    loop {
        let page = store.requests(after.as_ref(), PAGE)?;
        let keys = page.iter().filter_map(|rounds| rounds.last());
        let keys: Vec<_> = keys
            .map(|entry| entry.order.wanted().fingerprint())
            .collect();
        let Some(last) = keys.last() else { break };
        after = Some(*last);
        let known = patiently(|| contact.cluster.known(&keys)).await?;
        for (rounds, key) in page.iter().zip(&keys) {
            survey.add(rounds, known.contains_key(key));
        }
    }
    match survey.obstacles.is_empty() {
        true => {
            if survey.theirs > 0 {
                note(say!(
                    "note: the cluster has orders of its own for {n} of the ledger's requests; they stay as they are",
                    n = survey.theirs
                ));
            }
            Ok(survey)
        }
        false => Err(CliError::problems(
            say!("nothing was moved"),
            survey.obstacles,
        )),
    }
}

impl Survey {
    /// Takes in the orders of one request, and whether the cluster knows the request.
    fn add(&mut self, rounds: &[Entry], is_known: bool) {
        let Some((newest, older)) = rounds.split_last() else {
            return;
        };
        let order = &newest.order;
        let mut hinder = |entry: &Entry, why: Message| {
            let what = entry.order.id().to_string();
            self.obstacles
                .push(say!("{what}: {cause}", what, cause = why));
        };
        for entry in older.iter().filter(|entry| is_open(entry)) {
            hinder(
                entry,
                say!(
                    "the same report was ordered again since, and this order is not settled: decide about it first"
                ),
            );
        }
        if let State::Ready { link, .. } = order.state()
            && link.url().is_some()
        {
            hinder(newest, say!("its link is not sealed: fetch it first"));
        }
        match (is_known, is_open(newest)) {
            (true, true) => hinder(
                newest,
                say!(
                    "the cluster has an order of its own for this report: finish this one here first"
                ),
            ),
            (true, false) => self.theirs += 1,
            (false, _) if is_unordered(newest) => {
                self.to_order += 1;
                self.cost = self.cost + newest.price;
            }
            (false, _) => {}
        }
    }

    /// That the user wants what would be charged.
    fn consent(&self, yes: bool) -> Result<(), CliError> {
        if self.to_order == 0 || yes {
            return Ok(());
        }
        let what = say!(
            "{n} orders of the ledger were not made yet; the cluster would make them at once, for {cost} yuan",
            n = self.to_order,
            cost = self.cost
        );
        if !output::can_ask() {
            return Err(
                CliError::usage(say!("{what}, and nobody can be asked", what))
                    .hint(say!("--yes moves them without asking")),
            );
        }
        match output::ask(say!("{what}. Go on? [y/N] ", what)) {
            true => Ok(()),
            false => Err(CliError::new(Kind::NotStored, say!("nothing was moved"))),
        }
    }
}

/// Whether money was or may have been spent on it, and the report is still to come.
fn is_open(entry: &Entry) -> bool {
    let order = &entry.order;
    match order.state() {
        State::Ordering { .. }
        | State::Ordered { .. }
        | State::Waiting { .. }
        | State::Ready { .. }
        | State::Uncertain { .. } => order.wanted().product().flow() != Flow::Free,
        State::Held { .. } => order.placement().is_some(),
        _ => false,
    }
}

/// Whether it was surely not ordered and will be, for money.
fn is_unordered(entry: &Entry) -> bool {
    let order = &entry.order;
    let is_free = order.wanted().product().flow() == Flow::Free;
    let will_be = matches!(order.state(), State::Planned { .. } | State::Held { .. });
    will_be && order.placement().is_none() && !is_free
}

/// The newest order of a request with all that happened for the request, to be moved.
fn adopt(
    store: &Store,
    mut rounds: Vec<Entry>,
    simulated: bool,
) -> Result<Option<Adopt>, LedgerError> {
    let (mut transitions, mut exchanges) = (Vec::new(), Vec::new());
    for entry in &rounds {
        let (states, rows) = store.history(entry.order.id())?;
        transitions.extend(states);
        exchanges.extend(rows);
    }
    Ok(rounds.pop().map(|newest| Adopt {
        record: Record::of_entry(newest),
        books: Books::of(transitions, exchanges),
        simulated,
    }))
}

#[cfg(test)]
mod tests {
    use jindiao_batch::Charged;
    use jindiao_order::{Order, Question};
    use jindiao_protocol::Timestamp;

    use super::*;

    /// Orders in every state, as ledgers hold them.
    const ORDERS: &str = include_str!("../../../../order/tests/golden/orders-v2.jsonl");
    const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

    fn entries() -> Vec<Entry> {
        let orders = ORDERS.lines().map(Order::from_json);
        let entries = orders.map(|order| Entry {
            order: order.expect("an order"),
            round: 0,
            price: Fen::new(100),
            folder: Some("/reports".into()),
            updated: NOW,
        });
        entries.collect()
    }

    /// What arrives of a ledger with this one order, as its last process left it.
    fn moved(entry: &Entry) -> Adopt {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        let mut store = Store::open(&path, LedgerKind::Real, NOW).expect("a ledger");
        store
            .copy_in([(entry, &[][..], &[][..])])
            .expect("an order");
        drop(store);
        let mut store = Store::open_to_move(&path, LedgerKind::Real, NOW, "c1").expect("a ledger");
        store.mark_moved("c1").expect("marked");
        let mut page = store.requests(None, PAGE).expect("a page");
        let adopt = adopt(&store, page.remove(0), false).expect("read");
        assert!(Store::open(&path, LedgerKind::Real, NOW).is_err());
        adopt.expect("an order")
    }

    #[test]
    fn an_order_arrives_as_it_stood_and_never_in_mid_charge() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in entries() {
            let before = entry.order.state().name();
            seen.insert(before);
            let Adopt {
                record,
                books,
                simulated,
            } = moved(&entry);
            assert!(!simulated);
            let expect = match before {
                StateName::Ordering => StateName::Uncertain,
                other => other,
            };
            assert_eq!(record.order.state().name(), expect);
            assert_eq!(record.order.id(), entry.order.id());
            assert_eq!(record.order.planned(), entry.order.planned());
            assert_eq!((record.price, record.round), (entry.price, 0));
            assert_eq!(record.shelf.as_deref(), Some("/reports"));
            if before == StateName::Ordering {
                let State::Uncertain { question, .. } = record.order.state() else {
                    unreachable!("it is uncertain")
                };
                assert_eq!(*question, Question::WasItPlaced);
                let charged: Vec<_> = books.exchanges.iter().map(|row| row.charged).collect();
                assert_eq!(charged, [Charged::Maybe], "the call is in the books");
            } else {
                assert_eq!(record.order, entry.order);
            }
        }
        assert_eq!(seen.len(), StateName::ALL.len(), "{seen:?}");
    }

    #[test]
    fn nothing_that_was_paid_for_is_left_behind() {
        for entry in entries() {
            let survey = |rounds: &[Entry], is_known| {
                let mut survey = Survey::default();
                survey.add(rounds, is_known);
                (survey.obstacles.len(), survey.to_order, survey.theirs)
            };
            let is_raw =
                matches!(entry.order.state(), State::Ready { link, .. } if link.url().is_some());
            let alone = survey(std::slice::from_ref(&entry), false);
            let known = survey(std::slice::from_ref(&entry), true);
            let older = survey(&[entry.clone(), entry.clone()], true);
            let (state, is_free) = (
                entry.order.state().name(),
                entry.order.wanted().product().flow() == Flow::Free,
            );
            assert_eq!(alone.0, usize::from(is_raw), "{state}");
            match state {
                StateName::Planned => {
                    assert_eq!((alone, known, older), ((0, 1, 0), (0, 0, 1), (0, 0, 1)));
                }
                StateName::Stored | StateName::Refused | StateName::Failed => {
                    assert_eq!(
                        (alone, known, older),
                        ((0, 0, 0), (0, 0, 1), (0, 0, 1)),
                        "{state}"
                    );
                }
                _ if is_free => assert_eq!((alone, known), ((0, 0, 0), (0, 0, 1)), "{state}"),
                _ => assert!(known.0 > alone.0 && older.0 > known.0, "{state}"),
            }
        }
    }

    #[test]
    fn what_was_not_ordered_yet_is_asked_about() {
        let survey = |to_order| Survey {
            to_order,
            cost: Fen::new(12_30),
            ..Survey::default()
        };
        assert!(survey(0).consent(false).is_ok());
        assert!(survey(3).consent(true).is_ok());
        // Tests have no terminal.
        if !output::can_ask() {
            let why = survey(3).consent(false).expect_err("nobody can be asked");
            let zh = why.told().in_lang(jindiao_words::Lang::Zh);
            assert!(zh.starts_with("错误：账本中有 3 个订单尚未下单"), "{zh}");
            assert!(
                why.report().contains("3 orders") && why.report().contains("12.30 yuan"),
                "{}",
                why.report()
            );
        }
    }
}
