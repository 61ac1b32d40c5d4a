//! The questions, and a terminal that is left as it was found.

use std::io::{self, BufRead as _, Write as _};

use jindiao_signing::{InvalidSecret, patsnap, qcc, yibeidiao};
use jindiao_words::{Message, say};

use super::file::{Value, Written};
use crate::config::{check_command, no_credential};
use crate::error::{CliError, Kind};
use crate::output::{note, spoken};
use crate::runtime;
use crate::signals::StopAsked;

/// Who is asked.
pub(super) trait Person {
    /// A line of text; none at the end of all input.
    fn line(&mut self, question: Message) -> io::Result<Option<String>>;
    /// A line that is not shown while it is typed.
    fn secret(&mut self, question: Message) -> io::Result<Option<String>>;
    /// Says something.
    fn tell(&mut self, text: Message);
}

/// Somebody at the terminal.
struct Terminal;

impl Person for Terminal {
    fn line(&mut self, question: Message) -> io::Result<Option<String>> {
        let question = spoken(question);
        write!(io::stderr(), "{question}").and_then(|()| io::stderr().flush())?;
        let mut line = String::new();
        let n = io::stdin().lock().read_line(&mut line)?;
        Ok((n > 0).then_some(line))
    }

    fn secret(&mut self, question: Message) -> io::Result<Option<String>> {
        match rpassword::prompt_password(spoken(question)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn tell(&mut self, text: Message) {
        note(text);
    }
}

/// Asks what is needed. Ends with an error when it is interrupted.
pub(super) fn ask() -> Result<Written, CliError> {
    guarded(|| {
        let mut written = Written::default();
        all(&mut Terminal, &mut written)?;
        Ok(written)
    })
}

/// Runs something that waits for a terminal. When the program is asked to stop meanwhile, the terminal is
/// made as it was before.
pub(super) fn guarded<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Ended> + Send + 'static,
) -> Result<T, CliError> {
    let runtime = runtime::of_one_thread()?;
    let terminal = Found::now();
    runtime.block_on(async {
        // From here on Ctrl-C does not just end the program, echo off.
        let mut stop = StopAsked::listen()?;
        let (sender, receiver) = tokio::sync::oneshot::channel();
        // Nobody can take a thread off its reading: it ends with the program.
        std::thread::spawn(move || {
            let _ = sender.send(work());
        });
        let ended = tokio::select! {
            done = receiver => done.unwrap_or(Err(Ended::Interrupted)),
            () = stop.wait() => Err(Ended::Interrupted),
        };
        ended.map_err(|ended| {
            terminal.restore();
            ended.into()
        })
    })
}

/// Why there are no answers.
pub(super) enum Ended {
    Interrupted,
    NoMore,
    Broken(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::Interrupted => Self::Interrupted,
            _ => Self::Broken(error),
        }
    }
}

impl From<Ended> for CliError {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Interrupted => {
                Self::new(Kind::Interrupted, say!("stopped: nothing was written"))
            }
            Ended::NoMore => Self::usage(say!(
                "the answers ended before the questions: nothing was written"
            )),
            Ended::Broken(error) => {
                Self::usage(say!("the terminal cannot be read: nothing was written")).because(error)
            }
        }
    }
}

/// The terminal as it was found.
#[cfg(unix)]
struct Found(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Found {
    fn now() -> Self {
        Self(rustix::termios::tcgetattr(io::stdin()).ok())
    }

    fn restore(&self) {
        if let Some(terminal) = &self.0 {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(io::stdin(), now, terminal);
        }
        // The line with the question has no end yet.
        let _ = writeln!(io::stderr());
    }
}

#[cfg(not(unix))]
struct Found;

#[cfg(not(unix))]
impl Found {
    fn now() -> Self {
        Self
    }

    fn restore(&self) {
        let _ = writeln!(io::stderr());
    }
}

/// All questions.
fn all(person: &mut dyn Person, written: &mut Written) -> Result<(), Ended> {
    person.tell(say!(
        "Which vendors do you have an account with? What you type of keys is not shown."
    ));
    if yes(person, say!("QCC (企查查)? [y/N] "))? {
        credential(person, written, "qcc.key", &say!("  key: "), |text| {
            qcc::AppKey::new(text).map(drop)
        })?;
        secret(person, written, ("qcc", "secret"), "SecretKey", |text| {
            qcc::SecretKey::new(text).map(drop)
        })?;
    }
    if yes(person, say!("PatSnap (智慧芽)? [y/N] "))? {
        if choice(
            person,
            &say!("  Region, cn (zhihuiya.com) or intl (patsnap.com)? [cn] "),
            ["cn", "intl"],
        )? == "intl"
        {
            written.set("patsnap.region", "intl".to_owned());
        }
        let question =
            say!("  A client id with a secret, or a static key (sk-…)? id or key? [id] ");
        if choice(person, &question, ["id", "key"])? == "id" {
            credential(
                person,
                written,
                "patsnap.client_id",
                &say!("  client id: "),
                |text| patsnap::ClientId::new(text).map(drop),
            )?;
            secret(
                person,
                written,
                ("patsnap", "client_secret"),
                "client secret",
                |text| patsnap::ClientSecret::new(text).map(drop),
            )?;
        } else {
            secret(
                person,
                written,
                ("patsnap", "api_key"),
                "static key",
                |text| patsnap::ApiKey::new(text).map(drop),
            )?;
        }
    }
    if yes(person, say!("Yibeidiao (易背调)? [y/N] "))? {
        credential(
            person,
            written,
            "yibeidiao.key",
            &say!("  company key: "),
            |text| yibeidiao::CompanyKey::new(text).map(drop),
        )?;
        secret(person, written, ("yibeidiao", "token"), "token", |text| {
            yibeidiao::Token::new(text).map(drop)
        })?;
    }
    Ok(())
}

fn yes(person: &mut dyn Person, question: Message) -> Result<bool, Ended> {
    let answer = person.line(question)?.ok_or(Ended::NoMore)?;
    Ok(matches!(
        answer.trim().to_lowercase().as_str(),
        "y" | "yes" | "是"
    ))
}

/// One of two words; the first one where nothing is said.
fn choice(
    person: &mut dyn Person,
    question: &Message,
    words: [&'static str; 2],
) -> Result<&'static str, Ended> {
    loop {
        let answer = person.line(question.clone())?.ok_or(Ended::NoMore)?;
        let answer = answer.trim().to_lowercase();
        if answer.is_empty() {
            return Ok(words[0]);
        }
        match words.iter().find(|word| **word == answer) {
            Some(word) => return Ok(word),
            None => person.tell(say!(
                "  {one} or {other}, please",
                one = words[0],
                other = words[1]
            )),
        }
    }
}

/// A credential that is asked for until it can be one.
fn credential(
    person: &mut dyn Person,
    written: &mut Written,
    key: &str,
    question: &Message,
    check: impl Fn(String) -> Result<(), InvalidSecret>,
) -> Result<(), Ended> {
    loop {
        let answer = hidden(person, question)?;
        if is_taken(person, &answer, &check) {
            written.set(key, answer);
            return Ok(());
        }
    }
}

/// The same for one that may also come from a program: of the vendor that `key` begins with.
fn secret(
    person: &mut dyn Person,
    written: &mut Written,
    (vendor, key): (&str, &str),
    name: &str,
    check: impl Fn(String) -> Result<(), InvalidSecret>,
) -> Result<(), Ended> {
    let question = say!("  {name} (or nothing, if a program prints it): ", name);
    loop {
        let answer = hidden(person, &question)?;
        if answer.is_empty() {
            if let Some(words) = program(person)? {
                written.set(&format!("{vendor}.secret_command"), Value::List(words));
                return Ok(());
            }
        } else if is_taken(person, &answer, &check) {
            written.set(&format!("{vendor}.{key}"), answer);
            return Ok(());
        }
    }
}

fn hidden(person: &mut dyn Person, question: &Message) -> Result<String, Ended> {
    let answer = person.secret(question.clone())?.ok_or(Ended::NoMore)?;
    Ok(answer.trim().to_owned())
}

/// Whether it can be a credential; why not, is said.
fn is_taken(
    person: &mut dyn Person,
    answer: &str,
    check: impl Fn(String) -> Result<(), InvalidSecret>,
) -> bool {
    let checked = check(answer.to_owned());
    if let Err(error) = checked {
        once_more(person, &no_credential(error));
        return false;
    }
    true
}

/// The words of a program that prints a credential; none, if what was typed cannot be one.
fn program(person: &mut dyn Person) -> Result<Option<Vec<String>>, Ended> {
    let question = say!("  the program with its arguments, e.g. pass show qcc: ");
    let line = person.line(question)?.ok_or(Ended::NoMore)?;
    let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        person.tell(say!("  one of the two is needed"));
        return Ok(None);
    }
    match check_command(&words) {
        Ok(()) => Ok(Some(words)),
        Err(problem) => {
            once_more(person, &problem);
            Ok(None)
        }
    }
}

fn once_more(person: &mut dyn Person, error: &Message) {
    person.tell(say!("  {error}; once more, please", error));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Somebody who has the answers ready, and remembers what was said.
    struct Ready {
        answers: std::collections::VecDeque<&'static str>,
        told: String,
    }

    impl Person for Ready {
        fn line(&mut self, question: Message) -> io::Result<Option<String>> {
            self.told.push_str(&question.to_string());
            Ok(self.answers.pop_front().map(str::to_owned))
        }

        fn secret(&mut self, question: Message) -> io::Result<Option<String>> {
            self.line(question)
        }

        fn tell(&mut self, text: Message) {
            self.told.push_str(&text.to_string());
            self.told.push('\n');
        }
    }

    fn asked(answers: &[&'static str]) -> Option<(String, String)> {
        let mut person = Ready {
            answers: answers.iter().copied().collect(),
            told: String::new(),
        };
        let mut written = Written::default();
        all(&mut person, &mut written).ok()?;
        assert!(person.answers.is_empty(), "{}", person.told);
        Some((written.text(), person.told))
    }

    #[test]
    fn answers_become_settings() {
        let check = |answers: &[&'static str], expect: &[&str]| {
            let (text, told) = asked(answers).expect("answers");
            for line in expect {
                assert!(text.contains(&format!("\n{line}\n")), "{line}: {text}");
            }
            let made = text.lines().filter(|line| !line.starts_with(['#', '[']));
            assert_eq!(
                made.filter(|line| !line.is_empty()).count(),
                expect.len(),
                "{text}"
            );
            assert!(!told.contains("FAKE"), "{told}");
        };
        check(&["n", "", "no"], &[]);
        check(
            &["y", " FAKE-K \n", "FAKE-S", "n", "n"],
            &["key = \"FAKE-K\"", "secret = \"FAKE-S\""],
        );
        check(
            &[
                "是",
                "FAKE-K",
                "",
                "./pass show qcc",
                "",
                "pass show qcc",
                "n",
                "n",
            ],
            &[
                "key = \"FAKE-K\"",
                "secret_command = [\"pass\", \"show\", \"qcc\"]",
            ],
        );
        check(
            &["n", "y", "intl", "", "FAKE:I", "FAKE-I", "FAKE-S", "n"],
            &[
                "region = \"intl\"",
                "client_id = \"FAKE-I\"",
                "client_secret = \"FAKE-S\"",
            ],
        );
        check(
            &["n", "y", "", "both", "key", "FAKE", "sk-FAKE", "n"],
            &["api_key = \"sk-FAKE\""],
        );
        check(
            &["n", "n", "Y", "FAKE-K", "", "", "FAKE-T"],
            &["key = \"FAKE-K\"", "token = \"FAKE-T\""],
        );
    }

    #[test]
    fn input_that_ends_is_no_answer() {
        assert!(asked(&["y", "FAKE"]).is_none());
        assert!(asked(&[]).is_none());
    }
}
