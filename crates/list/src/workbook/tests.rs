//! What workbooks say, and what is wrong with them.

use std::io::Cursor;

use super::testing::{Made, archive, row, rows, sheet};
use crate::tests::shown_of;
use crate::{Hidden, List, ListChanged, Problems, Reading, parse_cells};

fn open(bytes: Vec<u8>, reading: Reading) -> Result<List, Problems> {
    List::read_as("a.xlsx", Cursor::new(bytes), reading)
}

fn check(made: &Made, expect: &str) {
    let list = open(made.bytes(), Reading::new());
    assert_eq!(shown_of(list), expect);
}

/// What becomes of a cell below `公司名称` in `B2`.
fn company(cell: &str, expect: &str) {
    check(&with_cell(cell), expect);
}

const STYLES: &str = "<styleSheet><numFmts><numFmt numFmtId=\"176\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;\"/><numFmt numFmtId=\"177\" formatCode=\"000000000\"/></numFmts>\
     <cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>\
     <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"176\"/><xf numFmtId=\"177\"/></cellXfs></styleSheet>";

fn with_cell(cell: &str) -> Made {
    let header = row(1, "", &["产品", "公司名称"]);
    let mut made = Made::new(&format!(
        "{header}<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>qcc/snapshot</t></is></c>{cell}</row>"
    ));
    made.styles = STYLES.to_owned();
    made.strings = "<sst uniqueCount=\"99999999999\"><si><t>甲</t></si><si><r><rPr><b/></rPr><t>小米</t></r><rPh sb=\"0\"><t>xiaomi</t></rPh><r><t xml:space=\"preserve\"> 科技&amp;&#x4e59;</t></r></si><si/></sst>".to_owned();
    made
}

const MEANT: &str = "qcc/snapshot needs one or more of company, credit_code, org_number";

#[test]
fn a_list_in_a_workbook() {
    check(
        &Made::new(&rows(&[
            &["报告类型", "公司名称", "信用代码", "周期", "备注"],
            &["企业快照", " 小米科技有限责任公司 ", "", "", "急"],
            &[],
            &["风险监控报告", "", "", "周"],
            &["patsnap/innovation-report", "", "91110108551385082Q"],
        ])),
        "2 qcc/snapshot 小米科技有限责任公司 png\n4 qcc/risk-report week zip\n5 patsnap/innovation-report 91110108551385082Q pdf",
    );
}

#[test]
fn every_kind_of_text() {
    company("<c r=\"B2\" t=\"s\"><v>0</v></c>", "2 qcc/snapshot 甲 png");
    company(
        "<c r=\"B2\" t=\"s\"><v>1</v></c>",
        "2 qcc/snapshot 小米 科技&乙 png",
    );
    company(
        "<c r=\"B2\" t=\"inlineStr\"><is><r><t>甲</t></r><r><t>乙</t></r></is></c>",
        "2 qcc/snapshot 甲乙 png",
    );
    company(
        "<c t=\"str\"><v>甲<![CDATA[乙]]></v></c>",
        "2 qcc/snapshot 甲乙 png",
    );
    company("<c r=\"B2\"><v>360</v></c>", "2 qcc/snapshot 360 png");
    company(
        "<c r=\"B2\" t=\"inlineStr\"><is><t>甲_x000D_\n乙</t></is></c>",
        "a.xlsx:Sheet1!B2 (company): there is a line break in it: is a quotation mark (\") left open?",
    );
}

#[test]
fn digits_that_are_lost() {
    let lost = |at: &str, shown: &str| {
        format!(
            "a.xlsx:Sheet1!{at}: `{shown}` is a number, of which a spreadsheet keeps 15 digits, the others are lost: format the column as text and enter it again"
        )
    };
    let with = |heading: &str, product: &str, value: &str| {
        let header = row(1, "", &["产品", heading]);
        let made = Made::new(&format!(
            "{header}<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>{product}</t></is></c><c r=\"B2\"><v>{value}</v></c></row>"
        ));
        shown_of(open(made.bytes(), Reading::new()))
    };
    for value in ["9.11101E+17", "9.1110108551385E+17", "911101085513850000"] {
        assert_eq!(
            with("信用代码", "企业快照", value),
            lost("B2 (credit_code)", value)
        );
    }
    assert_eq!(
        with("背调号", "背调临时报告", "2.0190415152645094E+22"),
        lost("B2 (record_no)", "2.0190415152645094E+22")
    );
    assert_eq!(
        with("org number", "企业快照", "551385082"),
        "2 qcc/snapshot 551385082 png"
    );
}

#[test]
fn cells_that_are_no_text() {
    let at = "a.xlsx:Sheet1!B2 (company): ";
    let date = "to the spreadsheet this is a date: format the column as text and enter it again";
    company(
        "<c r=\"B2\" s=\"1\"><v>45000</v></c>",
        &format!("{at}{date}"),
    );
    company(
        "<c r=\"B2\" s=\"2\"><v>45000</v></c>",
        &format!("{at}{date}"),
    );
    company(
        "<c r=\"B2\" t=\"d\"><v>2026-11-22</v></c>",
        &format!("{at}{date}"),
    );
    company(
        "<c r=\"B2\" s=\"3\"><v>123</v></c>",
        &format!(
            "{at}`123` is a number that is shown with zeros before it: format the column as text and enter it again"
        ),
    );
    company(
        "<c r=\"B2\"><v>0.5</v></c>",
        &format!(
            "{at}`0.5` is a number with a sign or a fraction, and no text: format the column as text and enter it again"
        ),
    );
    company(
        "<c r=\"B2\" t=\"b\"><v>1</v></c>",
        &format!("{at}it is the value TRUE or FALSE, and no text"),
    );
    for code in ["#N/A", "#REF!", "#EXTERNAL!"] {
        company(
            &format!("<c r=\"B2\" t=\"e\"><f>A9</f><v>{code}</v></c>"),
            &format!("{at}`{code}` is a spreadsheet's error: its formula has no value"),
        );
    }
    company("<c r=\"B2\"/>", &format!("{at}{MEANT}"));
    company("<c r=\"B2\" s=\"1\"><v/></c>", &format!("{at}{MEANT}"));
    // What is wrong in a column that orders nothing does not matter.
    check(
        &Made::new(&format!(
            "{}<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>qcc/risk-report</t></is></c><c r=\"B2\" t=\"inlineStr\"><is><t>day</t></is></c><c r=\"C2\"><v>0.5</v></c></row>",
            row(1, "", &["产品", "周期", "备注"])
        )),
        "2 qcc/risk-report day zip",
    );
}

#[test]
fn cells_that_are_passed_over_are_handed_out_as_they_look() {
    let cells = "<c r=\"C2\" s=\"1\"><v>45000</v></c><c r=\"D2\"><v>0.5</v></c><c r=\"E2\" t=\"b\"><v>1</v></c><c r=\"F2\" t=\"e\"><v>#N/A</v></c>";
    let header = row(1, "", &["产品", "周期", "备注", "note", "remark", "no"]);
    let mut made = Made::new(&format!(
        "{header}<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>qcc/risk-report</t></is></c><c r=\"B2\" t=\"inlineStr\"><is><t>day</t></is></c>{cells}</row>"
    ));
    made.styles = STYLES.to_owned();
    let mut list = open(made.bytes(), Reading::new()).expect("a list");
    let mut seen = Vec::new();
    list.each_with_cells(|_, cells| {
        seen.extend(cells.map(str::to_owned));
        Ok::<_, ListChanged>(())
    })
    .expect("the same list");
    assert_eq!(
        seen,
        [
            "qcc/risk-report",
            "day",
            "2023-03-15",
            "0.5",
            "TRUE",
            "#N/A"
        ]
    );
}

#[test]
fn formulas() {
    let at = "a.xlsx:Sheet1!B2 (company): ";
    company(
        "<c r=\"B2\" t=\"str\"><f>\"甲\"&amp;\"乙\"</f><v>甲乙</v></c>",
        "2 qcc/snapshot 甲乙 png\na.csv: one cell has a formula: its text is taken as the spreadsheet program computed it last",
    );
    for cell in [
        "<c r=\"B2\"><f>A9</f></c>",
        "<c r=\"B2\"><f>A9</f><v></v></c>",
        "<c r=\"B2\"><f t=\"shared\" si=\"0\"/></c>",
    ] {
        company(
            cell,
            &format!("{at}there is a formula that was never computed: copy it and paste its value"),
        );
    }
    company(
        "<c r=\"B2\"><f>A9</f><v>12</v></c>",
        &format!("{at}there is a formula that gives no text: copy it and paste its value as text"),
    );
    company(
        "<c r=\"B2\" t=\"str\"><f>IF(1,\"\")</f><v></v></c>",
        &format!("{at}{MEANT}"),
    );
}

#[test]
fn what_nobody_sees() {
    let made = |before: &str, hidden: &str| {
        let rows = [
            row(1, "", &["产品", "公司名称", "格式"]),
            row(2, "", &["企业快照", "甲"]),
            row(3, hidden, &["企业快照", "乙"]),
            row(4, "hidden=\"1\"", &[]),
        ];
        Made::empty().with("名单", "", &sheet(before, &rows.concat(), ""))
    };
    let read =
        |made: &Made, hidden| shown_of(open(made.bytes(), Reading::new().with_hidden(hidden)));
    let both = "2 qcc/snapshot 甲 png\n3 qcc/snapshot 乙 png";
    let row = "the row is hidden, by hand or by a filter: show it or delete it, or say what is to become of it (--hidden skip, --hidden take)";
    for attribute in [
        "hidden=\"1\"",
        "hidden=\"true\"",
        "ht=\"0\" customHeight=\"1\"",
    ] {
        let made = made("", attribute);
        assert_eq!(read(&made, Hidden::Refuse), format!("a.xlsx:名单!3: {row}"));
        assert_eq!(read(&made, Hidden::Take), both);
        assert_eq!(
            read(&made, Hidden::Skip),
            "2 qcc/snapshot 甲 png\na.csv: one hidden row was left out"
        );
    }
    assert_eq!(read(&made("", "hidden=\"0\""), Hidden::Refuse), both);
    let all = made("<sheetFormatPr zeroHeight=\"1\"/>", "hidden=\"0\"");
    assert_eq!(
        read(&all, Hidden::Refuse),
        format!("a.xlsx:名单!1: {row}\na.xlsx:名单!2: {row}")
    );

    let column = made(
        "<cols><col min=\"3\" max=\"16384\" hidden=\"1\"/></cols>",
        "",
    );
    assert_eq!(
        read(&column, Hidden::Refuse),
        "a.xlsx:名单!C1 (format): the column is hidden: show it or delete it, or say what is to become of it (--hidden skip, --hidden take)"
    );
    assert_eq!(read(&column, Hidden::Skip), both);
    assert_eq!(read(&column, Hidden::Take), both);

    // What is left out is no twin of what is there, on whichever side of it.
    for hidden in [2, 3] {
        let rows = rows(&[&["产品", "公司名称", "企业名称"], &["企业快照", "甲", "甲"]]);
        let columns = format!("<cols><col min=\"{hidden}\" max=\"{hidden}\" hidden=\"1\"/></cols>");
        let twins = Made::empty().with("名单", "", &sheet(&columns, &rows, ""));
        assert_eq!(read(&twins, Hidden::Skip), "2 qcc/snapshot 甲 png");
        let taken = read(&twins, Hidden::Take);
        assert!(taken.contains("means the same as `公司名称`"), "{taken}");
    }
}

#[test]
fn merged_cells() {
    let rows = rows(&[
        &["产品", "公司名称"],
        &["企业快照", "甲"],
        &["企业快照", "乙"],
    ]);
    let merged = |range: &str| {
        let after = format!("<mergeCells count=\"1\"><mergeCell ref=\"{range}\"/></mergeCells>");
        Made::empty().with("名单", "", &sheet("", &rows, &after))
    };
    let complaint = |at: &str, range: &str| {
        format!(
            "a.xlsx:名单!{at}: the cells {range} are merged, only the first of them has a value: unmerge them and fill in each"
        )
    };
    check(&merged("A2:A3"), &complaint("A2", "A2:A3"));
    check(&merged("B1:C1"), &complaint("B1", "B1:C1"));
    // What stands beside the list does not matter.
    let fine = "2 qcc/snapshot 甲 png\n3 qcc/snapshot 乙 png";
    check(&merged("C2:D9"), fine);
}

#[test]
fn several_sheets() {
    let list = sheet("", &rows(&[&["产品", "公司名称"], &["企业快照", "甲"]]), "");
    let other = sheet("", &rows(&[&["如何填写"]]), "");
    let empty = sheet("", "", "");
    let line = "2 qcc/snapshot 甲 png";
    let several = "a.xlsx: there are several sheets with something in them: say which is the list, --sheet NAME; there are";

    let made = Made::empty()
        .with("说明", "", &other)
        .with("名单", "", &list)
        .with("Sheet3", "", &empty);
    check(
        &made,
        &format!("{line}\na.csv: the sheet `名单` was read, and not `说明`"),
    );
    let made = Made::empty().with("甲", "", &list).with("乙", "", &list);
    check(&made, &format!("{several} `甲`, `乙`"));
    let named = |name: &str| {
        let reading = Reading::new().with_sheet(Some(name.to_owned()));
        shown_of(open(made.bytes(), reading))
    };
    assert_eq!(named("乙"), line);
    assert_eq!(named(" 乙"), line);
    assert_eq!(
        named("丙"),
        "a.xlsx: there is no sheet `丙`; there are `甲`, `乙`"
    );

    let hidden = Made::empty()
        .with("说明", "", &other)
        .with("名单", "veryHidden", &list);
    check(
        &hidden,
        "a.xlsx:说明!1: the header is missing: the first line must name the columns (product,company,credit_code,org_number,period,record_no,patent,format); for a list of names and nothing else say what is ordered, e.g. --product qcc/snapshot",
    );
    let hidden = Made::empty()
        .with("Sheet1", "", &empty)
        .with("名单", "hidden", &list);
    check(
        &hidden,
        "a.xlsx: every sheet with something in it is hidden: say which is the list, --sheet NAME; there are `名单`",
    );
    check(
        &Made::empty().with("Sheet1", "", &empty),
        "a.xlsx:Sheet1: the list is empty: it starts with a header (product,company,credit_code,org_number,period,record_no,patent,format)",
    );
    let text = Reading::new().with_sheet(Some("甲".to_owned()));
    assert_eq!(
        shown_of(open(b"product,company\n".to_vec(), text)),
        "a.xlsx: there is no sheet `甲`: this is no workbook"
    );
}

#[test]
fn names_and_nothing_else() {
    let made = Made::new(&rows(&[
        &["", "小米科技有限责任公司"],
        &["", "华为技术有限公司"],
    ]));
    let reading = Reading::new().with_product(Some(jindiao_order::Product::QccSnapshot));
    assert_eq!(
        shown_of(open(made.bytes(), reading)),
        "1 qcc/snapshot 小米科技有限责任公司 png\n2 qcc/snapshot 华为技术有限公司 png"
    );
}

#[test]
fn other_files_of_spreadsheet_programs() {
    let refused = |bytes: Vec<u8>| shown_of(open(bytes, Reading::new()));
    let part = |name: &str| vec![(name.to_owned(), b"x".to_vec())];
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    assert_eq!(
        refused([ole.clone(), vec![0; 100_000]].concat()),
        "a.xlsx: this is an old workbook (.xls): save it as .xlsx or as \"CSV UTF-8\" in the spreadsheet program"
    );
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    // It may stand across two pieces of what is read.
    for before in [100, 32_750, 70_000] {
        assert_eq!(
            refused([ole.clone(), vec![0; before], name.clone(), vec![0; 100_000]].concat()),
            "a.xlsx: the workbook is protected by a password: save it without one"
        );
    }
    let ods = [part("mimetype"), part("content.xml")].concat();
    assert!(refused(archive(&ods)).contains("OpenDocument"));
    assert!(refused(archive(&part("Index/Document.iwa"))).contains("Numbers"));
    assert!(refused(archive(&part("a.csv"))).contains("a ZIP archive and no workbook"));
    assert!(refused(archive(&[])).contains("a ZIP archive and no workbook"));
    assert!(refused(b"PK\x03\x04....".to_vec()).contains("the workbook is damaged, or is none"));
}

#[test]
fn damaged_workbooks() {
    let whole = with_cell("<c r=\"B2\" t=\"s\"><v>0</v></c>");
    let refused = |bytes: Vec<u8>| shown_of(open(bytes, Reading::new()));
    let bytes = whole.bytes();
    for length in (4..bytes.len()).step_by(7) {
        let shown = refused(bytes[..length].to_vec());
        assert!(shown.starts_with("a.xlsx: "), "{length}: {shown}");
    }
    let damaged = |cell: &str| {
        let shown = refused(with_cell(cell).bytes());
        assert!(shown.contains("the workbook is damaged"), "{cell}: {shown}");
    };
    damaged("<c r=\"B2\" t=\"s\"><v>3</v></c>");
    damaged("<c r=\"B2\" t=\"s\"><v>x</v></c>");
    damaged("<c r=\"B3\"><v>1</v></c>");
    damaged("<c r=\"A2\"><v>1</v></c>");
    damaged("<c r=\"B\"><v>1</v></c>");
    damaged("<c r=\"B2\" t=\"q\"><v>1</v></c>");
    damaged("<c r=\"B2\"><v>&nbsp;</v></c>");
    damaged("<c r=\"B2\"><v>1</c>");
    damaged("</row><row r=\"2\">");
    damaged("</row><row r=\"1048577\">");
}

#[test]
fn workbooks_that_are_far_too_large() {
    let refused = |made: &Made| shown_of(open(made.bytes(), Reading::new()));
    let too_large = "too large for a list";
    // A text, a tag and a name that never end, which are a few bytes as they lie on the disk.
    let long = "x".repeat(3 << 20);
    assert!(
        refused(&with_cell(&format!(
            "<c r=\"B2\" t=\"inlineStr\"><is><t>{long}</t></is></c>"
        )))
        .contains(too_large)
    );
    assert!(refused(&with_cell(&format!("<c r=\"B2\" {long}=\"1\"/>"))).contains(too_large));
    assert!(refused(&with_cell(&format!("<!--{long}-->"))).contains(too_large));
    let pieces = "<r><t>0123456789</t></r>".repeat(120_000);
    assert!(
        refused(&with_cell(&format!(
            "<c r=\"B2\" t=\"inlineStr\"><is>{pieces}</is></c>"
        )))
        .contains(too_large)
    );
    assert_eq!(
        refused(&with_cell("<c r=\"ALM2\"><v>1</v></c>")),
        "a.xlsx:Sheet1!2: there are more than 1000 columns: this is no list"
    );
}

#[test]
fn a_workbook_that_changes_after_it_was_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.xlsx");
    let made = with_cell("<c r=\"B2\" t=\"s\"><v>0</v></c>");
    std::fs::write(&path, made.bytes()).expect("a file");
    let mut list = List::open(&path).expect("a list");
    let mut lines = || {
        list.each(|_| Ok::<_, ListChanged>(()))
            .map_err(|it| it.to_string())
    };
    assert_eq!(lines(), Ok(()));
    let other = with_cell("<c r=\"B2\" t=\"s\"><v>1</v></c>");
    std::fs::write(&path, other.bytes()).expect("a file");
    assert_eq!(
        lines(),
        Err("the list was changed after it had been checked".to_owned())
    );
    std::fs::write(&path, made.bytes()).expect("a file");
    assert_eq!(lines(), Ok(()));
}

#[test]
fn a_table_in_a_workbook() {
    let bytes = Made::new(&rows(&[&["order", "verdict"], &["7h2k9q", "abandon"]])).bytes();
    let cells = parse_cells("a.xlsx", &bytes).expect("a table");
    assert_eq!(
        cells[1],
        (2, vec!["7h2k9q".to_owned(), "abandon".to_owned()])
    );
    let rounded =
        "<row><c t=\"inlineStr\"><is><t>order</t></is></c></row><row><c><v>1.5E+20</v></c></row>";
    let problems = parse_cells("a.xlsx", &Made::new(rounded).bytes()).expect_err("digits are lost");
    assert!(
        problems.kept()[0]
            .to_string()
            .starts_with("a.xlsx:Sheet1!A2: `1.5E+20` is a number")
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_sheet_is_a_list_or_problems(xml in "(<(row|c|v|f|is|t|/c|/v|/row|sheetData|mergeCell|col|/sheetData)( (r|t|s|ref|hidden)=\"(1|2|A1|B2|s|str|e|b|n|A1:B2)\")?/?>|1|甲|&amp;){0,24}") {
        let made = Made::empty().with("Sheet1", "", &sheet("", &xml, ""));
        let _ = shown_of(open(made.bytes(), Reading::new()));
        let below = format!("{}{xml}", row(1, "", &["产品", "公司名称"]));
        let _ = shown_of(open(Made::new(&below).bytes(), Reading::new()));
    }

    #[test]
    fn any_byte_of_a_workbook_may_be_another(at in 0_usize..4000, to: u8) {
        let mut bytes = with_cell("<c r=\"B2\" t=\"s\"><v>0</v></c>").bytes();
        let at = at % bytes.len();
        bytes[at] = to;
        let _ = shown_of(open(bytes, Reading::new()));
    }
}
