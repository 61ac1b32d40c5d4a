//! Lists as people have them: workbooks, names, standard input, templates, and what `check` says of
//! them.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::process::Stdio;

use rust_xlsxwriter::{Formula, Workbook};

use crate::support::{Ended, Place, Vendors};

const NAMES: &str = "小米科技有限责任公司\n华为技术有限公司\n";

/// What a command makes of a text that it can read from a pipe.
fn piped(place: &Place, line: &str, text: &str) -> Ended {
    let mut command = place.command(line);
    let mut process = command
        .stdin(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = process.stdin.take().expect("a pipe");
    if let Err(error) = stdin.write_all(text.as_bytes()) {
        // Whoever refuses may end without having read.
        assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{error}");
    }
    drop(stdin);
    Ended::of(process.wait_with_output().expect("it ends"))
}

/// A workbook of rows of texts, in a sheet of this name behind another one, as another program writes
/// it.
fn workbook(place: &Place, rows: &[&[&str]]) {
    let mut workbook = Workbook::new();
    let other = workbook.add_worksheet();
    other.write_string(0, 0, "请先填写名单").expect("a cell");
    let sheet = workbook.add_worksheet();
    sheet.set_name("名单").expect("a name");
    for (n, row) in (0..).zip(rows) {
        for (m, text) in (0..).zip(*row) {
            match text.strip_prefix('#').and_then(|it| it.parse::<f64>().ok()) {
                Some(number) => sheet.write_number(n, m, number).expect("a cell"),
                None if text.starts_with('=') => {
                    let formula = Formula::new(*text).set_result("甲公司");
                    sheet.write_formula(n, m, formula).expect("a cell")
                }
                None => sheet.write_string(n, m, *text).expect("a cell"),
            };
        }
    }
    workbook
        .save(place.path().join("list.xlsx"))
        .expect("a workbook");
}

#[test]
fn a_check_says_what_it_would_cost_and_makes_nothing() {
    let place = Place::new();
    fs::write(
        place.path().join("list.csv"),
        "序号,报告类型,公司名称,周期\n1,企业快照,甲,\n2,企业快照,乙,\n3,风险监控报告,,日\n",
    )
    .expect("a list");
    let checked = place.ends("check list.csv --json", 0);
    let lines = checked.data("line");
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2]["product"], "qcc/risk-report");
    let bill = &checked.data("bill")[0];
    assert_eq!(
        (&bill["to_order"], &bill["cost_fen"], &bill["is_assumed"]),
        (&3.into(), &1_200.into(), &true.into())
    );
    let told = place.ends("check list.csv", 0);
    assert!(
        told.stdout.contains(
            "3 reports would be charged: 12.00 yuan (assumed prices, on the high side)\n"
        ),
        "{told:?}"
    );
    assert!(
        told.stderr
            .contains("note: there is no ledger jindiao.db yet"),
        "{told:?}"
    );
    assert!(told.stderr.contains("JINDIAO_QCC_KEY"), "{told:?}");
    assert_eq!(place.names(), ["list.csv"]);
}

#[test]
fn a_check_knows_the_ledger() {
    let faults =
        r#"{"rules":[{"operation":"qcc/GetEciImage","nth":[1],"fault":"drop_after_charge"}]}"#;
    let vendors = Vendors::start(faults);
    let place = Place::new().with(&vendors);
    place.list("product,company\nqcc/snapshot,甲公司\n");
    place.ends("run list.csv --out reports --yes", 3);
    place.list("product,company\nqcc/snapshot,甲公司\nqcc/snapshot,乙公司\n");
    place.ends("run list.csv --out reports --yes", 3);

    let names = "甲公司\n乙公司\n丙公司\n";
    let line = "check - --product qcc/snapshot";
    let checked = piped(&place, &format!("{line} --json"), names);
    let stages: Vec<_> = checked
        .data("line")
        .iter()
        .map(|it| it["stage"].clone())
        .collect();
    assert_eq!(stages, ["stopped", "stored", "to_order"]);
    assert_eq!(checked.data("line")[0]["state"], "uncertain");
    assert_eq!(checked.data("product")[0]["stored"], 1);
    let told = piped(&place, line, names);
    assert_eq!(told.code, Some(0), "{told:?}");
    for expect in [
        "1 report would be charged: 1.00 yuan",
        "a run leaves alone what somebody must see to: 1 uncertain\nline 1: qcc/snapshot 甲公司: uncertain; jindiao show ",
    ] {
        assert!(told.stdout.contains(expect), "{expect}: {told:?}");
    }
    assert_eq!(told.stderr, "");
}

#[test]
fn a_check_tells_everything_that_is_wrong() {
    let place = Place::new();
    workbook(
        &place,
        &[
            &["产品", "公司名称", "信用代码", "背调号"],
            &["企业快照", "", "#9.11101085513850E+17"],
            &["企业快找", "乙"],
            &["背调临时报告", "", "", "#2.0190415152645094E+22"],
            &["企业快照", "=A1&A2"],
        ],
    );
    let ended = place.ends("check list.xlsx", 2);
    for expect in [
        "list.xlsx:名单!C2 (credit_code): `911101085513850000` is a number, of which a spreadsheet keeps 15 digits, the others are lost",
        "list.xlsx:名单!A3 (product): no such product `企业快找`; did you mean 企业快照?",
        "list.xlsx:名单!D4 (record_no): `",
        "error: the list cannot be ordered: 3 problems\n",
    ] {
        assert!(ended.stderr.contains(expect), "{expect}: {ended:?}");
    }
    let problems = place.ends("check list.xlsx --json", 2).data("problem");
    assert_eq!(
        (
            &problems[0]["sheet"],
            &problems[0]["line"],
            &problems[0]["column"]
        ),
        (&"名单".into(), &2.into(), &3.into())
    );
    place.ends("check nothing.xlsx", 2);
}

#[test]
fn a_workbook_of_another_program_is_a_list() {
    let place = Place::new();
    workbook(
        &place,
        &[
            &["报告类型", "公司名称", "组织机构代码", "备注"],
            &["企业快照", " 小米科技有限责任公司 ", "", "急"],
            &[],
            &["patsnap/innovation-report", "", "#551385082"],
            &["企业快照", "=A1&A2"],
        ],
    );
    let checked = place.ends("check list.xlsx --json", 0);
    let subjects: Vec<_> = checked
        .data("line")
        .iter()
        .map(|it| (it["line"].as_u64(), it["subject"].clone()))
        .collect();
    assert_eq!(
        subjects,
        [
            (Some(2), "小米科技有限责任公司".into()),
            (Some(4), "551385082".into()),
            (Some(5), "甲公司".into())
        ]
    );
    assert!(
        checked.stderr.contains(
            "note: list.xlsx: the sheet `名单` was read, and not `Sheet1`; one cell has a formula"
        ),
        "{checked:?}"
    );
    place.ends("check list.xlsx --sheet Sheet1", 2);
}

#[test]
fn names_alone_need_a_product() {
    let place = Place::new();
    let ended = piped(&place, "check -", NAMES);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("--product qcc/snapshot"), "{ended:?}");
    let ended = piped(&place, "check - --product 企业快照 --json", NAMES);
    assert_eq!(ended.data("bill")[0]["to_order"], 2);
    let ended = piped(&place, "check - --product qcc/risk-report", NAMES);
    assert!(
        ended
            .stderr
            .contains("stdin:1:1: the period must be day, week or month"),
        "{ended:?}"
    );
}

#[test]
fn a_template_is_a_list_to_fill_in() {
    let place = Place::new();
    for (flags, variables, begins) in [
        (
            "",
            [("LANG", "en_US.UTF-8"), ("LC_ALL", "")],
            "product,company,",
        ),
        (
            "",
            [("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")],
            "\u{feff}报告类型,公司名称,",
        ),
        (
            "",
            [("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")],
            "product,company,",
        ),
        (
            " --lang zh",
            [("LANG", "C"), ("LC_ALL", "C")],
            "\u{feff}报告类型,公司名称,",
        ),
    ] {
        let output = place
            .command(&format!("template{flags}"))
            .envs(variables)
            .output()
            .expect("a template");
        let template = Ended::of(output).stdout;
        assert!(template.starts_with(begins), "{template}");
        let ended = piped(&place, "check -", &template);
        assert_eq!(ended.code, Some(2), "nothing is filled in: {ended:?}");
        assert!(
            ended
                .stderr
                .contains("stdin:2:2 (company): qcc/snapshot needs"),
            "{ended:?}"
        );

        let mut lines = template.lines();
        let head = lines.next().expect("a header");
        let first = lines.next().expect("a product");
        let filled = format!(
            "{head}\n{}",
            first.replacen(',', ",甲公司,", 1).trim_end_matches(',')
        );
        let ended = piped(&place, "check - --json", &filled);
        assert_eq!(ended.data("bill")[0]["to_order"], 1, "{ended:?}");
    }
}

#[test]
fn a_workbook_and_names_are_ordered() {
    let place = Place::new();
    workbook(
        &place,
        &[
            &["报告类型", "公司名称", "统一社会信用代码"],
            &["企业快照", "小米科技有限责任公司"],
            &["企业创新报告", "", "91110108551385082Q"],
        ],
    );
    let line = "run list.xlsx --simulate --out reports --json";
    let ran = place.ends(line, 0);
    assert_eq!(ran.data("summary")[0]["stored"], 2);
    assert_eq!(ran.data("order")[0]["line"], 2);
    assert_eq!(place.ends(line, 0).data("summary")[0]["charges"], 0);

    let line = "run - --product qcc/snapshot --simulate --out reports --json";
    let ran = piped(&place, line, NAMES);
    let summary = &ran.data("summary")[0];
    // One of them was in the workbook.
    assert_eq!(
        (&summary["stored"], &summary["charges"]),
        (&2.into(), &1.into()),
        "{ran:?}"
    );
    place.ends("run list.xlsx --sheet Sheet1 --simulate --out reports", 2);
}

#[test]
fn a_hidden_row_is_not_ordered() {
    let place = Place::new();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (n, name) in (0..).zip(["公司名称", "甲公司", "乙公司"]) {
        sheet.write_string(n, 0, name).expect("a cell");
    }
    sheet.set_row_hidden(2).expect("a row");
    book.save(place.path().join("list.xlsx"))
        .expect("a workbook");
    let line = "run list.xlsx --product qcc/snapshot --simulate --out reports --json";
    let ended = place.ends(line, 2);
    assert!(
        ended
            .stderr
            .contains("list.xlsx:Sheet1!3: the row is hidden"),
        "{ended:?}"
    );
    assert_eq!(place.names(), ["list.xlsx"]);
    let ran = place.ends(&format!("{line} --hidden skip"), 0);
    assert_eq!(ran.data("summary")[0]["stored"], 1);
    assert!(
        ran.stderr.contains("one hidden row was left out"),
        "{ran:?}"
    );
    let ran = place.ends(&format!("{line} --hidden take"), 0);
    assert_eq!(ran.data("summary")[0]["stored"], 2);
}

#[test]
fn a_list_comes_back_with_what_became_of_it() {
    let faults =
        r#"{"rules":[{"operation":"qcc/GetEciImage","nth":[2],"fault":"drop_after_charge"}]}"#;
    let vendors = Vendors::start(faults);
    let place = Place::new().with(&vendors);
    let list = "\u{feff}序号,报告类型,公司名称,备注\n1,企业快照,甲公司,=急\n2,企业快照,乙公司,\n";
    place.list(list);
    let line = "run list.csv --out reports --yes --json --export results.csv";
    let variables = [
        ("JINDIAO_QCC_CONCURRENCY", "1"),
        ("JINDIAO_QCC_PRICE_SNAPSHOT", "0.50"),
    ];
    let run = || {
        let output = place.command(line).envs(variables).output();
        Ended::of(output.expect("the program runs"))
    };
    let ran = run();
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(ran.data("export")[0]["lines"], 2);
    let results = fs::read_to_string(place.path().join("results.csv")).expect("a file");
    let rows: Vec<Vec<&str>> = results.lines().map(|it| it.split(',').collect()).collect();
    assert_eq!(
        rows[0].join(","),
        "\u{feff}序号,报告类型,公司名称,备注,状态,文件,订单,供应商单号,费用（元）,原因"
    );
    let mut states = Vec::new();
    for (n, row) in rows.iter().enumerate().skip(1) {
        let name = ["甲公司", "乙公司"][n - 1];
        assert_eq!(row[..3], [n.to_string().as_str(), "企业快照", name]);
        if row[4] == "已保存" {
            let file = row[5];
            assert!(file.starts_with(&format!("qcc/snapshot/{name}-")), "{file}");
            assert!(place.path().join("reports").join(file).is_file());
        } else {
            assert!(row[9].starts_with("可能已计费"), "{row:?}");
        }
        states.push((row[4], row[8]));
    }
    states.sort_unstable();
    assert_eq!(states, [("存疑", "0.00"), ("已保存", "0.50")]);
    assert_eq!(rows[1][3], "'=急");

    // Nothing changed, and nobody wrote into it: it stays. What somebody wrote into is kept.
    assert_eq!(run().data("export")[0]["kept"], serde_json::Value::Null);
    fs::write(place.path().join("results.csv"), "mine").expect("a file");
    assert_eq!(run().data("export")[0]["kept"], "results.csv.bak");
    let kept = fs::read_to_string(place.path().join("results.csv.bak")).expect("a file");
    assert_eq!(kept, "mine");
    // What was exported is a list.
    let checked = place.ends("check results.csv --json", 0);
    assert_eq!(checked.data("bill")[0]["stored"], 1);
    assert_eq!(vendors.charges().values().sum::<u64>(), 2);
}

#[test]
fn an_export_to_a_workbook() {
    let place = Place::new();
    let line = "run - --product qcc/snapshot --simulate --out reports --export results.xlsx";
    let ran = piped(&place, line, NAMES);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("results.xlsx: 2 lines"), "{ran:?}");
    let checked = place.ends("check results.xlsx --product qcc/snapshot --json", 0);
    assert_eq!(checked.data("line")[1]["subject"], "华为技术有限公司");
    for (wrong, why) in [
        ("results.txt", ".xlsx or .csv"),
        ("nowhere/results.csv", "its folder is not there"),
        ("reports.csv --dry-run", "cannot be used with"),
    ] {
        let line = format!("run - --product qcc/snapshot --simulate --out other --export {wrong}");
        let ended = piped(&place, &line, "丙公司\n");
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
    }
    assert!(!place.path().join("other").exists());
}
