//! One exchange through the client beside raw reqwest.

use std::process::Command;

use serde_json::Value;

use crate::place::Place;
use crate::process::{Server, output};
use crate::row::{Row, median};

pub(super) const ABOUT: &str = "\
Processor time of this process for one exchange with a server in another process on the loopback \
interface, rounds of ours and of raw reqwest in turn, median of the rounds. `getReportInfo` goes over \
connections that are kept, on both sides; `GetEciImage` charges and has a connection of its own, on both \
sides. The other side signs, sends and reads into a struct. Half of a kept exchange is the kernel's and most of the \
rest hyper's and reqwest's connection task, the same on both sides. A profile has no single cost in what ours adds: \
an address that is made for any HTTP stack and parsed again for reqwest's (2 % of the samples), the lenient \
reading, the limits of size and time and the record of the attempt, none above that. A \
charge on its own connection is 60 % the kernel's.";

const MOST: f64 = 1.1;

pub(super) fn measure(place: &Place) -> Result<Vec<Row>, String> {
    let server = Server::vendor(place, &[])?;
    let beside = |kind: &str, each: u32, what: &str| {
        let rounds = place.pick("15", "3");
        let mut command = Command::new(place.bin("exchanges"));
        command
            .args(["--beside", kind, "--rounds", rounds, "--url", &server.url()])
            .args(["--each", &each.to_string()]);
        let said = output(&mut command)?;
        let mut figures = [Vec::new(), Vec::new()];
        for line in said.lines() {
            let round: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
            for (figures, side) in figures.iter_mut().zip(["ours", "other"]) {
                figures.push(round[side].as_f64().ok_or("no figure")?);
            }
        }
        Ok::<_, String>(Row::at_most(what, figures.map(median), MOST, "µs CPU"))
    };
    Ok(vec![
        beside(
            "read",
            place.pick(3000, 1000),
            "one exchange, kept connection, beside raw reqwest",
        )?,
        beside(
            "charge",
            place.pick(1500, 500),
            "one charging exchange, own connection, beside raw reqwest",
        )?,
    ])
}
