//! `jindiao watch`: keeps the reports of a list up to date, round after round.

mod notify;

use std::collections::BTreeSet;
use std::time::Duration;

use jindiao_batch::{Charged, Store};
use jindiao_order::{Fen, OrderId, State, StateName};
use jindiao_protocol::Timestamp;
use jindiao_words::{Message, say};

use super::order;
use crate::cli::{RunArgs, WatchArgs};
use crate::config::Config;
use crate::error::{CliError, Kind};
use crate::output::{Output, note};
use crate::signals::StopAsked;
use crate::{clock, ledger, runtime};
use notify::{News, Notifier};

/// The shortest time between two rounds: vendors are asked about what waits in each.
const SHORTEST: Duration = Duration::from_secs(1);
/// How long it sleeps at most before it looks at the clock again, which may be set.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

pub(crate) fn run(
    args: &WatchArgs,
    config: &Config,
    out: &mut Output,
) -> Result<Vec<Kind>, CliError> {
    let runtime = runtime::of_one_thread()?;
    let watch = Watch::new(args, config)?;
    watch.rounds(&runtime, out)
}

/// A list that is kept up to date.
struct Watch<'a> {
    args: &'a WatchArgs,
    config: &'a Config,
    notifier: Option<Notifier>,
    since: Timestamp,
}

/// What was told already, so that nobody is told twice.
#[derive(Default)]
struct Told {
    uncertain: BTreeSet<OrderId>,
    accounts: BTreeSet<(&'static str, String)>,
    error: Option<String>,
}

impl<'a> Watch<'a> {
    fn new(args: &'a WatchArgs, config: &'a Config) -> Result<Self, CliError> {
        let order = &args.run.order;
        if args.every < SHORTEST {
            return Err(CliError::usage(say!("--every: one round a second at most")));
        }
        if order.dry_run {
            return Err(CliError::usage(say!(
                "--dry-run orders nothing, and there is nothing to keep up to date"
            ))
            .hint(say!("`jindiao check` says what a list would order")));
        }
        if args.run.list.is_piped() {
            return Err(CliError::usage(say!(
                "a list that is read from standard input cannot be read again"
            ))
            .hint(say!("save it in a file")));
        }
        if order.wants_consent() {
            return Err(CliError::usage(say!(
                "nothing was ordered: nobody is there to say yes in each round"
            ))
            .hint(say!(
                "--max-cost YUAN limits what the whole watch may spend; --yes orders whatever the list says"
            )));
        }
        let notifier = args
            .notify_command
            .as_deref()
            .map(Notifier::parse)
            .transpose()?;
        Ok(Self {
            args,
            config,
            notifier,
            since: clock::now(),
        })
    }

    fn rounds(
        &self,
        runtime: &tokio::runtime::Runtime,
        out: &mut Output,
    ) -> Result<Vec<Kind>, CliError> {
        if self.args.run.order.fresh_within.is_none() {
            note(say!(
                "note: without --fresh-within what is stored stays as it is; new lines are ordered"
            ));
        }
        // From here on, so that being asked between a round and a rest is not missed.
        let mut stop_asked = runtime.block_on(async { StopAsked::listen() })?;
        let mut told = Told::default();
        for round in 1u64.. {
            let began = clock::now();
            let kinds = match self.round(out) {
                Ok(kinds) => {
                    told.error = None;
                    kinds
                }
                // At the first round somebody looks; later the list may be in the middle of being
                // written, and the next round finds it whole.
                Err(error) if round == 1 => return Err(error),
                Err(error) => {
                    note(error.told());
                    let report = error.told().to_string();
                    let is_new = told.error.as_ref() != Some(&report);
                    let news = News::Failed {
                        round,
                        message: &report,
                    };
                    if is_new && self.notify(&news) {
                        told.error = Some(report);
                    }
                    vec![error.kind()]
                }
            };
            if kinds.contains(&Kind::Interrupted) {
                return Ok(kinds);
            }
            // The orders are made all the same.
            if let Err(error) = self.tell_news(round, &mut told) {
                note(error.told());
            }
            let next = began.plus(self.args.every);
            note(round_ended(round, next));
            if !runtime.block_on(self.rest(&mut stop_asked, next)) {
                note(say!("stopped; the same command goes on from there"));
                return Ok(vec![Kind::Interrupted]);
            }
        }
        Ok(Vec::new())
    }

    /// One run of the list as it stands now.
    fn round(&self, out: &mut Output) -> Result<Vec<Kind>, CliError> {
        let mut args: RunArgs = self.args.run.clone();
        if let Some(most) = args.order.max_cost {
            args.order.max_cost = Some(most.minus(self.spent()?));
            // Whoever set a limit was asked, and nobody sits there in each round.
            args.order.yes = true;
        }
        order::run(&args, self.config, out)
    }

    /// What was or may have been charged since the watch began, by whoever used the ledger.
    fn spent(&self) -> Result<Fen, CliError> {
        let mut spent = Fen::ZERO;
        if let Some(store) = self.store()? {
            store.each_booked(Some(self.since), |it| {
                if matches!(it.row.charged, Charged::Yes | Charged::Maybe) {
                    spent = spent + it.row.price;
                }
                Ok::<_, CliError>(())
            })?;
        }
        Ok(spent)
    }

    /// Tells of what needs a person since the last round.
    fn tell_news(&self, round: u64, told: &mut Told) -> Result<(), CliError> {
        let Some(store) = self.store()? else {
            return Ok(());
        };
        let mut uncertain = BTreeSet::new();
        let mut at_stake = Fen::ZERO;
        store.each_order(Some(StateName::Uncertain), |entry| {
            at_stake = at_stake + entry.at_stake();
            uncertain.insert(entry.order.id().clone());
            Ok::<_, CliError>(())
        })?;
        let mut accounts = BTreeSet::new();
        store.each_order(Some(StateName::Held), |entry| {
            if let State::Held { refusal, .. } = entry.order.state() {
                let vendor = entry.order.wanted().product().vendor().id();
                accounts.insert((vendor, refusal.text.clone()));
            }
            Ok::<_, CliError>(())
        })?;
        // What the program was not told is told in the next round.
        let new: Vec<&OrderId> = uncertain.difference(&told.uncertain).collect();
        let is_told = new.is_empty()
            || self.notify(&News::Uncertain {
                round,
                new: &new,
                all: uncertain.len(),
                at_stake_fen: at_stake,
            });
        if is_told {
            told.uncertain = uncertain;
        }
        accounts.retain(|account| {
            let (vendor, said) = account;
            told.accounts.contains(account)
                || self.notify(&News::Account {
                    round,
                    vendor,
                    said,
                })
        });
        told.accounts = accounts;
        Ok(())
    }

    /// Runs the user's program, if there is one; false where it was not told.
    fn notify(&self, news: &News<'_>) -> bool {
        let Some(notifier) = &self.notifier else {
            return true;
        };
        let told = notifier.run(news);
        if let Err(problem) = &told {
            note(problem);
        }
        told.is_ok()
    }

    /// The ledger, if it is there by now.
    fn store(&self) -> Result<Option<Store>, CliError> {
        let order = &self.args.run.order;
        let kind = ledger::kind(order.simulate);
        let path = ledger::path(order.ledger.as_deref(), self.config, kind);
        if !path.exists() {
            return Ok(None);
        }
        Ok(Some(Store::view(&path)?))
    }

    /// Sleeps until then, but for no longer than a round; false if the program was asked to stop.
    async fn rest(&self, stop_asked: &mut StopAsked, until: Timestamp) -> bool {
        let longest = tokio::time::Instant::now() + self.args.every;
        loop {
            // The wall clock may be set, and the other one may stand still while the machine sleeps.
            let left = longest.saturating_duration_since(tokio::time::Instant::now());
            let pause = left.min(until.since(clock::now())).min(LOOK_AGAIN);
            if pause.is_zero() {
                return true;
            }
            tokio::select! {
                biased;
                () = stop_asked.wait() => return false,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

fn round_ended(round: u64, next: Timestamp) -> Message {
    say!(
        "round {round} has ended; the next one begins at {next}",
        round,
        next
    )
}

#[cfg(test)]
mod tests {
    use jindiao_words::Lang;

    use super::*;

    #[test]
    fn it_is_said_in_chinese_too() {
        let said = round_ended(2, Timestamp::EPOCH).in_lang(Lang::Zh);
        assert_eq!(
            said,
            format!("第 2 轮已结束；下一轮于 {} 开始", Timestamp::EPOCH)
        );
    }
}
