//! A Restate server as a process, and workers for it.

#[path = "port.rs"]
mod port;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ended, Place, Vendors};

pub(crate) use port::free_port;

/// How long something may take that is waited for: it ends only what hangs.
const PATIENCE: Duration = Duration::from_secs(180);

/// A server with one node, on ports of its own, in a folder of its own.
pub(crate) struct Server {
    program: PathBuf,
    folder: TempDir,
    ports: [u16; 3],
    process: Child,
}

impl Server {
    /// Starts one; none, and a word on what is not run, where there is no server.
    #[expect(clippy::disallowed_methods, reason = "tells where the server is")]
    pub(crate) fn start(test: &str) -> Option<Self> {
        let Some(program) = std::env::var_os("JINDIAO_RESTATE_SERVER").map(PathBuf::from) else {
            // Also where the output of tests that pass is kept back.
            let _ = writeln!(
                std::io::stderr(),
                "not run: {test}: there is no Restate server (JINDIAO_RESTATE_SERVER)"
            );
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let ports = [free_port(), free_port(), free_port()];
        let process = run(&program, folder.path(), ports);
        Some(Self {
            program,
            folder,
            ports,
            process,
        })
    }

    /// The same ports, and nothing that the server knew.
    pub(crate) fn empty(&mut self) {
        self.end();
        let folder = tempfile::tempdir().expect("a folder");
        self.process = run(&self.program, folder.path(), self.ports);
        self.folder = folder;
    }

    /// `kill -9`.
    pub(crate) fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Has it give up on a task, as it does by itself after a week.
    pub(crate) fn pause(&self, invocation: &str) {
        let addr = ("127.0.0.1", self.ports[1]);
        let mut stream = TcpStream::connect(addr).expect("a connection");
        write!(
            stream,
            "PATCH /invocations/{invocation}/pause HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
        .expect("a request");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("a reply");
        assert!(reply.starts_with("HTTP/1.1 202"), "{reply}");
    }

    pub(crate) fn admin(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[1])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(program: &Path, folder: &Path, [ingress, admin, node]: [u16; 3]) -> Child {
    // It keeps sockets and plugins there.
    let tmp = folder.join("tmp");
    std::fs::create_dir_all(&tmp).expect("a folder");
    let variables = [
        ("DO_NOT_TRACK", "1".to_owned()),
        ("RESTATE_DISABLE_TELEMETRY", "true".to_owned()),
        ("RESTATE_LISTEN_MODE", "tcp".to_owned()),
        (
            "RESTATE_INGRESS__BIND_ADDRESS",
            format!("127.0.0.1:{ingress}"),
        ),
        ("RESTATE_ADMIN__BIND_ADDRESS", format!("127.0.0.1:{admin}")),
        ("RESTATE_BIND_ADDRESS", format!("127.0.0.1:{node}")),
        (
            "RESTATE_ADVERTISED_ADDRESS",
            format!("http://127.0.0.1:{node}"),
        ),
        ("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "256MiB".to_owned()),
    ];
    Command::new(program)
        .args(["--node-name", "n1", "--no-logo", "--base-dir"])
        .arg(folder.join("data"))
        .envs(variables)
        .env("TMPDIR", tmp)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server's program")
}

/// A place whose program works with a server.
impl Place {
    pub(crate) fn at(mut self, server: &Server) -> Self {
        self.variables
            .insert("JINDIAO_CLUSTER_RESTATE_ADMIN".to_owned(), server.admin());
        self
    }

    /// Runs `line`, which is wrong, and expects to be told so.
    pub(crate) fn says(&self, line: &str, part: &str) {
        let ended = self.ends(line, 2);
        assert!(ended.stderr.contains(part), "{line}: {ended:?}");
    }

    /// Runs `line` until it ends as it shall.
    pub(crate) fn until(&self, line: &str, is_so: impl Fn(&Ended) -> bool) -> Ended {
        let begin = Instant::now();
        loop {
            let ended = self.jindiao(line);
            if is_so(&ended) {
                return ended;
            }
            assert!(begin.elapsed() < PATIENCE, "{line}: {ended:?}");
        }
    }

    /// Waits until so many things are charged.
    pub(crate) fn until_charged(&self, vendors: &Vendors, charges: usize) {
        let begin = Instant::now();
        while vendors.charges().len() < charges {
            assert!(
                begin.elapsed() < PATIENCE,
                "{:?}",
                self.jindiao("cluster status")
            );
        }
    }

    /// Waits until every order is stored or uncertain.
    pub(crate) fn rests(&self, orders: u64) -> Ended {
        self.until("cluster status --json", |ended| {
            let counts = ended.data("count");
            let rest = counts
                .iter()
                .filter(|count| count["state"] == "stored" || count["state"] == "uncertain");
            rest.filter_map(|count| count["orders"].as_u64())
                .sum::<u64>()
                == orders
        })
    }
}

/// `jindiao cluster worker` in a process of its own.
pub(crate) struct Worker {
    pub(crate) process: Child,
    /// What it said when it had joined.
    pub(crate) joined: Value,
}

impl Worker {
    /// Starts one in `place` with these flags, also at a server that is just starting; or how it
    /// ended.
    pub(crate) fn start(place: &Place, flags: &str) -> Result<Self, Ended> {
        let begin = Instant::now();
        loop {
            match Self::once(place, flags) {
                Err(ended)
                    if ended.stderr.contains("does not answer") && begin.elapsed() < PATIENCE => {}
                started => return started,
            }
        }
    }

    /// The same, at once or not.
    pub(crate) fn once(place: &Place, flags: &str) -> Result<Self, Ended> {
        let mut process = place
            .command(&format!("cluster worker --json {flags}"))
            .spawn()
            .expect("a worker");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        if line.is_empty() {
            return Err(Ended::of(process.wait_with_output().expect("an end")));
        }
        let line: Value = serde_json::from_str(&line).expect("a line of JSON");
        assert_eq!(line["type"], "worker");
        Ok(Self {
            process,
            joined: line["data"].clone(),
        })
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}
