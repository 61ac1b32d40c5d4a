//! Lists of orders through the whole program.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::place::Place;
use crate::process::{CONCURRENCY, Going, POLL, Server, Took, jindiao, run};
use crate::row::{Met, Row, median, shown};

pub(super) const ABOUT: &str = "\
`jindiao run` of a list with a third of `qcc/snapshot`, `patsnap/innovation-report` and \
`yibeidiao/interim-report` each, against `jindiao simulate` in another process, whose reports are ready after \
two polls or 300 ms; 32 calls at once to each vendor, polls every 100 ms, no pace. The other is a loop over \
reqwest with the same exchanges, waits and downloads and the same concurrency: no ledger, no checks, kept \
connections, nothing synced. The same loop that syncs has each file and its folder survive a power cut, as ours \
do, and still has no ledger. The program and the vendors share the cores. With the ledger in memory \
(`/dev/shm`) everything else is the same, so that the difference is what durability costs.

What bounds it, as `perf` shows: about a quarter of the processor time is the kernel writing out, syncing and \
renaming files, a fifth the ledger (an intent before each charge, what came of it, the report that is stored; \
SQLite and its log), an eighth connecting and closing, since each charge has a connection of its own, and the \
rest the same HTTP as the other's, signed, read and booked. Tried and kept: one thread for all calls in place \
of one a core, two visits to the disk's threads for a report in place of six, one sync of a folder for all that \
end in it together, kept connections for downloads, commits that wait 2 ms where many wait for them. Together \
they took two thirds of the processor time off. Tried and not kept: syncing the file system instead of each \
file, which cost as much and waits for what other programs write. Not tried, since a promise rests on it: \
charges over kept connections.";

pub(super) const ABOUT_GROWTH: &str = "\
The same mixed lists of several lengths, each with a new ledger, a new folder and new vendors: processor \
time of the program for one order, beside that of the shortest list (median of three). It stays flat as \
long as no step looks at all orders.";

pub(super) const ABOUT_MILLION: &str = "\
A list of a million orders at one call a second: the first run plans them in its ledger and is interrupted \
(Ctrl-C) when the first order arrives at the vendor; then the same command again, until the first order \
arrives, which is the start-up: from the start of the process to the vendor, with a million planned orders, \
reading and checking the million lines again. Beside it, a list of one line on the same ledger. Memory is \
the most that was resident in either run of the million.";

/// At most so many times the bare loop.
const WALL: f64 = 1.6;
const CPU: f64 = 1.5;
const DURABLE: f64 = 1.3;

pub(super) fn measure(place: &Place) -> Result<Vec<Row>, String> {
    let n = place.pick(10_000, 1000);
    let folder = place.folder("orders")?;
    let list = mixed(&folder, n)?;
    let mut took: [Vec<Took>; 4] = Default::default();
    for _ in 0..place.pick(3, 1) {
        took[0].push(ours(place, &list, &folder.join("jindiao.db"))?);
        took[1].push(bare(place, &list, false)?);
        took[2].push(bare(place, &list, true)?);
        if let Some(memory) = &place.memory {
            fs::create_dir_all(memory).map_err(|error| error.to_string())?;
            took[3].push(ours(place, &list, &memory.join("jindiao.db"))?);
        }
    }
    let wall = |took: &[Took]| median(took.iter().map(|it| it.wall.as_secs_f64()).collect());
    let cpu = |took: &[Took]| median(took.iter().map(|it| it.cpu.as_secs_f64()).collect());
    let orders = count(n);
    let mut rows = vec![
        Row::at_most(
            &format!("{orders} orders, wall, beside a bare loop"),
            [wall(&took[0]), wall(&took[1])],
            WALL,
            "s",
        ),
        Row::at_most(
            &format!("{orders} orders, processor time, beside a bare loop"),
            [cpu(&took[0]), cpu(&took[1])],
            CPU,
            "s",
        ),
        Row::untold(
            &format!("{orders} orders, wall, beside a loop that syncs files"),
            [wall(&took[0]), wall(&took[2])],
            "s",
        ),
        Row::untold(
            &format!("{orders} orders, processor time, beside a loop that syncs files"),
            [cpu(&took[0]), cpu(&took[2])],
            "s",
        ),
    ];
    let what = format!("{orders} orders, wall, beside the ledger in memory");
    rows.push(if took[3].is_empty() {
        Row::not_measured(&what, "there is no /dev/shm")
    } else {
        Row::at_most(&what, [wall(&took[0]), wall(&took[3])], DURABLE, "s")
    });
    Ok(rows)
}

pub(super) fn growth(place: &Place) -> Result<Vec<Row>, String> {
    let folder = place.folder("growth")?;
    let each = |n: u32| {
        let list = mixed(&folder, n)?;
        let took = ours(place, &list, &folder.join("jindiao.db"))?;
        Ok::<_, String>(took.cpu.as_secs_f64() * 1e6 / f64::from(n))
    };
    let first: Result<Vec<_>, _> = (0..3).map(|_| each(1000)).collect();
    let first = median(first?);
    let mut rows = Vec::new();
    for n in place.pick(&[10_000, 100_000][..], &[3000][..]) {
        let many = each(*n)?;
        let what = format!(
            "processor time of an order of {}, beside one of 1,000",
            count(*n)
        );
        rows.push(Row {
            target: "within 15 %".to_owned(),
            met: Met::of((many / first - 1.0).abs() <= 0.15 || many < first),
            ..Row::untold(&what, [many, first], "µs")
        });
    }
    Ok(rows)
}

pub(super) fn million(place: &Place) -> Result<Vec<Row>, String> {
    let n = place.pick(1_000_000, 50_000);
    let folder = place.folder("million")?;
    let list = companies(&folder, "list.csv", "qcc/snapshot", 0..n)?;
    let one = companies(&folder, "one.csv", "qcc/snapshot", n..n + 1)?;
    let (plan, first) = until_first(place, &folder, &list)?;
    let (start, again) = until_first(place, &folder, &list)?;
    let (short, _) = until_first(place, &folder, &one)?;
    let peak = first.peak.max(again.peak) as f64 / 1e6;
    let orders = count(n);
    let seconds = |what: &str, time: Duration| {
        Row::limit(
            &format!("start-up with {orders} planned orders, {what}"),
            time.as_secs_f64(),
            1.0,
            "s",
        )
    };
    Ok(vec![
        Row::limit(
            &format!("memory with {orders} planned orders, most resident"),
            peak,
            96.0,
            "MB",
        ),
        seconds(
            "the same list again, to the first order at the vendor",
            start,
        ),
        seconds("a list of one line, to the order at the vendor", short),
        Row {
            what: format!("planning {orders} orders and ordering the first"),
            ours: shown(plan.as_secs_f64(), "s"),
            other: "–".to_owned(),
            ratio: "–".to_owned(),
            target: "–".to_owned(),
            met: Met::Untold,
        },
    ])
}

/// Runs a list until its first order arrives, and interrupts it: when it arrived, counted from the
/// start of the process, and what the process took.
fn until_first(place: &Place, folder: &Path, list: &Path) -> Result<(Duration, Took), String> {
    let server = Server::vendor(place, &[])?;
    let mut variables = server.variables();
    variables.insert("JINDIAO_QCC_QPS".to_owned(), "1".to_owned());
    let mut command = jindiao(place, folder, &variables);
    command
        .args(["run", "--yes", "--out", "out", "--ledger", "jindiao.db"])
        .arg(list);
    let says = folder.join("says");
    let going = Going::start(&mut command, Some(&says))?;
    let began = Instant::now();
    loop {
        std::thread::sleep(Duration::from_millis(5));
        if server.books()?["calls"].as_u64() > Some(0) {
            break;
        }
        if began.elapsed() > Duration::from_secs(300) {
            // It ends without an order, or it is asked to.
            going.interrupt()?;
            going.wait()?;
            return Err(format!("no order within 300 s: {}", last_words(&says)));
        }
    }
    let arrived = began.elapsed();
    going.interrupt()?;
    Ok((arrived, going.wait()?))
}

/// The program, with a new ledger, a new folder and new vendors.
fn ours(place: &Place, list: &Path, ledger: &Path) -> Result<Took, String> {
    let folder = place.another_folder("ours")?;
    for end in ["", "-wal", "-shm", ".lock"] {
        let mut file = ledger.as_os_str().to_owned();
        file.push(end);
        let _ = fs::remove_file(file);
    }
    let server = Server::simulate(place)?;
    let mut command = jindiao(place, &folder, &server.variables());
    command
        .args(["run", "--yes", "--out", "out", "--ledger"])
        .arg(ledger)
        .arg(list);
    let says = folder.join("says");
    let took = Going::start(&mut command, Some(&says))?.wait()?;
    took.ended_with(0, "jindiao run")
        .map_err(|error| format!("{error}: {}", last_words(&says)))
}

fn bare(place: &Place, list: &Path, durable: bool) -> Result<Took, String> {
    let folder = place.another_folder("bare")?;
    let server = Server::simulate(place)?;
    let known = &server.said["credentials"];
    let mut command = Command::new(place.bin("bare"));
    command.args(["--url", &server.url(), "--concurrency", CONCURRENCY]);
    command.args(["--poll-ms", POLL.trim_end_matches("ms")]);
    command.args(["--durable", if durable { "1" } else { "0" }]);
    command.arg("--list").arg(list).arg("--out").arg(folder);
    for (name, field) in [
        ("--qcc-key", "qcc_key"),
        ("--qcc-secret", "qcc_secret"),
        ("--client-id", "patsnap_client_id"),
        ("--client-secret", "patsnap_client_secret"),
        ("--yibeidiao-key", "yibeidiao_key"),
        ("--yibeidiao-token", "yibeidiao_token"),
    ] {
        command.args([name, known[field].as_str().unwrap_or_default()]);
    }
    run(&mut command)?.ended_with(0, "the bare loop")
}

/// The end of what a process said.
fn last_words(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let last: Vec<_> = text.lines().rev().take(3).collect();
    last.join(" / ")
}

/// A list of all three vendors.
fn mixed(folder: &Path, n: u32) -> Result<PathBuf, String> {
    written(&folder.join("list.csv"), 0..n, |n| match n % 3 {
        0 => format!("qcc/snapshot,{},", company(n)),
        1 => format!("patsnap/innovation-report,{},", company(n)),
        // 23 digits; four noughts at the end would say that nothing is ready.
        _ => format!("yibeidiao/interim-report,,2019041515264{n:09}1"),
    })
}

/// A list of one product.
pub(super) fn companies(
    folder: &Path,
    name: &str,
    product: &str,
    numbers: std::ops::Range<u32>,
) -> Result<PathBuf, String> {
    written(&folder.join(name), numbers, |n| {
        format!("{product},{},", company(n))
    })
}

fn company(n: u32) -> String {
    format!("基准第{n}有限公司")
}

fn written(
    file: &Path,
    numbers: std::ops::Range<u32>,
    line: impl Fn(u32) -> String,
) -> Result<PathBuf, String> {
    let write = || {
        let mut text = BufWriter::new(fs::File::create(file)?);
        writeln!(text, "product,company,record_no")?;
        for n in numbers {
            writeln!(text, "{}", line(n))?;
        }
        text.flush()
    };
    write().map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(file.to_owned())
}

/// With commas between the thousands.
pub(super) fn count(n: u32) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_commas() {
        let check = |n, expect: &str| assert_eq!(count(n), expect);
        check(7, "7");
        check(1000, "1,000");
        check(1_000_000, "1,000,000");
    }
}
