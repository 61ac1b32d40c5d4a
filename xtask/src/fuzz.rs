//! Gives the fuzz targets bytes, and says how many.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::tools::Tool;

const CARGO_FUZZ: Tool = Tool {
    name: "cargo-fuzz",
    version: "0.13.1",
};

/// How many inputs a target gets unless told otherwise.
const RUNS: u64 = 1_000_000;
/// The longest input in bytes. What is only wrong with longer ones is a matter of size limits,
/// which have tests of their own.
const MAX_LEN: u32 = 4096;
/// The longest input that is kept in the repository.
const KEPT_LEN: u32 = 1024;
/// How many lines of a failed target's output are shown.
const TAIL: usize = 60;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    /// All of them where none is named.
    targets: Vec<String>,
    runs: u64,
    /// The limit for each target.
    limit: Option<Duration>,
    /// Where chance begins; by chance if not said.
    seed: Option<u32>,
    /// Whether what was found goes into the kept corpus.
    keep: bool,
}

impl Options {
    /// A short run that does the same every time.
    pub(crate) fn short() -> Self {
        Self {
            targets: Vec::new(),
            runs: 250_000,
            limit: Some(Duration::from_secs(10)),
            seed: Some(1),
            keep: false,
        }
    }

    pub(crate) fn parse(args: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            targets: Vec::new(),
            runs: RUNS,
            limit: None,
            seed: None,
            keep: false,
        };
        let mut args = args.iter();
        while let Some(name) = args.next() {
            if *name == "--keep" {
                options.keep = true;
                continue;
            }
            let mut number = || {
                let value = args.next().map(|value| value.replace('_', ""));
                value
                    .and_then(|value| value.parse::<u64>().ok())
                    .ok_or_else(|| format!("{name} needs a whole number"))
            };
            match *name {
                "--runs" => options.runs = number()?,
                "--seconds" => options.limit = Some(Duration::from_secs(number()?)),
                other if other.starts_with('-') => {
                    return Err(format!("`cargo xtask fuzz` knows no {other}"));
                }
                target => options.targets.push(target.to_owned()),
            }
        }
        Ok(options)
    }
}

/// Builds the targets and runs each over its kept corpus, what earlier runs found, and new inputs.
/// Says on stdout how it went, a line for each, and stops at the first that fails.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), String> {
    let targets = chosen(targets(root)?, &options.targets)?;
    let fuzz = Fuzz {
        root,
        host: host()?,
    };
    fuzz.build(&CARGO_FUZZ.install(root)?)?;
    println!(
        "{:<16} {:>12} {:>8} {:>9}",
        "target", "executions", "corpus", "seconds"
    );
    for target in &targets {
        let report = fuzz.run(target, options)?;
        println!("{target:<16} {report}");
        if options.keep {
            fuzz.keep(target)?;
        }
    }
    Ok(())
}

/// The names of all targets: each is a file.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/targets");
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|it| it == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn chosen(all: Vec<String>, wanted: &[String]) -> Result<Vec<String>, String> {
    if let Some(unknown) = wanted.iter().find(|it| !all.contains(it)) {
        return Err(format!(
            "there is no fuzz target {unknown}; there are {}",
            all.join(", ")
        ));
    }
    Ok(if wanted.is_empty() {
        all
    } else {
        wanted.to_vec()
    })
}

/// The platform, as the compiler calls it.
fn host() -> Result<String, String> {
    let output = Command::new(env!("CARGO"))
        .arg("-vV")
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| "`cargo -vV` names no host".to_owned())
}

struct Fuzz<'a> {
    root: &'a Path,
    host: String,
}

impl Fuzz<'_> {
    fn build(&self, cargo_fuzz: &Path) -> Result<(), String> {
        let status = Command::new(cargo_fuzz)
            // The sanitizers want an unstable compiler, and find what unsafe code does. There is
            // none.
            .args(["build", "--sanitizer", "none", "--target", &self.host])
            .arg("--target-dir")
            .arg(self.folder().join("build"))
            .current_dir(self.root)
            .status()
            .map_err(|error| format!("cannot run cargo-fuzz: {error}"))?;
        if status.success() {
            return Ok(());
        }
        Err(
            "the fuzz targets cannot be built. They are linked with libFuzzer, which is C++: if it is \
             a C++ compiler that is missing, install one (Debian and Ubuntu: g++; Fedora: gcc-c++; \
             macOS: xcode-select --install)"
                .to_owned(),
        )
    }

    fn run(&self, target: &str, options: &Options) -> Result<Report, String> {
        let grown = self.grown(target);
        let kept = self.kept(target);
        let artifacts = self.root.join("fuzz/artifacts").join(target);
        for folder in [&grown, &kept, &artifacts] {
            fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        let log = self.folder().join(format!("{target}.log"));
        let output = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let mut command = self.program(target);
        command.args([&grown, &kept]);
        command.arg(format!("-runs={}", options.runs));
        command.arg(format!("-max_len={MAX_LEN}"));
        // An input that takes longer or needs more is a defect, too.
        command.args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"]);
        // A path that ends with a separator is a folder to libFuzzer.
        command.arg(format!("-artifact_prefix={}", artifacts.join("").display()));
        let dictionary = self.root.join(format!("fuzz/dictionaries/{target}.dict"));
        if dictionary.is_file() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        if let Some(limit) = options.limit {
            command.arg(format!("-max_total_time={}", limit.as_secs()));
        }
        if let Some(seed) = options.seed {
            command.arg(format!("-seed={seed}"));
        }
        let start = Instant::now();
        let status = command
            .stdout(Stdio::null())
            .stderr(output)
            .status()
            .map_err(|error| format!("cannot run {target}: {error}"))?;
        let took = start.elapsed();
        let said = fs::read(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let said = String::from_utf8_lossy(&said);
        match Report::read(&said, took) {
            Some(report) if status.success() => Ok(report),
            _ => Err(format!(
                "{}\nthe fuzz target {target} failed, its output is {}; docs/fuzzing.md says what to do with a crash",
                tail(&said),
                log.display()
            )),
        }
    }

    /// Makes the kept corpus the smallest that reaches what it and the found inputs reach.
    fn keep(&self, target: &str) -> Result<(), String> {
        let (grown, kept) = (self.grown(target), self.kept(target));
        let merged = self.folder().join("merged").join(target);
        let wrong = |error: std::io::Error| format!("{}: {error}", merged.display());
        if merged.exists() {
            fs::remove_dir_all(&merged).map_err(wrong)?;
        }
        fs::create_dir_all(&merged).map_err(wrong)?;
        let status = self
            .program(target)
            // Which branches are reached, not how often: a tenth of the files.
            .args(["-set_cover_merge=1", "-use_counters=0"])
            .arg(format!("-max_len={KEPT_LEN}"))
            .args([&merged, &kept, &grown])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|error| format!("cannot run {target}: {error}"))?;
        if !status.success() {
            return Err(format!("the corpus of {target} cannot be merged"));
        }
        let named = |path: &Path| path.extension().is_some();
        for entry in fs::read_dir(&kept).map_err(wrong)?.flatten() {
            // What has a name was put there by somebody, for a reason.
            if !named(&entry.path()) {
                fs::remove_file(entry.path()).map_err(wrong)?;
            }
        }
        for entry in fs::read_dir(&merged).map_err(wrong)?.flatten() {
            let path = kept.join(entry.file_name());
            fs::copy(entry.path(), path).map_err(wrong)?;
        }
        Ok(())
    }

    /// What was built of a target.
    fn program(&self, target: &str) -> Command {
        let mut path = self.folder().join("build").join(&self.host);
        path.push("release");
        path.push(format!("{target}{}", std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(path);
        command.current_dir(self.root);
        command
    }

    fn folder(&self) -> PathBuf {
        self.root.join("target").join("fuzz")
    }

    /// What runs on this machine found.
    fn grown(&self, target: &str) -> PathBuf {
        self.folder().join("corpus").join(target)
    }

    /// What is in the repository.
    fn kept(&self, target: &str) -> PathBuf {
        self.root.join("fuzz/corpus").join(target)
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

/// How a target did. There are no crashes to count: the first one ends the run.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    executions: u64,
    corpus: u64,
    took: Duration,
}

impl Report {
    /// Reads what libFuzzer says at its end.
    fn read(said: &str, took: Duration) -> Option<Self> {
        let executions = said
            .lines()
            .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
        let done = said.lines().rev().find(|line| line.contains(" corp: "))?;
        let (_, corpus) = done.split_once(" corp: ")?;
        let corpus = corpus.split('/').next()?;
        Some(Self {
            executions: executions.trim().parse().ok()?,
            corpus: corpus.trim().parse().ok()?,
            took,
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.took.as_millis();
        write!(
            f,
            "{:>12} {:>8} {:>7}.{}",
            self.executions,
            self.corpus,
            millis / 1000,
            millis % 1000 / 100
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_assumed() {
        let options = Options::parse(&["link", "--runs", "10_000_000"]).expect("options");
        assert_eq!(options.targets, ["link"]);
        assert_eq!((options.runs, options.limit), (10_000_000, None));
        let options = Options::parse(&["--seconds", "60", "--keep"]).expect("options");
        assert_eq!(options.limit, Some(Duration::from_secs(60)));
        assert!(options.keep && options.targets.is_empty());
        assert_eq!(options.runs, RUNS);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |args: &[&str]| Options::parse(args).expect_err("an error");
        assert_eq!(error(&["--runs"]), "--runs needs a whole number");
        assert_eq!(error(&["--run", "1"]), "`cargo xtask fuzz` knows no --run");
        let all = || vec!["code".to_owned(), "link".to_owned()];
        assert_eq!(
            chosen(all(), &["lnik".to_owned()]),
            Err("there is no fuzz target lnik; there are code, link".to_owned())
        );
        assert_eq!(chosen(all(), &[]), Ok(all()));
    }

    #[test]
    fn every_target_has_its_place() {
        let root = crate::root();
        let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).expect("a manifest");
        let targets = targets(&root).expect("targets");
        assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
        for target in targets {
            assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")));
            let kept = root.join("fuzz/corpus").join(&target);
            assert!(kept.is_dir(), "{} is missing", kept.display());
        }
    }

    #[test]
    fn the_fuzzer_is_understood() {
        let said = "#2\tINITED cov: 3 ft: 4 corp: 1/1b exec/s: 0 rss: 30Mb\n\
                    #1999956\tDONE   cov: 1120 ft: 3335 corp: 892/158Kb lim: 4096 exec/s: 64514 rss: 30Mb\n\
                    Done 1999956 runs in 31 second(s)\n\
                    stat::number_of_executed_units: 1999956\n\
                    stat::average_exec_per_sec:     64514\n";
        let took = Duration::from_millis(31_240);
        let report = Report::read(said, took).expect("a report");
        assert_eq!((report.executions, report.corpus), (1_999_956, 892));
        assert_eq!(report.to_string(), "     1999956      892      31.2");
        assert_eq!(
            Report::read("==1== ERROR: libFuzzer: deadly signal", took),
            None
        );
    }
}
