//! What lists say and what is wrong with them.

use std::io::{self, Cursor, Read, Seek};
use std::path::Path;
use std::sync::{Arc, Mutex};

use encoding_rs::GB18030;
use jindiao_order::Product;

use super::*;
use crate::limits::LONGEST_LINE;

/// The lines' numbers, products and subjects, or the problems.
fn shown(bytes: impl AsRef<[u8]>) -> String {
    let bytes = Cursor::new(bytes.as_ref().to_vec());
    shown_of(List::read("a.csv", bytes))
}

pub(crate) fn shown_of(list: Result<List, Problems>) -> String {
    let mut list = match list {
        Ok(list) => list,
        Err(problems) => {
            let all = problems.kept().iter().cloned().chain(problems.rest());
            let all: Vec<_> = all.map(|it| it.to_string()).collect();
            return all.join("\n");
        }
    };
    let mut lines = Vec::new();
    list.each(|it| {
        lines.push(format!(
            "{} {} {} {}",
            it.line,
            it.wanted.product(),
            it.wanted.subject().label(),
            it.wanted.format()
        ));
        Ok::<_, ListChanged>(())
    })
    .expect("the same list");
    assert_eq!(list.lines(), lines.len() as u64);
    lines.extend(list.note().map(|note| format!("a.csv: {note}")));
    lines.join("\n")
}

fn check(input: impl AsRef<[u8]>, expect: &str) {
    assert_eq!(shown(input), expect);
}

const HEADER: &str = "product,company,credit_code,org_number,period,record_no,patent,format\n";

/// Checks the line below the full header.
fn line(line: &str, expect: &str) {
    check(format!("{HEADER}{line}\n"), expect);
}

#[test]
fn every_product() {
    check(
        format!(
            "{HEADER}qcc/snapshot,小米科技有限责任公司,,,,,,\n\
             qcc/risk-report,,,,month,,,\n\
             patsnap/innovation-report,,91110108551385082Q,,,,,docx\n\
             patsnap/patent-value-report,,,,,,CN108977442B,\n\
             yibeidiao/interim-report,,,,,20190415152645093983751,,\n"
        ),
        "2 qcc/snapshot 小米科技有限责任公司 png\n\
         3 qcc/risk-report month zip\n\
         4 patsnap/innovation-report 91110108551385082Q docx\n\
         5 patsnap/patent-value-report CN108977442B pdf\n\
         6 yibeidiao/interim-report 20190415152645093983751 pdf",
    );
}

#[test]
fn columns_in_any_order_and_any_case() {
    check(
        "Period,PRODUCT\nday,qcc/risk-report\n",
        "2 qcc/risk-report day zip",
    );
    check(
        "Credit Code,product,,\n91110108551385082q,qcc/snapshot,,\n",
        "2 qcc/snapshot 91110108551385082Q png",
    );
}

#[test]
fn lists_in_chinese() {
    check(
        "序号,报告类型,公司名称,统一社会信用代码,周期,背调号,公开号,格式,备注\n\
         1,企业快照,小米科技有限责任公司,,,,,,急\n\
         2,风险监控报告,,,月,,,,\n\
         3,企业创新报告,,91110108551385082Q,,,,word,\n\
         4,专利价值报告,,,,,CN108977442B,,\n\
         5,背调临时报告,,,,20190415152645093983751,,,\n",
        "2 qcc/snapshot 小米科技有限责任公司 png\n\
         3 qcc/risk-report month zip\n\
         4 patsnap/innovation-report 91110108551385082Q docx\n\
         5 patsnap/patent-value-report CN108977442B pdf\n\
         6 yibeidiao/interim-report 20190415152645093983751 pdf",
    );
    check(
        "产品,企业名称\n企业快找,甲\n报告,乙\n",
        "a.csv:2:1 (product): no such product `企业快找`; did you mean 企业快照?\n\
         a.csv:3:1 (product): no such product `报告`; there are qcc/snapshot, qcc/risk-report, patsnap/innovation-report, patsnap/patent-value-report, yibeidiao/interim-report",
    );
}

#[test]
fn columns_as_they_are_written() {
    let text = "序号,报告类型, 公司名称 ,状态,备注\n1,企业快照, 甲 ,待下单,\"急,\n快\"\n2,qcc/snapshot,乙\n";
    let mut list = List::read("a.csv", Cursor::new(text)).expect("a list");
    assert_eq!(
        list.headings(),
        ["序号", "报告类型", "公司名称", "状态", "备注"]
    );
    let mut rows = Vec::new();
    list.each_with_cells(|line, cells| {
        rows.push((
            line.line,
            cells.map(str::to_owned).collect::<Vec<_>>().join("|"),
        ));
        Ok::<_, ListChanged>(())
    })
    .expect("the same list");
    let rows: Vec<_> = rows
        .iter()
        .map(|(line, row)| (*line, row.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            (2, "1|企业快照|甲|待下单|急,\n快"),
            (4, "2|qcc/snapshot|乙")
        ]
    );
    assert_eq!(
        list.headings()
            .iter()
            .filter(|it| is_result(it))
            .collect::<Vec<_>>(),
        ["状态"]
    );
    for is_chinese in [false, true] {
        assert!(results(is_chinese).into_iter().all(is_result));
    }
    assert!(!is_result("公司名称") && !is_result(""));
}

/// What becomes of a list when a product is given beside it.
fn with(product: Product, text: &str, expect: &str) {
    let reading = Reading::new().with_product(Some(product));
    let list = List::read_as("a.csv", Cursor::new(text.as_bytes().to_vec()), reading);
    assert_eq!(shown_of(list), expect, "{text}");
}

#[test]
fn names_and_nothing_else() {
    let snapshots = |text, expect| with(Product::QccSnapshot, text, expect);
    snapshots(
        "小米科技有限责任公司\n\n  华为技术有限公司\n\"Foo Co., Ltd.\"\n91110108551385082Q",
        "1 qcc/snapshot 小米科技有限责任公司 png\n\
         3 qcc/snapshot 华为技术有限公司 png\n\
         4 qcc/snapshot Foo Co., Ltd. png\n\
         5 qcc/snapshot 91110108551385082Q png",
    );
    snapshots(
        "公司名称\n小米科技有限责任公司\n",
        "2 qcc/snapshot 小米科技有限责任公司 png",
    );
    snapshots(
        "甲公司\n乙公司,丙公司\nFoo Co., Ltd.\n",
        "a.csv:2:2: there is more than one value: a list without a header has one name a line, and a name with a separator in it needs quotation marks\n\
         a.csv:3:2: there is more than one value: a list without a header has one name a line, and a name with a separator in it needs quotation marks",
    );
    snapshots(
        "公司名成\n甲\n",
        "a.csv:1:1: no such column `公司名成`; did you mean 公司名称?",
    );
    snapshots(
        "2026年尽调名单\n甲\n",
        "a.csv:1:1: `2026年尽调名单` looks like a title and not like a name: take it out, or put a header above it (company)",
    );
    snapshots(
        "尽调企业（11月）\n公司名称\n甲公司\n合计\n",
        "a.csv:2:1: `公司名称` is a heading and no name: take out what stands above it\n\
         a.csv:4:1: `合计` is no name: take the line out",
    );
    snapshots(
        "公司名称\n甲公司\nTotal:\n",
        "a.csv:3:1 (company): `Total:` is no name: take the line out",
    );
    snapshots(
        "911101085513850820\n",
        "a.csv:1:1: the check digit is wrong: the first 17 characters call for Q; look for a typing error",
    );
    snapshots(
        "甲\n甲\n",
        "a.csv:2:1: asks for the same report as line 1: take one of them out",
    );
    snapshots(
        "",
        "a.csv: the list is empty: it starts with a header (product,company,credit_code,org_number,period,record_no,patent,format)",
    );
    with(
        Product::YibeidiaoInterimReport,
        "20190415152645093983751\n20190415152645000000000\n",
        "a.csv:2:1: `20190415152645000000000` was rounded by a spreadsheet, its last digits are lost: format the column as text and enter it again",
    );
    with(
        Product::QccRiskReport,
        "week\n",
        "1 qcc/risk-report week zip",
    );
    with(
        Product::PatsnapPatentValueReport,
        "CN108977442B\n",
        "1 patsnap/patent-value-report CN108977442B pdf",
    );
    check(
        "甲公司\n乙公司\n",
        "a.csv:1: the header is missing: the first line must name the columns (product,company,credit_code,org_number,period,record_no,patent,format); for a list of names and nothing else say what is ordered, e.g. --product qcc/snapshot",
    );
}

#[test]
fn a_product_for_every_line() {
    let snapshots = |text, expect| with(Product::QccSnapshot, text, expect);
    snapshots(
        "公司名称,信用代码\n甲,\n,91110108551385082Q\n",
        "2 qcc/snapshot 甲 png\n3 qcc/snapshot 91110108551385082Q png",
    );
    snapshots(
        "product,company\n,甲\nqcc/snapshot,乙\npatsnap/innovation-report,丙\n",
        "a.csv:4:1 (product): the line says patsnap/innovation-report, and --product says qcc/snapshot: leave out one of them",
    );
    snapshots(
        "公司名称,期限\n甲,\n",
        "a.csv:1:2: no such column `期限`; did you mean 期间?",
    );
    snapshots(
        "period\nday\n",
        "a.csv:2:1 (period): qcc/snapshot makes no use of it, it needs one or more of company, credit_code, org_number\n\
         a.csv:2: qcc/snapshot needs one or more of company, credit_code, org_number",
    );
}

#[test]
fn what_can_be_read_only_once() {
    let text = format!("{HEADER}qcc/snapshot,甲\n");
    let padded = format!("{HEADER}{}qcc/snapshot,甲\n", "\n".repeat(2 << 20));
    for (text, line) in [(text, 2), (padded, 2 + (2 << 20))] {
        let bytes = io::BufReader::new(text.as_bytes());
        let list = List::once("stdin", bytes, Reading::new());
        assert_eq!(shown_of(list), format!("{line} qcc/snapshot 甲 png"));
    }
    let list = List::once("stdin", b"x".as_slice(), Reading::new());
    assert!(shown_of(list).starts_with("stdin:1: the header is missing"));
}

#[test]
fn what_spreadsheets_write() {
    check(
        "product;company\r\nqcc/snapshot;甲\r\n",
        "2 qcc/snapshot 甲 png",
    );
    check(
        "product\tcompany\nqcc/snapshot\t甲,乙\n",
        "2 qcc/snapshot 甲,乙 png",
    );
    check(
        "product,company\n\n,\nqcc/snapshot,\"甲,\"\"乙\"\"\"\n",
        "4 qcc/snapshot 甲,\"乙\" png",
    );
    check(
        "\r\nproduct,company\r\rqcc/snapshot,甲",
        "4 qcc/snapshot 甲 png",
    );
    check(
        "product,record_no\nyibeidiao/interim-report,=\"20190415152645093983751\"\nyibeidiao/interim-report,'20190415152645093983752",
        "2 yibeidiao/interim-report 20190415152645093983751 pdf\n3 yibeidiao/interim-report 20190415152645093983752 pdf",
    );
}

#[test]
fn a_record_over_several_lines_keeps_the_count() {
    check(
        "product,company\nqcc/snapshot,\"甲\n乙\"\nqcc/snapshots,丙\n",
        "a.csv:2:2 (company): there is a line break in it: is a quotation mark (\") left open?\n\
         a.csv:4:1 (product): no such product `qcc/snapshots`; did you mean qcc/snapshot?",
    );
}

#[test]
fn encodings() {
    let text = format!("{HEADER}qcc/snapshot,小米科技有限责任公司,,,,,,\n");
    let expect = "2 qcc/snapshot 小米科技有限责任公司 png";
    check(&text, expect);
    check(format!("\u{feff}{text}"), expect);
    check(
        GB18030.encode(&text).0,
        &format!("{expect}\na.csv: read as GB18030, because it is not UTF-8"),
    );
    for (mark, bytes) in [
        (b"\xff\xfe", u16::to_le_bytes as fn(u16) -> [u8; 2]),
        (b"\xfe\xff", u16::to_be_bytes),
    ] {
        let encoded: Vec<u8> = mark
            .iter()
            .copied()
            .chain(text.encode_utf16().flat_map(bytes))
            .collect();
        check(encoded, &format!("{expect}\na.csv: read as UTF-16"));
    }
}

#[test]
fn damaged_encodings() {
    let mut bytes =
        format!("{HEADER}qcc/snapshot,小米科技有限责任公司\nqcc/snapshot,甲乙丙\n").into_bytes();
    let last = bytes.len() - 3;
    bytes.remove(last);
    check(
        &bytes,
        "a.csv:3: there are bytes in it that are not UTF-8, as the rest of the file is",
    );

    let mut bytes = GB18030
        .encode("product,company\nqcc/snapshot,小米\nqcc/snapshot,甲")
        .0
        .into_owned();
    bytes.pop();
    check(
        &bytes,
        "a.csv:3: there are bytes in it that are neither UTF-8 nor GB18030",
    );

    check(
        b"\xff\xfea",
        "a.csv: the file is not whole UTF-16 text: save it again as \"CSV UTF-8\"",
    );
    line(
        "qcc/snapshot,甲\0",
        "a.csv:2:2 (company): there is a NUL byte in it: the file is damaged, or is no CSV file",
    );
}

#[test]
fn nothing_in_it() {
    let empty = "a.csv: the list is empty: it starts with a header (product,company,credit_code,org_number,period,record_no,patent,format)";
    check("", empty);
    check("\n \n", empty);
    check(
        HEADER,
        "a.csv: the list is empty: there is nothing below the header",
    );
}

#[test]
fn headers_that_are_wrong() {
    check(
        "product,compnay,地址\nqcc/snapshot,甲,乙\n",
        "a.csv:1:2: no such column `compnay`; did you mean company?\n\
         a.csv:1:3: no such column `地址`; the columns are product,company,credit_code,org_number,period,record_no,patent,format\n\
         a.csv:2:1 (product): qcc/snapshot needs one or more of company, credit_code, org_number",
    );
    check(
        "product,period,Period\nqcc/risk-report,day,\n",
        "a.csv:1:3 (period): the column is there twice\na.csv:2:2 (period): qcc/risk-report needs period",
    );
    check(
        "company\n甲\n",
        "a.csv:1: there is no column `product`: add one, or say what is ordered for every line (--product PRODUCT)",
    );
    check(
        "报告类型,公司名称,企业名称\n企业快照,甲,\n",
        "a.csv:1:3 (company): the column means the same as `公司名称`: take one of them out\na.csv:2:2 (company): qcc/snapshot needs one or more of company, credit_code, org_number",
    );
    check(
        "<html><body><table>\n<tr>",
        "a.csv:1: this is a web page or XML, whatever the name of the file says: open it in a spreadsheet program and save it as .xlsx or as \"CSV UTF-8\"",
    );
    check(
        "qcc/snapshot,甲\n",
        "a.csv:1: the header is missing: the first line must name the columns (product,company,credit_code,org_number,period,record_no,patent,format)",
    );
    check(
        "product,period,\nqcc/risk-report,day,x\n",
        "a.csv:2:3: there is a value in a column without a name",
    );
}

#[test]
fn products_that_are_wrong() {
    line(
        "qcc/snapshots,甲,,,,,,",
        "a.csv:2:1 (product): no such product `qcc/snapshots`; did you mean qcc/snapshot?",
    );
    line(
        "snapshot,甲,,,,,,",
        "a.csv:2:1 (product): no such product `snapshot`; did you mean qcc/snapshot?",
    );
    line(
        ",甲,,,,,,",
        "a.csv:2:1 (product): the product is missing; there are qcc/snapshot, qcc/risk-report, patsnap/innovation-report, patsnap/patent-value-report, yibeidiao/interim-report",
    );
}

#[test]
fn subjects_that_are_wrong() {
    line(
        "qcc/snapshot",
        "a.csv:2:2 (company): qcc/snapshot needs one or more of company, credit_code, org_number",
    );
    line(
        "qcc/risk-report,,,,,,,",
        "a.csv:2:5 (period): qcc/risk-report needs period",
    );
    line(
        "qcc/risk-report,,,,year,,,",
        "a.csv:2:5 (period): the period must be day, week or month",
    );
    line(
        "patsnap/innovation-report,,911101085513850820,,,,,",
        "a.csv:2:3 (credit_code): the check digit is wrong: the first 17 characters call for Q; look for a typing error",
    );
    line(
        "qcc/risk-report,甲,,,day,,,",
        "a.csv:2:2 (company): qcc/risk-report makes no use of it, it needs period",
    );
    line(
        "qcc/snapshot,甲,,,,,,pdf",
        "a.csv:2:8 (format): qcc/snapshot comes as png",
    );
    line(
        "qcc/snapshot,甲,,,,,,xls",
        "a.csv:2:8 (format): not a report format; known are pdf, docx (or word), zip and png",
    );
    line(
        "qcc/snapshot,甲,,,,,,,多",
        "a.csv:2:9: there are more values than columns: a value with a separator in it needs quotation marks",
    );
}

#[test]
fn numbers_that_spreadsheets_rounded() {
    let rounded = |at: &str, text: &str| {
        format!(
            "a.csv:2:{at}: `{text}` was rounded by a spreadsheet, its last digits are lost: format the column as text and enter it again"
        )
    };
    line(
        "qcc/snapshot,,9.11101E+17,,,,,",
        &rounded("3 (credit_code)", "9.11101E+17"),
    );
    line(
        "qcc/snapshot,,911101085513850000,,,,,",
        &rounded("3 (credit_code)", "911101085513850000"),
    );
    line(
        "yibeidiao/interim-report,,,,,2.01904E+22,,",
        &rounded("6 (record_no)", "2.01904E+22"),
    );
    line(
        "yibeidiao/interim-report,,,,,20190415152645000000000,,",
        &rounded("6 (record_no)", "20190415152645000000000"),
    );
    line(
        "qcc/snapshot,9.11E+17,,,,,,",
        &rounded("2 (company)", "9.11E+17"),
    );
}

#[test]
fn what_is_wrong_is_an_error_of_one_line() {
    let read = |text: &str| -> Result<(), Box<dyn std::error::Error>> {
        parse("a.csv", text.as_bytes())?;
        Ok(())
    };
    let check = |text: &str, expect: &str| {
        let shown = read(text).map_err(|error| error.to_string());
        assert_eq!(shown, Err(expect.to_owned()));
    };
    check(
        "product,period\nqcc/risk-report,year\n",
        "a.csv:2:2 (period): the period must be day, week or month",
    );
    check(
        "product,period\nqcc/risk-report,year\nqcc/risk-report,\nqcc/risk-report,hour\n",
        "a.csv:2:2 (period): the period must be day, week or month; and 2 more problems",
    );
}

#[test]
fn the_same_report_twice() {
    check(
        "product,company,format\npatsnap/innovation-report,甲,\n\npatsnap/innovation-report, 甲 ,PDF\npatsnap/innovation-report,甲,docx\n",
        "a.csv:4:1 (product): asks for the same report as line 2: take one of them out",
    );
}

#[test]
fn everything_at_once() {
    check(
        "product,credit_code,period\nqcc/snapshot,911101085513850820,\nqcc/risk-report,,year\nqcc/nothing-like-it,1,\n",
        "a.csv:2:2 (credit_code): the check digit is wrong: the first 17 characters call for Q; look for a typing error\n\
         a.csv:3:3 (period): the period must be day, week or month\n\
         a.csv:4:1 (product): no such product `qcc/nothing-like-it`; there are qcc/snapshot, qcc/risk-report, patsnap/innovation-report, patsnap/patent-value-report, yibeidiao/interim-report\n\
         a.csv:4:2 (credit_code): a credit code has 18 characters, this one has 1",
    );
}

#[test]
fn quotation_marks_left_open() {
    check(
        "product,company\nqcc/snapshot,\"甲\nqcc/snapshot,乙\n",
        "a.csv:2: a quotation mark (\") is left open: there is an odd number of them",
    );
}

#[test]
fn a_line_without_end() {
    check(
        format!("{HEADER}{}", "x".repeat(LONGEST_LINE + 1)),
        "a.csv:2: the line is longer than 1 MiB: this is no list",
    );
}

#[test]
fn a_file_that_is_not_there() {
    let problems = List::open(Path::new("no-such-list.csv")).expect_err("no file");
    assert!(
        problems.kept()[0]
            .to_string()
            .starts_with("no-such-list.csv: cannot be read: "),
        "{problems:?}"
    );
}

/// What another program can change while it is being read.
#[derive(Clone, Default)]
struct Shared {
    bytes: Arc<Mutex<Vec<u8>>>,
    at: usize,
}

impl Shared {
    fn save(&self, text: &str) {
        *self.bytes.lock().expect("no panic") = text.as_bytes().to_vec();
    }
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.bytes.lock().expect("no panic");
        let n = bytes.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at += n;
        Ok(n)
    }
}

impl Seek for Shared {
    fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
        self.at = 0;
        Ok(0)
    }
}

#[test]
fn a_list_that_changes_after_it_was_checked() {
    let text = "product,company\nqcc/snapshot,甲\nqcc/snapshot,乙\n";
    let file = Shared::default();
    file.save(text);
    let mut list = List::read("a.csv", file.clone()).expect("a list");
    let mut lines = || {
        let mut n = 0;
        let read = list.each(|_| {
            n += 1;
            Ok::<_, ListChanged>(())
        });
        read.map(|()| n).map_err(|changed| changed.to_string())
    };
    assert_eq!(lines(), Ok(2));
    let changed = Err("the list was changed after it had been checked".to_owned());
    for other in [
        "product,company\nqcc/snapshot,甲\nqcc/snapshot,丙\n",
        "product,company\nqcc/snapshot,甲\nqcc/snapshot,乙\n ",
        "product,company\nqcc/snapshot,甲\n",
        "company,product\n甲,qcc/snapshot\n乙,qcc/snapshot\n",
        "product,company\nqcc/snapshot,甲\nqcc/snapshot,甲\n",
        "product,company\nqcc/snapshot,\"甲\n",
        "product;company\nqcc/snapshot;甲\nqcc/snapshot;乙\n",
        "",
    ] {
        file.save(other);
        assert_eq!(lines(), changed, "{other}");
    }
    file.save(text);
    assert_eq!(lines(), Ok(2));
}

#[test]
fn a_list_that_turns_into_another_encoding() {
    let file = Shared::default();
    *file.bytes.lock().expect("no panic") = GB18030
        .encode("product,company\nqcc/snapshot,小米\n")
        .0
        .into_owned();
    let mut list = List::read("a.csv", file.clone()).expect("a list");
    file.save("product,company\nqcc/snapshot,小米\n");
    let read = list.each(|_| Ok::<_, ListChanged>(()));
    assert!(read.is_err(), "the same bytes mean other characters now");
}

#[test]
fn an_error_of_the_reader_is_given_back() {
    struct Enough;
    impl From<ListChanged> for Enough {
        fn from(_: ListChanged) -> Self {
            unreachable!("the list is the same")
        }
    }
    let text = "product,company\nqcc/snapshot,甲\nqcc/snapshot,乙\n";
    let mut list = List::read("a.csv", Cursor::new(text)).expect("a list");
    let mut n = 0;
    let read = list.each(|_| {
        n += 1;
        Err(Enough)
    });
    assert!(read.is_err());
    assert_eq!(n, 1);
}

#[test]
fn what_nobody_sees() {
    line(
        "qcc/snapshot,甲\u{202e}乙",
        "a.csv:2:2 (company): there is a character in it that nobody sees (U+202E): take it out",
    );
    line(
        "qcc/snapshot,甲\u{200b}乙",
        "a.csv:2:2 (company): there is a character in it that nobody sees (U+200B): take it out",
    );
    line(
        "qcc/snapshot,甲\u{1b}[2J",
        "a.csv:2:2 (company): it has a character that cannot be in it",
    );
    line("qcc/snapshot,\u{feff}甲\u{200b}", "2 qcc/snapshot 甲 png");
    line(
        "qcc/\u{1b}[2J\u{202e}snap,甲",
        "a.csv:2:1 (product): no such product `qcc/[2Jsnap…`; there are qcc/snapshot, qcc/risk-report, patsnap/innovation-report, patsnap/patent-value-report, yibeidiao/interim-report",
    );
    let problems = parse("a\u{1b}]0;b\n.csv", b"").expect_err("empty");
    let shown = problems.kept()[0].to_string();
    assert!(!shown.contains(char::is_control), "{shown}");
}

#[test]
fn formulas_and_their_errors() {
    let formula = "it is a formula that no spreadsheet has computed: copy it and paste its value";
    for text in [
        "=A2",
        "=T(\"\"甲\"\")",
        "＝A2",
        "=\"\"甲\"\"&B2",
        "=\"\"甲\"\"&\"\"乙\"\"",
    ] {
        line(
            &format!("qcc/snapshot,\"{text}\""),
            &format!("a.csv:2:2 (company): {formula}"),
        );
    }
    line(
        "qcc/snapshot,#N/A",
        "a.csv:2:2 (company): `#N/A` is a spreadsheet's error: its formula has no value",
    );
    // Some companies are called so. What we write of them is no formula: see `cell`.
    line("qcc/snapshot,@Road", "2 qcc/snapshot @Road png");
    line("qcc/snapshot,\"=\"\"甲\"\"\"", "2 qcc/snapshot 甲 png");
}

#[test]
fn the_header_again_in_the_middle() {
    check(
        "product,company\nqcc/snapshot,甲\nproduct,company\n",
        "a.csv:3:1 (product): no such product `product`; there are qcc/snapshot, qcc/risk-report, patsnap/innovation-report, patsnap/patent-value-report, yibeidiao/interim-report",
    );
}

#[test]
fn quotes_within_quotes() {
    line(
        &format!("qcc/snapshot,{}", "\"".repeat(1000)),
        &format!(
            "a.csv:2:2 (company): {}",
            "it is longer than 200 characters"
        ),
    );
    line(
        &format!("qcc/snapshot,甲{}", "\"".repeat(99)),
        "a.csv:2: a quotation mark (\") is left open: there is an odd number of them",
    );
}

#[test]
fn a_thousand_columns_and_no_more() {
    let many = "there are more than 1000 columns: this is no list";
    check(
        "product,company,".repeat(50_000),
        &format!("a.csv:1: {many}"),
    );
    line(&",".repeat(1_000_000), &format!("a.csv:2: {many}"));
    line(
        &format!("qcc/snapshot,甲{}", ",".repeat(998)),
        "2 qcc/snapshot 甲 png",
    );
}

#[test]
fn a_quoted_text_without_end() {
    check(
        format!("product,company\nqcc/snapshot,\"{}", "甲\n".repeat(400_000)),
        "a.csv:2: what begins here is longer than 1 MiB: is a quotation mark (\") left open?",
    );
}

#[test]
fn a_table_that_is_too_large_to_hold() {
    let table = format!("order,verdict\n{}", "a,abandon\n".repeat(940_000));
    let problems = parse_cells("a.csv", table.as_bytes()).expect_err("too much");
    let shown: Vec<_> = problems.kept().iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["a.csv:932068: there is too much above: split it"]);
}

#[test]
fn more_problems_than_anybody_reads() {
    let list = format!("product,company\n{}", "x,甲\n".repeat(1500));
    let problems = parse("a.csv", list.as_bytes()).expect_err("no products");
    assert_eq!(
        (problems.kept().len(), problems.more(), problems.count()),
        (1000, 500, 1500)
    );
    let rest = problems.rest().map(|rest| rest.to_string());
    assert_eq!(rest.as_deref(), Some("a.csv: and 500 more problems"));

    let list = format!("product,company\n{}", "qcc/snapshot,甲\n".repeat(100_100));
    let problems = parse("a.csv", list.as_bytes()).expect_err("twins");
    let rest = problems.rest().map(|rest| rest.to_string());
    assert_eq!(
        rest.as_deref(),
        Some("a.csv: and 99000 more problems, or more: the rest was not looked at")
    );

    let bytes = [
        b"product,company\xe7\x94\xb2\xe7\x94\xb2\n".as_slice(),
        &b"\xe7\x94\xb2\xe7\x94\xb2\xff\n".repeat(1200),
    ]
    .concat();
    let problems = parse("a.csv", &bytes).expect_err("no UTF-8");
    assert_eq!((problems.kept().len(), problems.count()), (1000, 1200));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_a_list_or_problems(bytes: Vec<u8>) {
        let _ = parse("a.csv", &bytes);
    }

    #[test]
    fn any_text_below_a_header_is_lines_or_problems(text in "[\"',;\\n\\r a-c甲/=]{0,80}") {
        let text = format!("product,company\nqcc/snapshot,丁\n{text}");
        match parse("a.csv", text.as_bytes()) {
            Ok(lines) => proptest::prop_assert_eq!(lines[0].line, 2),
            Err(problems) => proptest::prop_assert!(problems.kept().iter().all(|it| it.line.is_some_and(|line| line >= 2))),
        }
    }
}

#[test]
fn problems_are_said_in_chinese() {
    use jindiao_words::{Lang, Say as _};
    let check = |text: &str, expect: &str| {
        let problems = parse("a.csv", text.as_bytes()).expect_err("it is wrong");
        assert_eq!(problems.kept()[0].say().in_lang(Lang::Zh), expect);
    };
    check(
        "product,company\nqcc/snapshots,甲\n",
        "a.csv:2:1 (product)：没有产品 `qcc/snapshots`；是不是 qcc/snapshot？",
    );
    check("product,company\n", "a.csv：名单是空的：表头下面没有内容");
}
