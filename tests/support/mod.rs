//! What the tests of the program as a process have in common.

pub(crate) mod servers;
pub(crate) mod wire;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A list of 30 orders of every product, for 25 of which a vendor charges.
pub(crate) const ORDERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/orders.csv");

/// A folder to work in, and variables.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) variables: BTreeMap<String, String>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // The user's own configuration must not reach in.
        let home = folder.path().display().to_string();
        let mut variables: BTreeMap<_, _> = ["HOME", "XDG_CONFIG_HOME"]
            .map(|name| (name.to_owned(), home.clone()))
            .into();
        // A program that counts which of its lines are run leaves that where it is told to, and not
        // in the folder that tests look at.
        #[expect(
            clippy::disallowed_methods,
            reason = "how the counting process says so"
        )]
        let counters = std::env::var("LLVM_PROFILE_FILE");
        if let Ok(counters) = counters {
            variables.insert("LLVM_PROFILE_FILE".to_owned(), counters);
        }
        Self { folder, variables }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jindiao"));
        command
            .args(line.split_whitespace())
            .env_clear()
            .envs(&self.variables)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn jindiao(&self, line: &str) -> Ended {
        Ended::of(self.command(line).output().expect("the program runs"))
    }

    /// A run that would take days, with `--json`, after its first charge: it, and what it says from
    /// there.
    #[cfg(unix)]
    pub(crate) fn endless(&self, run: &str) -> (Child, impl Iterator<Item = String> + use<>) {
        let mut command = self.command(run);
        let mut process = command
            .env("JINDIAO_PATSNAP_QPS", "0.001")
            .spawn()
            .expect("a run");
        let stdout = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut lines = stdout.lines().map(|line| line.expect("a line"));
        lines
            .find(|line| line.contains("\"charged\""))
            .expect("a charge");
        (process, lines)
    }

    /// Runs it and expects this exit code.
    pub(crate) fn ends(&self, line: &str, code: i32) -> Ended {
        let ended = self.jindiao(line);
        assert_eq!(ended.code, Some(code), "{line}: {ended:?}");
        ended
    }

    pub(crate) fn list(&self, text: &str) -> PathBuf {
        let path = self.path().join("list.csv");
        fs::write(&path, text).expect("a list");
        path
    }

    /// The names in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    }

    /// Lets the program work against `vendors`, quickly.
    pub(crate) fn with(mut self, vendors: &Vendors) -> Self {
        let env = vendors.description["env"].as_object().expect("variables");
        self.variables.extend(
            env.iter()
                .map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned())),
        );
        for vendor in ["QCC", "PATSNAP", "YIBEIDIAO"] {
            self.variables
                .insert(format!("JINDIAO_{vendor}_POLL_INTERVAL"), "50ms".to_owned());
            self.variables
                .insert(format!("JINDIAO_{vendor}_QPS"), "100".to_owned());
        }
        self
    }
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// The data of the JSON lines of a type.
    pub(crate) fn data(&self, kind: &str) -> Vec<Value> {
        let lines = self
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        lines
            .filter(|line| line["type"] == kind)
            .map(|line| line["data"].clone())
            .collect()
    }
}

/// `jindiao simulate` in a process of its own.
pub(crate) struct Vendors {
    pub(crate) process: Child,
    pub(crate) description: Value,
}

impl Vendors {
    pub(crate) fn start(faults: &str) -> Self {
        let place = Place::new();
        let mut command = place.command("simulate");
        if !faults.is_empty() {
            command.args(["--faults", faults]);
        }
        Self::of(command.stderr(Stdio::null()))
    }

    /// What `jindiao simulate` with these flags and variables gives.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut process = command.spawn().expect("the simulator starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("its description");
        let line: Value = serde_json::from_str(&line).expect("a line of JSON");
        assert_eq!(line["type"], "simulator");
        Self {
            process,
            description: line["data"].clone(),
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        let addr = self.description["addr"].as_str().expect("an address");
        addr.parse().expect("an address")
    }

    /// Its process, which has ended.
    pub(crate) fn stop(&mut self) -> &mut Child {
        let _ = self.process.kill();
        let _ = self.process.wait();
        &mut self.process
    }

    /// How often each thing was charged.
    pub(crate) fn charges(&self) -> BTreeMap<String, u64> {
        let addr = self.addr();
        let mut stream = TcpStream::connect(addr).expect("a connection");
        write!(
            stream,
            "GET /simulator/charges HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n"
        )
        .expect("a request");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("a reply");
        let (_, body) = reply.split_once("\r\n\r\n").expect("a body");
        let body: Value = serde_json::from_str(body).expect("a charge book");
        serde_json::from_value(body["by_subject"].clone()).expect("numbers")
    }

    /// Expects that so many things were charged, each of them once.
    #[track_caller]
    pub(crate) fn charged_once(&self, things: usize) {
        let charges = self.charges();
        assert!(
            charges.len() == things && charges.values().all(|n| *n == 1),
            "{charges:?}"
        );
    }
}

impl Drop for Vendors {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Sends a signal, e.g. `-INT`, to a process of ours.
#[cfg(unix)]
pub(crate) fn signal(name: &str, process: &Child) {
    let sent = Command::new("kill")
        .args([name, &process.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(sent.success());
}
