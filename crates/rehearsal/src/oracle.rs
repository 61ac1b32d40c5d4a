//! What must hold after every incarnation, and at the end.

use std::time::Duration;

use jindiao_batch::{Charged, Entry, Folder, Store, Summary};
use jindiao_order::{Fen, Flow, State, StateName};

use crate::files::report;
use crate::person::find;
use crate::scenario::Fate;
use crate::world::World;

/// Compares the ledger and the files with what the model knows. Says how many orders are uncertain.
pub(crate) fn check(world: &mut World, store: &Store, folder: &Folder) -> u64 {
    match store.orders(Some(StateName::Ordering)) {
        Ok(caught) if caught.is_empty() => {}
        Ok(_) => world.fail(|| "an order is in mid-charge while no process runs".to_owned()),
        Err(error) => world.fail(|| format!("the ledger cannot be read: {error}")),
    }
    let mut uncertain = 0;
    for key in 0..world.books.len() {
        let Some(entry) = find(world, store, key) else {
            world.fail(|| format!("order #{key} is gone from the ledger"));
            continue;
        };
        uncertain += u64::from(entry.order.state().name() == StateName::Uncertain);
        check_money(world, store, key, &entry);
        check_word(world, key, &entry);
        check_report(world, folder, key, &entry);
    }
    uncertain
}

/// How many charges an order may have had by now.
fn check_money(world: &mut World, store: &Store, key: usize, entry: &Entry) {
    let state = entry.order.state();
    let flow = entry.order.wanted().product().flow();
    let coming = world.coming(key);
    let label = world.label(key);
    let book = &mut world.books[key];
    book.again = u64::from(entry.order.times_again());
    let allowed = book.forgiven + book.again;
    let charges = book.charges.len() as u64;
    let is_surely_free = match state {
        State::Planned { .. } | State::Refused { .. } => true,
        State::Held { resume, .. } => matches!(**resume, State::Planned { .. }),
        _ => flow == Flow::Free,
    };
    let most = allowed + u64::from(!is_surely_free);
    let (is_misled, is_abandoned) = (book.is_misled, book.is_abandoned);
    let repeated = book.repeated;
    if charges + coming > most {
        let name = state.name();
        world.fail(|| {
            format!("{label} is {name}, was charged {charges} times ({coming} more on the way), and {most} were allowed")
        });
    }

    // The ledger's own sums, between which the truth must lie.
    let price = entry.price.get();
    let known = entry.charged().get();
    let at_stake = entry.at_stake().get();
    let truth = charges * price;
    if known > truth && !is_misled {
        world
            .fail(|| format!("{label}: the ledger says {known} fen were charged, it were {truth}"));
    }
    let may_be = known + at_stake + (allowed + u64::from(is_abandoned)) * price;
    if truth > may_be {
        world
            .fail(|| format!("{label}: {truth} fen were charged and the ledger knows of {may_be}"));
    }

    // Every charge has its line in the books, whenever the process died, and what the books call
    // charged was.
    match store.history(entry.order.id()) {
        Ok((_, exchanges)) => {
            let lines = |which: &[Charged]| {
                let lines = exchanges.iter().filter(|row| which.contains(&row.charged));
                lines.count() as u64
            };
            let surely = lines(&[Charged::Yes]);
            let open = lines(&[Charged::Maybe, Charged::Denied]);
            if surely > charges + repeated && !is_misled || charges > surely + open {
                world.fail(|| {
                    format!("{label} was charged {charges} times, and the books have {surely} charges and {open} doubts")
                });
            }
        }
        Err(error) => world.fail(|| format!("the history of {label} cannot be read: {error}")),
    }
}

/// An order ends without a report only where the vendor said so.
fn check_word(world: &mut World, key: usize, entry: &Entry) {
    let is_final = match entry.order.state() {
        State::Failed { abandoned, .. } => !abandoned,
        State::Refused { .. } => true,
        _ => false,
    };
    if is_final && !world.books[key].was_told_no {
        let label = world.label(key);
        world.fail(|| format!("{label} was ended, and the vendor never said no"));
    }
}

/// A stored report is there, whole, and the one that was paid for.
fn check_report(world: &mut World, folder: &Folder, key: usize, entry: &Entry) {
    let State::Stored { report: stored, .. } = entry.order.state() else {
        return;
    };
    let label = world.label(key);
    let Ok(bytes) = std::fs::read(folder.path(&stored.file)) else {
        // The next run that comes so far must have it again.
        if world.books[key].is_file_lost {
            return;
        }
        return world.fail(|| format!("{label} is stored and its file is gone"));
    };
    world.books[key].is_file_lost = false;
    let kind = entry.order.wanted().format();
    let is_right = world.books[key]
        .contents
        .iter()
        .any(|content| report(kind, key, *content) == bytes);
    if !is_right || bytes.len() as u64 != stored.size {
        world.fail(|| format!("{label} is stored and its file is not the report"));
    }
}

/// What a run says of itself, against what the model saw of it.
pub(crate) fn check_summary(world: &mut World, summary: &Summary, limit: Option<Fen>, run: u32) {
    let mut charged = 0;
    let mut cost = 0;
    for key in 0..world.books.len() {
        let product = world.want(key).wanted.product();
        let n = world.books[key]
            .charges
            .iter()
            .filter(|it| **it == run)
            .count() as u64;
        charged += n;
        cost += n * product.assumed_price().get();
    }
    if charged > summary.charges {
        let said = summary.charges;
        world.fail(|| format!("the run says {said} charges, it were {charged}"));
    }
    if cost > summary.charged.get() {
        let said = summary.charged;
        world.fail(|| format!("the run says that it cost {said}, it were {cost} fen"));
    }
    if let Some(limit) = limit
        && cost > limit.get()
    {
        world.fail(|| format!("the budget was {limit}, and {cost} fen were charged"));
    }
}

/// Nobody was asked more often than patience allows.
pub(crate) fn check_calls(world: &mut World, lived: Duration) {
    let most = 30 + lived.as_secs();
    for key in 0..world.books.len() {
        let worst = world.books[key].calls.iter().find(|(_, n)| **n > most);
        if let Some((exchange, n)) = worst.map(|(exchange, n)| (*exchange, *n)) {
            let label = world.label(key);
            world.fail(|| {
                format!(
                    "{label}: {exchange} was called {n} times in {} s",
                    lived.as_secs()
                )
            });
        }
    }
}

/// Whether `key` has come to its end, as it must in good weather.
pub(crate) fn is_done(world: &World, key: usize, entry: &Entry) -> bool {
    let state = entry.order.state();
    match world.want(key).fate {
        _ if world.books[key].is_abandoned => true,
        Fate::Delivered(_) => matches!(state, State::Stored { .. }),
        Fate::Fails => matches!(state, State::Failed { .. }),
        Fate::Refused(_) => matches!(state, State::Refused { .. }),
    }
}
