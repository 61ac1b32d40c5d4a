//! Reads a list: the file that is named, or a small one that is good and one that is not.
//!
//! `cargo run -p jindiao-list --example read -- orders.xlsx`

use std::error::Error;
use std::io::Cursor;
use std::path::Path;

use jindiao_list::{List, ListChanged, Problems};

const GOOD: &str = "\
产品,公司名称,统一社会信用代码,周期
企查查工商快照,小米科技有限责任公司,,
qcc/risk-report,,,day
patsnap/innovation-report,,91110108551385082Q,
";

const BAD: &str = "\
product,company,credit_code
qcc/snapshott,小米科技有限责任公司,
qcc/snapshot,,9.1110108551385E+17
";

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(path) = std::env::args().nth(1) {
        return match List::open(Path::new(&path)) {
            Ok(list) => show(list),
            Err(problems) => {
                tell(&problems);
                Err("nothing of it would be ordered".into())
            }
        };
    }
    for (name, text, is_good) in [("good.csv", GOOD, true), ("bad.csv", BAD, false)] {
        match List::read(name, Cursor::new(text.as_bytes())) {
            Ok(list) if is_good => show(list)?,
            Err(problems) if !is_good => tell(&problems),
            _ => return Err(format!("{name} was taken for what it is not").into()),
        }
    }
    Ok(())
}

fn tell(problems: &Problems) {
    for problem in problems.kept() {
        println!("{problem}");
    }
}

fn show(mut list: List) -> Result<(), Box<dyn Error>> {
    println!("{} reports are wanted", list.lines());
    list.each(|line| {
        let wanted = &line.wanted;
        let subject = wanted.subject().label();
        println!("line {}: {} about {subject}", line.line, wanted.product());
        Ok::<(), ListChanged>(())
    })?;
    Ok(())
}
