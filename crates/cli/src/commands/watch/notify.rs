//! Tells a program of the user's what needs a person: a line of JSON on its standard input.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jindiao_order::{Fen, OrderId};
use jindiao_words::{Message, say};
use serde::Serialize;

use crate::child;
use crate::error::CliError;

/// How long the program may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How many orders are named one by one.
const MOST: usize = 20;

/// What needs a person.
pub(super) enum News<'a> {
    /// Orders are uncertain that were not before.
    Uncertain {
        round: u64,
        new: &'a [&'a OrderId],
        all: usize,
        at_stake_fen: Fen,
    },
    /// An account turned away what was asked of it.
    Account {
        round: u64,
        vendor: &'a str,
        said: &'a str,
    },
    /// A round could not be made.
    Failed { round: u64, message: &'a str },
}

/// The program, and its arguments.
#[derive(Debug)]
pub(super) struct Notifier {
    program: String,
    arguments: Vec<String>,
    limit: Duration,
}

impl Notifier {
    /// Reads `program argument …`, divided by blanks. There is no shell.
    pub(super) fn parse(text: &str) -> Result<Self, CliError> {
        let mut words = text.split_whitespace().map(str::to_owned);
        let program = words
            .next()
            .ok_or_else(|| CliError::usage(say!("--notify-command: name a program")))?;
        Ok(Self {
            program,
            arguments: words.collect(),
            limit: LIMIT,
        })
    }

    /// Runs the program once, to its end.
    ///
    /// # Errors
    /// Why it was not told.
    pub(super) fn run(&self, news: &News<'_>) -> Result<(), Message> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            // Standard output is for data.
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| say!("warning: --notify-command cannot be run: {error}", error))?;
        if let Some(mut input) = child.stdin.take() {
            let line = news.line();
            // A long line waits in the pipe for whoever may never read it: the thread ends with the
            // program, which may have ended by itself, or not care.
            std::thread::spawn(move || {
                let _ = input.write_all(line.as_bytes());
            });
        }
        let ended = ended(&mut child, self.limit);
        if ended.is_err() {
            child::kill(&mut child);
        }
        ended
    }
}

fn ended(child: &mut Child, limit: Duration) -> Result<(), Message> {
    match child::end_by(child, Instant::now() + limit) {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(say!("warning: --notify-command failed: {status}", status)),
        Ok(None) => Err(say!(
            "warning: --notify-command did not end within {seconds} s",
            seconds = limit.as_secs()
        )),
        Err(error) => Err(say!(
            "warning: --notify-command cannot be waited for: {error}",
            error
        )),
    }
}

impl News<'_> {
    /// `{"type":…,"data":…}` and a line break, as everywhere in JSON Lines of the program.
    fn line(&self) -> String {
        #[derive(Serialize)]
        struct Line<T> {
            r#type: &'static str,
            data: T,
        }
        fn line(r#type: &'static str, data: impl Serialize) -> String {
            // Texts and numbers only: they can be written as JSON.
            let mut line = serde_json::to_string(&Line { r#type, data }).unwrap_or_default();
            line.push('\n');
            line
        }
        match self {
            Self::Uncertain {
                round,
                new,
                all,
                at_stake_fen,
            } => line(
                "uncertain",
                serde_json::json!({
                    "round": round,
                    "new": new.len(),
                    "orders": new.iter().take(MOST).map(|id| id.as_str()).collect::<Vec<_>>(),
                    "uncertain": all,
                    "at_stake_fen": at_stake_fen,
                }),
            ),
            Self::Account {
                round,
                vendor,
                said,
            } => line(
                "account",
                serde_json::json!({"round": round, "vendor": vendor, "said": said}),
            ),
            Self::Failed { round, message } => line(
                "failed",
                serde_json::json!({"round": round, "message": message}),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_json_for_each() {
        let id: OrderId = "0g3bxw7h2k9q".parse().expect("an id");
        let check = |news: News<'_>, expect: &str| assert_eq!(news.line(), expect);
        check(
            News::Uncertain {
                round: 2,
                new: &[&id],
                all: 3,
                at_stake_fen: Fen::new(300),
            },
            "{\"type\":\"uncertain\",\"data\":{\"at_stake_fen\":300,\"new\":1,\"orders\":[\"0g3bxw7h2k9q\"],\"round\":2,\"uncertain\":3}}\n",
        );
        check(
            News::Account {
                round: 1,
                vendor: "qcc",
                said: "欠费\n\"now\"",
            },
            "{\"type\":\"account\",\"data\":{\"round\":1,\"said\":\"欠费\\n\\\"now\\\"\",\"vendor\":\"qcc\"}}\n",
        );
    }

    #[test]
    fn what_goes_wrong_is_said() {
        let news = News::Failed {
            round: 1,
            message: "",
        };
        let run = |text: &str| Notifier::parse(text).expect("a command").run(&news);
        assert!(Notifier::parse("  ").is_err());
        let missing = run("/nowhere/there-is-no-such-program -x");
        assert!(missing.is_err_and(|why| {
            why.to_string()
                .starts_with("warning: --notify-command cannot be run: ")
        }));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_does_not_listen_is_ended() {
        let mut notifier = Notifier::parse("sleep 600").expect("a command");
        notifier.limit = Duration::from_millis(50);
        // More than any pipe holds.
        let message = "a".repeat(4 << 20);
        let failed = notifier.run(&News::Failed {
            round: 1,
            message: &message,
        });
        let why = failed.expect_err("it does not end").to_string();
        assert_eq!(why, "warning: --notify-command did not end within 0 s");
    }

    #[cfg(unix)]
    #[test]
    fn it_is_told_once_and_its_end_counts() {
        let run = |text: &str| {
            let news = News::Failed {
                round: 1,
                message: "a",
            };
            Notifier::parse(text).expect("a command").run(&news)
        };
        assert_eq!(run("cat"), Ok(()));
        let failed = run("false").expect_err("it failed").to_string();
        assert!(
            failed.starts_with("warning: --notify-command failed: "),
            "{failed}"
        );
    }
}
