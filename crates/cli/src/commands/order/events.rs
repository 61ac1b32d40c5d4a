//! What happens in a run, as JSON Lines.

use jindiao_batch::{AccountTrouble, Event};
use jindiao_order::{Fen, Product};
use serde::Serialize;

use crate::output::Output;

/// An event as a line of JSON.
pub(super) fn tell(event: &Event, out: &mut Output) {
    if !out.is_json() {
        return;
    }
    match event {
        Event::Moved { order, from } => out.record(
            "moved",
            &Moved {
                order: order.id().as_str(),
                product: order.wanted().product().id(),
                from: from.as_str(),
                to: order.state().name().as_str(),
            },
        ),
        Event::Charged {
            order,
            vendor,
            price,
        } => {
            out.record(
                "charged",
                &Charged {
                    order: order.as_str(),
                    vendor: vendor.id(),
                    price_fen: *price,
                },
            );
        }
        Event::Paused(trouble) => out.record("account", &Account::of(trouble)),
        Event::Resting { vendor, until, .. } => {
            out.record(
                "resting",
                &Resting {
                    vendor: vendor.id(),
                    until: until.to_string(),
                },
            );
        }
        Event::Waiting { until, orders } => {
            out.record(
                "waiting",
                &Waiting {
                    until: until.to_string(),
                    orders: *orders,
                },
            );
        }
    }
}

#[derive(Serialize)]
struct Moved<'a> {
    order: &'a str,
    product: &'static str,
    from: &'static str,
    to: &'static str,
}

#[derive(Serialize)]
struct Charged<'a> {
    order: &'a str,
    vendor: &'static str,
    price_fen: Fen,
}

#[derive(Serialize)]
struct Resting {
    vendor: &'static str,
    until: String,
}

#[derive(Serialize)]
struct Waiting {
    until: String,
    orders: usize,
}

#[derive(Serialize)]
struct Account<'a> {
    vendor: &'static str,
    product: Option<&'static str>,
    code: Option<&'a str>,
    reason: &'a str,
    /// What to do about it.
    todo: Option<&'static str>,
}

impl<'a> Account<'a> {
    fn of(trouble: &'a AccountTrouble) -> Self {
        Self {
            vendor: trouble.vendor.id(),
            product: trouble.product.map(Product::id),
            code: trouble
                .refusal
                .code
                .as_ref()
                .map(jindiao_codes::Code::as_str),
            reason: &trouble.refusal.text,
            todo: trouble
                .refusal
                .code
                .as_ref()
                .and_then(|code| code.info_at(&trouble.refusal.exchange))
                .map(|info| info.todo_en),
        }
    }
}
