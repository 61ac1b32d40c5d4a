//! `jindiao resolve`: a person's decisions, about one order or many.

mod file;

use std::collections::HashSet;
use std::io::Read as _;

use jindiao_batch::{Entry, LedgerKind, Store};
use jindiao_order::{Fen, Flow, OrderId, Question, State, StateName, Verdict};
use jindiao_protocol::Link;
use jindiao_words::{Message, Say, say};
use serde::Serialize;

use crate::cli::{Deciding, Decision, ResolveArgs};
use crate::config::Config;
use crate::doubt::Who;
use crate::error::{CliError, Kind};
use crate::output::{self, Output, note};
use crate::record::OrderRecord;
use crate::{accounts, clock, ledger};

/// Decisions, each with the order as it stood.
pub(super) type Decisions = Vec<(Entry, Verdict)>;

/// Where the orders are that are decided about.
pub(super) trait Orders {
    /// The one order whose id begins with `text`.
    fn find(&self, text: &str) -> Result<Entry, CliError>;

    /// Those that are uncertain.
    fn uncertain(&self) -> Result<Vec<Entry>, CliError>;
}

impl Orders for Store {
    fn find(&self, text: &str) -> Result<Entry, CliError> {
        Ok(Store::find(self, text)?)
    }

    fn uncertain(&self) -> Result<Vec<Entry>, CliError> {
        Ok(self.orders(Some(StateName::Uncertain))?)
    }
}

pub(crate) fn run(
    args: &ResolveArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    // Found before the ledger is opened for writing: a wrong id must not wait for a run to end.
    let found = ledger::view(args.ledger.ledger.as_deref(), config)?;
    let decisions = decisions(&args.deciding, &found, config, found.kind())?;
    if decisions.is_empty() {
        return Ok(Vec::new());
    }
    let stake = stake(&decisions);
    let (path, kind) = (found.path().to_owned(), found.kind());
    drop(found);
    let mut store = Store::open(&path, kind, clock::now())?;
    let verdicts: Vec<(OrderId, Verdict)> = decisions
        .into_iter()
        .map(|(entry, verdict)| (entry.order.id().clone(), verdict))
        .collect();
    store.decide_all(&verdicts, clock::now())?;
    for (id, _) in &verdicts {
        tell(&store.order(id)?, Who::Run, out);
    }
    if args.deciding.orders.len() != 1 {
        total(verdicts.len(), stake, out);
    }
    Ok(Vec::new())
}

/// What is decided, checked and consented to; nothing, if no order is meant.
pub(super) fn decisions(
    args: &Deciding,
    orders: &dyn Orders,
    config: &Config,
    kind: LedgerKind,
) -> Result<Decisions, CliError> {
    let decisions = match &args.decision.from {
        Some(file) => file::decisions(file, orders)?,
        None if args.all_uncertain => all_uncertain(args, orders)?,
        None => named(args, orders)?,
    };
    let decisions = with_links(decisions, config, kind)?;
    check(&decisions)?;
    if decisions.is_empty() {
        note(say!("no order is uncertain as you say"));
    } else if args.all_uncertain {
        consent(args, decisions.len(), stake(&decisions))?;
    }
    Ok(decisions)
}

/// One decision as it will be written down, if it fits its order.
pub(super) fn checked(
    entry: Entry,
    verdict: Verdict,
    config: &Config,
    kind: LedgerKind,
) -> Result<Verdict, CliError> {
    let mut decisions = with_links(vec![(entry, verdict)], config, kind)?;
    check(&decisions)?;
    let (_, verdict) = decisions.remove(0);
    Ok(verdict)
}

/// What may have been charged for all of them.
pub(super) fn stake(decisions: &Decisions) -> Fen {
    decisions.iter().map(|(entry, _)| entry.at_stake()).sum()
}

/// Says what all of it came to.
pub(super) fn total(decided: usize, stake: Fen, out: &mut Output) {
    let resolved = Resolved {
        orders: decided,
        at_stake_fen: stake,
    };
    if out.is_json() {
        out.record("resolved", &resolved);
    } else {
        out.line(say!(
            "{orders} decided; {stake} yuan were at stake",
            orders = orders(decided),
            stake
        ));
    }
}

#[derive(Serialize)]
struct Resolved {
    orders: usize,
    at_stake_fen: Fen,
}

/// The decisions, with a link where the product has no other reference: sealed, as it will be
/// written down.
fn with_links(
    decisions: Decisions,
    config: &Config,
    kind: LedgerKind,
) -> Result<Decisions, CliError> {
    let now = clock::now();
    let read = |(entry, verdict): (Entry, Verdict)| {
        let is_direct = entry.order.wanted().product().flow() == Flow::Direct;
        let verdict = match verdict {
            // What is no link is said when the decision is checked.
            Verdict::Placed(text) if is_direct => match Link::parse(&text, now, None) {
                Ok(link) => Verdict::PlacedLink(accounts::link_seal(config, kind)?.seal(&link)),
                Err(_) => Verdict::Placed(text),
            },
            other => other,
        };
        Ok((entry, verdict))
    };
    decisions.into_iter().map(read).collect()
}

/// The orders that were named.
fn named(args: &Deciding, store: &dyn Orders) -> Result<Decisions, CliError> {
    let verdict = verdict(&args.decision)?;
    if matches!(verdict, Verdict::Placed(_)) && args.orders.len() > 1 {
        return Err(
            CliError::usage(say!("a reference is of one order only")).hint(say!(
                "--from FILE takes a CSV file order,verdict,reference for many orders at once"
            )),
        );
    }
    let mut found = HashSet::new();
    let mut decisions = Vec::with_capacity(args.orders.len());
    let mut problems = Vec::new();
    for text in &args.orders {
        match store.find(text) {
            Ok(entry) => {
                // The same order, named twice, is decided once.
                if found.insert(entry.order.id().clone()) {
                    decisions.push((entry, verdict.clone()));
                }
            }
            Err(error) if args.orders.len() == 1 => return Err(error),
            Err(error) => problems.push(say!(
                "{what}: {cause}",
                what = text,
                cause = error.finding()
            )),
        }
    }
    if problems.is_empty() {
        Ok(decisions)
    } else {
        Err(CliError::problems(say!("nothing was decided"), problems))
    }
}

/// The uncertain orders that the filters let through.
fn all_uncertain(args: &Deciding, store: &dyn Orders) -> Result<Decisions, CliError> {
    let verdict = verdict(&args.decision)?;
    let mut decisions = Vec::new();
    let mut charged = 0usize;
    for entry in store.uncertain()? {
        let State::Uncertain { question, at, .. } = entry.order.state() else {
            continue;
        };
        let product = entry.order.wanted().product();
        let is_meant = args.vendor.is_none_or(|vendor| vendor == product.vendor())
            && args.product.is_none_or(|only| only == product)
            && args.before.is_none_or(|before| *at < before);
        if !is_meant {
            continue;
        }
        // What was charged for sure is ordered a second time only by its name.
        if *question == Question::OrderAgain && verdict == Verdict::NotPlaced {
            charged += 1;
            continue;
        }
        decisions.push((entry, verdict.clone()));
    }
    if charged > 0 {
        note(say!(
            "note: {orders} left out: charged for sure, so that ordering again is a second charge; decide by id",
            orders = orders(charged)
        ));
    }
    Ok(decisions)
}

/// That the user wants what the filters let through.
fn consent(args: &Deciding, n: usize, stake: Fen) -> Result<(), CliError> {
    if args.yes {
        return Ok(());
    }
    let orders = orders(n);
    let what = if args.decision.abandon {
        say!(
            "{orders} with {stake} yuan at stake are given up",
            orders,
            stake
        )
    } else {
        say!(
            "{orders} with {stake} yuan at stake are ordered again, for up to {stake} yuan more",
            orders,
            stake
        )
    };
    if !output::can_ask() {
        return Err(
            CliError::usage(say!("{what}, and nobody can be asked", what))
                .hint(say!("--yes decides without asking")),
        );
    }
    if output::ask(say!("{what}. Go on? [y/N] ", what)) {
        Ok(())
    } else {
        Err(CliError::new(Kind::NotStored, say!("nothing was decided")))
    }
}

/// What is wrong, and where.
fn at(place: &str, what: &Message) -> Message {
    say!("{what}: {cause}", what = place, cause = what)
}

/// That each decision fits its order: all that do not are named.
fn check(decisions: &Decisions) -> Result<(), CliError> {
    let now = clock::now();
    let mut problems: Vec<(String, Message)> = decisions
        .iter()
        .filter_map(|(entry, verdict)| {
            let error = entry.order.decide(now, verdict.clone()).err()?;
            Some((entry.order.id().to_string(), error.say()))
        })
        .collect();
    match (problems.pop(), decisions.len()) {
        (None, _) => Ok(()),
        // The ledger says it in its own words.
        (Some((_, cause)), 1) => Err(CliError::usage(say!(
            "{what}: {cause}",
            what = say!("the decision does not fit the order"),
            cause
        ))),
        (Some(last), _) => {
            problems.push(last);
            let problems = problems.into_iter().map(|(id, why)| at(&id, &why));
            Err(CliError::problems(
                say!("nothing was decided"),
                problems.collect(),
            ))
        }
    }
}

/// Says how an order stands after the decision, and who goes on with it.
pub(super) fn tell(entry: &Entry, who: Who, out: &mut Output) {
    if out.is_json() {
        out.record("order", &OrderRecord::of(entry, None));
        return;
    }
    let next = match (entry.order.state(), who) {
        (State::Failed { .. }, _) => say!("it is given up"),
        (State::Planned { .. }, Who::Run) => say!("the next run orders it"),
        (_, Who::Run) => say!("the next run fetches it"),
        #[cfg(feature = "cluster")]
        (State::Planned { .. }, Who::Worker) => say!("a worker orders it"),
        #[cfg(feature = "cluster")]
        (_, Who::Worker) => say!("a worker fetches it"),
    };
    out.line(say!(
        "{order} is {state} now: {next}",
        order = entry.order.id(),
        state = entry.order.state().name(),
        next
    ));
}

fn verdict(decision: &Decision) -> Result<Verdict, CliError> {
    Ok(match decision {
        Decision {
            placed: Some(reference),
            ..
        } if reference == "-" => Verdict::Placed(typed_reference()?),
        Decision {
            placed: Some(reference),
            ..
        } => Verdict::Placed(reference.clone()),
        Decision { abandon: true, .. } => Verdict::Abandon,
        Decision { .. } => Verdict::NotPlaced,
    })
}

/// A reference from standard input: a link is signed, and other users of the machine can read the
/// arguments of a program.
fn typed_reference() -> Result<String, CliError> {
    const LONGEST: u64 = 16 * 1024;
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|error| CliError::usage(say!("cannot read the reference")).because(error))?;
    Ok(text.trim().to_owned())
}

fn orders(n: usize) -> Message {
    match n {
        1 => say!("1 order"),
        _ => say!("{n} orders", n),
    }
}
