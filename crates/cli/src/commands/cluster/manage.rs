//! `jindiao cluster resolve`, `open` and `resume`: what a person decides.

use jindiao_batch::Entry;
use jindiao_cluster::Record;
use jindiao_cluster::tick::Decision;
use jindiao_order::{Product, StateName, Verdict};
use jindiao_words::say;
use tokio::runtime::Runtime;

use super::contact::Contact;
use super::orders::{Pages, find};
use crate::cli::cluster::{OpenArgs, ReconfigureArgs, ResolveArgs, ResumeArgs};
use crate::commands::resolve::{self, Orders};
use crate::config::Config;
use crate::doubt::Who;
use crate::error::{CliError, Kind};
use crate::ledger;
use crate::output::{Output, note};

/// The orders of a cluster, for those who wait for them.
struct Remote<'a> {
    contact: &'a Contact,
    runtime: &'a Runtime,
}

impl Orders for Remote<'_> {
    fn find(&self, text: &str) -> Result<Entry, CliError> {
        self.runtime.block_on(async {
            let cluster = &self.contact.cluster;
            let found = find(cluster, text).await?;
            Ok(cluster.show(&found.fingerprint).await?.record.entry())
        })
    }

    fn uncertain(&self) -> Result<Vec<Entry>, CliError> {
        self.runtime.block_on(async {
            let mut pages = Pages::new(&self.contact.cluster, Some(StateName::Uncertain));
            let mut entries = Vec::new();
            while let Some(records) = pages.next().await? {
                entries.extend(records.iter().map(Record::entry));
            }
            Ok(entries)
        })
    }
}

/// Each decision is written down by itself: when something fails in the middle, those before it hold.
pub(super) fn resolve(
    args: &ResolveArgs,
    config: &Config,
    runtime: &Runtime,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let (contact, identity) = runtime.block_on(Contact::known(&args.server, config))?;
    let kind = ledger::kind(identity.simulated);
    let orders = Remote {
        contact: &contact,
        runtime,
    };
    let decisions = resolve::decisions(&args.deciding, &orders, config, kind)?;
    if decisions.is_empty() {
        return Ok(Vec::new());
    }
    runtime.block_on(contact.needs_worker())?;
    let (stake, n) = (resolve::stake(&decisions), decisions.len());
    for (done, (entry, verdict)) in decisions.into_iter().enumerate() {
        let key = entry.order.wanted().fingerprint();
        let decided = runtime.block_on(async {
            contact.cluster.resolve(&key, &decision(verdict)).await?;
            contact.cluster.show(&key).await
        });
        let view = decided.map_err(|error| {
            let error = CliError::from(error);
            match done {
                0 => error,
                n => error.hint(say!("{n} were decided before; they are not undone", n)),
            }
        })?;
        resolve::tell(&view.record.entry(), Who::Worker, out);
    }
    if args.deciding.orders.len() != 1 {
        resolve::total(n, stake, out);
    }
    Ok(Vec::new())
}

/// A verdict in the form in which it is sent.
fn decision(verdict: Verdict) -> Decision {
    match verdict {
        Verdict::Placed(reference) => Decision::Placed { reference },
        Verdict::PlacedLink(link) => Decision::PlacedLink { link },
        Verdict::NotPlaced => Decision::NotPlaced,
        Verdict::Abandon => Decision::Abandon,
    }
}

pub(super) async fn open(
    args: &OpenArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let OpenArgs {
        vendor, product, ..
    } = *args;
    if product.is_some_and(|product| product.vendor() != vendor) {
        return Err(CliError::usage(say!(
            "{vendor} has no such product",
            vendor
        )));
    }
    let (contact, _) = Contact::known(&args.server, config).await?;
    contact.needs_worker().await?;
    contact.cluster.open(vendor, product).await?;
    let what = product.map_or(vendor.id(), |product| product.id());
    if out.is_json() {
        let product = product.map(Product::id);
        let record = serde_json::json!({ "vendor": vendor.id(), "product": product });
        out.record("opened", &record);
    } else {
        out.line(say!(
            "{what} is open again; orders that wait for it go on within minutes",
            what
        ));
    }
    Ok(Vec::new())
}

pub(super) async fn reconfigure(
    args: &ReconfigureArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let vendor = args.vendor;
    let (contact, _) = Contact::known(&args.server, config).await?;
    contact.cluster.reconfigure(vendor).await?;
    if out.is_json() {
        let record = serde_json::json!({ "vendor": vendor.id() });
        out.record("reconfigured", &record);
    } else {
        out.line(say!(
            "the next worker settles how the account with {vendor} is configured",
            vendor
        ));
    }
    Ok(Vec::new())
}

pub(super) async fn resume(
    args: &ResumeArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let (contact, _) = Contact::known(&args.server, config).await?;
    let mut resumed = 0u64;
    if args.invocations.is_empty() {
        let paused = contact.cluster.paused().await?;
        for it in paused.iter().filter(|it| it.is_paused) {
            contact.cluster.resume(&it.invocation).await?;
            resumed += 1;
        }
    } else {
        for id in &args.invocations {
            contact.cluster.resume(id).await?;
            resumed += 1;
        }
    }
    if out.is_json() {
        out.record("resumed", &serde_json::json!({ "invocations": resumed }));
    } else if resumed == 0 {
        note(say!("nothing is paused"));
    } else {
        out.line(say!(
            "{n} go on; `jindiao cluster status` tells whether they do",
            n = resumed
        ));
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_sent_as_they_are() {
        let check = |verdict, expect: &str| {
            let text = serde_json::to_string(&decision(verdict)).expect("json");
            assert_eq!(text, expect);
        };
        check(
            Verdict::Placed("1579434053399035904".to_owned()),
            r#"{"verdict":"placed","reference":"1579434053399035904"}"#,
        );
        check(Verdict::NotPlaced, r#"{"verdict":"not_placed"}"#);
        check(Verdict::Abandon, r#"{"verdict":"abandon"}"#);
        let link = jindiao_protocol::Link::sealed("00", None);
        check(
            Verdict::PlacedLink(link),
            r#"{"verdict":"placed_link","link":{"sealed":"00"}}"#,
        );
    }
}
