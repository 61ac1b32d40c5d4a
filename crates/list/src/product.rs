//! What people call the products.

use jindiao_order::Product;

use crate::heading::fold;
use crate::nearest::nearest;

/// The Chinese names of a product: the one that we write comes first.
fn names(product: Product) -> &'static [&'static str] {
    match product {
        Product::QccSnapshot => &[
            "企业快照",
            "企查查快照",
            "企查查企业快照",
            "工商快照",
            "企业工商快照",
            "企查查工商快照",
            "工商信息快照",
            "快照",
        ],
        Product::QccRiskReport => &[
            "风险监控报告",
            "企查查风险监控报告",
            "企查查风险报告",
            "风险报告",
            "监控报告",
        ],
        Product::PatsnapInnovationReport => &[
            "企业创新报告",
            "智慧芽企业创新报告",
            "智慧芽创新报告",
            "创新报告",
            "企业科创评估报告",
            "科创评估报告",
        ],
        Product::PatsnapPatentValueReport => &[
            "专利价值报告",
            "智慧芽专利价值报告",
            "专利价值评估报告",
            "专利估值报告",
        ],
        Product::YibeidiaoInterimReport => {
            &["背调临时报告", "易背调临时报告", "临时报告", "背调中期报告"]
        }
        _ => &[],
    }
}

/// The product that a text names, by its id or in Chinese.
pub fn product(text: &str) -> Option<Product> {
    if let Ok(product) = text.parse() {
        return Some(product);
    }
    let text = fold(text);
    let mut products = Product::ALL.iter().copied();
    products.find(|product| names(*product).contains(&text.as_str()))
}

/// What a product is called in Chinese.
pub fn product_in_chinese(product: Product) -> &'static str {
    names(product).first().copied().unwrap_or(product.id())
}

/// The product that was meant by a text that names none, if any is near.
pub(crate) fn nearest_product(text: &str) -> Option<&'static str> {
    let short = Product::ALL
        .iter()
        .find(|product| product.short_name().eq_ignore_ascii_case(text));
    let id = short
        .map(|product| product.id())
        .or_else(|| nearest(text, Product::ALL.iter().map(|product| product.id())));
    id.or_else(|| {
        let all = Product::ALL.iter();
        nearest(
            &fold(text),
            all.flat_map(|product| names(*product)).copied(),
        )
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn names_of_products() {
        let check = |text: &str, expect| assert_eq!(product(text), expect, "{text}");
        for it in Product::ALL {
            check(it.id(), Some(*it));
            check(product_in_chinese(*it), Some(*it));
        }
        check(" 企查查 快照 ", Some(Product::QccSnapshot));
        check("QCC/Snapshot", Some(Product::QccSnapshot));
        check("报告", None);
        check("", None);
    }

    #[test]
    fn no_name_is_of_two_products() {
        let mut seen = BTreeMap::new();
        for product in Product::ALL {
            for name in names(*product) {
                assert_eq!(*name, fold(name));
                assert_eq!(seen.insert(*name, *product), None, "{name}");
            }
        }
    }

    #[test]
    fn what_was_meant() {
        let check = |text: &str, expect| assert_eq!(nearest_product(text), expect, "{text}");
        check("snapshot", Some("qcc/snapshot"));
        check("qcc/snapshots", Some("qcc/snapshot"));
        check("企业快找", Some("企业快照"));
        check("专利价值报吿", Some("专利价值报告"));
        check("nothing", None);
    }
}
