//! What it was measured on.

use std::fs;
use std::process::Command;

use crate::process::output;

/// What it was measured on, a line for each thing.
pub(crate) fn machine() -> Vec<(&'static str, String)> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.trim_end_matches("kB").trim().parse::<u64>().ok())
        .map_or("unknown".to_owned(), |kb| format!("{} MiB", kb / 1024));
    let system = rustix::system::uname();
    let kernel = [system.sysname(), system.release(), system.machine()];
    let kernel: Vec<_> = kernel.iter().map(|it| it.to_string_lossy()).collect();
    let said = |program: &str| {
        output(Command::new(program).arg("--version"))
            .ok()
            .and_then(|text| text.lines().next().map(str::to_owned))
            .unwrap_or_else(|| "none".to_owned())
    };
    vec![
        ("processor", format!("{model}, {cores} cores")),
        ("memory", memory),
        ("kernel", kernel.join(" ")),
        ("toolchain", said("rustc")),
        ("valgrind", said("valgrind")),
        ("curl", said("curl")),
        ("Python", said("python3")),
        (
            "date",
            jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        ),
    ]
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
