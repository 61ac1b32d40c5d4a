//! The sections of the page.
//!
//! Every text passes through `maud`, which escapes it, and the whole passes through
//! [`jindiao_list::visible`]: what lists and vendors wrote can neither be markup nor turn the
//! direction of writing. Each section has an id, so that a live page changes only what changed.

mod accounts;
mod doubts;
mod over_time;

use std::collections::BTreeMap;
use std::time::Duration;

use jindiao_batch::Exchanges;
use jindiao_order::{Fen, Flow, Product, StateName};
use jindiao_protocol::{Delivery, Timestamp, Vendor};
use maud::{Markup, html};

use crate::view::View;
use crate::words::{Word, Words as _};
use crate::{Lang, show};

/// Whether the page can do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is served, and has buttons.
    Live,
    /// It is a file.
    File,
}

/// So many uncertain orders are on a page.
pub(crate) const DOUBTS: u32 = 10;

/// All sections, as text that is safe wherever HTML may stand.
pub(crate) fn all(view: &View, lang: Lang, kind: Kind) -> String {
    let page = Page { view, lang, kind };
    let markup = html! {
        (page.head())
        (page.summary())
        @if view.overview.counts.is_empty() {
            section #empty { p.empty { (page.w(Word::Empty)) } }
        } @else {
            (page.uncertain())
            (page.progress())
            (page.over_time())
            (page.accounts())
            (page.waits())
            (page.failures())
            (page.ended())
            (page.links())
        }
    };
    jindiao_list::visible(&markup.into_string()).into_owned()
}

struct Page<'a> {
    view: &'a View,
    lang: Lang,
    kind: Kind,
}

const UNDER_WAY: [StateName; 5] = [
    StateName::Planned,
    StateName::Ordering,
    StateName::Ordered,
    StateName::Waiting,
    StateName::Ready,
];
const NO_REPORT: [StateName; 2] = [StateName::Refused, StateName::Failed];
/// The states in the order of the bars: what is done first.
const BAR: [StateName; 10] = [
    StateName::Stored,
    StateName::Ready,
    StateName::Waiting,
    StateName::Ordered,
    StateName::Ordering,
    StateName::Planned,
    StateName::Held,
    StateName::Uncertain,
    StateName::Refused,
    StateName::Failed,
];

impl Page<'_> {
    fn w(&self, word: Word) -> &'static str {
        word.in_lang(self.lang)
    }

    fn head(&self) -> Markup {
        let overview = &self.view.overview;
        let (kind, word) = match overview.kind {
            jindiao_batch::LedgerKind::Real => ("real", Word::Real),
            jindiao_batch::LedgerKind::Simulated => ("simulated", Word::Simulated),
        };
        html! {
            section #about .about {
                p {
                    (self.w(Word::Ledger)) " " b { (self.view.ledger) } " "
                    span.badge.(kind) { (self.w(word)) } " "
                    span.muted { (self.w(Word::AsOf)) " " (self.time(overview.at)) }
                }
                @if overview.unread > 0 {
                    p.note { (show::number(overview.unread)) " " (self.w(Word::Unread)) }
                }
            }
        }
    }

    fn summary(&self) -> Markup {
        let view = self.view;
        let doubts = view.orders(&[StateName::Uncertain]);
        let money = view.overview.money;
        let tile = |class: &str, value: String, word| {
            html! {
                div.tile.(class) { dd { (value) } dt { (self.w(word)) } }
            }
        };
        let count = |states: &[StateName]| show::number(view.orders(states));
        let bad = view.orders(&NO_REPORT);
        let under_way = view.orders(&UNDER_WAY) + view.orders(&[StateName::Held]);
        html! {
            section #summary {
                h2.sr { (self.w(Word::Summary)) }
                dl.tiles {
                    (tile("", count(StateName::ALL), Word::Wanted))
                    (tile("good", count(&[StateName::Stored]), Word::Stored))
                    (tile("", show::number(under_way), Word::UnderWay))
                    (tile(if bad > 0 { "bad" } else { "" }, show::number(bad), Word::NoReport))
                    div.tile {
                        dd { (show::money(money.charged)) }
                        dt {
                            (self.w(Word::Charged))
                            @if money.maybe > Fen::ZERO {
                                br; span.more { "+ " (show::money(money.maybe)) " " (self.w(Word::NotSure)) }
                            }
                        }
                    }
                    (tile(if doubts > 0 { "warn" } else { "" }, show::number(doubts),
                        if doubts > 0 { Word::NeedDecision } else { Word::NoneUncertain }))
                }
            }
        }
    }

    fn progress(&self) -> Markup {
        let mut products: BTreeMap<Product, BTreeMap<StateName, u64>> = BTreeMap::new();
        for count in &self.view.overview.counts {
            let states = products.entry(count.product).or_default();
            *states.entry(count.state).or_default() += count.orders;
        }
        let used = |state: &&StateName| products.values().any(|it| it.contains_key(*state));
        html! {
            section #progress {
                h2 { (self.w(Word::Progress)) }
                p.legend {
                    @for state in BAR.iter().filter(used) {
                        span { i.key.(state.as_str()) {} (self.lang.state(*state)) }
                    }
                }
                @for vendor in Vendor::ALL {
                    @let mine: Vec<_> = products.iter().filter(|(product, _)| product.vendor() == vendor).collect();
                    @if !mine.is_empty() {
                        h3 { (self.lang.vendor(vendor)) }
                        @for (product, states) in mine { (self.bar(*product, states)) }
                    }
                }
            }
        }
    }

    fn bar(&self, product: Product, states: &BTreeMap<StateName, u64>) -> Markup {
        let all: u64 = states.values().sum();
        let stored = states.get(&StateName::Stored).copied().unwrap_or(0);
        let told: Vec<_> = BAR
            .iter()
            .filter_map(|state| Some((*state, *states.get(state)?)))
            .collect();
        let text: Vec<_> = told
            .iter()
            .map(|(state, n)| format!("{} {}", show::number(*n), self.lang.state(*state)))
            .collect();
        let text = text.join(", ");
        let mut left = 0;
        let parts: Vec<_> = told
            .iter()
            .map(|(state, n)| {
                let begin = share(left, all);
                left += n;
                (state.as_str(), begin, share(left, all) - begin)
            })
            .collect();
        html! {
            div.row {
                p.name { span { (self.lang.product(product)) } span.muted { (show::number(stored)) " / " (show::number(all)) } }
                svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label=(text) {
                    @for (state, begin, width) in parts {
                        rect.(state) x=(begin) y="0" width=(width) height="10" {}
                    }
                }
                p.small.muted { (text) }
            }
        }
    }

    fn waits(&self) -> Markup {
        let waits = &self.view.overview.waits;
        html! {
            section #waits {
                h2 { (self.w(Word::Waiting)) }
                @if waits.is_empty() {
                    p.empty { (self.w(Word::NoWaits)) }
                } @else {
                    p.small.muted { (self.w(Word::WaitingNote)) }
                    div.scroll {
                        table {
                            thead {
                                tr {
                                    th scope="col" rowspan="2" { (self.w(Word::Product)) }
                                    th.n scope="col" rowspan="2" { (self.w(Word::Reports)) }
                                    th.group scope="colgroup" colspan="3" { (self.w(Word::ToOrder)) }
                                    th.group scope="colgroup" colspan="3" { (self.w(Word::ToStore)) }
                                }
                                tr {
                                    @for _ in 0..2 {
                                        th.n scope="col" { (self.w(Word::Half)) }
                                        th.n scope="col" { (self.w(Word::NineOfTen)) }
                                        th.n scope="col" { (self.w(Word::Longest)) }
                                    }
                                }
                            }
                            tbody {
                                @for it in waits {
                                    tr {
                                        th scope="row" { (self.lang.product(it.product)) }
                                        td.n { (show::number(it.reports as u64)) }
                                        @for length in it.to_order.iter().chain(&it.to_store) {
                                            td.n { (show::length(*length, self.lang)) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn failures(&self) -> Markup {
        let failures: Vec<_> = self
            .view
            .overview
            .exchanges
            .iter()
            .filter(|it| it.is_failure())
            .collect();
        html! {
            section #failures {
                h2 { (self.w(Word::Failures)) }
                @if failures.is_empty() {
                    p.empty { (self.w(Word::NoFailures)) }
                } @else {
                    ul.failures {
                        @for failure in failures.iter().take(50) {
                            li {
                                p.name {
                                    span { (self.lang.vendor(failure.vendor)) " " b { (self.came(failure)) } " " code { (failure.exchange) } }
                                    span.times { (show::number(failure.calls)) " ×" }
                                }
                                p { (self.meaning(failure)) }
                                p.small.muted { (self.w(Word::LastTime)) " " (self.time(failure.last)) }
                            }
                        }
                    }
                    @if failures.len() > 50 { p.muted { "+ " (failures.len() - 50) " " (self.w(Word::More)) } }
                }
            }
        }
    }

    /// What came of a call, in a word.
    fn came(&self, it: &Exchanges) -> String {
        match (&it.code, it.http_status, it.delivery) {
            (Some(code), ..) => code.clone(),
            (None, Some(status), _) => format!("HTTP {status}"),
            (None, None, Delivery::NeverSent) => self.w(Word::NeverSent).to_owned(),
            _ => self.w(Word::NoAnswer).to_owned(),
        }
    }

    fn meaning(&self, it: &Exchanges) -> Markup {
        match (&it.code, it.http_status, it.delivery) {
            (Some(_), ..) => match it.info() {
                Some(info) => html! { (self.explained(info)) " " (self.todo(info)) },
                None => html! { (self.w(Word::UnknownCode)) },
            },
            (None, Some(_), _) => html! { (self.w(Word::HttpMeans)) },
            (None, None, Delivery::NeverSent) => html! { (self.w(Word::NotSentMeans)) },
            _ => html! { (self.w(Word::NoAnswerMeans)) },
        }
    }

    fn explained(&self, info: &jindiao_codes::Info) -> String {
        sentence(
            if self.lang == Lang::Zh {
                info.zh
            } else {
                info.en
            },
            self.lang,
        )
    }

    fn todo(&self, info: &jindiao_codes::Info) -> String {
        let todo = if self.lang == Lang::Zh {
            info.todo_zh
        } else {
            info.todo_en
        };
        sentence(todo, self.lang)
    }

    fn ended(&self) -> Markup {
        let ended = &self.view.overview.ended;
        let all = self.view.orders(&NO_REPORT);
        let shown = ended.len().min(20);
        html! {
            section #ended {
                h2 { (self.w(Word::EndedTitle)) @if all > 0 { " " span.count { (show::number(all)) } } }
                @if ended.is_empty() {
                    p.empty { (self.w(Word::NoEnded)) }
                } @else {
                    ul.failures {
                        @for it in ended.iter().take(shown) {
                            li {
                                p.name {
                                    span { b { (it.subject) } " " span.muted { (self.lang.vendor(it.product.vendor())) " · " (self.lang.product(it.product)) } }
                                    span.badge.bad { (self.lang.state(it.state)) }
                                }
                                p { (it.reason) }
                                p.small.muted { (self.w(Word::Order)) " " code { (it.order) } " · " (self.time(it.at)) }
                            }
                        }
                    }
                    @if all > shown as u64 { p.muted { "+ " (show::number(all - shown as u64)) " " (self.w(Word::More)) } }
                }
            }
        }
    }

    fn links(&self) -> Markup {
        let links = &self.view.overview.links;
        let now = self.view.overview.at;
        html! {
            section #links {
                h2 { (self.w(Word::Links)) }
                @if links.is_empty() {
                    p.empty { (self.w(Word::NoLinks)) }
                } @else {
                    p.small.muted { (self.w(Word::LinksNote)) }
                    div.scroll {
                        table {
                            thead { tr {
                                th scope="col" { (self.w(Word::TimeLeft)) }
                                th scope="col" { (self.w(Word::Product)) }
                                th scope="col" { (self.w(Word::Subject)) }
                                th scope="col" { (self.w(Word::Order)) }
                            } }
                            tbody {
                                @for link in links.iter().take(20) {
                                    tr {
                                        td { (self.left(link.expires, now, link.product)) }
                                        td { (self.lang.product(link.product)) }
                                        td { (link.subject) }
                                        td { code { (link.order) } }
                                    }
                                }
                            }
                        }
                    }
                    @if links.len() > 20 { p.muted { "+ " (links.len() - 20) " " (self.w(Word::More)) } }
                }
            }
        }
    }

    fn left(&self, expires: Option<Timestamp>, now: Timestamp, product: Product) -> Markup {
        const SOON: Duration = Duration::from_secs(600);
        match expires.map(|at| at.since(now)) {
            None => html! { span.muted { (self.w(Word::UnknownEnd)) } },
            Some(Duration::ZERO) if product.flow() == Flow::Direct => {
                html! { span.badge.bad { (self.w(Word::ExpiredPaid)) } }
            }
            Some(Duration::ZERO) => html! { span.badge.idle { (self.w(Word::Expired)) } },
            Some(left) => {
                let class = if left < SOON { "warn" } else { "good" };
                html! { span.badge.(class) { (show::length(left, self.lang)) } }
            }
        }
    }

    fn time(&self, at: Timestamp) -> Markup {
        html! { time datetime=(at) { (show::time(at)) } }
    }
}

/// A text with its full stop.
fn sentence(text: &str, lang: Lang) -> String {
    let is_whole = text.is_empty() || text.ends_with(['.', '。', '!', '！']);
    match (is_whole, lang) {
        (true, _) => text.to_owned(),
        (false, Lang::En) => format!("{text}."),
        (false, Lang::Zh) => format!("{text}。"),
    }
}

/// A part of a thousand.
fn share(part: u64, all: u64) -> u64 {
    part.saturating_mul(1000).checked_div(all).unwrap_or(0)
}
