//! The language of the program: chosen by a flag or the environment, spoken everywhere, and never in
//! what programs read.

use crate::support::{Ended, Place};

const LIST: &str =
    "product,company\nqcc/snapshot,小米科技有限责任公司\nqcc/snapshot,华为技术有限公司\n";

fn chinese(place: &Place, line: &str, code: i32) -> Ended {
    let output = place
        .command(line)
        .env("LANG", "zh_CN.UTF-8")
        .output()
        .expect("the program runs");
    let ended = Ended::of(output);
    assert_eq!(ended.code, Some(code), "{line}: {ended:?}");
    ended
}

/// Whether two words of small letters stand beside each other, as in English sentences. What stands
/// behind a command's name, a flag or in quotes is no sentence.
fn has_english(line: &str) -> bool {
    let quoted: String = line.split('`').step_by(2).collect();
    let is_word = |it: &str| it.len() > 1 && it.bytes().all(|b| b.is_ascii_lowercase());
    let words: Vec<_> = quoted.split([' ', '，', '：', '（', '）']).collect();
    let is_command = line.contains("jindiao ");
    !is_command && words.windows(2).any(|two| two.iter().all(|it| is_word(it)))
}

#[test]
fn the_help_is_in_the_language_that_is_asked_for() {
    let place = Place::new();
    for line in ["--help --lang zh", "--lang=zh --help"] {
        let help = place.ends(line, 0).stdout;
        for words in [
            "用法：jindiao [选项] <命令>",
            "命令：",
            "选项：",
            "按名单逐行下单",
            "退出码：",
        ] {
            assert!(help.contains(words), "{words}: {help}");
        }
    }
    let help = chinese(&place, "run --help", 0).stdout;
    assert!(
        help.contains("--out <DIR>\n          报告存放的文件夹"),
        "{help}"
    );
    for line in help.lines() {
        assert!(!has_english(line), "{line}");
    }
    let help = chinese(&place, "run --help --lang en", 0).stdout;
    assert!(help.contains("Where the reports go"), "{help}");
}

#[test]
fn what_is_wrong_is_said_in_the_language() {
    let place = Place::new();
    let ended = place.ends("run --lang zh", 2);
    assert!(
        ended.stderr.starts_with("错误：缺少必需的参数："),
        "{ended:?}"
    );
    let ended = chinese(&place, "run a.csv --out d --export results.txt", 2);
    assert_eq!(
        ended.stderr,
        "错误：未下任何订单：--export results.txt：文件名须以 .xlsx 或 .csv 结尾\n"
    );
    let ended = chinese(&place, "run nothing.csv --out d --lang en", 2);
    assert!(ended.stderr.starts_with("error: "), "{ended:?}");
}

#[test]
fn a_language_that_nobody_speaks_is_a_usage_error() {
    let place = Place::new();
    let ended = place.ends("status --lang de", 2);
    assert!(
        ended.stderr.contains("[possible values: zh, en]"),
        "{ended:?}"
    );
    let with = |variables: [(&str, &str); 2], line: &str| {
        let mut command = place.command(line);
        Ended::of(command.envs(variables).output().expect("it runs"))
    };
    let ended = with([("JINDIAO_LANG", "de"), ("LANG", "")], "template");
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.stderr, "error: JINDIAO_LANG: write zh or en\n");
    let ended = with([("JINDIAO_LANG", "en"), ("LANG", "zh_CN")], "template");
    assert!(ended.stdout.starts_with("product,"), "{ended:?}");
    let ended = with([("JINDIAO_LANG", "de"), ("LANG", "")], "template --lang zh");
    assert!(ended.stdout.contains("报告类型"), "{ended:?}");
}

#[test]
fn a_run_in_chinese_has_no_english_sentence() {
    let place = Place::new();
    place.list(LIST);
    let ended = chinese(&place, "run list.csv --out reports --simulate", 0);
    let mut lines = ended.stdout.lines();
    let head: Vec<_> = lines
        .next()
        .expect("a heading")
        .split_whitespace()
        .collect();
    assert_eq!(
        head,
        ["产品", "报告数", "已保存", "未保存", "累计计费（元）"]
    );
    let last = ended.stdout.lines().last().expect("an end");
    assert!(
        last.starts_with("2 份报告中 2 份已保存在 reports；本次计费 2 次，共 "),
        "{last}"
    );
    assert!(
        last.ends_with("（按假定价格）；模拟运行，无实际费用"),
        "{last}"
    );
    for line in ended.stdout.lines().chain(ended.stderr.lines()) {
        assert!(!has_english(line), "{line}");
    }
    let ended = chinese(&place, "run list.csv --out reports --simulate", 0);
    assert_eq!(
        ended.stdout.lines().last(),
        Some("无需下单：2 份报告中 2 份已保存在 reports")
    );
}

#[test]
fn what_programs_read_is_english_in_every_language() {
    let place = Place::new();
    place.list(LIST);
    let run = "run list.csv --out reports --simulate --json --max-cost 0";
    let ended = chinese(&place, run, 1);
    let record = ended.data("order")[0].clone();
    assert_eq!(record["state"], "planned", "{record}");
    let reason = record["reason"].as_str().expect("a reason");
    assert!(
        reason.starts_with("the budget does not have the "),
        "{reason}"
    );
    let shown = chinese(
        &place,
        "run list.csv --out reports --simulate --max-cost 0",
        1,
    );
    assert!(
        shown.stderr.contains("待下单：剩余预算不足以支付它的"),
        "{shown:?}"
    );
}
