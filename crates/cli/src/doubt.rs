//! An uncertain order, made bearable: what was sent, what is at stake, what is asked, where to
//! look, and the commands that settle it.

use jindiao_batch::{Entry, ExchangeRow, Store};
use jindiao_codes::Vendor;
use jindiao_order::{Fen, Flow, Product, Question, State, StateName};
use jindiao_protocol::{Delivery, Effect, Timestamp};
use jindiao_words::{Message, say};
use serde::Serialize;

use crate::config::Config;
use crate::error::CliError;
use crate::ledger;
use crate::output::{padded, spoken};
use crate::record::{delivery, why};

/// An order that waits for a person's answer.
pub(crate) struct Doubt {
    entry: Entry,
    question: Question,
    since: Timestamp,
    /// The last call that may have been charged.
    attempt: Option<ExchangeRow>,
    /// When it goes on by itself.
    again_at: Option<Timestamp>,
    by: Resolver,
}

/// What answers doubts, and goes on by itself where it may.
#[derive(Debug, Clone)]
pub(crate) struct Resolver {
    /// The command.
    pub(crate) command: &'static str,
    /// The flags that name where the orders are.
    pub(crate) flag: String,
    /// Who orders.
    pub(crate) who: Who,
}

/// Who orders, on one machine or on many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Run,
    #[cfg(feature = "cluster")]
    Worker,
}

impl Resolver {
    /// The one for the ledger of `store`.
    fn of(store: &Store, config: &Config) -> Self {
        Self {
            command: "jindiao resolve",
            flag: ledger::flag(store, config),
            who: Who::Run,
        }
    }
}

impl Doubt {
    /// The doubt about `entry`; `None` if it is not uncertain.
    pub(crate) fn of(
        entry: &Entry,
        store: &Store,
        config: &Config,
    ) -> Result<Option<Self>, CliError> {
        if entry.order.state().name() != StateName::Uncertain {
            return Ok(None);
        }
        let (_, exchanges) = store.history(entry.order.id())?;
        let by = Resolver::of(store, config);
        Ok(Self::new(entry, exchanges, config, by))
    }

    /// The same of an order with these exchanges.
    pub(crate) fn new(
        entry: &Entry,
        exchanges: Vec<ExchangeRow>,
        config: &Config,
        by: Resolver,
    ) -> Option<Self> {
        let State::Uncertain { question, at, .. } = entry.order.state() else {
            return None;
        };
        let policy = config.policy(entry.order.wanted().product());
        Some(Self {
            question: *question,
            since: *at,
            attempt: exchanges
                .into_iter()
                .rev()
                .find(|row| row.effect == Effect::Charge),
            again_at: entry.order.again_at(&policy),
            by,
            entry: entry.clone(),
        })
    }

    fn product(&self) -> Product {
        self.entry.order.wanted().product()
    }

    /// What is asked, in one line.
    fn asks(&self) -> Message {
        let vendor = self.product().vendor();
        match self.question {
            Question::WasItPlaced => say!(
                "does {vendor} ({name}) have this order?",
                vendor,
                name = vendor.zh()
            ),
            Question::OrderAgain => say!(
                "it was charged and its link is dead: is it worth a second charge of {price} yuan?",
                price = self.entry.price
            ),
        }
    }

    /// What was sent, and what is known of it, in one line.
    fn sent(&self) -> Message {
        let Some(row) = &self.attempt else {
            return say!("the call is not in the books");
        };
        let known = match (row.delivery, &row.code, row.http_status) {
            (Delivery::Answered, Some(code), Some(status)) => {
                say!("answered with code {code} (HTTP {status})", code, status)
            }
            (Delivery::Answered, None, Some(status)) => say!("answered with HTTP {status}", status),
            (Delivery::NeverSent, ..) => say!("never sent"),
            _ => say!("it may have arrived, no answer was read"),
        };
        say!(
            "{vendor} {exchange} at {at}: {known}",
            vendor = row.vendor,
            exchange = row.exchange,
            at = row.at,
            known
        )
    }

    /// Where a person can look first.
    fn ask_first(&self) -> Option<Message> {
        // What the vendors' documents offer. Nothing of it is called: each answers for an account
        // that a person knows better, and none names the request that an order came from.
        (self.question == Question::WasItPlaced).then(|| match self.product() {
            Product::QccRiskReport => say!(
                "your account's web console, or QCC's interface radar/listLatestOrderNo, said to list the last ten orders (whether also those of radar_ext is not known); Jindiao does not call it"
            ),
            Product::QccSnapshot => say!(
                "your account's web console, for the number of calls: a snapshot has no order number"
            ),
            product if product.vendor() == Vendor::Patsnap => say!(
                "your account's web console, or PatSnap's statement of account V2 (open-user/statement/v2), which adds up usage by request path and is collected daily from 8 o'clock; Jindiao does not call it"
            ),
            _ => say!("your account's web console"),
        })
    }

    /// The commands that settle it, each with what it means.
    fn commands(&self) -> Vec<Way> {
        let id = self.entry.order.id();
        let Resolver { command, flag, .. } = &self.by;
        let way = |what: &str, means| Way {
            command: format!("{command} {id} {what}{flag}"),
            means,
        };
        let mut ways = Vec::new();
        match self.question {
            Question::WasItPlaced => {
                let reference = match self.product().flow() {
                    Flow::Direct => "--placed LINK",
                    Flow::Task | Flow::Free => "--placed REFERENCE",
                };
                ways.push(way(reference, say!("the vendor has it")));
                ways.push(way(
                    "--not-placed",
                    say!("the vendor does not have it: order it again"),
                ));
            }
            Question::OrderAgain => {
                ways.push(way(
                    "--not-placed",
                    say!("order it again, for a second charge"),
                ));
            }
        }
        ways.push(way("--abandon", say!("give it up")));
        ways
    }

    /// Everything about it, for people.
    pub(crate) fn lines(&self) -> Vec<Message> {
        let order = &self.entry.order;
        let mut facts = vec![
            (say!("sent"), self.sent()),
            (
                say!("why"),
                why(order, None).unwrap_or_else(|| Message::verbatim("")),
            ),
        ];
        let stake = self.entry.at_stake();
        facts.push(if stake > Fen::ZERO {
            (say!("at stake"), say!("{sum} yuan", sum = stake))
        } else {
            let charged = self.entry.charged();
            (say!("charged"), say!("{sum} yuan", sum = charged))
        });
        facts.push((say!("question"), self.asks()));
        facts.extend(self.ask_first().map(|place| (say!("ask first"), place)));
        if let Some(at) = self.again_at {
            let again = match self.by.who {
                Who::Run => say!("a run orders it again after {at}, as on_uncertain says", at),
                #[cfg(feature = "cluster")]
                Who::Worker => say!(
                    "a worker orders it again after {at}, as on_uncertain says",
                    at
                ),
            };
            facts.push((say!("by itself"), again));
        }
        let head = say!(
            "uncertain: {product} {subject} (order {order}), since {since}",
            product = self.product(),
            subject = order.wanted().subject().label(),
            order = order.id(),
            since = self.since
        );
        let facts = facts.into_iter().map(|(name, text)| {
            let name = Message::verbatim(padded(&spoken(name), 9));
            say!("  {name}  {text}", name, text)
        });
        let ways = self.commands();
        let width = ways.iter().map(|it| it.command.len()).max().unwrap_or(0);
        let ways = ways.into_iter().map(|it| {
            let command = Message::verbatim(padded(&it.command, width));
            say!("    {command}   # {means}", command, means = it.means)
        });
        [head].into_iter().chain(facts).chain(ways).collect()
    }

    /// The same for programs.
    pub(crate) fn record(&self) -> DoubtRecord {
        let row = self.attempt.as_ref();
        DoubtRecord {
            question: match self.question {
                Question::WasItPlaced => "was_it_placed",
                Question::OrderAgain => "order_again",
            },
            asks: self.asks().to_string(),
            since: self.since,
            exchange: row.map(|row| row.exchange.clone()),
            sent_at: row.map(|row| row.at),
            delivery: row.map(|row| delivery(row.delivery)),
            http_status: row.and_then(|row| row.http_status),
            code: row.and_then(|row| row.code.clone()),
            serial: row.and_then(|row| row.serial.clone()),
            at_stake_fen: self.entry.at_stake(),
            price_fen: self.entry.price,
            ask_first: self.ask_first().map(|it| it.to_string()),
            again_at: self.again_at,
            commands: self.commands().into_iter().map(|it| it.command).collect(),
        }
    }
}

/// A command that settles a doubt.
struct Way {
    command: String,
    means: Message,
}

/// What `{"type":"order"}` says more of an uncertain order.
#[derive(Debug, Serialize)]
pub(crate) struct DoubtRecord {
    question: &'static str,
    asks: String,
    since: Timestamp,
    exchange: Option<String>,
    sent_at: Option<Timestamp>,
    delivery: Option<&'static str>,
    http_status: Option<u16>,
    code: Option<String>,
    serial: Option<String>,
    at_stake_fen: Fen,
    price_fen: Fen,
    ask_first: Option<String>,
    again_at: Option<Timestamp>,
    commands: Vec<String>,
}
