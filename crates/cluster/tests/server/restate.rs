//! Restate servers as processes, on ports of their own, in folders of their own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jindiao_client::HttpTransport;
use jindiao_cluster::Cluster;
use jindiao_protocol::Origin;
use tempfile::TempDir;

use crate::port::free_port;

/// How servers are set up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    /// How many nodes; with more than one everything is kept twice.
    pub(crate) nodes: usize,
    /// Into how many parts the orders are divided.
    pub(crate) partitions: u32,
    /// A worker that is silent for so long is left.
    pub(crate) patience: Duration,
    /// Memory of each node's storage engine, in MiB.
    pub(crate) storage: u32,
}

impl Setup {
    /// One node.
    pub(crate) const ONE: Self = Self {
        nodes: 1,
        partitions: 4,
        patience: Duration::from_secs(40),
        storage: 128,
    };
}

/// A server of one node or several.
pub(crate) struct Server {
    program: PathBuf,
    setup: Setup,
    dir: TempDir,
    nodes: Vec<Node>,
    ids: OnceLock<Vec<String>>,
}

struct Node {
    ingress: u16,
    admin: u16,
    own: u16,
    process: Option<Process>,
}

/// A process that ends with this value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What processes have used, where the system tells.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// Processor time, in hundredths of a second.
    pub(crate) ticks: u64,
    /// Memory, in MiB.
    pub(crate) memory: u64,
}

impl Used {
    /// By the process with this id.
    pub(crate) fn by(id: u32) -> Option<Self> {
        let proc = PathBuf::from(format!("/proc/{id}"));
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
        let memory = kib / 1024;
        Some(Self { ticks, memory })
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            ticks: self.ticks + other.ticks,
            memory: self.memory + other.memory,
        }
    }
}

impl Server {
    pub(crate) fn start(program: &Path, setup: Setup) -> Self {
        let node = |_| Node {
            ingress: free_port(),
            admin: free_port(),
            own: free_port(),
            process: None,
        };
        let mut server = Self {
            program: program.to_owned(),
            setup,
            dir: tempfile::tempdir().expect("a folder"),
            nodes: (0..setup.nodes).map(node).collect(),
            ids: OnceLock::new(),
        };
        (0..setup.nodes).for_each(|n| server.run(n));
        server
    }

    /// `kill -9` of a node.
    pub(crate) fn kill(&mut self, n: usize) {
        assert!(self.nodes[n].process.take().is_some(), "it runs");
    }

    /// Starts a node, on the data that it had.
    pub(crate) fn run(&mut self, n: usize) {
        let node = &self.nodes[n];
        let dir = self.dir.path().join(format!("n{n}"));
        let tmp = dir.join("tmp");
        std::fs::create_dir_all(&tmp).expect("a folder");
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(dir.join("log"))
            .expect("a log");
        let local = |port| format!("127.0.0.1:{port}");
        let url = |port| format!("http://127.0.0.1:{port}");
        let all: Vec<_> = self.nodes.iter().map(|node| url(node.own)).collect();
        let patience = self.setup.patience.as_secs();
        let settings = [
            ("CLUSTER_NAME", "jindiao-test".to_owned()),
            ("LISTEN_MODE", "tcp".to_owned()),
            ("INGRESS__BIND_ADDRESS", local(node.ingress)),
            ("ADMIN__BIND_ADDRESS", local(node.admin)),
            ("BIND_ADDRESS", local(node.own)),
            ("ADVERTISED_ADDRESS", url(node.own)),
            ("AUTO_PROVISION", (n == 0).to_string()),
            (
                "METADATA_CLIENT__ADDRESSES",
                serde_json::to_string(&all).expect("json"),
            ),
            ("DEFAULT_REPLICATION", self.nodes.len().min(2).to_string()),
            ("DEFAULT_NUM_PARTITIONS", self.setup.partitions.to_string()),
            (
                "ROCKSDB_TOTAL_MEMORY_SIZE",
                format!("{}MiB", self.setup.storage),
            ),
            (
                "WORKER__INVOKER__HTTP2_KEEP_ALIVE_INTERVAL",
                format!("{patience}s"),
            ),
            (
                "WORKER__INVOKER__HTTP2_KEEP_ALIVE_TIMEOUT",
                format!("{}s", patience.div_ceil(2)),
            ),
            ("DISABLE_TELEMETRY", "true".to_owned()),
        ];
        let child = Command::new(&self.program)
            .args(["--no-logo", "--node-name", &format!("n{n}"), "--base-dir"])
            .arg(dir.join("data"))
            .envs(settings.map(|(name, value)| (format!("RESTATE_{name}"), value)))
            .env("DO_NOT_TRACK", "1")
            .env("TMPDIR", tmp)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("the server's program");
        self.nodes[n].process = Some(Process(child));
    }

    /// The administration of a node.
    pub(crate) fn admin(&self, n: usize) -> Origin {
        let url = format!("http://127.0.0.1:{}", self.nodes[n].admin);
        url.parse().expect("an origin")
    }

    /// Waits until a node answers.
    pub(crate) async fn cluster(&self, n: usize) -> Cluster {
        let transport = Arc::new(HttpTransport::new().expect("a transport"));
        for _ in 0..1200 {
            match Cluster::connect(Arc::clone(&transport) as _, &self.admin(n), None).await {
                Ok(cluster) => return cluster,
                Err(error) if error.is_passing() => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the server does not answer: {}", self.log(n));
    }

    /// How many parts of the orders each node leads, where all are led, and what the server's own tool
    /// says of that.
    pub(crate) fn leaders(&self) -> (Option<Vec<usize>>, String) {
        if self.ids.get().is_none()
            && let Some(ids) = self.read_ids(&self.tool(&["status"]))
        {
            // Set once.
            let _ = self.ids.set(ids);
        }
        let text = self.tool(&["partitions", "list"]);
        (self.read_leaders(&text), text)
    }

    fn tool(&self, args: &[&str]) -> String {
        let tool = self.program.to_string_lossy();
        let tool = tool.replace("restate-server", "restatectl");
        let mut running = self.nodes.iter().filter(|node| node.process.is_some());
        let node = running.next().expect("a node");
        let asked = Command::new(tool)
            .args(["--address", &format!("http://127.0.0.1:{}", node.own)])
            .args(args)
            .env("DO_NOT_TRACK", "1")
            .stdin(Stdio::null())
            .output()
            .expect("the server's tool");
        String::from_utf8_lossy(&asked.stdout).into_owned()
    }

    /// What the nodes call themselves; they are numbered as they came.
    fn read_ids(&self, text: &str) -> Option<Vec<String>> {
        let lines = || text.lines().map(|line| line.split_whitespace());
        let id = |n: usize| {
            let name = format!("n{n}");
            let mut ids = lines().filter_map(|mut words| {
                let id = words.next()?.split(':').next()?.to_owned();
                (words.next()? == name).then_some(id)
            });
            ids.next()
        };
        (0..self.nodes.len()).map(id).collect()
    }

    fn read_leaders(&self, text: &str) -> Option<Vec<usize>> {
        let ids = self.ids.get()?;
        let mut leaders = vec![None; usize::try_from(self.setup.partitions).ok()?];
        for line in text.lines() {
            // Partition, node as N1:generation, and what it is.
            let words: Vec<_> = line.split_whitespace().collect();
            if let [partition, node, "Leader", "Active", ..] = words[..] {
                let id = node.split(':').next()?;
                let node = ids.iter().position(|known| known == id)?;
                *leaders.get_mut(partition.parse::<usize>().ok()?)? = Some(node);
            }
        }
        let mut led = vec![0; self.nodes.len()];
        for leader in leaders {
            *led.get_mut(leader?)? += 1;
        }
        Some(led)
    }

    /// What all nodes have used.
    pub(crate) fn used(&self) -> Used {
        let running = self.nodes.iter().filter_map(|node| node.process.as_ref());
        running
            .filter_map(|process| Used::by(process.0.id()))
            .fold(Used::default(), Used::plus)
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

    fn log(&self, n: usize) -> String {
        let path = self.dir.path().join(format!("n{n}/log"));
        std::fs::read_to_string(path).unwrap_or_default()
    }
}
