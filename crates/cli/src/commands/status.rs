//! `jindiao status`: how many orders are in which state.

use jindiao_order::{Fen, StateName};
use jindiao_words::{Message, Say as _, say};
use serde::Serialize;

use crate::cli::LedgerArgs;
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::ledger;
use crate::output::{Output, note, show, spoken, with_head};

pub(crate) fn run(
    args: &LedgerArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let store = ledger::view(args.ledger.as_deref(), config)?;
    let counts = store.counts()?;
    if out.is_json() {
        for count in &counts {
            let record = CountRecord {
                vendor: count.product.vendor().id(),
                product: count.product.id(),
                state: count.state.as_str(),
                orders: count.orders,
                price_fen: count.price,
            };
            out.record("count", &record);
        }
        return Ok(Vec::new());
    }
    if counts.is_empty() {
        out.line(say!("no orders"));
        return Ok(Vec::new());
    }
    let head = [
        say!("vendor"),
        say!("product"),
        say!("state"),
        say!("orders"),
        say!("yuan"),
    ];
    let rows = counts.iter().map(|count| {
        vec![
            count.product.vendor().to_string(),
            count.product.short_name().to_owned(),
            spoken(count.state.say()),
            count.orders.to_string(),
            count.price.to_string(),
        ]
    });
    show(&with_head(head, rows), out);
    let of = |state| {
        counts
            .iter()
            .filter(|count| count.state == state)
            .map(|count| count.orders)
            .sum::<u64>()
    };
    let all: u64 = counts.iter().map(|count| count.orders).sum();
    out.line(stored_of_all(of(StateName::Stored), all));
    if of(StateName::Uncertain) > 0 {
        let flag = ledger::flag(&store, config);
        note(say!(
            "hint: `jindiao orders --state uncertain{flag}` lists what waits for a decision",
            flag
        ));
    }
    Ok(Vec::new())
}

/// How many orders are stored.
pub(super) fn stored_of_all(stored: u64, all: u64) -> Message {
    say!("{stored} of {all} orders are stored", stored, all)
}

#[derive(Serialize)]
struct CountRecord {
    vendor: &'static str,
    product: &'static str,
    state: &'static str,
    orders: u64,
    price_fen: Fen,
}

#[cfg(test)]
mod tests {
    use jindiao_words::Lang;

    use super::*;

    #[test]
    fn it_is_said_in_chinese_too() {
        let said = stored_of_all(2, 3).in_lang(Lang::Zh);
        assert_eq!(said, "3 个订单中已保存 2 个");
    }
}
