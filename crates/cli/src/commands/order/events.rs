//! What happens in a run, as JSON Lines, and what people should know of it.

use jindiao_batch::{AccountTrouble, Event};
use jindiao_client::ClockNote;
use jindiao_codes::Vendor;
use jindiao_order::{Fen, Product};
use jindiao_words::{Message, say};
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
        Event::Clock(note) => out.record(
            "clock",
            &Clock {
                vendor: note.vendor.id(),
                ahead_seconds: note.ahead_seconds,
                is_corrected: note.is_corrected,
            },
        ),
        Event::PlainHttp { vendor, address } => {
            out.record(
                "plain_http",
                &PlainHttp {
                    vendor: vendor.id(),
                    url: address,
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

/// What a person should know of an event at once, in one line.
pub(super) fn remark(event: &Event) -> Option<Message> {
    match event {
        Event::Clock(note) => Some(clock(note)),
        Event::PlainHttp { vendor, address } => Some(plain_http(*vendor, address)),
        _ => None,
    }
}

fn clock(note: &ClockNote) -> Message {
    match (note.is_corrected, note.vendor) {
        (true, _) => say!(
            "note: {clock}; calls to it are signed with its time. The rest goes by this machine's clock: set the clock",
            clock = note
        ),
        (false, Vendor::Patsnap) => say!(
            "note: {clock}, which goes by no time of ours: set the clock",
            clock = note
        ),
        (false, _) => say!(
            "note: {clock}, and calls to it are signed with this machine's time: set the clock",
            clock = note
        ),
    }
}

fn plain_http(vendor: Vendor, address: &str) -> Message {
    let what = match vendor {
        Vendor::Qcc => say!("what is asked and answered, report links included"),
        Vendor::Patsnap => say!("the account's credentials, what is asked and what is answered"),
        Vendor::Yibeidiao => say!("record numbers and report links"),
        Vendor::Other(_) => say!("what is asked and answered"),
    };
    say!(
        "note: {vendor} is called without encryption ({address}): whoever is on the way can read {what}, and change the answers; set `url` of [{vendor}] to https:// if the vendor serves it",
        vendor,
        address,
        what
    )
}

#[derive(Serialize)]
struct Clock {
    vendor: &'static str,
    ahead_seconds: i64,
    is_corrected: bool,
}

#[derive(Serialize)]
struct PlainHttp<'a> {
    vendor: &'static str,
    url: &'a str,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing;

    #[track_caller]
    fn check(event: &Event, record: &str, words: &[&str]) {
        let (mut out, written) = testing::output(true);
        tell(event, &mut out);
        assert_eq!(written.text().trim_end(), record);
        let text = remark(event).expect("a word").to_string();
        assert!(text.starts_with("note: ") && !text.contains('\n'), "{text}");
        for word in words {
            assert!(text.contains(word), "{word} in {text}");
        }
    }

    #[test]
    fn a_clock_that_differs() {
        let clock = |vendor, is_corrected| {
            Event::Clock(ClockNote {
                vendor,
                ahead_seconds: 420,
                is_corrected,
            })
        };
        check(
            &clock(Vendor::Qcc, true),
            r#"{"type":"clock","data":{"vendor":"qcc","ahead_seconds":420,"is_corrected":true}}"#,
            &[
                "about 7 minutes behind qcc's",
                "signed with its time",
                "set the clock",
            ],
        );
        check(
            &clock(Vendor::Yibeidiao, false),
            r#"{"type":"clock","data":{"vendor":"yibeidiao","ahead_seconds":420,"is_corrected":false}}"#,
            &["signed with this machine's time", "set the clock"],
        );
    }

    #[test]
    fn a_vendor_without_encryption() {
        let event = Event::PlainHttp {
            vendor: Vendor::Yibeidiao,
            address: "http://api.yibeidiao.com".to_owned(),
        };
        check(
            &event,
            r#"{"type":"plain_http","data":{"vendor":"yibeidiao","url":"http://api.yibeidiao.com"}}"#,
            &[
                "http://api.yibeidiao.com",
                "read record numbers",
                "https://",
                "[yibeidiao]",
            ],
        );
    }
}
