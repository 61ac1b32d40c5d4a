//! The sections of the page.
//!
//! Every text passes through `maud`, which escapes it, and the whole passes through
//! [`jindiao_list::visible`]: what lists and vendors wrote can neither be markup nor turn the
//! direction of writing. Each section has an id, so that a live page changes only what changed.

use std::collections::BTreeMap;
use std::time::Duration;

use jindiao_batch::{Doubtful, Exchanges, Money, Span, Sum};
use jindiao_order::{Fen, Flow, Policy, Product, Question, State, StateName};
use jindiao_protocol::{Delivery, Timestamp, Vendor};
use maud::{Markup, PreEscaped, html};

use crate::chart::{self, Column, PARTS};
use crate::look::{AccountTerms, View};
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

    fn uncertain(&self) -> Markup {
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

    fn over_time(&self) -> Markup {
        let buckets = buckets(&self.view.overview.times, self.view.overview.at);
        let Some((word, buckets)) = buckets else {
            return html! {
                section #money { h2 { (self.w(Word::Money)) } p.empty { (self.w(Word::NoCalls)) } }
            };
        };
        let used: Vec<_> = Vendor::ALL
            .into_iter()
            .filter(|vendor| buckets.iter().any(|it| it.sums.contains_key(vendor)))
            .collect();
        let has_maybe = buckets.iter().any(|it| it.all().money.maybe > Fen::ZERO);
        let money = columns(
            &buckets,
            |sum| sum.money.charged.get(),
            |all| all.money.maybe.get(),
        );
        let calls = columns(&buckets, |sum| sum.counted, |_| 0);
        let yuan = |fen: u64| format!("¥{}", show::number(fen / 100));
        let legend = |maybe: bool| {
            html! {
                p.legend {
                    @for vendor in &used { span { i.key.(vendor.id()) {} (self.lang.vendor(*vendor)) } }
                    @if maybe { span { i.key.maybe {} (self.w(Word::MaybeCharged)) } }
                }
            }
        };
        let title = |text: Word| format!("{}, {}", self.w(text), self.w(word));
        html! {
            section #money {
                div.charts {
                    figure {
                        h2 { (self.w(Word::Money)) " " span.unit { (self.w(Word::Yuan)) ", " (self.w(word)) } }
                        (picture(chart::columns(&money, yuan), &title(Word::Money)))
                        (legend(has_maybe))
                    }
                    figure {
                        h2 { (self.w(Word::Calls)) " " span.unit { (self.w(Word::Counted)) ", " (self.w(word)) } }
                        (picture(chart::columns(&calls, show::number), &title(Word::Calls)))
                        (legend(false))
                    }
                }
                details #money-numbers {
                    summary { (self.w(Word::Numbers)) }
                    p.small.muted { (self.w(Word::CallsNote)) }
                    div.scroll {
                        table {
                            thead { tr {
                                th scope="col" { (self.w(Word::Time)) }
                                th.n scope="col" { (self.w(Word::Charged)) }
                                th.n scope="col" { (self.w(Word::MaybeCharged)) }
                                th.n scope="col" { (self.w(Word::Counted)) }
                                th.n scope="col" { (self.w(Word::CallsMade)) }
                            } }
                            tbody {
                                @for bucket in buckets.iter().filter(|it| !it.sums.is_empty()) {
                                    @let all = bucket.all();
                                    tr {
                                        th scope="row" { (self.time(bucket.begin)) }
                                        td.n { (show::money(all.money.charged)) }
                                        td.n { (show::money(all.money.maybe)) }
                                        td.n { (show::number(all.counted)) }
                                        td.n { (show::number(all.calls)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn accounts(&self) -> Markup {
        html! {
            section #accounts {
                h2 { (self.w(Word::Accounts)) }
                div.cards {
                    @for look in &self.view.overview.accounts {
                        @let terms = self.view.accounts.iter().find(|it| it.vendor == look.vendor);
                        (self.account(look, terms))
                    }
                }
                p.small.muted { (self.w(Word::ConfigNote)) }
            }
        }
    }

    fn account(&self, look: &jindiao_batch::AccountLook, terms: Option<&AccountTerms>) -> Markup {
        let is_failing = match (look.last_success, &look.last_failure) {
            (Some(success), Some(failure)) => failure.last > success,
            (None, failure) => failure.is_some(),
            _ => false,
        };
        let is_used = look.last_success.is_some() || look.last_failure.is_some();
        let (class, health) = match (look.held, is_failing, is_used) {
            (1.., ..) => ("bad", Word::Trouble),
            (0, true, _) => ("warn", Word::Failing),
            (0, false, true) => ("good", Word::Healthy),
            (0, false, false) => ("idle", Word::NotUsed),
        };
        let limit = terms.and_then(|it| it.daily_limit);
        html! {
            article.card.(class) {
                h3 { (self.lang.vendor(look.vendor)) " " span.badge.(class) { (self.w(health)) } }
                dl.facts {
                    dt { (self.w(Word::Today)) }
                    dd {
                        b { (show::number(look.calls_today)) }
                        @match limit {
                            Some(limit) => {
                                " " (self.w(Word::OfLimit)) " " (show::number(limit))
                                svg.bar.quota viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                                    rect.used x="0" y="0" width=(share(look.calls_today.min(limit), limit)) height="10" {}
                                }
                            }
                            None => { " " span.muted { "(" (self.w(Word::NoLimit)) ")" } }
                        }
                    }
                    dt { (self.w(Word::Pace)) }
                    dd {
                        @if let Some(terms) = terms { (a_second(terms.interval)) " " (self.w(Word::PaceLimit)) br; }
                        (show::number(look.calls_last_minute)) " " (self.w(Word::LastMinute))
                    }
                    @if let Some(at) = look.last_success {
                        dt { (self.w(Word::LastSuccess)) } dd { (self.time(at)) }
                    }
                }
                @if look.held > 0 {
                    p.note { b { (show::number(look.held)) " " (self.w(Word::HeldOrders)) } }
                }
                @if let Some((at, refusal)) = &look.trouble {
                    p.note {
                        (self.time(*at)) ": " (refusal.text)
                        @if let Some(info) = refusal.code.as_ref().and_then(|code| code.info_at(&refusal.exchange)) {
                            " " (self.todo(info))
                        }
                    }
                } @else if is_failing {
                    @if let Some(failure) = &look.last_failure {
                        p.note { (self.time(failure.last)) ": " (self.came(failure)) " " (self.meaning(failure)) }
                    }
                }
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

/// Where a person can see whether the vendor has an order: what the vendors' documents offer.
fn look_first(product: Product) -> Word {
    match product {
        Product::QccRiskReport => Word::LookRisk,
        Product::QccSnapshot => Word::LookSnapshot,
        _ if product.vendor() == Vendor::Patsnap => Word::LookPatsnap,
        _ => Word::LookConsole,
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

/// How many calls a second an interval between them allows, with up to two places.
fn a_second(interval: Duration) -> String {
    let nanos = interval.as_nanos().max(1);
    let hundredths = 100_000_000_000 / nanos;
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The charts' picture of what they show, named for those who do not see it.
fn picture(svg: Option<String>, title: &str) -> Markup {
    let Some(svg) = svg else { return html! {} };
    let label = html! { (title) }.into_string();
    let head = format!("<svg class=\"chart\" role=\"img\" aria-label=\"{label}\" ");
    PreEscaped(svg.replacen("<svg ", &head, 1))
}

/// A column of time.
struct Bucket {
    begin: Timestamp,
    label: String,
    sums: BTreeMap<Vendor, Sum>,
}

impl Bucket {
    fn all(&self) -> Sum {
        let mut all = Sum::default();
        self.sums.values().for_each(|sum| add(&mut all, sum));
        all
    }
}

fn add(all: &mut Sum, sum: &Sum) {
    all.calls += sum.calls;
    all.counted += sum.counted;
    all.money = Money {
        charged: all.money.charged + sum.money.charged,
        maybe: all.money.maybe + sum.money.maybe,
    };
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The last hour by minute, the last two days by hour or the last thirty days: the shortest of
/// them that holds all that was exchanged, or the longest.
fn buckets(times: &jindiao_batch::Times, now: Timestamp) -> Option<(Word, Vec<Bucket>)> {
    let first = times.hours.first()?.begin;
    let first_minute = times.minutes.first().map_or(first, |it| it.begin);
    let is_within =
        |begin: Timestamp, hours: u64| now.since(begin) < Duration::from_secs(hours * 3600);
    // Minutes are kept for longer than they are shown.
    let (word, spans, length, most, offset, first) =
        if is_within(first, 2) && is_within(first_minute, 1) {
            (Word::PerMinute, &times.minutes, MINUTE, 60, 0, first_minute)
        } else if is_within(first, 48) {
            (Word::PerHour, &times.hours, HOUR, 48, 0, first)
        } else {
            // Days begin at midnight in China.
            (Word::PerDay, &times.hours, DAY, 30, 8 * HOUR, first)
        };
    let number = |at: Timestamp| (at.unix_millis() + offset).div_euclid(length);
    let last = number(now);
    // Not wider than what is there needs, nor so narrow that a column fills the picture.
    let begin = (last - most + 1).max((number(first) - 1).min(last - 11));
    let bucket = |n: i64| {
        let begin = Timestamp::from_unix_millis(n * length - offset);
        Bucket {
            begin,
            label: if length == DAY {
                show::day(begin)
            } else {
                show::clock(begin)
            },
            sums: BTreeMap::new(),
        }
    };
    let mut buckets: Vec<_> = (begin..=last).map(bucket).collect();
    for Span {
        begin: at,
        vendor,
        sum,
    } in spans
    {
        let n = usize::try_from(number(*at) - begin).ok();
        if let Some(bucket) = n.and_then(|n| buckets.get_mut(n)) {
            add(bucket.sums.entry(*vendor).or_default(), sum);
        }
    }
    Some((word, buckets))
}

fn columns(
    buckets: &[Bucket],
    of: impl Fn(&Sum) -> u64,
    last: impl Fn(&Sum) -> u64,
) -> Vec<Column> {
    let column = |bucket: &Bucket| {
        let mut parts = [0; PARTS];
        for (part, vendor) in parts.iter_mut().zip(Vendor::ALL) {
            *part = bucket.sums.get(&vendor).map_or(0, &of);
        }
        parts[PARTS - 1] = last(&bucket.all());
        Column {
            label: bucket.label.clone(),
            parts,
        }
    };
    buckets.iter().map(column).collect()
}
