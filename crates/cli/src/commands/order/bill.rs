//! The bill: what a list would cost, and what of it is there already.

use std::collections::BTreeMap;

use jindiao_batch::Price;
use jindiao_order::{Fen, Flow, Product, StateName};
use jindiao_words::{Message, say};
use serde::Serialize;

use crate::error::{CliError, Kind};
use crate::output::{self, Output, show, spoken};

/// How far a line of the bill is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::commands) enum Stage {
    /// It will be ordered.
    ToOrder,
    /// It is ordered.
    UnderWay,
    /// It is stored.
    Stored,
    /// It does not go on by itself.
    Stopped,
}

impl Stage {
    pub(in crate::commands) fn of(state: Option<StateName>) -> Self {
        match state {
            // What is held was most often not ordered before the account was: the dearer reading.
            None | Some(StateName::Planned | StateName::Held) => Self::ToOrder,
            Some(StateName::Ordered | StateName::Waiting | StateName::Ready) => Self::UnderWay,
            Some(StateName::Stored) => Self::Stored,
            Some(
                StateName::Ordering | StateName::Uncertain | StateName::Refused | StateName::Failed,
            ) => Self::Stopped,
        }
    }
}

/// What a list comes to.
pub(in crate::commands) struct Bill {
    products: BTreeMap<Product, Sums>,
    max_cost: Option<Fen>,
}

/// A line of a list, and what is known of it.
pub(in crate::commands) struct BillLine<'a> {
    pub(in crate::commands) line: Option<u64>,
    pub(in crate::commands) product: Product,
    pub(in crate::commands) subject: &'a str,
    pub(in crate::commands) order: Option<&'a str>,
    /// The order's state; planned, where it would be ordered again by itself.
    pub(in crate::commands) state: Option<StateName>,
    pub(in crate::commands) stage: Stage,
    pub(in crate::commands) price: Price,
}

impl BillLine<'_> {
    pub(in crate::commands) fn cost(&self) -> Fen {
        if self.stage == Stage::ToOrder {
            self.price.fen
        } else {
            Fen::ZERO
        }
    }

    fn is_charged(&self) -> bool {
        self.stage == Stage::ToOrder && self.product.flow() != Flow::Free
    }

    /// The line for programs.
    pub(in crate::commands) fn tell(&self, out: &mut Output) {
        if !out.is_json() {
            return;
        }
        let record = LineRecord {
            line: self.line,
            product: self.product.id(),
            subject: self.subject,
            order: self.order,
            state: self.state.map(StateName::as_str),
            stage: self.stage,
            price_fen: self.price.fen,
            is_assumed: self.price.is_assumed,
            cost_fen: self.cost(),
        };
        out.record("line", &record);
    }
}

/// What the lines of one product come to.
#[derive(Default)]
struct Sums {
    stages: BTreeMap<Stage, u64>,
    charges: u64,
    cost: Fen,
    price: Option<Price>,
}

impl Sums {
    fn lines(&self) -> u64 {
        self.stages.values().sum()
    }

    fn count(&self, stage: Stage) -> u64 {
        self.stages.get(&stage).copied().unwrap_or(0)
    }

    fn is_assumed(&self) -> bool {
        self.price.is_some_and(|price| price.is_assumed)
    }
}

impl Bill {
    pub(in crate::commands) fn new(max_cost: Option<Fen>) -> Self {
        Self {
            products: BTreeMap::new(),
            max_cost,
        }
    }

    pub(in crate::commands) fn add(&mut self, line: &BillLine<'_>) {
        let sums = self.products.entry(line.product).or_default();
        *sums.stages.entry(line.stage).or_default() += 1;
        sums.charges += u64::from(line.is_charged());
        sums.cost = sums.cost + line.cost();
        sums.price = Some(line.price);
    }

    /// How many orders would be charged, and what they cost.
    pub(in crate::commands) fn to_pay(&self) -> (u64, Fen) {
        let products = || self.products.values();
        let charges = products().map(|sums| sums.charges).sum();
        (charges, products().map(|sums| sums.cost).sum())
    }

    fn is_assumed(&self) -> bool {
        let mut products = self.products.values();
        products.any(|sums| sums.charges > 0 && sums.is_assumed())
    }

    /// That the user wants what would charge.
    pub(in crate::commands) fn consent(&self) -> Result<(), CliError> {
        let (orders, cost) = self.to_pay();
        if orders == 0 {
            return Ok(());
        }
        let what = say!(
            "{reports} would be ordered for {cost} yuan{assumption}",
            reports = super::reports(orders),
            cost,
            assumption = self.assumption()
        );
        if !output::can_ask() {
            return Err(CliError::usage(say!("{what}, and nobody can be asked", what))
                .hint(say!("--yes orders without asking, --max-cost YUAN orders up to that sum, --dry-run shows the bill")));
        }
        if output::ask(say!("{what}. Go on? [y/N] ", what)) {
            Ok(())
        } else {
            Err(CliError::new(Kind::NotStored, say!("nothing was ordered")))
        }
    }

    pub(in crate::commands) fn assumption(&self) -> Message {
        if self.is_assumed() {
            say!(" (assumed prices, on the high side)")
        } else {
            Message::verbatim("")
        }
    }

    pub(in crate::commands) fn show(&self, out: &mut Output) {
        let (to_order, cost) = self.to_pay();
        if out.is_json() {
            for (product, sums) in &self.products {
                let Some(price) = sums.price else { continue };
                let record = ProductRecord {
                    product: product.id(),
                    lines: sums.lines(),
                    to_order: sums.count(Stage::ToOrder),
                    under_way: sums.count(Stage::UnderWay),
                    stored: sums.count(Stage::Stored),
                    stopped: sums.count(Stage::Stopped),
                    charges: sums.charges,
                    price_fen: price.fen,
                    is_assumed: price.is_assumed,
                    cost_fen: sums.cost,
                };
                out.record("product", &record);
            }
            let count = |stage| self.products.values().map(|sums| sums.count(stage)).sum();
            let bill = BillRecord {
                lines: self.products.values().map(Sums::lines).sum(),
                to_order: count(Stage::ToOrder),
                under_way: count(Stage::UnderWay),
                stored: count(Stage::Stored),
                stopped: count(Stage::Stopped),
                charges: to_order,
                cost_fen: cost,
                is_assumed: self.is_assumed(),
            };
            out.record("bill", &bill);
            return;
        }
        let head = [
            say!("product"),
            say!("lines"),
            say!("stored"),
            say!("under way"),
            say!("stopped"),
            say!("to order"),
            say!("price"),
            say!("cost"),
        ];
        let mut rows = vec![head.map(spoken).to_vec()];
        for product in Product::ALL {
            let Some((sums, price)) = self
                .products
                .get(product)
                .and_then(|sums| Some((sums, sums.price?)))
            else {
                continue;
            };
            let fen = price.fen;
            let price = match price.is_assumed {
                true => spoken(say!("{fen} (assumed)", fen)),
                false => fen.to_string(),
            };
            rows.push(vec![
                product.to_string(),
                sums.lines().to_string(),
                sums.count(Stage::Stored).to_string(),
                sums.count(Stage::UnderWay).to_string(),
                sums.count(Stage::Stopped).to_string(),
                sums.count(Stage::ToOrder).to_string(),
                price,
                sums.cost.to_string(),
            ]);
        }
        show(&rows, out);
        out.line(say!(
            "{reports} would be charged: {cost} yuan{assumption}",
            reports = super::reports(to_order),
            cost,
            assumption = self.assumption()
        ));
        if let Some(most) = self.max_cost.filter(|most| *most < cost) {
            out.line(say!(
                "--max-cost {most} would keep some of them from being ordered",
                most
            ));
        }
    }
}

#[derive(Serialize)]
struct LineRecord<'a> {
    line: Option<u64>,
    product: &'static str,
    subject: &'a str,
    order: Option<&'a str>,
    state: Option<&'static str>,
    stage: Stage,
    price_fen: Fen,
    is_assumed: bool,
    cost_fen: Fen,
}

#[derive(Serialize)]
struct ProductRecord {
    product: &'static str,
    lines: u64,
    to_order: u64,
    under_way: u64,
    stored: u64,
    stopped: u64,
    charges: u64,
    price_fen: Fen,
    is_assumed: bool,
    cost_fen: Fen,
}

#[derive(Serialize)]
struct BillRecord {
    lines: u64,
    to_order: u64,
    under_way: u64,
    stored: u64,
    stopped: u64,
    charges: u64,
    cost_fen: Fen,
    is_assumed: bool,
}
