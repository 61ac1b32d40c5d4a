#![doc = include_str!("../README.md")]

mod cell;
mod entry;
mod field;
mod form;
mod header;
mod heading;
mod limits;
mod lines;
mod list;
mod nearest;
mod problem;
mod product;
mod reader;
mod reading;
mod records;
mod seen;
mod source;
mod spreadsheet;
mod table;
mod template;
mod text;
mod visible;
mod workbook;

pub use cell::cell;
pub use entry::{Entry, Fault};
pub use field::Field;
pub use heading::{is_result, results};
pub use list::{List, ListChanged, ListLine, parse};
pub use nearest::nearest;
pub use problem::{Problem, Problems};
pub use product::{product, product_in_chinese};
pub use reading::{Hidden, Reading};
pub use spreadsheet::is_mangled;
pub use table::{cells, parse_cells};
pub use template::template;
pub use visible::visible;

#[cfg(test)]
mod tests;
