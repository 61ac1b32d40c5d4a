//! Other processes: what they take, and servers that end with their measurement.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use wait4::Wait4 as _;

use crate::place::Place;

/// What a process took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    pub(crate) code: Option<i32>,
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    /// The most memory that was resident, in bytes.
    pub(crate) peak: u64,
}

impl Took {
    /// Only if it ended with this exit code.
    pub(crate) fn ended_with(self, code: i32, what: &str) -> Result<Self, String> {
        if self.code == Some(code) {
            Ok(self)
        } else {
            Err(format!(
                "{what} ended with {:?}, not with {code}",
                self.code
            ))
        }
    }
}

/// A process that is under way.
pub(crate) struct Going {
    child: Child,
    began: Instant,
}

impl Going {
    /// Starts it. What it says goes nowhere, but its errors into the file `says`, if there is one.
    pub(crate) fn start(command: &mut Command, says: Option<&Path>) -> Result<Self, String> {
        let errors = match says {
            Some(file) => Stdio::from(File::create(file).map_err(|error| error.to_string())?),
            None => Stdio::null(),
        };
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(errors);
        let began = Instant::now();
        let child = command
            .spawn()
            .map_err(|error| unstarted(command, &error))?;
        Ok(Self { child, began })
    }

    /// Asks it to stop, as Ctrl-C does.
    pub(crate) fn interrupt(&self) -> Result<(), String> {
        kill_process(Pid::from_child(&self.child), Signal::INT).map_err(|error| error.to_string())
    }

    /// Waits for its end.
    pub(crate) fn wait(self) -> Result<Took, String> {
        let used = self.child.wait4().map_err(|error| error.to_string())?;
        Ok(Took {
            code: used.status.code(),
            wall: self.began.elapsed(),
            cpu: used.rusage.utime + used.rusage.stime,
            peak: used.rusage.maxrss,
        })
    }
}

/// Runs it to its end.
pub(crate) fn run(command: &mut Command) -> Result<Took, String> {
    Going::start(command, None)?.wait()
}

/// What it says on stdout, if it ends well.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| unstarted(command, &error))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        let errors = text(&output.stderr);
        let last: Vec<_> = errors.lines().rev().take(3).collect();
        let program = command.get_program().display();
        Err(format!("{program} failed: {}", last.join(" / ")))
    }
}

fn unstarted(command: &Command, error: &std::io::Error) -> String {
    format!("{} cannot be run: {error}", command.get_program().display())
}

/// A server that says on its first line where it is. Dropped, it ends.
pub(crate) struct Server {
    child: Child,
    /// Its first line.
    pub(crate) said: Value,
    /// Where it listens.
    pub(crate) addr: String,
}

impl Server {
    /// The simulated vendors, as the program has them.
    pub(crate) fn simulate(place: &Place) -> Result<Self, String> {
        Self::start(Command::new(&place.jindiao).arg("simulate"))
    }

    /// A vendor that only answers.
    pub(crate) fn vendor(place: &Place, args: &[&str]) -> Result<Self, String> {
        Self::start(Command::new(place.bin("vendor")).args(args))
    }

    fn start(command: &mut Command) -> Result<Self, String> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .map_err(|error| unstarted(command, &error))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.as_mut() {
            // One line is all that comes.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let said: Value = serde_json::from_str(&line).unwrap_or_default();
        let data = said.get("data").unwrap_or(&said).clone();
        let addr = data["addr"].as_str().unwrap_or_default().to_owned();
        let server = Self {
            child,
            said: data,
            addr,
        };
        if server.addr.is_empty() {
            return Err(format!(
                "{} did not say where it listens",
                command.get_program().display()
            ));
        }
        Ok(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The variables that let the program work against it; the pace is no limit.
    pub(crate) fn variables(&self) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        let mut set = |name: &str, value: &str| {
            variables.insert(name.to_owned(), value.to_owned());
        };
        for (name, value) in self.said["env"].as_object().into_iter().flatten() {
            set(name, value.as_str().unwrap_or_default());
        }
        if self.said["env"].is_null() {
            let url = self.url();
            use jindiao_bench::samples;
            set("JINDIAO_QCC_URL", &url);
            set("JINDIAO_QCC_KEY", samples::QCC_KEY);
            set("JINDIAO_QCC_SECRET", samples::QCC_SECRET);
            set("JINDIAO_PATSNAP_URL", &url);
            set("JINDIAO_PATSNAP_CLIENT_ID", samples::CLIENT_ID);
            set("JINDIAO_PATSNAP_CLIENT_SECRET", "secret");
            set("JINDIAO_ALLOW_PRIVATE_LINKS", "1");
        }
        for vendor in ["QCC", "PATSNAP", "YIBEIDIAO"] {
            set(&format!("JINDIAO_{vendor}_QPS"), "999999");
            set(&format!("JINDIAO_{vendor}_CONCURRENCY"), CONCURRENCY);
            set(&format!("JINDIAO_{vendor}_POLL_INTERVAL"), POLL);
        }
        variables
    }

    /// What a vendor has counted.
    pub(crate) fn books(&self) -> Result<Value, String> {
        let fail = |error: std::io::Error| error.to_string();
        let mut stream = TcpStream::connect(&self.addr).map_err(fail)?;
        let request = format!(
            "GET /books HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.addr
        );
        stream.write_all(request.as_bytes()).map_err(fail)?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply).map_err(fail)?;
        let (_, body) = reply.split_once("\r\n\r\n").ok_or("no reply")?;
        serde_json::from_str(body).map_err(|error| error.to_string())
    }
}

/// Calls under way to each vendor.
pub(crate) const CONCURRENCY: &str = "32";
/// How often a vendor is asked.
pub(crate) const POLL: &str = "100ms";

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program with these variables and no others, in a folder of its own.
pub(crate) fn jindiao(
    place: &Place,
    folder: &Path,
    variables: &BTreeMap<String, String>,
) -> Command {
    let mut command = Command::new(&place.jindiao);
    command
        .env_clear()
        .env("HOME", folder)
        .envs(variables)
        .current_dir(folder);
    command
}
