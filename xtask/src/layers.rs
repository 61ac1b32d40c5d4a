//! Proves that every crate rests only on the floors below it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::process::Command;

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand};

/// The house from the ground up. A crate may rest on lower floors only, never on its own.
///
/// The simulator stands beside the client and not on it: it judges what the client does. `xtask`
/// stands outside and may use everything.
const FLOORS: [(&str, u8); 19] = [
    ("jindiao-signing", 0),
    ("jindiao-codes", 0),
    ("jindiao-words", 0),
    ("jindiao-protocol", 1),
    ("jindiao-protocol-qcc", 2),
    ("jindiao-protocol-patsnap", 2),
    ("jindiao-protocol-yibeidiao", 2),
    ("jindiao-order", 3),
    // Reads files, and no more than that.
    ("jindiao-list", CLIENT),
    ("jindiao-client", CLIENT),
    ("jindiao-simulator", CLIENT),
    ("jindiao-batch", 5),
    ("jindiao-cluster", 6),
    ("jindiao-dashboard", 6),
    ("jindiao", 7),
    // Only tests and chores rest on it.
    ("jindiao-rehearsal", 7),
    // Samples, for people to read.
    ("penglai-vendor", 7),
    ("jindiao-guide", 8),
    ("xtask", 8),
];

/// The first floor that may touch network, disk, clock and environment.
const CLIENT: u8 = 4;

/// What must not be compiled below the client: network, storage, clocks, environment.
const FORBIDDEN: [&str; 30] = [
    "async-std",
    "chrono",
    "coarsetime",
    "config",
    "curl",
    "dirs",
    "dotenv",
    "dotenvy",
    "envy",
    "etcetera",
    "figment",
    "gethostname",
    "home",
    "hyper",
    "hyper-util",
    "iana-time-zone",
    "instant",
    "isahc",
    "libsqlite3-sys",
    "mio",
    "quanta",
    "reqwest",
    "rusqlite",
    "rustls",
    "smol",
    "socket2",
    "time",
    "tokio",
    "ureq",
    "web-time",
];

/// All that somebody compiles who needs signatures only.
const SIGNING_TREE: [&str; 13] = [
    "block-buffer",
    "cfg-if",
    "const-oid",
    "cpufeatures",
    "crypto-common",
    "digest",
    "hex",
    "hybrid-array",
    "libc",
    "md-5",
    "subtle",
    "typenum",
    "zeroize",
];

/// What needs no operating system: `core` and `alloc` are enough.
const NO_STD: [&str; 2] = ["jindiao-signing", "jindiao-codes"];

/// Checks the workspace at `root`.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned()])
        .exec()
        .map_err(|e| e.to_string())?;
    let mut graph = graph(&metadata)?;
    for package in graph.packages.values_mut() {
        if package.member && floor(&package.name).is_some_and(|it| it < CLIENT) {
            package.built = Some(built(root, &package.name, &[])?);
            package.built_with_all = Some(built(root, &package.name, &["--all-features"])?);
        }
    }
    let wrongs = wrongs(&graph);
    if wrongs.is_empty() {
        return Ok(());
    }
    Err(format!("the floors do not hold\n- {}", wrongs.join("\n- ")))
}

/// The names of what is compiled when `package` is built alone.
///
/// The graph of `cargo metadata` unites the features of the whole workspace: there the client's
/// TLS seems to bring derive macros into the tree of everything that zeroes a secret.
fn built(root: &Path, package: &str, more: &[&str]) -> Result<BTreeSet<String>, String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--package",
            package,
            "--edges",
            "normal",
        ])
        .args(["--target", "all", "--prefix", "none", "--format", "{p}"])
        .args(more)
        .current_dir(root)
        .output()
        .map_err(|e| format!("cannot run cargo tree: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || text.is_empty() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo tree of {package} failed: {}", error.trim()));
    }
    let names = text.lines().filter_map(|line| line.split(' ').next());
    Ok(names.map(str::to_owned).collect())
}

/// The packages by id, and which of them normal dependencies lead to.
#[derive(Debug, Default)]
struct Graph {
    packages: BTreeMap<String, Package>,
}

#[derive(Debug, Default)]
struct Package {
    name: String,
    /// Whether it is ours.
    member: bool,
    /// Ids of the normal dependencies.
    rests_on: Vec<String>,
    /// Names of what is compiled when it is built alone; `None`: not asked.
    built: Option<BTreeSet<String>>,
    /// The same with all its features.
    built_with_all: Option<BTreeSet<String>>,
    /// Names of the dependencies that are taken with their `std` feature.
    with_std: BTreeSet<String>,
}

fn graph(metadata: &Metadata) -> Result<Graph, String> {
    let resolve = metadata
        .resolve
        .as_ref()
        .ok_or("cargo metadata resolved nothing")?;
    let members: BTreeSet<_> = metadata.workspace_members.iter().collect();
    let mut graph = Graph::default();
    for package in &metadata.packages {
        let normal = || {
            package
                .dependencies
                .iter()
                .filter(|it| it.kind == DependencyKind::Normal)
        };
        graph.packages.insert(
            package.id.repr.clone(),
            Package {
                name: package.name.to_string(),
                member: members.contains(&package.id),
                rests_on: Vec::new(),
                built: None,
                built_with_all: None,
                with_std: normal()
                    .filter(|it| {
                        it.uses_default_features || it.features.iter().any(|it| it == "std")
                    })
                    .map(|it| it.name.clone())
                    .collect(),
            },
        );
    }
    for node in &resolve.nodes {
        let normal = node.deps.iter().filter(|dep| {
            dep.dep_kinds
                .iter()
                .any(|kind| kind.kind == DependencyKind::Normal)
        });
        if let Some(package) = graph.packages.get_mut(&node.id.repr) {
            package.rests_on = normal.map(|dep| dep.pkg.repr.clone()).collect();
        }
    }
    Ok(graph)
}

/// What is wrong, and how to mend it.
fn wrongs(graph: &Graph) -> Vec<String> {
    let mut wrongs = Vec::new();
    for (id, package) in graph.packages.iter().filter(|(_, it)| it.member) {
        let name = &package.name;
        let Some(floor) = floor(name) else {
            wrongs.push(format!(
                "{name} has no floor: give it one in FLOORS of xtask/src/layers.rs"
            ));
            continue;
        };
        for below in graph.below(package).filter(|it| it.member) {
            if self::floor(&below.name).is_some_and(|it| it >= floor) {
                wrongs.push(format!(
                    "{name} rests on {}, which is not below it: move what both need to a lower floor",
                    below.name
                ));
            }
        }
        if floor < CLIENT {
            for path in graph.paths(id, package.built_with_all.as_ref()) {
                if path.last().is_some_and(|it| FORBIDDEN.contains(it)) {
                    wrongs.push(format!(
                        "below the client there is no network, storage, clock or environment, but {}: \
                         take the first dependency away or switch off the feature that brings it",
                        path.join(" → ")
                    ));
                }
            }
            if package.with_std.contains("jiff") {
                wrongs.push(format!(
                    "{name} takes jiff with `std`, which asks the clock: take it with default-features = false"
                ));
            }
        }
        if NO_STD.contains(&name.as_str()) {
            for dependency in &package.with_std {
                wrongs.push(format!(
                    "{name} does without `std`, but takes {dependency} with it: take it with default-features = false"
                ));
            }
        }
        let allowed: &[&str] = match name.as_str() {
            "jindiao-signing" => &SIGNING_TREE,
            "jindiao-codes" | "jindiao-words" => &[],
            _ => continue,
        };
        for path in graph.paths(id, package.built.as_ref()) {
            let last = path.last().copied().unwrap_or_default();
            if !allowed.contains(&last) {
                wrongs.push(format!(
                    "{name} must stay light, but {}: do without it, or make it an optional feature",
                    path.join(" → ")
                ));
            }
        }
    }
    wrongs
}

fn floor(name: &str) -> Option<u8> {
    FLOORS.iter().find(|it| it.0 == name).map(|it| it.1)
}

impl Graph {
    fn below<'a>(&'a self, package: &'a Package) -> impl Iterator<Item = &'a Package> {
        package
            .rests_on
            .iter()
            .filter_map(|id| self.packages.get(id))
    }

    /// A shortest path of names to each package in the tree of `top`, `top` first, through what
    /// is `built`.
    fn paths(&self, top: &str, built: Option<&BTreeSet<String>>) -> Vec<Vec<&str>> {
        let mut paths = Vec::new();
        let mut seen = BTreeSet::from([top]);
        let mut queue = VecDeque::from([(top, Vec::new())]);
        while let Some((id, mut path)) = queue.pop_front() {
            let Some(package) = self.packages.get(id) else {
                continue;
            };
            if built.is_some_and(|names| !names.contains(&package.name)) {
                continue;
            }
            path.push(package.name.as_str());
            for next in &package.rests_on {
                if seen.insert(next) {
                    queue.push_back((next, path.clone()));
                }
            }
            if id != top {
                paths.push(path);
            }
        }
        paths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph of `name -> dependencies`; names that have a floor, and `jindiao-*`, are ours. A
    /// dependency with a question mark is optional, one with `+std` is taken with `std`.
    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let mut graph = Graph::default();
        let bare = |it: &str| it.trim_end_matches('?').trim_end_matches("+std").to_owned();
        for (name, deps) in edges {
            for dep in *deps {
                graph.packages.entry(bare(dep)).or_default().name = bare(dep);
            }
            let package = graph.packages.entry((*name).to_owned()).or_default();
            (*name).clone_into(&mut package.name);
            package.rests_on = deps.iter().map(|it| bare(it)).collect();
            let optional = |it: &str| deps.iter().any(|dep| dep.strip_suffix('?') == Some(it));
            if deps.iter().any(|dep| dep.ends_with('?')) {
                let all = edges
                    .iter()
                    .flat_map(|(name, deps)| [*name].into_iter().chain(deps.iter().copied()));
                let all: BTreeSet<String> = all.map(bare).collect();
                package.built = Some(all.iter().filter(|it| !optional(it)).cloned().collect());
                package.built_with_all = Some(all);
            }
            package.with_std = deps
                .iter()
                .filter(|it| it.ends_with("+std"))
                .map(|it| bare(it))
                .collect();
        }
        for package in graph.packages.values_mut() {
            package.member = floor(&package.name).is_some() || package.name.starts_with("jindiao-");
        }
        graph
    }

    fn check(edges: &[(&str, &[&str])], expect: &[&str]) {
        let wrongs = wrongs(&graph(edges));
        assert_eq!(wrongs.len(), expect.len(), "{wrongs:#?}");
        for (wrong, part) in wrongs.iter().zip(expect) {
            assert!(wrong.contains(part), "{wrong}");
        }
    }

    #[test]
    fn our_own_floors_hold() {
        assert_eq!(run(&crate::root()), Ok(()));
    }

    #[test]
    fn a_house_that_stands() {
        check(
            &[
                ("jindiao-signing", &["md-5", "hex", "zeroize", "subtle"]),
                ("md-5", &["digest"]),
                ("jindiao-codes", &["serde?"]),
                ("jindiao-protocol", &["jindiao-codes", "jiff"]),
                ("jindiao-order", &["jindiao-protocol-qcc"]),
                (
                    "jindiao-protocol-qcc",
                    &["jindiao-protocol", "jindiao-signing"],
                ),
                ("jindiao-client", &["jindiao-order", "reqwest", "jiff+std"]),
                ("reqwest", &["tokio"]),
                ("jindiao", &["jindiao-batch", "jindiao-simulator"]),
            ],
            &[],
        );
    }

    #[test]
    fn nobody_rests_on_its_own_floor_or_above() {
        check(
            &[("jindiao-order", &["jindiao-batch"])],
            &["jindiao-order rests on jindiao-batch"],
        );
        check(
            &[("jindiao-protocol-qcc", &["jindiao-protocol-patsnap"])],
            &["jindiao-protocol-qcc rests on jindiao-protocol-patsnap"],
        );
        check(
            &[("jindiao-simulator", &["jindiao-client"])],
            &["jindiao-simulator rests on"],
        );
    }

    #[test]
    fn no_network_below_the_client_however_deep() {
        check(
            &[("jindiao-order", &["a"]), ("a", &["b"]), ("b", &["tokio"])],
            &["jindiao-order → a → b → tokio"],
        );
        check(
            &[("jindiao-protocol", &["chrono?"])],
            &["jindiao-protocol → chrono"],
        );
        check(&[("jindiao-order", &["jiff+std"])], &["jiff with `std`"]);
    }

    #[test]
    fn the_ground_floor_stays_light() {
        check(&[("jindiao-codes", &["serde"])], &["jindiao-codes → serde"]);
        check(
            &[("jindiao-signing", &["md-5"]), ("md-5", &["syn"])],
            &["jindiao-signing → md-5 → syn"],
        );
    }

    #[test]
    fn what_does_without_std_says_so_and_brings_none() {
        check(
            &[("jindiao-signing", &["md-5+std"])],
            &["jindiao-signing does without `std`, but takes md-5"],
        );
        for name in NO_STD {
            let folder = name.trim_start_matches("jindiao-");
            let path = crate::root().join(format!("crates/{folder}/src/lib.rs"));
            let text = std::fs::read_to_string(path).expect("a crate");
            assert!(text.contains("\n#![no_std]\n"), "{name}");
        }
    }

    #[test]
    fn a_new_crate_wants_a_floor() {
        check(&[("jindiao-cellar", &[])], &["jindiao-cellar has no floor"]);
    }
}
