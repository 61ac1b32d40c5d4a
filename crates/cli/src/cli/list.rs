//! Lists on the command line.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::TypedValueParser as _;
use clap::{Args, ValueEnum};
use jindiao_list::{Hidden, Reading};
use jindiao_order::Product;

use super::{LedgerArgs, Suggested, products};
use crate::duration;

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
    jindiao check orders.xlsx
    jindiao check names.txt --product qcc/snapshot      one name a line, no header
    sort names.txt | jindiao check - --product qcc/snapshot";

pub(super) const TEMPLATE_EXAMPLES: &str = "\
Examples:
    jindiao template > orders.csv
    jindiao template --lang zh > 名单.csv";

/// A list and how it is read.
#[derive(Debug, Clone, Args)]
pub(crate) struct ListArgs {
    /// The list: .xlsx, or CSV in UTF-8, UTF-16 or GB18030; - reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Order this product for every line that names none; the list may be nothing but names then,
    /// one a line
    #[arg(long, value_name = "PRODUCT", hide_possible_values = true, value_parser = Suggested(products).try_map(product))]
    product: Option<Product>,
    /// The sheet of a workbook that is the list; else the only one with headings that are known
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Leave out the hidden rows and columns of a workbook, or read them like the others; else they
    /// are wrong
    #[arg(long, value_name = "WHAT")]
    hidden: Option<HiddenArg>,
}

impl ListArgs {
    /// Whether it is read from standard input.
    pub(crate) fn is_piped(&self) -> bool {
        self.file == Path::new("-")
    }

    pub(crate) fn reading(&self) -> Reading {
        Reading::new()
            .with_product(self.product)
            .with_sheet(self.sheet.clone())
            .with_hidden(match self.hidden {
                None => Hidden::Refuse,
                Some(HiddenArg::Skip) => Hidden::Skip,
                Some(HiddenArg::Take) => Hidden::Take,
            })
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum HiddenArg {
    Skip,
    Take,
}

/// By its id or its name in Chinese.
#[expect(
    clippy::needless_pass_by_value,
    reason = "clap hands over what it parsed"
)]
fn product(text: String) -> Result<Product, jindiao_order::UnknownProduct> {
    jindiao_list::product(&text).map_or_else(|| text.parse(), Ok)
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) list: ListArgs,
    /// Count what is stored for longer than this as to be ordered again, e.g. 30d
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) fresh_within: Option<Duration>,
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,
}
