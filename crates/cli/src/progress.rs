//! Progress on a terminal: a bar per vendor, with what waits and what was charged.

use std::collections::BTreeMap;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jindiao_batch::Event;
use jindiao_codes::Vendor;
use jindiao_order::{Fen, StateName};
use jindiao_words::{Message, Say as _, say};

use crate::output::{note, spoken};

/// The bars of a run. Hidden where nobody can see them.
pub(crate) struct Progress {
    bars: MultiProgress,
    vendors: BTreeMap<Vendor, Bar>,
}

struct Bar {
    bar: ProgressBar,
    tally: Tally,
}

/// How many orders of a vendor stand where.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    states: BTreeMap<StateName, u64>,
    charged: Fen,
}

impl Progress {
    /// Bars for so many orders that stand like this; drawn only if `is_shown` and stderr is a terminal.
    pub(crate) fn new(orders: &BTreeMap<(Vendor, StateName), u64>, is_shown: bool) -> Self {
        let target = if is_shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bars = MultiProgress::with_draw_target(target);
        let mut tallies: BTreeMap<Vendor, Tally> = BTreeMap::new();
        for ((vendor, state), n) in orders {
            let tally = tallies.entry(*vendor).or_default();
            tally.states.insert(*state, *n);
        }
        let stored = spoken(StateName::Stored.say());
        let template = format!("{{prefix:9}} [{{bar:24}}] {{pos}}/{{len}} {stored}  {{msg}}");
        let style = ProgressStyle::with_template(&template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        let vendors = tallies
            .into_iter()
            .map(|(vendor, tally)| {
                let bar = ProgressBar::new(tally.states.values().sum())
                    .with_style(style.clone())
                    .with_prefix(vendor.id());
                let bar = Bar {
                    bar: bars.add(bar),
                    tally,
                };
                bar.show();
                (vendor, bar)
            })
            .collect();
        Self { bars, vendors }
    }

    /// Takes in what happened, and says aloud what a person should know at once.
    pub(crate) fn take(&mut self, event: &Event) {
        match event {
            Event::Moved { order, from } => {
                if let Some(bar) = self.vendors.get_mut(&order.wanted().product().vendor()) {
                    bar.tally.moved(*from, order.state().name());
                    bar.show();
                }
            }
            Event::Charged { vendor, price, .. } => {
                if let Some(bar) = self.vendors.get_mut(vendor) {
                    bar.tally.charged = bar.tally.charged + *price;
                    bar.show();
                }
            }
            Event::Paused(trouble) => {
                let what = trouble
                    .product
                    .map_or(trouble.vendor.id(), |product| product.id());
                self.say(say!(
                    "{what}: no new orders, the account needs attention: {why}",
                    what,
                    why = trouble.refusal
                ));
            }
            Event::Resting { vendor, until, .. } => {
                self.say(say!("{vendor}: no new orders until {until}", vendor, until));
            }
            // Said by whoever runs the run.
            Event::Clock(_) | Event::PlainHttp { .. } => {}
            Event::Waiting { until, orders } => {
                self.say(say!(
                    "{orders} waiting, the first until {until}; Ctrl-C stops, and the same command goes on",
                    orders,
                    until
                ));
            }
        }
    }

    /// A line for people, around the bars.
    pub(crate) fn say(&self, text: Message) {
        self.bars.suspend(|| note(text));
    }

    /// Leaves the bars as they are.
    pub(crate) fn finish(self) {
        self.vendors.into_values().for_each(|bar| bar.bar.abandon());
    }
}

impl Bar {
    fn show(&self) {
        self.bar
            .set_position(self.tally.count(&[StateName::Stored]));
        self.bar.set_message(spoken(self.tally.text()));
    }
}

impl Tally {
    fn moved(&mut self, from: StateName, to: StateName) {
        if let Some(n) = self.states.get_mut(&from) {
            *n = n.saturating_sub(1);
        }
        *self.states.entry(to).or_default() += 1;
    }

    fn count(&self, states: &[StateName]) -> u64 {
        states
            .iter()
            .filter_map(|state| self.states.get(state))
            .sum()
    }

    fn text(&self) -> Message {
        use StateName::{
            Failed, Held, Ordered, Ordering, Planned, Ready, Refused, Uncertain, Waiting,
        };
        type Text = fn(u64) -> Message;
        let groups: [(&[StateName], Text); 6] = [
            (&[Planned, Ordering], |n| say!("{n} to order", n)),
            (&[Ordered, Waiting], |n| say!("{n} waiting", n)),
            (&[Ready], |n| say!("{n} to download", n)),
            (&[Uncertain], |n| say!("{n} uncertain", n)),
            (&[Held], |n| say!("{n} held", n)),
            (&[Refused, Failed], |n| say!("{n} failed", n)),
        ];
        let groups = groups.map(|(states, text)| (self.count(states), text));
        let mut parts: Vec<_> = groups
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, text)| text(n))
            .collect();
        if self.charged > Fen::ZERO {
            parts.push(say!("{charged} yuan charged", charged = self.charged));
        }
        Message::list(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_in_words() {
        let mut tally = Tally::default();
        tally.states.insert(StateName::Planned, 3);
        assert_eq!(tally.text().to_string(), "3 to order");
        tally.moved(StateName::Planned, StateName::Ordering);
        tally.moved(StateName::Ordering, StateName::Waiting);
        tally.moved(StateName::Planned, StateName::Uncertain);
        tally.charged = Fen::new(12_30);
        assert_eq!(
            tally.text().to_string(),
            "1 to order, 1 waiting, 1 uncertain, 12.30 yuan charged"
        );
        tally.moved(StateName::Waiting, StateName::Stored);
        assert_eq!(tally.count(&[StateName::Stored]), 1);
    }
}
