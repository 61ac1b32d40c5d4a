//! What stands at the head of a column, as people write it.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::Field;
use crate::nearest::nearest;

/// What a column is about, by its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heading {
    /// A field of what is wanted.
    Field(Field),
    /// Something that people keep in their lists and that orders nothing, also what an exported
    /// list says of its orders.
    Remark,
}

/// The headings of a field, folded as [`fold`] does: the English and the Chinese one that we write come
/// first.
fn of(field: Field) -> (&'static [&'static str], &'static [&'static str]) {
    match field {
        Field::Product => (
            &["product", "report", "report type", "product id"],
            &[
                "报告类型",
                "产品",
                "报告",
                "报告名称",
                "产品名称",
                "产品类型",
                "报告种类",
                "報告類型",
                "產品",
            ],
        ),
        Field::Company => (
            &[
                "company",
                "company name",
                "name",
                "enterprise",
                "enterprise name",
                "corporation",
                "organisation",
                "organization",
                "customer",
                "customer name",
                "supplier",
                "supplier name",
            ],
            &[
                "公司名称",
                "企业名称",
                "公司",
                "企业",
                "公司全称",
                "企业全称",
                "名称",
                "全称",
                "单位",
                "单位名称",
                "机构名称",
                "主体名称",
                "客户",
                "客户名称",
                "供应商",
                "供应商名称",
                "公司名稱",
                "企業名稱",
                "公司名",
                "企业名",
            ],
        ),
        Field::CreditCode => (
            &[
                "credit code",
                "uscc",
                "uscc code",
                "usci",
                "social credit code",
                "unified social credit code",
                "uniform social credit code",
                "unified credit code",
            ],
            &[
                "统一社会信用代码",
                "信用代码",
                "社会信用代码",
                "统一信用代码",
                "统一代码",
                "统一社会信用代码证号",
                "税号",
                "纳税人识别号",
                "統一社會信用代碼",
                "信用代碼",
            ],
        ),
        Field::OrgNumber => (
            &[
                "org number",
                "org no",
                "org code",
                "organisation number",
                "organization number",
                "organisation code",
                "organization code",
            ],
            &[
                "组织机构代码",
                "组织号",
                "组织代码",
                "组织机构号",
                "机构代码",
                "组织机构代码/组织号",
                "組織機構代碼",
            ],
        ),
        Field::Period => (
            &["period", "cycle", "report period"],
            &["周期", "报告周期", "监控周期", "期间", "時期", "週期"],
        ),
        Field::RecordNo => (
            &[
                "record no",
                "record number",
                "record",
                "background check no",
            ],
            &[
                "背调编号",
                "背调号",
                "背调记录号",
                "背调单号",
                "背调记录编号",
                "记录编号",
                "记录号",
                "背調編號",
                "背調號",
            ],
        ),
        Field::Patent => (
            &[
                "patent",
                "patent no",
                "patent number",
                "patent id",
                "publication no",
                "publication number",
            ],
            &[
                "专利号",
                "公开号",
                "专利",
                "专利编号",
                "公开公告号",
                "公开(公告)号",
                "公告号",
                "專利號",
                "公開號",
            ],
        ),
        Field::Format => (
            &["format", "file format", "file type"],
            &["格式", "文件格式", "报告格式", "文件类型"],
        ),
    }
}

/// What people keep in their lists beside what is ordered.
const REMARKS: [&str; 19] = [
    "#", "no", "序号", "序", "序號", "行号", "remark", "remarks", "note", "notes", "comment",
    "comments", "备注", "備註", "说明", "注释", "附注", "line", "行",
];

/// What an exported list says of each order, in English and Chinese. A list that was exported can
/// be run again.
const RESULTS: [[&str; 2]; 6] = [
    ["state", "状态"],
    ["file", "文件"],
    ["order", "订单"],
    ["vendor reference", "供应商单号"],
    ["cost (yuan)", "费用（元）"],
    ["reason", "原因"],
];

/// The headings over what an exported list says of each order: its state, its file, the order's id, the
/// vendor's reference, what it cost, and why it is not stored.
pub fn results(is_chinese: bool) -> [&'static str; 6] {
    RESULTS.map(|[english, chinese]| if is_chinese { chinese } else { english })
}

/// Whether a heading is one of [`results`], in any language: of an earlier export of the list.
pub fn is_result(text: &str) -> bool {
    let text = fold(text);
    RESULTS.iter().flatten().any(|name| fold(name) == text)
}

/// What a heading says, without regard to case, blanks, underscores, hyphens, wide letters, and notes
/// like `*` or `（必填）`. Nothing if it is unknown.
pub(crate) fn heading(text: &str) -> Option<Heading> {
    static KNOWN: LazyLock<HashMap<String, Heading>> = LazyLock::new(|| {
        let remarks = REMARKS.iter().chain(RESULTS.iter().flatten()).copied();
        let remarks = remarks.map(|name| (fold(name), Heading::Remark));
        let fields = Field::ALL
            .into_iter()
            .flat_map(|field| names(field).map(move |name| (fold(name), Heading::Field(field))));
        remarks.chain(fields).collect()
    });
    KNOWN.get(&fold(text)).copied()
}

/// The heading that is nearest to an unknown one, if any is near.
pub(crate) fn nearest_heading(text: &str) -> Option<&'static str> {
    // As they are documented, and all the others.
    let text = text.trim().to_lowercase().replace([' ', '-'], "_");
    let documented = Field::ALL.map(Field::name);
    nearest(&text, documented).or_else(|| nearest(&text, Field::ALL.into_iter().flat_map(names)))
}

/// The heading that we write over a column of a list in Chinese.
pub(crate) fn chinese(field: Field) -> &'static str {
    of(field).1.first().copied().unwrap_or_default()
}

fn names(field: Field) -> impl Iterator<Item = &'static str> {
    let (english, chinese) = of(field);
    chinese.iter().chain(english).copied()
}

/// The text without what people write differently.
pub(crate) fn fold(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff00 + 0x20).unwrap_or(c),
        c => c,
    };
    let folded: String = text
        .chars()
        .map(narrow)
        .filter(|c| {
            !c.is_whitespace()
                && !crate::visible::is_invisible(*c)
                && !matches!(c, '_' | '-' | '.' | ':' | '*' | '\'' | '"')
        })
        .flat_map(char::to_lowercase)
        .collect();
    const NOTES: [&str; 7] = [
        "(必填)",
        "(选填)",
        "(可选)",
        "(非必填)",
        "(required)",
        "(optional)",
        "(必选)",
    ];
    let bare = NOTES.iter().find_map(|note| folded.strip_suffix(note));
    bare.map(str::to_owned).unwrap_or(folded)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn headings_that_people_write() {
        let check = |text: &str, expect| {
            assert_eq!(heading(text), Some(Heading::Field(expect)), "{text}");
        };
        for field in Field::ALL {
            check(field.name(), field);
            check(&field.name().to_uppercase(), field);
            check(&field.name().replace('_', " "), field);
            check(&field.name().replace('_', "-"), field);
            check(chinese(field), field);
        }
        check("企业名称", Field::Company);
        check("　公司 名称：", Field::Company);
        check("*公司名称（必填）", Field::Company);
        check("Ｃｏｍｐａｎｙ　Ｎａｍｅ", Field::Company);
        check("信用代码", Field::CreditCode);
        check("USCC", Field::CreditCode);
        check("recordNo", Field::RecordNo);
        check("背调号", Field::RecordNo);
        check("组织机构代码/组织号", Field::OrgNumber);
        check("公开（公告）号", Field::Patent);
        check("产品", Field::Product);
        for remark in ["序号", "No.", "备注", "状态", "Cost (yuan)"] {
            assert_eq!(heading(remark), Some(Heading::Remark), "{remark}");
        }
        for unknown in ["", " ", "compnay", "地址", "小米科技有限责任公司"] {
            assert_eq!(heading(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn no_heading_means_two_things() {
        let mut seen = BTreeMap::new();
        for field in Field::ALL {
            for name in names(field) {
                let before = seen.insert(fold(name), field.name());
                assert!(before.is_none_or(|it| it == field.name()), "{name}");
            }
        }
        for remark in REMARKS.iter().chain(RESULTS.iter().flatten()) {
            assert!(!seen.contains_key(&fold(remark)), "{remark}");
        }
    }

    #[test]
    fn the_nearest_heading() {
        let check = |text: &str, expect| assert_eq!(nearest_heading(text), expect, "{text}");
        check("compnay", Some("company"));
        check("credit cod", Some("credit_code"));
        check("公司称", Some("公司名称"));
        check("统一社会信用代吗", Some("统一社会信用代码"));
        check("小米科技有限责任公司", None);
    }
}
