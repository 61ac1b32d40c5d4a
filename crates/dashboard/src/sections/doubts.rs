//! The uncertain orders, and what a person can do about them.

use jindiao_batch::Doubtful;
use jindiao_order::{Fen, Flow, Policy, Product, Question, State, StateName};
use jindiao_protocol::{Delivery, Vendor};
use maud::{Markup, html};

use super::{DOUBTS, Kind, Page};
use crate::show;
use crate::words::{Word, Words as _};

impl Page<'_> {
    pub(super) fn uncertain(&self) -> Markup {
        let all = self.view.orders(&[StateName::Uncertain]);
        let shown = self.view.doubts.len() as u64;
        let before = u64::from(self.view.skipped);
        let after = all.saturating_sub(before).saturating_sub(shown);
        html! {
            section #uncertain .alert[all > 0] {
                h2 { (self.w(Word::Uncertain)) @if all > 0 { " " span.count { (show::number(all)) } } }
                @if all == 0 {
                    p.empty { (self.w(Word::NoUncertain)) }
                } @else {
                    p.lead { (self.w(Word::UncertainLead)) }
                    ul.doubts {
                        @for doubt in &self.view.doubts { (self.doubt(doubt)) }
                    }
                    @match self.kind {
                        Kind::File => {
                            @if after > 0 { p.muted { "+ " (show::number(after)) " " (self.w(Word::More)) } }
                        }
                        Kind::Live => {
                            @if before > 0 || after > 0 {
                                p.pages {
                                    button type="button" data-skip=(before.saturating_sub(u64::from(DOUBTS))) disabled[before == 0] { (self.w(Word::Earlier)) }
                                    span.muted { (before + 1) "–" (before + shown) " / " (show::number(all)) }
                                    button type="button" data-skip=(before + shown) disabled[after == 0] { (self.w(Word::Later)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn doubt(&self, doubt: &Doubtful) -> Markup {
        let entry = &doubt.entry;
        let order = &entry.order;
        let State::Uncertain {
            question, note, at, ..
        } = order.state()
        else {
            // Decided since the ledger was looked at.
            return html! {};
        };
        let product = order.wanted().product();
        let stake = match entry.at_stake() {
            Fen::ZERO => entry.charged(),
            stake => stake,
        };
        let again = match self.view.policies.get(&product) {
            Some(policy) => order.again_at(policy),
            None => order.again_at(&Policy::of(product)),
        };
        let asks = match question {
            Question::WasItPlaced => Word::WasItPlaced,
            Question::OrderAgain => Word::OrderAgain,
        };
        let id = order.id().as_str();
        html! {
            li.doubt id={ "doubt-" (id) } {
                h3 { (order.wanted().subject().label()) }
                p.muted {
                    (self.lang.vendor(product.vendor())) " · " (self.lang.product(product)) " · "
                    (self.w(Word::Order)) " " code { (id) } " · " (self.w(Word::Since)) " " (self.time(*at))
                }
                dl.facts {
                    dt { (self.w(Word::Sent)) } dd { (self.sent(doubt)) }
                    dt { (self.w(Word::Why)) } dd { (note) }
                    dt { (self.w(Word::AtStake)) } dd { b { (show::money(stake)) } }
                    dt { (self.w(Word::Question)) } dd { b { (self.w(asks)) } }
                    @if *question == Question::WasItPlaced {
                        dt { (self.w(Word::LookFirst)) } dd { (self.w(look_first(product))) }
                    }
                    @if let Some(at) = again {
                        dt { (self.w(Word::ByItself)) } dd { (self.w(Word::AgainAfter)) " " (self.time(at)) }
                    }
                }
                @if self.kind == Kind::Live { (self.buttons(id, product, *question)) }
                details id={ "commands-" (id) } open[self.kind == Kind::File] {
                    summary { (self.w(Word::WithCommand)) }
                    pre { (self.commands(id, product, *question)) }
                }
            }
        }
    }

    fn sent(&self, doubt: &Doubtful) -> Markup {
        let Some(row) = &doubt.attempt else {
            return html! { (self.w(Word::NotInBooks)) };
        };
        let known = match (row.delivery, &row.code, row.http_status) {
            (Delivery::Answered, Some(code), _) => format!("{} {code}", self.w(Word::AnsweredCode)),
            (Delivery::Answered, None, Some(status)) => {
                format!("{} {status}", self.w(Word::AnsweredHttp))
            }
            (Delivery::NeverSent, ..) => self.w(Word::NeverSent).to_owned(),
            _ => self.w(Word::MaybeSent).to_owned(),
        };
        html! { code { (row.exchange) } ", " (self.time(row.at)) ": " (known) }
    }

    fn buttons(&self, id: &str, product: Product, question: Question) -> Markup {
        let button = |verdict: &str, class: &str, word, means| {
            html! {
                button.(class) type="button" data-order=(id) data-verdict=(verdict) data-means=(self.w(means)) { (self.w(word)) }
            }
        };
        html! {
            div.ways {
                @match question {
                    Question::WasItPlaced => {
                        @if product.flow() != Flow::Free {
                            div.way {
                                label for={ "reference-" (id) } {
                                    (self.w(if product.flow() == Flow::Direct { Word::ReferenceLink } else { Word::Reference }))
                                }
                                input id={ "reference-" (id) } type="text" autocomplete="off" spellcheck="false" maxlength="8192";
                                (button("placed", "", Word::Placed, Word::PlacedMeans))
                            }
                        }
                        (button("not_placed", "quiet", Word::NotPlaced, Word::NotPlacedMeans))
                    }
                    Question::OrderAgain => (button("not_placed", "quiet", Word::PayAgain, Word::PayAgainMeans)),
                }
                (button("abandon", "quiet", Word::Abandon, Word::AbandonMeans))
            }
        }
    }

    fn commands(&self, id: &str, product: Product, question: Question) -> String {
        let mut ways = vec!["--not-placed", "--abandon"];
        if question == Question::WasItPlaced && product.flow() != Flow::Free {
            // A link is signed: it comes in by standard input.
            let placed = match product.flow() {
                Flow::Direct => "--placed -",
                _ => "--placed REFERENCE",
            };
            ways.insert(0, placed);
        }
        let flag = &self.view.flag;
        let lines = ways
            .iter()
            .map(|way| format!("jindiao resolve {id} {way}{flag}"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Where a person can see whether the vendor has an order: what the vendors' documents offer.
fn look_first(product: Product) -> Word {
    match product {
        Product::QccRiskReport => Word::LookRisk,
        Product::QccSnapshot => Word::LookSnapshot,
        _ if product.vendor() == Vendor::Patsnap => Word::LookPatsnap,
        _ => Word::LookConsole,
    }
}
