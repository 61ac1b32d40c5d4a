//! Credentials from the output of a program, such as a password manager.

use std::fmt;
use std::io::{self, Read as _};
use std::path::{Component, Path};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use jindiao_words::{Message, say};
use toml::de::{DeTable, DeValue};

use super::values::{Source, Value};
use crate::child;
use crate::error::cause;

/// How long the program may take: time enough to unlock a password manager by hand.
const LIMIT: Duration = Duration::from_secs(60);
/// The longest output that is read, in bytes.
const MAX_OUTPUT: u64 = 64 * 1024;

/// A program that prints credentials. It is run without a shell.
pub(super) struct SecretCommand {
    program: String,
    arguments: Vec<String>,
    source: Source,
    /// Why it must not be run.
    refused: Option<Message>,
    limit: Duration,
}

impl SecretCommand {
    /// The program and its arguments, as they stand at `source`.
    pub(super) fn new(words: Vec<String>, source: Source) -> Result<Self, Message> {
        Self::check(&words).map_err(|problem| source.says(&problem))?;
        let mut words = words.into_iter();
        Ok(Self {
            program: words.next().unwrap_or_default(),
            arguments: words.collect(),
            source,
            refused: None,
            limit: LIMIT,
        })
    }

    /// Whether the words can be a command; what is wrong with them, without saying where they stand.
    pub(super) fn check(words: &[String]) -> Result<(), Message> {
        let program = Path::new(words.first().map_or("", String::as_str));
        let mut parts = program.components();
        let is_name = matches!(
            (parts.next(), parts.next()),
            (Some(Component::Normal(_)), None)
        );
        // What another relative path leads to depends on the current folder: maybe a stranger's.
        match is_name || program.is_absolute() {
            true => Ok(()),
            false => Err(say!(
                "begin with a name that is looked for in PATH, or with the whole path of a program"
            )),
        }
    }

    /// The same; where there is a reason, it must not be run.
    #[must_use]
    pub(super) fn refused_for(mut self, reason: Option<Message>) -> Self {
        self.refused = reason;
        self
    }

    /// Whether it may be run.
    pub(super) fn allowed(&self) -> Result<(), Message> {
        match &self.refused {
            None => Ok(()),
            Some(reason) => Err(self.source.says(reason)),
        }
    }

    /// Runs it. What it prints is one line, the credential `main`, or lines `name = "value"` for
    /// several of `names`. Nothing of that is ever shown.
    pub(super) fn credentials(
        &self,
        main: &'static str,
        names: &[&'static str],
    ) -> Result<Vec<(&'static str, Value)>, Message> {
        self.allowed()?;
        let read = |output: String| read(&output, main, names);
        let found = self.output().and_then(read);
        let found = found.map_err(|problem| self.source.says(&problem))?;
        let value = |(name, text)| {
            let source = self.source.clone();
            (name, Value { text, source })
        };
        Ok(found.into_iter().map(value).collect())
    }

    fn output(&self) -> Result<String, Message> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // Where password managers ask, and say what is wrong.
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| say!("the command cannot be run: {error}", error = cause(&error)))?;
        let ended = finish(&mut child, self.limit);
        if ended.is_err() {
            child::kill(&mut child);
        }
        let (output, status) = ended?;
        if !status.success() {
            return Err(say!("the command failed: {status}", status));
        }
        String::from_utf8(output)
            .map_err(|_| say!("the command printed something that is no UTF-8"))
    }
}

/// What `child` prints, and how it ends, if both come in time.
fn finish(child: &mut Child, limit: Duration) -> Result<(Vec<u8>, ExitStatus), Message> {
    let late = || {
        let seconds = limit.as_secs();
        say!("the command did not end within {seconds} s", seconds)
    };
    let failed =
        |error: io::Error| say!("the command cannot be read: {error}", error = cause(&error));
    let deadline = Instant::now() + limit;
    let pipe = child.stdout.take().ok_or_else(late)?;
    let (sender, receiver) = mpsc::channel();
    // A thread of its own, because reading has no time limit. It ends with the pipe.
    thread::spawn(move || {
        let mut output = Vec::new();
        let read = pipe.take(MAX_OUTPUT + 1).read_to_end(&mut output);
        // Whoever waited may have given up.
        let _ = sender.send(read.map(|_| output));
    });
    let output = receiver.recv_timeout(limit).map_err(|_| late())?;
    let output = output.map_err(failed)?;
    if output.len() as u64 > MAX_OUTPUT {
        return Err(say!(
            "the command printed more than {bytes} bytes",
            bytes = MAX_OUTPUT
        ));
    }
    let status = child::end_by(child, deadline).map_err(failed)?;
    Ok((output, status.ok_or_else(late)?))
}

/// The credentials in what a command printed.
fn read(
    output: &str,
    main: &'static str,
    names: &[&'static str],
) -> Result<Vec<(&'static str, String)>, Message> {
    let mut lines = output.lines().filter(|line| !line.trim().is_empty());
    let is_named = |line: &str| {
        let name = line.split_once('=').map(|(name, _)| name.trim());
        name.is_some_and(|name| names.contains(&name))
    };
    if lines.clone().any(is_named) {
        return table(output, names).ok_or_else(|| {
            let names = names.iter().map(|name| Message::verbatim(*name));
            say!(
                "the command printed lines that are not all of the form `name = \"value\"` with the names {names}",
                names = Message::list(names)
            )
        });
    }
    match (lines.next(), lines.next()) {
        (Some(only), None) => Ok(vec![(main, only.trim().to_owned())]),
        (None, _) => Err(say!("the command printed nothing")),
        // Which of them is the secret is not guessed: a wrong one would be sent to the vendor.
        _ => Err(say!(
            "the command printed more than one line: let it print the secret alone, or `name = \"value\"` lines"
        )),
    }
}

/// The texts of a TOML table that has no other names than `names`.
fn table(text: &str, names: &[&'static str]) -> Option<Vec<(&'static str, String)>> {
    let table = DeTable::parse(text).ok()?;
    let entries = table.get_ref().iter().map(|(name, value)| {
        let name = names
            .iter()
            .find(|known| **known == name.get_ref().as_ref())?;
        match value.get_ref() {
            DeValue::String(text) => Some((*name, text.to_string())),
            _ => None,
        }
    });
    entries.collect()
}

impl fmt::Debug for SecretCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretCommand({})", self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["key", "secret"];

    #[test]
    fn what_a_command_prints() {
        let check = |output: &str, expect: &[(&'static str, &str)]| {
            let expect: Vec<_> = expect
                .iter()
                .map(|(name, text)| (*name, (*text).to_owned()))
                .collect();
            assert_eq!(read(output, "secret", &NAMES), Ok(expect), "{output}");
        };
        check("FAKE\n", &[("secret", "FAKE")]);
        check("\r\n  FAKE==  \r\n", &[("secret", "FAKE==")]);
        check("secret = \"FAKE\"", &[("secret", "FAKE")]);
        check(
            "# from the safe\nkey = 'A'\nsecret = 'B'\n",
            &[("key", "A"), ("secret", "B")],
        );
        for bad in [
            "",
            " \n",
            "FAKE\nurl: FAKE\n",
            "secret=FAKE",
            "key = 'FAKE'\nfake = 'FAKE'",
            "key = 'FAKE'\nsecret = 7",
            "key = 'FAKE'\nkey = 'FAKE'",
        ] {
            let problem = read(bad, "secret", &NAMES).expect_err(bad).to_string();
            assert!(!problem.to_uppercase().contains("FAKE"), "{problem}");
        }
    }

    fn command(words: &[&str]) -> Result<SecretCommand, String> {
        let words = words.iter().map(ToString::to_string).collect();
        let found = SecretCommand::new(words, Source::Variable("here".to_owned()));
        found.map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_program_is_a_name_or_a_whole_path() {
        for good in ["pass", "/usr/bin/pass"] {
            assert!(command(&[good]).is_ok(), "{good}");
        }
        for bad in [
            &[][..],
            &[""],
            &["./pass"],
            &["../pass"],
            &["bin/pass"],
            &["."],
        ] {
            let problem = command(bad).expect_err("a program");
            assert!(problem.starts_with("here: begin with a name"), "{problem}");
        }
    }

    /// What running a shell's script gives.
    #[cfg(unix)]
    fn run(script: &str, limit: Duration) -> Result<String, String> {
        let mut command = command(&["sh", "-c", script]).expect("a command");
        command.limit = limit;
        let found = command.credentials("secret", &NAMES);
        let found = found.map_err(|problem| problem.to_string())?;
        Ok(found
            .into_iter()
            .map(|(name, value)| format!("{name} {};", value.text))
            .collect())
    }

    #[cfg(unix)]
    #[test]
    fn how_commands_end() {
        let check = |script: &str, expect: Result<&str, &str>| {
            let found = run(script, Duration::from_secs(30));
            assert_eq!(
                found.as_ref().map_err(String::as_str).map(String::as_str),
                expect,
                "{script}"
            );
        };
        check("echo FAKE", Ok("secret FAKE;"));
        check("cat; echo FAKE", Ok("secret FAKE;"));
        check(
            "echo FAKE; exit 3",
            Err("here: the command failed: exit status: 3"),
        );
        check(
            "printf '\\377'",
            Err("here: the command printed something that is no UTF-8"),
        );
        check(
            "yes FAKE",
            Err("here: the command printed more than 65536 bytes"),
        );
        assert!(
            command(&["no-such-program-anywhere"])
                .expect("a name")
                .credentials("secret", &NAMES)
                .is_err_and(|problem| {
                    problem
                        .to_string()
                        .starts_with("here: the command cannot be run: ")
                })
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_does_not_end_is_ended() {
        for script in [
            "exec sleep 600",
            "exec sleep 600 >&-",
            "sleep 20 & echo FAKE",
        ] {
            let limit = Duration::from_millis(50);
            let problem = run(script, limit).expect_err("too late");
            assert_eq!(problem, "here: the command did not end within 0 s");
        }
    }

    #[test]
    fn a_command_that_is_refused_is_not_run() {
        let refused = command(&["no-such-program-anywhere"])
            .expect("a name")
            .refused_for(Some(Message::verbatim("not run")));
        let problem = refused.credentials("secret", &NAMES).err();
        assert_eq!(
            problem.map(|it| it.to_string()).as_deref(),
            Some("here: not run")
        );
        assert!(!format!("{refused:?}").contains("program"));
    }
}
