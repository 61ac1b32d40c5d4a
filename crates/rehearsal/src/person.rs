//! The person who decides between two incarnations, truthfully or not.

use jindiao_batch::{Charged, Entry, Folder, Store};
use jindiao_order::{Flow, State, Verdict};
use jindiao_protocol::{Link, Timestamp};

use crate::scenario::{Fate, Person};
use crate::world::World;

/// Lets a person with a mind of their own look at the ledger. Says how many orders were decided.
pub(crate) fn muse(world: &mut World, store: &mut Store, now: Timestamp) -> u64 {
    let Person {
        acts,
        errs,
        gives_up,
    } = world.scenario.person;
    if world.dice.chance(acts) && !world.trouble.is_empty() {
        world.trouble.clear();
        world.tell(|_| "a person sees to the accounts".to_owned());
    }
    let mut decided = 0;
    for key in 0..world.books.len() {
        let Some(entry) = find(world, store, key) else {
            continue;
        };
        if !is_open(&entry) || !world.dice.chance(acts) {
            continue;
        }
        let verdict = if world.dice.chance(gives_up) {
            Verdict::Abandon
        } else if world.dice.chance(errs) {
            wrong(world, &entry)
        } else {
            truth(world, key, &entry)
        };
        decided += u64::from(decide(world, store, key, &entry, verdict, now));
    }
    decided
}

/// Lets a person answer every question truthfully. Says how many orders were decided.
pub(crate) fn settle(world: &mut World, store: &mut Store, now: Timestamp) -> u64 {
    let mut decided = 0;
    for key in 0..world.books.len() {
        let Some(entry) = find(world, store, key) else {
            continue;
        };
        let is_hopeless = match world.want(key).fate {
            Fate::Delivered(_) => false,
            // A task that failed stays failed, a subject that is refused stays refused.
            Fate::Fails => matches!(entry.order.state(), State::Failed { .. }),
            Fate::Refused(_) => matches!(entry.order.state(), State::Refused { .. }),
        };
        if !is_open(&entry) || is_hopeless || world.books[key].is_abandoned {
            continue;
        }
        let verdict = truth(world, key, &entry);
        decided += u64::from(decide(world, store, key, &entry, verdict, now));
    }
    decided
}

/// Takes away stored files that can be had again without a charge.
pub(crate) fn lose_files(world: &mut World, store: &Store, folder: &Folder) {
    if !world.scenario.loses_files {
        return;
    }
    for key in 0..world.books.len() {
        let Some(entry) = find(world, store, key) else {
            continue;
        };
        if let State::Stored { report, .. } = entry.order.state()
            && entry.order.wanted().product().flow() != Flow::Direct
            && world.dice.coin()
            && std::fs::remove_file(folder.path(&report.file)).is_ok()
        {
            world.books[key].is_file_lost = true;
            world.tell(|world| format!("the file of {} is lost", world.label(key)));
        }
    }
}

/// The order of `key` in the ledger.
pub(crate) fn find(world: &World, store: &Store, key: usize) -> Option<Entry> {
    store.order(world.ids.get(key)?).ok()
}

fn is_open(entry: &Entry) -> bool {
    match entry.order.state() {
        State::Uncertain { .. } | State::Refused { .. } => true,
        State::Failed { abandoned, .. } => !abandoned,
        _ => false,
    }
}

/// What somebody finds who asks the vendor.
fn truth(world: &World, key: usize, entry: &Entry) -> Verdict {
    let is_free = entry.order.wanted().product().flow() == Flow::Free;
    match world.look_up(key) {
        Some(found) if !is_free => placed(entry, found),
        _ => Verdict::NotPlaced,
    }
}

/// That the vendor has it: its reference, or its link where there is none.
fn placed(entry: &Entry, found: String) -> Verdict {
    match Link::parse(&found, entry.updated, None) {
        Ok(link) if entry.order.wanted().product().flow() == Flow::Direct => {
            Verdict::PlacedLink(link)
        }
        _ => Verdict::Placed(found),
    }
}

fn wrong(world: &mut World, entry: &Entry) -> Verdict {
    match entry.order.wanted().product().flow() {
        Flow::Task if world.dice.coin() => Verdict::Placed("NOBODY-KNOWS-THIS".to_owned()),
        Flow::Direct if world.dice.coin() => placed(entry, "https://files.test/nothing".to_owned()),
        _ => Verdict::NotPlaced,
    }
}

/// How many lines of the books say that the order was charged.
fn charged_lines(store: &Store, entry: &Entry) -> u64 {
    let history = store.history(entry.order.id());
    history.map_or(0, |(_, exchanges)| {
        let lines = exchanges.iter().filter(|row| row.charged == Charged::Yes);
        lines.count() as u64
    })
}

fn decide(
    world: &mut World,
    store: &mut Store,
    key: usize,
    entry: &Entry,
    verdict: Verdict,
    now: Timestamp,
) -> bool {
    let word = match &verdict {
        Verdict::Placed(reference) => format!("the vendor has it: {reference}"),
        Verdict::PlacedLink(link) => {
            format!("the vendor has it: {}", link.url().unwrap_or_default())
        }
        Verdict::NotPlaced => "not placed, order it".to_owned(),
        Verdict::Abandon => "given up".to_owned(),
    };
    // A refusal was free: ordering after it is still the first order.
    let is_money = !matches!(entry.order.state(), State::Refused { .. })
        && entry.order.wanted().product().flow() != Flow::Free;
    let booked = charged_lines(store, entry);
    match store.decide(entry.order.id(), verdict.clone(), now) {
        Ok(_) => {
            let is_booked_again = charged_lines(store, entry) > booked;
            world.tell(|world| format!("a person decides on {}: {word}", world.label(key)));
            let known = world.look_up(key);
            let book = &mut world.books[key];
            // The vendor has it, but from an earlier call, which is in the books already.
            book.repeated += u64::from(is_booked_again && booked >= book.charges.len() as u64);
            match verdict {
                Verdict::NotPlaced => book.forgiven += u64::from(is_money),
                Verdict::Placed(reference) => book.is_misled |= Some(reference) != known,
                Verdict::PlacedLink(link) => book.is_misled |= link.url() != known.as_deref(),
                Verdict::Abandon => {
                    book.is_abandoned = true;
                    book.is_file_lost = false;
                }
            }
            true
        }
        Err(error) => {
            world.fail(|| format!("a decision ({word}) was refused: {error}"));
            false
        }
    }
}
