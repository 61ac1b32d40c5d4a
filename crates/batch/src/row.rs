//! What the ledger knows, as values.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jindiao_client::Attempt;
use jindiao_codes::Counted;
use jindiao_order::{
    Call, Failure, Fen, Flow, Intent, News, Order, OrderId, Product, State, StateName,
};
use jindiao_protocol::{Code, Delivery, Effect, Receipt, Timestamp, Vendor};
use serde::{Deserialize, Serialize};

/// An order as it stands in the ledger.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The order.
    pub order: Order,
    /// How often this request was ordered before.
    pub round: u32,
    /// What the order costs, or would cost.
    pub price: Fen,
    /// The output folder that the report was stored in.
    pub folder: Option<PathBuf>,
    /// When the ledger last heard of it.
    pub updated: Timestamp,
}

impl Entry {
    /// What was charged for it, as far as is known: the price once the vendor took the order.
    pub fn charged(&self) -> Fen {
        let is_charged =
            self.order.placement().is_some() && self.order.wanted().product().flow() != Flow::Free;
        if is_charged { self.price } else { Fen::ZERO }
    }

    /// What may have been charged on top: the price of an order of which nobody knows.
    pub fn at_stake(&self) -> Fen {
        match self.order.state() {
            State::Uncertain {
                placement: None, ..
            }
            | State::Ordering { .. } => self.price,
            _ => Fen::ZERO,
        }
    }
}

/// An order came into a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub state: StateName,
    /// Why, where there is something to say.
    pub note: Option<String>,
}

/// One exchange, for the books: no secret, no payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeRow {
    /// For which order.
    pub order: OrderId,
    /// When it began.
    pub at: Timestamp,
    /// Who was asked.
    pub vendor: Vendor,
    /// What, in the words of the vendor's documents.
    pub exchange: String,
    /// Whether it may have cost money.
    pub effect: Effect,
    /// Whether it may have arrived.
    pub delivery: Delivery,
    /// The HTTP status, if there was an answer.
    pub http_status: Option<u16>,
    /// The vendor's code, if it gave one.
    pub code: Option<String>,
    /// The vendor's serial for support tickets.
    pub serial: Option<String>,
    /// Units that the vendor says it charged.
    pub units: Option<String>,
    /// How long it took.
    pub duration: Duration,
    /// What was at stake, for a charging exchange.
    pub price: Fen,
    /// What went wrong, in one line.
    pub note: Option<String>,
    /// Whether the vendor counts it, by the table of its codes.
    pub counted: Counted,
    /// Whether it was charged.
    pub charged: Charged,
}

/// Whether an exchange was charged, as far as is known here. The vendor's invoice is the judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Charged {
    /// The vendor took the order, or a person found that it had.
    Yes,
    /// It cost nothing: it is no order, it never left, or the vendor surely did nothing.
    No,
    /// Nobody knows.
    Maybe,
    /// A person decided that the vendor does not have it: it should be on no invoice.
    Denied,
}

impl Charged {
    /// The text of the ledger and of bills.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Maybe => "maybe",
            Self::Denied => "denied",
        }
    }
}

impl std::str::FromStr for Charged {
    type Err = UnknownCharged;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "yes" => Ok(Self::Yes),
            "no" => Ok(Self::No),
            "maybe" => Ok(Self::Maybe),
            "denied" => Ok(Self::Denied),
            _ => Err(UnknownCharged),
        }
    }
}

/// The text is no [`Charged`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCharged;

impl fmt::Display for UnknownCharged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not yes, no, maybe or denied")
    }
}

impl std::error::Error for UnknownCharged {}

/// An exchange that could have been charged or was counted, with what it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The exchange.
    pub row: ExchangeRow,
    /// What was ordered.
    pub product: Product,
    /// About what.
    pub subject: String,
    /// The vendor's reference of the order, where it is known.
    pub reference: Option<String>,
}

impl Booked {
    /// Whether the vendor counts it for sure, or probably.
    pub fn is_counted(&self) -> bool {
        matches!(self.row.counted, Counted::Yes | Counted::Likely)
    }
}

impl ExchangeRow {
    /// The row of a charging call of which only the intent is known: who meant to make it has
    /// ended.
    pub fn lost(entry: &Entry, intent: &Intent, note: Option<String>) -> Self {
        let wanted = entry.order.wanted();
        Self {
            order: entry.order.id().clone(),
            at: intent.written,
            vendor: wanted.product().vendor(),
            exchange: Call::place(wanted)
                .map_or("", |call| call.name())
                .to_owned(),
            effect: Effect::Charge,
            delivery: Delivery::MaybeSent,
            http_status: None,
            code: None,
            serial: None,
            units: None,
            duration: Duration::ZERO,
            price: entry.price,
            note,
            counted: Counted::Unknown,
            charged: Charged::Maybe,
        }
    }

    /// The row of an attempt to get a token, made on behalf of `order`.
    pub fn of_token(order: &OrderId, attempt: &Attempt) -> Self {
        let receipt = attempt.receipt.as_ref();
        Self {
            order: order.clone(),
            at: attempt.started,
            vendor: Vendor::Patsnap,
            exchange: "oauth/token".to_owned(),
            effect: Effect::Read,
            delivery: attempt.delivery,
            http_status: attempt.http_status,
            code: receipt
                .and_then(|receipt| receipt.code.as_ref())
                .map(|code| code.as_str().to_owned()),
            serial: receipt.and_then(|receipt| receipt.serial.clone()),
            units: receipt.and_then(|receipt| receipt.units.clone()),
            duration: attempt.duration,
            price: Fen::ZERO,
            note: None,
            counted: counted(
                attempt.delivery,
                receipt.and_then(|receipt| receipt.code.as_ref()),
                "oauth/token",
            ),
            charged: Charged::No,
        }
    }

    /// The row of `call`, made for `order` at the price of `price`, with what came of it.
    pub fn of(
        order: &OrderId,
        call: &Call,
        attempt: &Attempt,
        price: Fen,
        result: &Result<(News, Receipt), Failure>,
    ) -> Self {
        let mut row = Self {
            order: order.clone(),
            at: attempt.started,
            vendor: call.vendor(),
            exchange: call.name().to_owned(),
            effect: call.effect(),
            delivery: Delivery::Answered,
            http_status: None,
            code: None,
            serial: None,
            units: None,
            duration: attempt.duration,
            price: if call.effect() == Effect::Charge {
                price
            } else {
                Fen::ZERO
            },
            note: None,
            counted: Counted::Unknown,
            charged: charged(call, result),
        };
        match result {
            Ok((_, receipt)) => {
                row.http_status = Some(receipt.http_status);
                row.code = receipt.code.as_ref().map(|code| code.as_str().to_owned());
                row.serial.clone_from(&receipt.serial);
                row.units.clone_from(&receipt.units);
                row.counted = counted(row.delivery, receipt.code.as_ref(), call.name());
            }
            Err(failure) => {
                let refusal = failure.refusal();
                row.delivery = failure.delivery();
                row.http_status = refusal.http_status;
                row.code = refusal.code.as_ref().map(|code| code.as_str().to_owned());
                row.serial.clone_from(&refusal.serial);
                row.note = Some(refusal.text.clone());
                row.counted = counted(row.delivery, refusal.code.as_ref(), call.name());
            }
        }
        row
    }
}

/// Whether the vendor counts a call that was answered with `code`.
fn counted(delivery: Delivery, code: Option<&Code>, exchange: &str) -> Counted {
    match (delivery, code) {
        (Delivery::NeverSent, _) => Counted::No,
        (_, Some(code)) => code.counted_at(exchange),
        (_, None) => Counted::Unknown,
    }
}

/// Whether `call` was charged, by what came of it.
fn charged(call: &Call, result: &Result<(News, Receipt), Failure>) -> Charged {
    match (call.effect(), result) {
        (Effect::Read, _) => Charged::No,
        (Effect::Charge, Ok(_)) => Charged::Yes,
        (Effect::Charge, Err(failure)) if failure.is_surely_nothing() => Charged::No,
        (Effect::Charge, Err(_)) => Charged::Maybe,
    }
}
