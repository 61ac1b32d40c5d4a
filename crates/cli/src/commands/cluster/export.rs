//! `jindiao cluster export`: orders go into a ledger of one machine, or copies of them.
//!
//! An order is somewhere once. One that moves away is marked in the cluster before it is in the
//! ledger. A copy is marked from its beginning.

use std::fs;
use std::path::{Path, PathBuf};

use jindiao_batch::{Folder, LedgerError, LedgerErrorKind, Manifest, ManifestEntry, Store};
use jindiao_cluster::tick::OrderView;
use jindiao_cluster::{Books, ClusterErrorKind};
use jindiao_order::StateName;
use jindiao_words::say;
use serde::Serialize;

use super::contact::Contact;
use super::flow::patiently;
use super::orders::{PAGE, Pages};
use crate::cli::cluster::ExportArgs;
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::{Output, note};
use crate::{clock, ledger};

pub(super) async fn run(
    args: &ExportArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    // Found before anything is moved.
    let folder = args.manifest.as_deref().map(Folder::create).transpose();
    let folder =
        folder.map_err(|error| CliError::usage(say!("nothing was exported")).because(error))?;
    let kinds = match args.moves {
        true => move_out(args, config, out).await?,
        false => copy_out(args, config, out).await?,
    };
    if let Some(folder) = folder {
        list(&Store::view(&args.ledger)?, &folder)?;
    }
    Ok(kinds)
}

/// Writes the manifest of a folder that has the reports of `store`.
fn list(store: &Store, folder: &Folder) -> Result<(), CliError> {
    let stored = store.orders(Some(StateName::Stored))?;
    let manifest = Manifest::of(folder);
    manifest
        .rewrite(folder, stored.iter().filter_map(ManifestEntry::of))
        .map_err(|error| {
            let path = manifest.path().display();
            CliError::new(Kind::NotStored, say!("cannot write {path}", path)).because(error)
        })
}

/// Copies everything into a ledger that is only there to be looked at.
async fn copy_out(
    args: &ExportArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let part = beside(&args.ledger, ".part");
    for path in [&args.ledger, &part] {
        if path.exists() {
            let path = path.display();
            return Err(
                CliError::usage(say!("there is a file {path} already", path)).hint(say!(
                    "an export makes a new ledger: name another file, or move that one away"
                )),
            );
        }
    }
    let (contact, identity) = Contact::known(&args.server, config).await?;
    let mut store = Store::open(&part, ledger::kind(identity.simulated), clock::now())?;
    // Before there is anything in it.
    store.mark_moved(&identity.id)?;
    let mut sums = Exported::default();
    let mut pages = Pages::new(&contact.cluster, None);
    while let Some(records) = pages.next().await? {
        let keys = records.iter().map(|it| it.order.wanted().fingerprint());
        let keys: Vec<_> = keys.collect();
        let mut books = contact.cluster.books(&keys).await?;
        let copies: Vec<_> = records
            .iter()
            .zip(&keys)
            .map(|(record, key)| (record.entry(), books.remove(key).unwrap_or_default()))
            .collect();
        store.copy_in(copies.iter().map(|(entry, books)| {
            let Books {
                transitions,
                exchanges,
                ..
            } = books;
            (entry, transitions.as_slice(), exchanges.as_slice())
        }))?;
        for record in &records {
            sums.orders += 1;
            sums.under_way += u64::from(!record.order.state().is_settled());
        }
    }
    drop(store);
    fs::rename(&part, &args.ledger).map_err(|error| {
        let path = args.ledger.display();
        CliError::new(Kind::NotStored, say!("cannot make {path}", path)).because(error)
    })?;
    let _ = fs::remove_file(beside(&part, ".lock"));
    if out.is_json() {
        out.record("summary", &sums);
    } else {
        out.line(say!(
            "{n} orders copied, {open} of them are under way in the cluster",
            n = sums.orders,
            open = sums.under_way
        ));
        note(say!(
            "note: the copy can be looked at (--ledger, with orders, show, bill); the orders stay in the cluster"
        ));
    }
    Ok(Vec::new())
}

/// Moves everything into a ledger that goes on with it. Each order is given away by the cluster
/// before it is in the ledger, and given again to the same ledger if that broke off: so it is
/// never with both, and never lost.
async fn move_out(
    args: &ExportArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let (contact, identity) = Contact::known(&args.server, config).await?;
    contact.needs_worker().await?;
    let shown = args.ledger.display();
    let mut store = Store::open(&args.ledger, ledger::kind(identity.simulated), clock::now())?;
    let Some(name) = store.takes_over(&identity.id)? else {
        return Err(CliError::usage(say!(
            "the ledger {path} has orders that are not this cluster's",
            path = shown
        ))
        .hint(say!(
            "name another file: the move makes a new ledger, or goes on with its own"
        )));
    };
    let mut sums = Exported::default();
    // What broke off before stands under `moved`, and what begins now under its state.
    for is_moved in [true, false] {
        let mut after = None;
        loop {
            let keys: Vec<_> = match is_moved {
                true => contact.cluster.moved(after.as_ref(), PAGE).await?,
                false => {
                    let found = contact.cluster.orders(None, after.as_ref(), PAGE).await?;
                    found.into_iter().map(|it| it.fingerprint).collect()
                }
            };
            let Some(last) = keys.last() else { break };
            after = Some(*last);
            for key in &keys {
                let released = patiently(|| contact.cluster.release(key, &name)).await;
                let view = match released {
                    Ok(view) => view,
                    // An earlier move gave it to another ledger.
                    Err(error) if is_moved && error.kind() == ClusterErrorKind::Refused => continue,
                    Err(error) => {
                        return Err(CliError::from(error).hint(say!(
                            "the same command goes on from there; what was moved is in the ledger"
                        )));
                    }
                };
                sums.take(&mut store, &view)?;
            }
        }
    }
    if out.is_json() {
        out.record("summary", &sums);
    } else {
        out.line(say!(
            "{n} orders are in {path} now, {open} of them under way",
            n = sums.orders,
            path = shown,
            open = sums.under_way
        ));
        note(say!(
            "hint: `jindiao run LIST --ledger {path}` goes on with them; the cluster does nothing for them any more",
            path = shown
        ));
    }
    Ok(Vec::new())
}

/// What an export came to.
#[derive(Debug, Default, Serialize)]
struct Exported {
    orders: u64,
    under_way: u64,
}

impl Exported {
    /// Puts an order into the ledger that it was given to, unless it is there already.
    fn take(&mut self, store: &mut Store, view: &OrderView) -> Result<(), LedgerError> {
        let OrderView { record, books } = view;
        match store.order(record.order.id()) {
            Ok(_) => {}
            Err(error) if *error.kind() == LedgerErrorKind::NoSuchOrder => {
                let (states, rows) = (books.transitions.as_slice(), books.exchanges.as_slice());
                store.copy_in([(&record.entry(), states, rows)])?;
            }
            Err(error) => return Err(error),
        }
        self.orders += 1;
        self.under_way += u64::from(!record.order.state().is_settled());
        Ok(())
    }
}

fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}
