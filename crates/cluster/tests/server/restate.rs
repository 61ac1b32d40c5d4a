//! A Restate server as a process, on ports of its own, in a folder of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jindiao_client::HttpTransport;
use jindiao_cluster::Cluster;
use jindiao_protocol::Origin;
use tempfile::TempDir;

/// A server with one node.
pub(crate) struct Server {
    program: PathBuf,
    dir: TempDir,
    ports: [u16; 3],
    process: Child,
}

impl Server {
    pub(crate) fn start(program: &Path) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let ports = [free_port(), free_port(), free_port()];
        let process = run(program, dir.path(), ports);
        Self {
            program: program.to_owned(),
            dir,
            ports,
            process,
        }
    }

    /// `kill -9`, and the same server again.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.process = run(&self.program, self.dir.path(), self.ports);
    }

    pub(crate) fn admin(&self) -> Origin {
        let url = format!("http://127.0.0.1:{}", self.ports[1]);
        url.parse().expect("an origin")
    }

    /// Waits until it answers.
    pub(crate) async fn cluster(&self) -> Cluster {
        let transport = Arc::new(HttpTransport::new().expect("a transport"));
        for _ in 0..600 {
            match Cluster::connect(Arc::clone(&transport) as _, &self.admin(), None).await {
                Ok(cluster) => return cluster,
                Err(error) if error.is_passing() => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the server does not answer: {}", self.log());
    }

    /// The processor time that it has used, in hundredths of a second, and its memory in MiB, where
    /// the system tells.
    pub(crate) fn used(&self) -> Option<(u64, u64)> {
        let proc = PathBuf::from(format!("/proc/{}", self.process.id()));
        let stat = std::fs::read_to_string(proc.join("stat")).ok()?;
        // The name in brackets may hold spaces.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut next = || fields.next()?.parse::<u64>().ok();
        let ticks = next()? + next()?;
        let status = std::fs::read_to_string(proc.join("status")).ok()?;
        let memory = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = memory.split_whitespace().next()?.parse().ok()?;
        Some((ticks, kib / 1024))
    }

    /// Whether `text` is in any file of the server.
    pub(crate) fn has_written(&self, text: &str) -> Option<PathBuf> {
        fn search(dir: &Path, text: &[u8]) -> Option<PathBuf> {
            let entries = std::fs::read_dir(dir).ok()?;
            entries.filter_map(Result::ok).find_map(|entry| {
                let path = entry.path();
                if path.is_dir() {
                    return search(&path, text);
                }
                let bytes = std::fs::read(&path).ok()?;
                bytes
                    .windows(text.len())
                    .any(|window| window == text)
                    .then_some(path)
            })
        }
        search(self.dir.path(), text.as_bytes())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    fn kill(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

fn run(program: &Path, dir: &Path, [ingress, admin, node]: [u16; 3]) -> Child {
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(dir.join("log"))
        .expect("a log");
    let tmp = dir.join("tmp");
    std::fs::create_dir_all(&tmp).expect("a folder");
    Command::new(program)
        .args(["--node-name", "n1", "--no-logo", "--base-dir"])
        .arg(dir.join("data"))
        .env("DO_NOT_TRACK", "1")
        .env("RESTATE_DISABLE_TELEMETRY", "true")
        .env("RESTATE_LISTEN_MODE", "tcp")
        .env(
            "RESTATE_INGRESS__BIND_ADDRESS",
            format!("127.0.0.1:{ingress}"),
        )
        .env("RESTATE_ADMIN__BIND_ADDRESS", format!("127.0.0.1:{admin}"))
        .env("RESTATE_BIND_ADDRESS", format!("127.0.0.1:{node}"))
        .env(
            "RESTATE_ADVERTISED_ADDRESS",
            format!("http://127.0.0.1:{node}"),
        )
        .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "256MiB")
        .env("TMPDIR", tmp)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a log"))
        .stderr(log)
        .spawn()
        .expect("the server's program")
}
