//! The books as a table: a line for each exchange.

use std::io::Write;
use std::path::Path;

use jindiao_batch::Booked;
use jindiao_list::cell;
use jindiao_words::say;

use crate::error::{CliError, Kind};
use crate::record::{delivery, effect};

const HEADER: [&str; 19] = [
    "day",
    "at",
    "vendor",
    "product",
    "subject",
    "order",
    "reference",
    "exchange",
    "effect",
    "delivery",
    "http_status",
    "code",
    "serial",
    "units",
    "duration_ms",
    "price_yuan",
    "charged",
    "counted",
    "note",
];

/// A file with one line an exchange.
pub(super) struct CsvFile<'a> {
    path: &'a Path,
    lines: csv::Writer<std::fs::File>,
}

impl<'a> CsvFile<'a> {
    pub(super) fn create(path: &'a Path) -> Result<Self, CliError> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // It says what was ordered about whom. A file that is there keeps its mode.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let begun = options
            .open(path)
            .map_err(csv::Error::from)
            .and_then(begin_csv);
        let lines = begun.map_err(|error| cannot_write(path, &error))?;
        Ok(Self { path, lines })
    }

    pub(super) fn add(&mut self, it: &Booked) -> Result<(), CliError> {
        add_csv(&mut self.lines, it).map_err(|error| cannot_write(self.path, &error))
    }

    pub(super) fn finish(mut self) -> Result<&'a Path, CliError> {
        let flushed = self.lines.flush();
        flushed.map_err(|error| cannot_write(self.path, &error))?;
        Ok(self.path)
    }
}

fn cannot_write(path: &Path, error: &dyn std::fmt::Display) -> CliError {
    let message = say!("cannot write {path}", path = path.display());
    CliError::new(Kind::NotStored, message).because(error.to_string())
}

/// With a byte-order mark, so that spreadsheets take it for UTF-8.
fn begin_csv<W: Write>(mut out: W) -> Result<csv::Writer<W>, csv::Error> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(HEADER)?;
    Ok(writer)
}

fn add_csv<W: Write>(writer: &mut csv::Writer<W>, it: &Booked) -> Result<(), csv::Error> {
    let row = &it.row;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        row.at.china_date().to_string(),
        row.at.to_string(),
        row.vendor.to_string(),
        it.product.to_string(),
        it.subject.clone(),
        row.order.to_string(),
        text(&it.reference),
        row.exchange.clone(),
        effect(row.effect).to_owned(),
        delivery(row.delivery).to_owned(),
        row.http_status.map(|it| it.to_string()).unwrap_or_default(),
        text(&row.code),
        text(&row.serial),
        text(&row.units),
        row.duration.as_millis().to_string(),
        row.price.to_string(),
        row.charged.as_str().to_owned(),
        row.counted.as_str().to_owned(),
        text(&row.note),
    ];
    // All of them: what vendors and lists say stands in more columns than one thinks.
    writer.write_record(cells.map(|text| cell(&text)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jindiao_batch::{Charged, ExchangeRow};
    use jindiao_codes::{Counted, Vendor};
    use jindiao_order::{Fen, Product};
    use jindiao_protocol::{Delivery, Effect, Timestamp};
    use proptest::prelude::*;

    use super::*;

    fn booked(text: &str) -> Booked {
        let some = || Some(text.to_owned());
        Booked {
            row: ExchangeRow {
                order: "7h2k9qwer1ty".parse().expect("an id"),
                at: Timestamp::EPOCH,
                vendor: Vendor::Qcc,
                exchange: text.to_owned(),
                effect: Effect::Charge,
                delivery: Delivery::Answered,
                http_status: Some(200),
                code: some(),
                serial: some(),
                units: some(),
                duration: Duration::ZERO,
                price: Fen::ZERO,
                note: some(),
                counted: Counted::Yes,
                charged: Charged::Yes,
            },
            product: Product::QccSnapshot,
            subject: text.to_owned(),
            reference: some(),
        }
    }

    fn csv_of(booked: &[Booked]) -> Vec<u8> {
        let mut writer = begin_csv(Vec::new()).expect("in memory");
        for it in booked {
            add_csv(&mut writer, it).expect("in memory");
        }
        writer.into_inner().expect("in memory")
    }

    #[test]
    fn it_is_said_in_chinese_too() {
        let error = cannot_write(Path::new("a.csv"), &"full");
        let told = error.told().in_lang(jindiao_words::Lang::Zh);
        assert_eq!(told, "错误：无法写入 a.csv：full");
    }

    #[test]
    fn names_stay_readable() {
        let text = String::from_utf8(csv_of(&[booked("=甲")])).expect("UTF-8");
        let line = text.lines().nth(1).expect("a line");
        assert!(
            line.starts_with("1970-01-01,1970-01-01T00:00:00.000Z,qcc,qcc/snapshot,'=甲,"),
            "{line}"
        );
    }

    proptest! {
        /// As spreadsheets of either kind read it: some take a comma, others a semicolon.
        #[test]
        fn no_cell_is_a_formula(text in "[=+@＝＋－＠甲;,\"'\t\r\n \u{3000}-]{0,12}") {
            let written = csv_of(&[booked(&text)]);
            for separator in *b",;\t" {
                let mut reader = csv::ReaderBuilder::new();
                reader.has_headers(false).flexible(true).delimiter(separator);
                for record in reader.from_reader(written.as_slice()).records() {
                    for cell in &record.expect("in memory") {
                        let begins = cell.trim_start().chars().next();
                        prop_assert!(
                            begins.is_none_or(|c| !"=+-@＝＋－＠".contains(c)),
                            "{cell:?}"
                        );
                    }
                }
            }
        }
    }
}
