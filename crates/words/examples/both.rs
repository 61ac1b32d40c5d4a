//! Says a text of the catalogue in both languages, and has a value speak for itself.
//!
//! `cargo run -p jindiao-words --example both`

use jindiao_words::{Lang, say};

fn main() {
    let what = say!("the list");
    let message = say!("{what}: {count} problems", what, count = 3);
    for lang in [Lang::En, Lang::Zh] {
        println!("{}", message.in_lang(lang));
    }
}
