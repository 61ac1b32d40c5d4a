//! Tells all that is known of a code, in both languages.
//!
//! `cargo run -p jindiao-codes --example explain -- qcc 201 radar_ext/createReport`

use std::error::Error;

use jindiao_codes::{Code, Vendor};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => explain(Vendor::Qcc, "110", ""),
        [vendor, code] => explain(vendor.parse()?, code, ""),
        [vendor, code, endpoint] => explain(vendor.parse()?, code, endpoint),
        _ => return Err("usage: explain [VENDOR CODE [ENDPOINT]]".into()),
    }
    Ok(())
}

fn explain(vendor: Vendor, code: &str, endpoint: &str) {
    let code = Code::parse(vendor, code);
    println!("{code} ({})", vendor.zh());
    let Some(info) = code.info_at(endpoint) else {
        println!("  no document lists it; it proves nothing about what was bought");
        return;
    };
    println!("  {}\n  {}", info.en, info.todo_en);
    println!("  {}\n  {}", info.zh, info.todo_zh);
    println!("  next: {}", info.advice);
    println!("  what it concerns: {}", info.scope);
    println!("  a charging call: {}; {}", info.outcome, info.counted);
    for text in info.texts {
        println!("  “{}” ({})", text.text, text.documents.join(", "));
    }
    for conflict in info.conflicts {
        println!("  documents differ: {}", conflict.en);
    }
}
