//! Money and calls over time, as charts and as a table.

use std::collections::BTreeMap;
use std::time::Duration;

use jindiao_batch::{Money, Span, Sum, Times};
use jindiao_order::Fen;
use jindiao_protocol::{Timestamp, Vendor};
use maud::{Markup, PreEscaped, html};

use super::Page;
use crate::chart::{self, Column, PARTS};
use crate::show;
use crate::words::{Word, Words as _};

impl Page<'_> {
    pub(super) fn over_time(&self) -> Markup {
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
fn buckets(times: &Times, now: Timestamp) -> Option<(Word, Vec<Bucket>)> {
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
