//! Lists of every product, as people write them.

use std::fmt::Write as _;
use std::ops::Range;

/// The three risk reports, and an order of another product for each of these numbers.
pub(crate) fn mixture(numbers: Range<usize>) -> String {
    let mut list = "product,company,period,record_no,patent\n".to_owned();
    list += "qcc/risk-report,,day,,\nqcc/risk-report,,week,,\nqcc/risk-report,,month,,\n";
    for n in numbers {
        let _ = match n % 4 {
            0 => writeln!(list, "qcc/snapshot,第{n}号公司,,,"),
            1 => writeln!(list, "patsnap/innovation-report,第{n}号公司,,,"),
            2 => writeln!(
                list,
                "patsnap/patent-value-report,,,,CN{:09}B",
                100_000_000 + n
            ),
            _ => writeln!(
                list,
                "yibeidiao/interim-report,,,2019041515264509398{:04},",
                1000 + n
            ),
        };
    }
    list
}
