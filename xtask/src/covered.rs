//! Measures which lines and branches of the crates the tests run, and writes the table of
//! docs/testing.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cluster;
use crate::tools::{Tool, succeed};

const LLVM_COV: Tool = Tool {
    name: "cargo-llvm-cov",
    version: "0.9.1",
};
/// The page, below the root, and between which lines the table is.
const PAGE: &str = "docs/testing.md";
const BEGIN: &str = "<!-- `cargo xtask covered` writes from here on -->\n";
const END: &str = "<!-- to here -->\n";
/// How many files are named in which most lines are not run.
const NAMED: usize = 15;

/// Runs all tests, counts, and writes.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let tool = LLVM_COV.install(root)?;
    let tools = llvm_tools()?;
    let report = root.join("target/covered.lcov");
    let mut tests = Command::new(tool);
    tests
        .args(["llvm-cov", "--workspace", "--locked", "--branch", "--lcov"])
        .args(["--features", "jindiao/cluster", "--output-path"])
        .arg(&report)
        .current_dir(root)
        .env("CARGO_TARGET_DIR", root.join("target/covered"))
        // The counters tell lines by themselves, and whole debug information takes gigabytes.
        .env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")
        // Counting branches is unstable in the compiler; what it counts is not part of any build.
        .env("RUSTC_BOOTSTRAP", "1")
        .envs(
            cluster::server_if_any(root)?
                .iter()
                .map(|server| ("JINDIAO_RESTATE_SERVER", server)),
        );
    if let Some(folder) = tools {
        tests.env("LLVM_COV", folder.join("llvm-cov"));
        tests.env("LLVM_PROFDATA", folder.join("llvm-profdata"));
    }
    succeed(&mut tests)?;

    let text = fs::read_to_string(&report).map_err(|e| format!("{}: {e}", report.display()))?;
    let files = of_files(&text, root)?;
    let page = fs::read_to_string(root.join(PAGE)).map_err(|e| format!("{PAGE}: {e}"))?;
    let page = with_table(&page, &table(&files))?;
    fs::write(root.join(PAGE), page).map_err(|e| format!("{PAGE}: {e}"))?;
    println!("wrote {PAGE}");
    println!("{}", least_run(&files));
    Ok(())
}

/// Where the tools are that understand what this compiler counts with, unless `cargo llvm-cov`
/// finds them by itself: as a component of the toolchain or by `LLVM_COV` and `LLVM_PROFDATA`.
fn llvm_tools() -> Result<Option<PathBuf>, String> {
    let rustc = |args: &[&str]| {
        let out = Command::new("rustc").args(args).output();
        let out = out.map_err(|e| format!("cannot run rustc: {e}"))?;
        Ok::<_, String>(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    let about = rustc(&["-vV"])?;
    let word = |name: &str| about.lines().find_map(|line| line.strip_prefix(name));
    let version = word("LLVM version: ").and_then(|it| it.split('.').next());
    let (Some(host), Some(version)) = (word("host: "), version) else {
        return Err("rustc does not say what it is made with".to_owned());
    };
    let component = Path::new(&rustc(&["--print", "sysroot"])?)
        .join("lib/rustlib")
        .join(host)
        .join("bin/llvm-cov");
    let system = PathBuf::from(format!("/usr/lib/llvm-{version}/bin"));
    Ok((!component.is_file() && system.join("llvm-cov").is_file()).then_some(system))
}

/// What was run of a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Counts {
    lines: Share,
    branches: Share,
}

/// So many of so many.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Share {
    run: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, is_run: bool) {
        self.all += 1;
        self.run += usize::from(is_run);
    }

    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.run += other.run;
    }

    /// In tenths of a percent, rounded down: what is not whole must not look so.
    fn text(self) -> String {
        match (self.run * 1000).checked_div(self.all) {
            Some(share) => format!("{}.{} %", share / 10, share % 10),
            None => "–".to_owned(),
        }
    }
}

/// What the report says of each file of ours that is no test.
fn of_files(report: &str, root: &Path) -> Result<BTreeMap<String, Counts>, String> {
    let mut files = BTreeMap::new();
    for record in report.split("end_of_record") {
        let Some(path) = record.lines().find_map(|line| line.strip_prefix("SF:")) else {
            continue;
        };
        let Ok(name) = Path::new(path).strip_prefix(root) else {
            continue;
        };
        let name = name.to_string_lossy().replace('\\', "/");
        if name.starts_with("crates/") && name.contains("/src/") {
            let source = fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
            files.insert(name, of_file(record, first_of_tests(&source)));
        }
    }
    if files.is_empty() {
        return Err("nothing of the crates was counted".to_owned());
    }
    Ok(files)
}

/// The line that the tests of a file begin with: they are its end.
fn first_of_tests(source: &str) -> usize {
    let lines: Vec<&str> = source.lines().collect();
    let tests = lines
        .windows(2)
        .position(|pair| pair[0] == "#[cfg(test)]" && pair[1].ends_with('{'));
    tests.map_or(usize::MAX, |at| at + 1)
}

/// Counts a record of lcov as far as line `end`.
fn of_file(record: &str, end: usize) -> Counts {
    let mut counts = Counts::default();
    // A branch that is compiled more than once is run if any of its copies is.
    let mut branches: BTreeMap<(usize, &str), bool> = BTreeMap::new();
    for line in record.lines() {
        let (kind, fields) = line.split_once(':').unwrap_or_default();
        let (at, rest) = fields.split_once(',').unwrap_or_default();
        let Some(at) = at.parse::<usize>().ok().filter(|at| *at < end) else {
            continue;
        };
        match kind {
            "DA" => counts.lines.count(!rest.starts_with('0')),
            "BRDA" => {
                let (branch, taken) = rest.rsplit_once(',').unwrap_or_default();
                let is_run = taken != "-" && taken != "0";
                *branches.entry((at, branch)).or_default() |= is_run;
            }
            _ => {}
        }
    }
    branches
        .values()
        .for_each(|is_run| counts.branches.count(*is_run));
    counts
}

/// The table: a crate in a line, and all together.
fn table(files: &BTreeMap<String, Counts>) -> String {
    let mut crates: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut all = Counts::default();
    for (name, counts) in files {
        let name = name.split('/').nth(1).unwrap_or_default();
        for sum in [crates.entry(name).or_default(), &mut all] {
            sum.lines.add(counts.lines);
            sum.branches.add(counts.branches);
        }
    }
    let mut out =
        "| crate | lines | run | branches | run |\n|---|---:|---:|---:|---:|\n".to_owned();
    let rows = crates
        .into_iter()
        .map(|(name, it)| (format!("`{name}`"), it));
    for (name, Counts { lines, branches }) in rows.chain([("all".to_owned(), all)]) {
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} |",
            lines.all,
            lines.text(),
            branches.all,
            branches.text()
        );
    }
    out
}

fn with_table(page: &str, table: &str) -> Result<String, String> {
    let parts = page
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or(format!("{PAGE} has no place for the table"))?;
    Ok(format!("{before}{BEGIN}\n{table}\n{END}{after}"))
}

/// The files with most lines that no test runs.
fn least_run(files: &BTreeMap<String, Counts>) -> String {
    let most: BTreeSet<(usize, &str)> = files
        .iter()
        .map(|(name, counts)| (counts.lines.all - counts.lines.run, name.as_str()))
        .collect();
    let lines = most.iter().rev().take(NAMED);
    lines.fold("lines that no test runs:".to_owned(), |text, (n, name)| {
        format!("{text}\n{n:>6}  {name}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_branches_are_counted() {
        let record = "SF:/x/a.rs\nFN:1,f\nDA:1,7\nDA:2,0\nDA:3,10\nDA:9,0\n\
                      BRDA:1,0,0,3\nBRDA:1,0,1,0\nBRDA:1,0,1,2\nBRDA:2,0,0,-\nBRDA:9,0,0,0\n";
        let counts = of_file(record, 9);
        assert_eq!(counts.lines, Share { run: 2, all: 3 });
        assert_eq!(counts.branches, Share { run: 2, all: 3 });
        assert_eq!(of_file("", 9), Counts::default());
    }

    #[test]
    fn tests_do_not_count() {
        let check = |source, end| assert_eq!(first_of_tests(source), end, "{source}");
        check("fn a() {}\n#[cfg(test)]\nmod tests {\n}\n", 2);
        // A module of its own, or a use of the tests', is no end.
        check("#[cfg(test)]\nmod tests;\nfn a() {}\n", usize::MAX);
        check("", usize::MAX);
    }

    #[test]
    fn what_is_not_whole_does_not_look_so() {
        let check = |run, all, text: &str| assert_eq!(Share { run, all }.text(), text);
        check(1999, 2000, "99.9 %");
        check(2000, 2000, "100.0 %");
        check(0, 0, "–");
    }

    #[test]
    fn the_table_has_its_place() {
        let page = format!("before\n{BEGIN}\nold\n{END}after\n");
        let new = with_table(&page, "new\n").expect("a place");
        assert_eq!(new, format!("before\n{BEGIN}\nnew\n\n{END}after\n"));
        assert_eq!(with_table(&new, "new\n").as_ref(), Ok(&new));
        with_table("nothing", "").expect_err("no place");
    }
}
