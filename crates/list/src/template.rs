//! A list to fill in.

use jindiao_order::Product;

use crate::{Field, heading, product_in_chinese};

/// A list to fill in, in CSV: the headings, and a line for each product in which nothing is missing but
/// what it is about. Such a line is a problem until it is filled in or deleted, so none of them is ordered
/// by mistake.
///
/// In Chinese it begins with a byte-order mark, without which Excel takes it for something else.
pub fn template(is_chinese: bool) -> String {
    let mut text = String::new();
    if is_chinese {
        text.push('\u{feff}');
    }
    let headings = Field::ALL.map(|field| {
        if is_chinese {
            heading::chinese(field)
        } else {
            field.name()
        }
    });
    text.push_str(&headings.join(","));
    text.push('\n');
    for product in Product::ALL {
        let name = if is_chinese {
            product_in_chinese(*product)
        } else {
            product.id()
        };
        text.push_str(name);
        text.push_str(&",".repeat(headings.len() - 1));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use jindiao_order::SubjectKind;

    use crate::parse;

    #[test]
    fn a_template_orders_nothing_until_it_is_filled_in() {
        for is_chinese in [false, true] {
            let empty = template(is_chinese);
            let problems = parse("a.csv", empty.as_bytes()).expect_err("nothing is filled in");
            let shown: Vec<_> = problems.kept().iter().map(ToString::to_string).collect();
            assert_eq!(
                shown,
                [
                    "a.csv:2:2 (company): qcc/snapshot needs one or more of company, credit_code, org_number",
                    "a.csv:3:5 (period): qcc/risk-report needs period",
                    "a.csv:4:2 (company): patsnap/innovation-report needs one or more of company, credit_code, org_number",
                    "a.csv:5:7 (patent): patsnap/patent-value-report needs patent",
                    "a.csv:6:6 (record_no): yibeidiao/interim-report needs record_no",
                ]
            );

            let mut filled = String::new();
            for (line, product) in empty
                .lines()
                .zip([None].into_iter().chain(Product::ALL.iter().map(Some)))
            {
                let mut fields: Vec<_> = line.split(',').collect();
                let subject = match product.map(|it| it.subject_kind()) {
                    None => None,
                    Some(SubjectKind::Company) => Some((Field::Company, "甲")),
                    Some(SubjectKind::Period) => Some((Field::Period, "day")),
                    Some(SubjectKind::Patent) => Some((Field::Patent, "CN108977442B")),
                    Some(SubjectKind::Record) => Some((Field::RecordNo, "20190415152645093983751")),
                };
                if let Some((field, text)) = subject {
                    fields[field as usize] = text;
                }
                filled += &fields.join(",");
                filled += "\n";
            }
            let lines = parse("a.csv", filled.as_bytes()).expect("a list");
            let products: Vec<_> = lines.iter().map(|it| it.wanted.product()).collect();
            assert_eq!(products, Product::ALL);
        }
    }

    #[test]
    fn excel_reads_the_chinese_one() {
        let text = template(true);
        assert!(
            text.starts_with("\u{feff}报告类型,公司名称,统一社会信用代码,组织机构代码,周期,背调编号,专利号,格式\n企业快照,,,,,,,\n"),
            "{text}"
        );
        assert!(template(false).starts_with("product,company,credit_code,"));
    }
}
