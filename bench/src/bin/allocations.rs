//! How often each pair of the small things allocates: a line of JSON for each.

use jindiao_bench::pairs::{Desk, PAIRS};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let desk = Desk::new()?;
    for pair in PAIRS {
        let count = |work: fn(&Desk)| allocation_counter::measure(|| work(&desk)).count_total;
        let (ours, other) = (count(pair.ours), count(pair.other));
        println!(
            r#"{{"name":"{}","ours":{ours},"other":{other}}}"#,
            pair.name
        );
    }
    Ok(())
}
