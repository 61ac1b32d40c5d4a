//! Tells what happens with a seed, line by line.
//!
//! `cargo run -p jindiao-rehearsal --example story -- 7`

use std::error::Error;

use jindiao_rehearsal::{Story, replay};

fn main() -> Result<(), Box<dyn Error>> {
    let seed = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => 7,
    };
    let rehearsal = replay(seed, Story::Told)?;
    for line in &rehearsal.story {
        println!("{line}");
    }
    print!("{}", rehearsal.tally);
    match rehearsal.failure {
        None => Ok(()),
        Some(failure) => Err(failure.into()),
    }
}
