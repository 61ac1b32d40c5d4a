//! The bill: what a list would cost, and what of it is there already.

use jindiao_batch::Price;
use jindiao_order::{Fen, Flow, Product, StateName};
use serde::Serialize;

use crate::output::{Output, table};

/// How far a line of the bill is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
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
    pub(super) fn of(state: Option<StateName>) -> Self {
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

pub(super) struct Bill {
    pub(super) lines: Vec<BillLine>,
    pub(super) max_cost: Option<Fen>,
}

pub(super) struct BillLine {
    pub(super) line: Option<u64>,
    pub(super) product: Product,
    pub(super) subject: String,
    pub(super) order: Option<String>,
    pub(super) stage: Stage,
    pub(super) price: Price,
}

impl BillLine {
    fn cost(&self) -> Fen {
        if self.stage == Stage::ToOrder {
            self.price.fen
        } else {
            Fen::ZERO
        }
    }

    fn is_charged(&self) -> bool {
        self.stage == Stage::ToOrder && self.product.flow() != Flow::Free
    }
}

impl Bill {
    /// How many orders would be charged, and what they cost.
    pub(super) fn to_pay(&self) -> (usize, Fen) {
        let orders = self.lines.iter().filter(|line| line.is_charged()).count();
        (orders, self.lines.iter().map(BillLine::cost).sum())
    }

    fn is_assumed(&self) -> bool {
        self.lines
            .iter()
            .any(|line| line.is_charged() && line.price.is_assumed)
    }

    pub(super) fn assumption(&self) -> &'static str {
        if self.is_assumed() {
            " (assumed prices, on the high side)"
        } else {
            ""
        }
    }

    pub(super) fn show(&self, out: &mut Output) {
        let (to_order, cost) = self.to_pay();
        let count = |stage| self.lines.iter().filter(|line| line.stage == stage).count();
        if out.is_json() {
            for line in &self.lines {
                out.record(
                    "line",
                    &LineRecord {
                        line: line.line,
                        product: line.product.id(),
                        subject: &line.subject,
                        order: line.order.as_deref(),
                        stage: line.stage,
                        price_fen: line.price.fen,
                        is_assumed: line.price.is_assumed,
                        cost_fen: line.cost(),
                    },
                );
            }
            let bill = BillRecord {
                lines: self.lines.len(),
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
            "product",
            "lines",
            "stored",
            "under way",
            "stopped",
            "to order",
            "price",
            "cost",
        ];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for product in Product::ALL {
            let lines: Vec<_> = self
                .lines
                .iter()
                .filter(|line| line.product == *product)
                .collect();
            let Some(first) = lines.first() else { continue };
            let count = |stage| {
                lines
                    .iter()
                    .filter(|line| line.stage == stage)
                    .count()
                    .to_string()
            };
            let assumed = if first.price.is_assumed {
                " (assumed)"
            } else {
                ""
            };
            rows.push(vec![
                product.to_string(),
                lines.len().to_string(),
                count(Stage::Stored),
                count(Stage::UnderWay),
                count(Stage::Stopped),
                count(Stage::ToOrder),
                format!("{}{assumed}", first.price.fen),
                lines
                    .iter()
                    .map(|line| line.cost())
                    .sum::<Fen>()
                    .to_string(),
            ]);
        }
        table(&rows).iter().for_each(|line| out.line(line));
        out.line(format!(
            "{} would be charged: {cost} yuan{}",
            super::reports(to_order),
            self.assumption()
        ));
        if let Some(most) = self.max_cost.filter(|most| *most < cost) {
            out.line(format!(
                "--max-cost {most} would keep some of them from being ordered"
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
    stage: Stage,
    price_fen: Fen,
    is_assumed: bool,
    cost_fen: Fen,
}

#[derive(Serialize)]
struct BillRecord {
    lines: usize,
    to_order: usize,
    under_way: usize,
    stored: usize,
    stopped: usize,
    charges: usize,
    cost_fen: Fen,
    is_assumed: bool,
}
