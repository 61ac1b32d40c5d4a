//! An uncertain order, made bearable: what was sent, what is at stake, what is asked, where to
//! look, and the commands that settle it.

use jindiao_batch::{Entry, ExchangeRow, Store};
use jindiao_codes::Vendor;
use jindiao_order::{Fen, Flow, Product, Question, State, StateName};
use jindiao_protocol::{Delivery, Effect, Timestamp};
use serde::Serialize;

use crate::config::Config;
use crate::error::CliError;
use crate::ledger;
use crate::record::{delivery, reason};

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
    pub(crate) who: &'static str,
}

impl Resolver {
    /// The one for the ledger of `store`.
    fn of(store: &Store, config: &Config) -> Self {
        Self {
            command: "jindiao resolve",
            flag: ledger::flag(store, config),
            who: "a run",
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
    fn asks(&self) -> String {
        let vendor = self.product().vendor();
        match self.question {
            Question::WasItPlaced => {
                format!("does {vendor} ({}) have this order?", vendor.zh())
            }
            Question::OrderAgain => format!(
                "it was charged and its link is dead: is it worth a second charge of {} yuan?",
                self.entry.price
            ),
        }
    }

    /// What was sent, and what is known of it, in one line.
    fn sent(&self) -> String {
        let Some(row) = &self.attempt else {
            return "the call is not in the books".to_owned();
        };
        let known = match (row.delivery, &row.code, row.http_status) {
            (Delivery::Answered, Some(code), Some(status)) => {
                format!("answered with code {code} (HTTP {status})")
            }
            (Delivery::Answered, None, Some(status)) => format!("answered with HTTP {status}"),
            (Delivery::NeverSent, ..) => "never sent".to_owned(),
            _ => "it may have arrived, no answer was read".to_owned(),
        };
        format!("{} {} at {}: {known}", row.vendor, row.exchange, row.at)
    }

    /// Where a person can look first.
    fn ask_first(&self) -> Option<&'static str> {
        // What the vendors' documents offer. Nothing of it is called: each answers for an account
        // that a person knows better, and none names the request that an order came from.
        (self.question == Question::WasItPlaced).then(|| match self.product() {
            Product::QccRiskReport => {
                "your account's web console, or QCC's interface radar/listLatestOrderNo, said to list the last ten orders (whether also those of radar_ext is not known); Jindiao does not call it"
            }
            Product::QccSnapshot => {
                "your account's web console, for the number of calls: a snapshot has no order number"
            }
            product if product.vendor() == Vendor::Patsnap => {
                "your account's web console, or PatSnap's statement of account V2 (open-user/statement/v2), which adds up usage by request path and is collected daily from 8 o'clock; Jindiao does not call it"
            }
            _ => "your account's web console",
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
                ways.push(way(reference, "the vendor has it"));
                ways.push(way(
                    "--not-placed",
                    "the vendor does not have it: order it again",
                ));
            }
            Question::OrderAgain => {
                ways.push(way("--not-placed", "order it again, for a second charge"));
            }
        }
        ways.push(way("--abandon", "give it up"));
        ways
    }

    /// Everything about it, for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let order = &self.entry.order;
        let mut lines = vec![format!(
            "uncertain: {} {} (order {}), since {}",
            self.product(),
            order.wanted().subject().label(),
            order.id(),
            self.since
        )];
        let mut fact = |name: &str, text: String| lines.push(format!("  {name:<9}  {text}"));
        fact("sent", self.sent());
        fact("why", reason(order, None).unwrap_or_default());
        let stake = self.entry.at_stake();
        if stake > Fen::ZERO {
            fact("at stake", format!("{stake} yuan"));
        } else {
            fact("charged", format!("{} yuan", self.entry.charged()));
        }
        fact("question", self.asks());
        if let Some(place) = self.ask_first() {
            fact("ask first", place.to_owned());
        }
        if let Some(at) = self.again_at {
            fact(
                "by itself",
                format!(
                    "{} orders it again after {at}, as on_uncertain says",
                    self.by.who
                ),
            );
        }
        let ways = self.commands();
        let width = ways.iter().map(|it| it.command.len()).max().unwrap_or(0);
        lines.extend(
            ways.iter()
                .map(|it| format!("    {:width$}   # {}", it.command, it.means)),
        );
        lines
    }

    /// The same for programs.
    pub(crate) fn record(&self) -> DoubtRecord {
        let row = self.attempt.as_ref();
        DoubtRecord {
            question: match self.question {
                Question::WasItPlaced => "was_it_placed",
                Question::OrderAgain => "order_again",
            },
            asks: self.asks(),
            since: self.since,
            exchange: row.map(|row| row.exchange.clone()),
            sent_at: row.map(|row| row.at),
            delivery: row.map(|row| delivery(row.delivery)),
            http_status: row.and_then(|row| row.http_status),
            code: row.and_then(|row| row.code.clone()),
            serial: row.and_then(|row| row.serial.clone()),
            at_stake_fen: self.entry.at_stake(),
            price_fen: self.entry.price,
            ask_first: self.ask_first(),
            again_at: self.again_at,
            commands: self.commands().into_iter().map(|it| it.command).collect(),
        }
    }
}

/// A command that settles a doubt.
struct Way {
    command: String,
    means: &'static str,
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
    ask_first: Option<&'static str>,
    again_at: Option<Timestamp>,
    commands: Vec<String>,
}
