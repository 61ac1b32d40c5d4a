//! The same exchanges by the Python clients of QCC and PatSnap.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::place::Place;
use crate::process::{Server, output};
use crate::row::{Met, Row, median};

pub(super) const ABOUT: &str = "\
Exchanges a second of processor time, each client alone on one core against `jindiao simulate`: PyPI's \
`qichacha` and `patsnap-pythonSDK`, installed into a folder of the benchmark. The first has its address and \
its operations built in; three lines send its search by name to `GetEciImage`, with its own signature, \
connection and checks. The second is told the address and orders with the one call that it has for any \
path, over a session that keeps its connection. Ours has a connection of its own for each order, as the first has \
for each call: an order charges, and a connection that never stood proves that nothing was sent. That bounds ours: \
60 % of its time is the kernel's, with 24 calls an exchange, six of which set options of the socket, where a kept \
connection needs four. Doing without five of these options would spare 3 % and with it the notice of a server that is \
gone or of a gate that forgets, and so they stay. Over kept connections the same client does four times as many exchanges (see one exchange), \
and could not tell an order that never left from one that may have.";

/// The package, its version, and what it is of.
const CLIENTS: [(&str, &str, &str); 2] = [
    ("qcc", "qichacha==0.0.9", "QCC"),
    ("patsnap", "patsnap-pythonSDK==0.1.1", "PatSnap"),
];
/// What they need and do not say.
const NEEDS: &str = "requests>=2.31,<3";

pub(super) fn measure(place: &Place) -> Result<Vec<Row>, String> {
    let python = installed(place)?;
    let mut rows = Vec::new();
    for (kind, package, vendor) in CLIENTS {
        let server = Server::simulate(place)?;
        let known = &server.said["credentials"];
        let of = |name: &str| known[name].as_str().unwrap_or_default().to_owned();
        let [key, secret] = match kind {
            "qcc" => [of("qcc_key"), of("qcc_secret")],
            _ => [of("patsnap_client_id"), of("patsnap_client_secret")],
        };
        let (mut ours, mut other) = (Vec::new(), Vec::new());
        for _ in 0..place.pick(5, 1) {
            let mut alone = Command::new(place.bin("exchanges"));
            alone.args([
                "--alone",
                kind,
                "--url",
                &server.url(),
                "--each",
                place.pick("5000", "1000"),
            ]);
            ours.push(rate(alone.args(["--key", &key, "--secret", &secret]))?);
            let mut theirs = Command::new(&python);
            theirs
                .arg(place.root.join("bench/python/clients.py"))
                .args([
                    kind,
                    &server.url(),
                    place.pick("1000", "200"),
                    &key,
                    &secret,
                ]);
            other.push(rate(&mut theirs)?);
        }
        let [ours, other] = [median(ours), median(other)];
        rows.push(Row {
            target: "≥ 15".to_owned(),
            met: Met::of(ours / other >= 15.0),
            ..Row::untold(
                &format!("exchanges with {vendor}, beside Python's `{package}`"),
                [ours, other],
                "a CPU second",
            )
        });
    }
    Ok(rows)
}

fn rate(command: &mut Command) -> Result<f64, String> {
    let said: Value = serde_json::from_str(&output(command)?).map_err(|error| error.to_string())?;
    let figure = |name: &str| said[name].as_f64().ok_or("no figure");
    Ok(figure("exchanges")? / figure("seconds")?)
}

/// A Python that has the clients.
fn installed(place: &Place) -> Result<PathBuf, String> {
    let folder = place.root.join("target/bench/python");
    let python = folder.join("bin/python");
    let has_them = |python: &PathBuf| {
        let mut look = Command::new(python);
        look.args(["-c", "import qichacha, patsnap_pythonSDK.http"]);
        output(&mut look).is_ok()
    };
    if has_them(&python) {
        return Ok(python);
    }
    let mut make = Command::new("python3");
    output(make.args(["-m", "venv", "--clear"]).arg(&folder))
        .map_err(|error| format!("no Python with venv: {error}"))?;
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            NEEDS,
        ])
        .args(CLIENTS.map(|(_, package, _)| package));
    output(&mut install)?;
    if has_them(&python) {
        Ok(python)
    } else {
        Err("the packages cannot be imported".to_owned())
    }
}
