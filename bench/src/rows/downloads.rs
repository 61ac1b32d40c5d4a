//! Downloads beside curl.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::place::Place;
use crate::process::{Server, Took, run};
use crate::row::{Met, Row, median, shown};

pub(super) const ABOUT: &str = "\
1 GiB from a server on the loopback interface into a file in memory (`/dev/shm`, where there is one), \
medians, in turn with `curl -s -o`. Ours also hashes with SHA-256, checks the first and the last bytes, \
syncs, and renames: 256 KiB at a time are hashed and written on another thread while more is read. On two cores \
the server and the reading take one each, so that the hash is what it is slower by.";

pub(super) const ABOUT_SMALL: &str = "\
A thousand small files, 16 at a time, onto the disk; each of ours is hashed, checked, synced and renamed. \
The other is `seq 1000 | xargs -P 16 -I{} curl -s -o …`, which syncs nothing and starts a process for each.";

pub(super) fn large(place: &Place) -> Result<Vec<Row>, String> {
    let curl = curl()?;
    let server = Server::vendor(place, &[])?;
    let url = format!("{}/big.pdf", server.url());
    let folder = place.fast_folder("big")?;
    let (mut ours, mut other, mut peak) = (Vec::new(), Vec::new(), 0f64);
    for _ in 0..place.pick(5, 1) {
        let took = fetch(place, &folder, &url, 1, 1)?;
        ours.push(gigabytes_a_second(took));
        peak = peak.max(took.peak as f64 / 1e6);
        std::fs::remove_file(folder.join("0.pdf")).map_err(|error| error.to_string())?;
        let file = folder.join("curl.pdf");
        let took = run(Command::new(&curl)
            .args(["-s", "-f", "-o"])
            .arg(&file)
            .arg(&url))?;
        other.push(gigabytes_a_second(took.ended_with(0, "curl")?));
        std::fs::remove_file(file).map_err(|error| error.to_string())?;
    }
    let figures = [median(ours), median(other)];
    let throughput = Row {
        target: "≥ 0.9".to_owned(),
        met: Met::of(figures[0] / figures[1] >= 0.9),
        ..Row::untold("a download of 1 GiB, beside curl", figures, "GB/s")
    };
    let memory = Row::limit(
        "memory of a download of 1 GiB, most resident",
        peak,
        48.0,
        "MB",
    );
    Ok(vec![throughput, memory])
}

fn gigabytes_a_second(took: Took) -> f64 {
    (1u64 << 30) as f64 / 1e9 / took.wall.as_secs_f64()
}

pub(super) fn small(place: &Place) -> Result<Vec<Row>, String> {
    let curl = curl()?;
    let server = Server::vendor(place, &[])?;
    let url = format!("{}/files/a.pdf", server.url());
    let (mut ours, mut other) = (Vec::new(), Vec::new());
    for _ in 0..place.pick(5, 1) {
        let folder = place.folder("small")?;
        ours.push(fetch(place, &folder, &url, 1000, 16)?.wall.as_secs_f64());
        let target = place.folder("small-curl")?;
        let script = r#"seq 1000 | xargs -P 16 -I{} "$0" -s -f -o "$1/{}.pdf" "$2""#;
        let mut xargs = Command::new("sh");
        xargs.args(["-c", script, &curl]).arg(&target).arg(&url);
        let took = run(&mut xargs)?.ended_with(0, "xargs with curl")?;
        other.push(took.wall.as_secs_f64());
    }
    let [ours, other] = [median(ours), median(other)];
    Ok(vec![Row {
        ratio: format!("{:.1} times as fast", other / ours),
        target: "≥ 3 times".to_owned(),
        met: Met::of(other / ours >= 3.0),
        ours: shown(ours, "s"),
        other: shown(other, "s"),
        what: "1,000 small downloads, 16 at a time, beside `xargs -P 16` curl".to_owned(),
    }])
}

fn fetch(
    place: &Place,
    out: &Path,
    url: &str,
    count: u32,
    concurrency: u32,
) -> Result<Took, String> {
    let mut fetch = Command::new(place.bin("fetch"));
    fetch.args(["--url", url, "--out"]).arg(out);
    fetch.args(["--count", &count.to_string()]);
    fetch.args(["--concurrency", &concurrency.to_string()]);
    run(&mut fetch)?.ended_with(0, "fetch")
}

fn curl() -> Result<String, String> {
    let mut curl = Command::new("curl");
    curl.arg("--version").stdout(Stdio::null());
    match curl.status() {
        Ok(status) if status.success() => Ok("curl".to_owned()),
        _ => Err("there is no curl".to_owned()),
    }
}
