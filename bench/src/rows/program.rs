//! The program itself: how fast it is there, and how large it is.

use crate::place::Place;
use crate::process::{jindiao, run};
use crate::row::{Row, median};

pub(super) const ABOUT: &str = "\
`jindiao code qcc 110` from the start of the process to its end, median of 30; and the size of the \
program as it is released: optimised as one piece (`lto = \"fat\"`, one codegen unit), without symbols. \
Of the same sources, thin optimisation of four units a crate makes 15.5 MB of what is 13.4 MB so, with 5 % more processor \
time to build all of it; what it does on two cores at once the other does on one, about a minute on a machine \
that is idle.";

pub(super) fn measure(place: &Place) -> Result<Vec<Row>, String> {
    let folder = place.folder("program")?;
    let mut times = Vec::new();
    for _ in 0..30 {
        let mut command = jindiao(place, &folder, &[].into());
        let took = run(command.args(["code", "qcc", "110"]))?.ended_with(0, "jindiao code")?;
        times.push(took.wall.as_secs_f64() * 1e3);
    }
    let size = std::fs::metadata(&place.jindiao)
        .map_err(|error| error.to_string())?
        .len();
    Ok(vec![
        Row::limit(
            "cold start of `jindiao code qcc 110`",
            median(times),
            10.0,
            "ms",
        ),
        Row::limit(
            "size of the stripped program",
            size as f64 / 1e6,
            15.0,
            "MB",
        ),
    ])
}
