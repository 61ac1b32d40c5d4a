//! Credentials from the output of a program, such as a password manager.

use std::fmt;
use std::io::{self, Read as _};
use std::path::{Component, Path};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use toml::de::{DeTable, DeValue};

use super::values::{Source, Value};

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
    refused: Option<String>,
    limit: Duration,
}

impl SecretCommand {
    /// The program and its arguments, as they stand at `source`.
    pub(super) fn new(words: Vec<String>, source: Source) -> Result<Self, String> {
        let mut words = words.into_iter();
        let program = words.next().unwrap_or_default();
        let mut parts = Path::new(&program).components();
        let is_name = matches!(
            (parts.next(), parts.next()),
            (Some(Component::Normal(_)), None)
        );
        // What another relative path leads to depends on the current folder: maybe a stranger's.
        if !is_name && !Path::new(&program).is_absolute() {
            return Err(format!(
                "{source}: begin with a name that is looked for in PATH, or with the whole path of a program"
            ));
        }
        Ok(Self {
            program,
            arguments: words.collect(),
            source,
            refused: None,
            limit: LIMIT,
        })
    }

    /// Whether the words can be a command; what is wrong with them, without saying where they stand.
    pub(super) fn check(words: &[String]) -> Result<(), String> {
        let nowhere = Source::Variable(String::new());
        Self::new(words.to_vec(), nowhere)
            .map(drop)
            .map_err(|problem| problem.trim_start_matches(": ").to_owned())
    }

    /// The same; where there is a reason, it must not be run.
    #[must_use]
    pub(super) fn refused_for(mut self, reason: Option<String>) -> Self {
        self.refused = reason;
        self
    }

    /// Whether it may be run.
    pub(super) fn allowed(&self) -> Result<(), String> {
        match &self.refused {
            None => Ok(()),
            Some(reason) => Err(format!("{}: {reason}", self.source)),
        }
    }

    /// Runs it. What it prints is one line, the credential `main`, or lines `name = "value"` for
    /// several of `names`. Nothing of that is ever shown.
    pub(super) fn credentials(
        &self,
        main: &'static str,
        names: &[&'static str],
    ) -> Result<Vec<(&'static str, Value)>, String> {
        self.allowed()?;
        let read = |output: String| read(&output, main, names);
        let found = self.output().and_then(read).map_err(|problem| {
            let source = &self.source;
            format!("{source}: the command {problem}")
        })?;
        let value = |(name, text)| {
            let source = self.source.clone();
            (name, Value { text, source })
        };
        Ok(found.into_iter().map(value).collect())
    }

    fn output(&self) -> Result<String, String> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // Where password managers ask, and say what is wrong.
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| format!("cannot be run: {error}"))?;
        let ended = finish(&mut child, self.limit);
        if ended.is_err() {
            // Where it has ended by itself, there is nothing to kill.
            let _ = child.kill();
            let _ = child.wait();
        }
        let (output, status) = ended?;
        if !status.success() {
            return Err(format!("failed: {status}"));
        }
        String::from_utf8(output).map_err(|_| "printed something that is no UTF-8".to_owned())
    }
}

/// What `child` prints, and how it ends, if both come in time.
fn finish(child: &mut Child, limit: Duration) -> Result<(Vec<u8>, ExitStatus), String> {
    let late = || format!("did not end within {} s", limit.as_secs());
    let failed = |error: io::Error| format!("cannot be read: {error}");
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
        return Err(format!("printed more than {MAX_OUTPUT} bytes"));
    }
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok((output, status));
        }
        if Instant::now() >= deadline {
            return Err(late());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// The credentials in what a command printed.
fn read(
    output: &str,
    main: &'static str,
    names: &[&'static str],
) -> Result<Vec<(&'static str, String)>, String> {
    let mut lines = output.lines().filter(|line| !line.trim().is_empty());
    let is_named = |line: &str| {
        let name = line.split_once('=').map(|(name, _)| name.trim());
        name.is_some_and(|name| names.contains(&name))
    };
    if lines.clone().any(is_named) {
        return table(output, names).ok_or_else(|| {
            let names = names.join(", ");
            format!("printed lines that are not all of the form `name = \"value\"` with the names {names}")
        });
    }
    match (lines.next(), lines.next()) {
        (Some(only), None) => Ok(vec![(main, only.trim().to_owned())]),
        (None, _) => Err("printed nothing".to_owned()),
        // Which of them is the secret is not guessed: a wrong one would be sent to the vendor.
        _ => Err("printed more than one line: let it print the secret alone, or `name = \"value\"` lines".to_owned()),
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
            let problem = read(bad, "secret", &NAMES).expect_err(bad);
            assert!(!problem.to_uppercase().contains("FAKE"), "{problem}");
        }
    }

    fn command(words: &[&str]) -> Result<SecretCommand, String> {
        let words = words.iter().map(ToString::to_string).collect();
        SecretCommand::new(words, Source::Variable("here".to_owned()))
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
        let found = command.credentials("secret", &NAMES)?;
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
                .is_err_and(|text| text.starts_with("here: the command cannot be run: "))
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_command_that_does_not_end_is_ended() {
        for script in [
            "exec sleep 600",
            "exec sleep 600 >&-",
            "sleep 2 & echo FAKE",
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
            .refused_for(Some("not run".to_owned()));
        let problem = refused.credentials("secret", &NAMES).err();
        assert_eq!(problem.as_deref(), Some("here: not run"));
        assert!(!format!("{refused:?}").contains("program"));
    }
}
