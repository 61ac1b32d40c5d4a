//! The program itself: how fast it is there, and how large it is.

use crate::place::Place;
use crate::process::{jindiao, run};
use crate::row::{Row, median};

pub(super) const ABOUT: &str = "\
`jindiao code qcc 110` from the start of the process to its end, median of 30; and the size of the \
program as it is released.";

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
