//! The pace of an account, and links that die while others wait.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::orders::{companies, count};
use crate::place::Place;
use crate::process::{Going, Server, jindiao};
use crate::row::{Met, Row};

pub(super) const ABOUT: &str = "\
`jindiao run` of many `qcc/snapshot` with `qps = 50`, for a minute from the first call on, judged by the times at \
which a server in another process has read each request's head. The ideal is a call every 20 ms. \
A call that is stamped late makes the second that begins with it look fuller: the judged window is one second \
less the 20 ms between two calls, so one late stamp is no breach, and the whole second is shown beside it. \
What can be lost is the lateness of timers.";

pub(super) const ABOUT_LINKS: &str = "\
One run, one account, `qps = 50`: 500 `patsnap/innovation-report` that are ordered first, and 50,000 more orders \
behind them. Reports are ready after a second; links die 5 s after the server gave them out for the first time. \
The run is \
interrupted when 500 links were given out, and finishes what is under way. Beside it, a model of a queue that \
is first in, first out under the same pace, in which each step (order, poll, download) goes to the end.";

const QPS: u32 = 50;
/// Between two calls, in microseconds.
const INTERVAL: u64 = 1_000_000 / QPS as u64;

pub(super) fn measure(place: &Place) -> Result<Vec<Row>, String> {
    let seconds = place.pick(60u64, 8);
    let folder = place.folder("pace")?;
    let list = companies(&folder, "list.csv", "qcc/snapshot", 0..20_000)?;
    let server = Server::vendor(place, &[])?;
    let mut variables = server.variables();
    variables.insert("JINDIAO_QCC_QPS".to_owned(), QPS.to_string());
    let mut command = jindiao(place, &folder, &variables);
    command
        .args(["run", "--yes", "--out", "out", "--ledger", "jindiao.db"])
        .arg(&list);
    let going = Going::start(&mut command, None)?;
    let is_there = wait_until(Duration::from_secs(60), || {
        Ok(server.books()?["calls"].as_u64() > Some(0))
    });
    if is_there? {
        std::thread::sleep(Duration::from_secs(seconds + 1));
    }
    let books = server.books()?;
    going.interrupt()?;
    going.wait()?;
    let stamps = books["stamps"].as_array().ok_or("no stamps")?;
    let stamps: Vec<u64> = stamps
        .iter()
        .filter_map(serde_json::Value::as_u64)
        .collect();
    let first = *stamps.first().ok_or("no call came")?;
    let end = first + seconds * 1_000_000;
    let calls = stamps.iter().filter(|stamp| **stamp < end).count();
    let ideal = u64::from(QPS) * seconds;
    let (judged, whole) = (
        fullest(&stamps, 1_000_000 - INTERVAL),
        fullest(&stamps, 1_000_000),
    );
    let share = calls as f64 / ideal as f64;
    Ok(vec![
        Row {
            what: format!("calls in {seconds} s with `qps = {QPS}`, beside the ideal"),
            ours: calls.to_string(),
            other: ideal.to_string(),
            ratio: format!("{share:.3}"),
            target: "≥ 0.98".to_owned(),
            met: Met::of((0.98..=1.0).contains(&share)),
        },
        Row {
            what: "the fullest second of them, at the server".to_owned(),
            ours: format!("{judged} ({whole} in a whole second)"),
            other: QPS.to_string(),
            ratio: "–".to_owned(),
            target: format!("≤ {QPS}"),
            met: Met::of(judged <= QPS as usize),
        },
    ])
}

/// The most stamps within any stretch of time of that length. Stamps rise.
fn fullest(stamps: &[u64], length: u64) -> usize {
    let mut from = 0;
    let mut most = 0;
    for (at, stamp) in stamps.iter().enumerate() {
        while stamp - stamps[from] >= length {
            from += 1;
        }
        most = most.max(at - from + 1);
    }
    most
}

pub(super) fn links(place: &Place) -> Result<Vec<Row>, String> {
    let (links, behind) = (place.pick(500, 50), place.pick(50_000, 5000));
    let folder = place.folder("links")?;
    let list = companies(
        &folder,
        "list.csv",
        "patsnap/innovation-report",
        0..links + behind,
    )?;
    let server = Server::vendor(place, &["--pending-ms", "1000", "--link-life-ms", "5000"])?;
    let mut variables = server.variables();
    variables.insert("JINDIAO_PATSNAP_QPS".to_owned(), QPS.to_string());
    variables.insert("JINDIAO_PATSNAP_POLL_INTERVAL".to_owned(), "1s".to_owned());
    let mut command = jindiao(place, &folder, &variables);
    command
        .args(["run", "--yes", "--out", "out", "--ledger", "jindiao.db"])
        .arg(&list);
    let going = Going::start(&mut command, None)?;
    let are_there = wait_until(Duration::from_secs(180), || {
        Ok(server.books()?["links"].as_u64() >= Some(u64::from(links)))
    });
    let are_there = are_there?;
    going.interrupt()?;
    going.wait()?;
    let books = server.books()?;
    let figure = |name: &str| books[name].as_u64().unwrap_or_default();
    let given = figure("links");
    // What was interrupted is not lost, but it is not downloaded either: it counts as lost.
    let lost = given - figure("in_time");
    if !are_there {
        return Err(format!(
            "only {given} links were given out within three minutes"
        ));
    }
    let fifo = lost_first_in_first_out(links, behind);
    Ok(vec![Row {
        what: format!(
            "links lost of {given} that live 5 s, with {} orders waiting, beside first in, first out",
            count(behind)
        ),
        ours: format!("{lost} lost"),
        other: format!("{fifo} of {links} lost"),
        ratio: "–".to_owned(),
        target: "0 lost".to_owned(),
        met: Met::of(lost == 0 && figure("late") == 0),
    }])
}

/// How many of the first links die in a queue where each step goes to the end.
fn lost_first_in_first_out(links: u32, behind: u32) -> u32 {
    #[derive(Clone, Copy)]
    enum Step {
        Order(u32),
        Poll(u32),
        Download(u32, u64),
    }
    let mut queue: VecDeque<Step> = (0..links + behind).map(Step::Order).collect();
    let (mut now, mut seen, mut lost) = (0, 0, 0);
    while let Some(step) = queue.pop_front() {
        match step {
            // By the time that it is its turn again it is ready.
            Step::Order(n) => queue.push_back(Step::Poll(n)),
            Step::Poll(n) => queue.push_back(Step::Download(n, now)),
            Step::Download(n, given) if n < links => {
                lost += u32::from(now - given > 5_000_000);
                seen += 1;
            }
            Step::Download(..) => {}
        }
        if seen == links {
            break;
        }
        now += INTERVAL;
    }
    lost
}

/// Looks every 20 ms; says whether it came to be within `limit`.
fn wait_until(limit: Duration, is_so: impl Fn() -> Result<bool, String>) -> Result<bool, String> {
    let began = Instant::now();
    while began.elapsed() < limit {
        if is_so()? {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_second() {
        let even: Vec<u64> = (0..200).map(|n| n * INTERVAL).collect();
        assert_eq!(fullest(&even, 1_000_000), 50);
        assert_eq!(fullest(&even, 980_000), 49);
        assert_eq!(fullest(&[0, 1, 2, 2_000_000], 1_000_000), 3);
        assert_eq!(fullest(&[], 1_000_000), 0);
    }

    #[test]
    fn a_queue_that_forgets_nothing_loses_all() {
        assert_eq!(lost_first_in_first_out(500, 50_000), 500);
        // Where nobody waits behind them, they are downloaded in time.
        assert_eq!(lost_first_in_first_out(10, 0), 0);
    }
}
