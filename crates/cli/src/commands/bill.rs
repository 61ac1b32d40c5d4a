//! `jindiao bill`: what was charged, what vendors counted and what is uncertain, from the books of
//! every exchange, so that an invoice can be checked line by line.

mod csv;

use std::collections::BTreeMap;

use jindiao_batch::{Booked, Charged};
use jindiao_order::Fen;
use jindiao_protocol::Timestamp;
use jindiao_words::{Message, say};
use serde::Serialize;

use self::csv::CsvFile;
use crate::cli::{BillArgs, BillBy};
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::ledger;
use crate::output::{Output, note, show, spoken, with_head};

pub(crate) fn run(
    args: &BillArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let store = ledger::view(args.ledger.ledger.as_deref(), config)?;
    let mut lines: BTreeMap<String, Sums> = BTreeMap::new();
    let mut total = Sums::default();
    let csv = args.csv.as_deref().map(|path| {
        ledger::spare(&store, path)?;
        CsvFile::create(path)
    });
    let mut csv = csv.transpose()?;
    store.each_booked(args.since, |it| {
        lines.entry(key(args.by, &it)).or_default().add(&it);
        total.add(&it);
        csv.as_mut().map_or(Ok(()), |csv| csv.add(&it))
    })?;
    if let Some(csv) = csv {
        let path = csv.finish()?;
        note(say!(
            "{path}: {n} exchanges",
            path = path.display(),
            n = total.exchanges
        ));
    }
    if out.is_json() {
        for (key, sums) in &lines {
            let by = args.by.word();
            out.record("bill_line", &Line { by, key, sums });
        }
        let since = args.since;
        out.record(
            "bill_total",
            &Total {
                since,
                sums: &total,
            },
        );
        return Ok(Vec::new());
    }
    if lines.is_empty() {
        out.line(say!("nothing was charged"));
        return Ok(Vec::new());
    }
    let head = [
        heading(args.by),
        say!("charges"),
        say!("yuan charged"),
        say!("uncertain"),
        say!("yuan uncertain"),
        say!("denied"),
        say!("yuan denied"),
        say!("likely counted"),
    ];
    let rows = lines.iter().map(|(key, sums)| sums.row(key));
    let rows = rows.chain([total.row(&spoken(say!("total")))]);
    show(&with_head(head, rows), out);
    if total.uncertain > 0 {
        note(say!(
            "note: uncertain is what may have been charged and was not answered; an invoice tells"
        ));
    }
    if total.denied > 0 {
        note(say!(
            "note: denied is what you said that the vendor does not have; on an invoice, dispute it"
        ));
    }
    Ok(Vec::new())
}

fn heading(by: BillBy) -> Message {
    match by {
        BillBy::Vendor => say!("vendor"),
        BillBy::Product => say!("product"),
        BillBy::Day => say!("day"),
    }
}

fn key(by: BillBy, it: &Booked) -> String {
    match by {
        BillBy::Vendor => it.row.vendor.to_string(),
        BillBy::Product => it.product.to_string(),
        BillBy::Day => it.row.at.china_date().to_string(),
    }
}

/// What exchanges add up to.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Sums {
    exchanges: u64,
    charges: u64,
    charged_fen: Fen,
    uncertain: u64,
    uncertain_fen: Fen,
    denied: u64,
    denied_fen: Fen,
    /// Orders and questions that the vendor counts, for sure or probably.
    counted: u64,
    /// What the orders among them cost.
    counted_fen: Fen,
}

impl Sums {
    fn add(&mut self, it: &Booked) {
        self.exchanges += 1;
        let price = it.row.price;
        let (n, fen) = match it.row.charged {
            Charged::Yes => (&mut self.charges, &mut self.charged_fen),
            Charged::Maybe => (&mut self.uncertain, &mut self.uncertain_fen),
            Charged::Denied => (&mut self.denied, &mut self.denied_fen),
            Charged::No => (&mut 0, &mut Fen::new(0)),
        };
        *n += 1;
        *fen = *fen + price;
        if it.is_counted() {
            self.counted += 1;
            self.counted_fen = self.counted_fen + price;
        }
    }

    fn row(&self, key: &str) -> Vec<String> {
        vec![
            key.to_owned(),
            self.charges.to_string(),
            self.charged_fen.to_string(),
            self.uncertain.to_string(),
            self.uncertain_fen.to_string(),
            self.denied.to_string(),
            self.denied_fen.to_string(),
            self.counted.to_string(),
        ]
    }
}

#[derive(Serialize)]
struct Line<'a> {
    by: &'static str,
    key: &'a str,
    #[serde(flatten)]
    sums: &'a Sums,
}

#[derive(Serialize)]
struct Total<'a> {
    since: Option<Timestamp>,
    #[serde(flatten)]
    sums: &'a Sums,
}

#[cfg(test)]
mod tests {
    use jindiao_batch::{LedgerKind, Store};

    use super::*;
    use crate::cli::LedgerArgs;
    use crate::config::Sources;
    use crate::output::testing::output;

    #[test]
    fn the_books_are_not_written_over_the_ledger() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("jindiao.db");
        let now = crate::clock::now();
        drop(Store::open(&path, LedgerKind::Real, now).expect("a ledger"));
        let (config, _) = Config::load(&Sources::default())
            .map_err(|error| error.report())
            .expect("a configuration");
        let args = BillArgs {
            since: None,
            by: BillBy::Day,
            csv: Some(path.clone()),
            ledger: LedgerArgs {
                ledger: Some(path.clone()),
            },
        };
        let (mut out, _) = output(false);
        let error = run(&args, &config, &mut out).expect_err("the ledger itself");
        assert_eq!(error.kind(), Kind::Usage);
        assert!(Store::view(&path).is_ok(), "it is still one");
    }

    #[test]
    fn it_is_said_in_chinese_too() {
        let said = heading(BillBy::Day).in_lang(jindiao_words::Lang::Zh);
        assert_eq!(said, "日期");
    }
}
