//! `jindiao code`: what a vendor's status code means.

use jindiao_codes::{Advice, Class, Code, Counted, Info, Scope, Vendor};
use jindiao_protocol::Exchange as _;
use jindiao_protocol_qcc::{CreateReport, GetEciImage, GetReportInfo};
use jindiao_words::Message;
use serde::Serialize;

use crate::cli::CodeArgs;
use crate::error::Kind;
use crate::output::Output;

/// Operations at which a code can mean something else than in general.
const ENDPOINTS: &[&str] = &[GetEciImage::NAME, CreateReport::NAME, GetReportInfo::NAME];

pub(crate) fn run(args: &CodeArgs, out: &mut Output) -> Vec<Kind> {
    let code = Code::parse(args.vendor, &args.code);
    if out.is_json() {
        out.record("code", &Record::of(&code));
    } else {
        // Whoever looks a code up wants it in both languages.
        for line in text(&code) {
            out.line(Message::verbatim(line));
        }
    }
    Vec::new()
}

/// The machine's view: these ten keys, always.
#[derive(Serialize)]
struct Record<'a> {
    vendor: &'static str,
    code: &'a str,
    known: bool,
    name: Option<&'static str>,
    class: Option<&'static str>,
    scope: &'static str,
    advice: String,
    counted: &'static str,
    en: Option<&'static str>,
    zh: Option<&'static str>,
}

impl<'a> Record<'a> {
    fn of(code: &'a Code) -> Self {
        let info = code.info();
        Self {
            vendor: code.vendor().id(),
            code: code.as_str(),
            known: info.is_some(),
            name: info.map(|info| info.name),
            class: info.and_then(|info| info.class).map(Class::as_str),
            scope: info.map_or(Scope::Request, |info| info.scope).as_str(),
            advice: info
                .map_or(Advice::GiveUp, |info| info.advice)
                .text()
                .into_owned(),
            counted: info.map_or(Counted::Unknown, |info| info.counted).as_str(),
            en: info.map(|info| info.en),
            zh: info.map(|info| info.zh),
        }
    }
}

/// The reader's view.
fn text(code: &Code) -> Vec<String> {
    let vendor = code.vendor();
    let Some(info) = code.info() else {
        return unknown(vendor, code.as_str());
    };
    let mut lines = vec![format!(
        "{vendor} ({}) {}: {}",
        vendor.zh(),
        info.code,
        info.name
    )];
    meaning(info, &mut lines);

    // What an operation answers with the same code, each meaning once.
    let mut others: Vec<(&Info, Vec<&str>)> = Vec::new();
    for endpoint in ENDPOINTS {
        if let Some(other) = code.info_at(endpoint).filter(|other| *other != info) {
            // Two rows of the table may differ in nothing but the endpoint.
            match others
                .iter_mut()
                .find(|(it, _)| (it.en, it.todo_en) == (other.en, other.todo_en))
            {
                Some((_, endpoints)) => endpoints.push(endpoint),
                None => others.push((other, vec![endpoint])),
            }
        }
    }
    for (other, endpoints) in others {
        lines.push(String::new());
        lines.push(format!(
            "At {} it means something else: {}",
            endpoints.join(" and "),
            other.name
        ));
        meaning(other, &mut lines);
    }
    lines
}

fn meaning(info: &Info, lines: &mut Vec<String>) {
    let mut add = |title: &str, text: String| {
        lines.push(String::new());
        lines.push(title.to_owned());
        lines.push(format!("  {text}"));
    };
    add("What happened", info.en.to_owned());
    let of_class = info.class.map_or(String::new(), |it| format!("; {it}"));
    add(
        "Does the vendor count the call?",
        format!("{}{of_class}", info.counted),
    );
    add(
        "What Jindiao does",
        format!("{}; it concerns {}", info.advice, info.scope),
    );
    add("What you can do", info.todo_en.to_owned());
    add("发生了什么", info.zh.to_owned());
    let of_class = info
        .class
        .map_or(String::new(), |it| format!("；{}", it.zh()));
    add("供应商是否计次", format!("{}{of_class}", info.counted.zh()));
    add(
        "Jindiao 会怎么做",
        format!("{}；影响范围：{}", info.advice.zh(), info.scope.zh()),
    );
    add("您可以做什么", info.todo_zh.to_owned());
    if !info.texts.is_empty() {
        lines.push(String::new());
        lines.push("What documents print · 各文档原文".to_owned());
        lines.extend(
            info.texts
                .iter()
                .map(|it| format!("  “{}” ({})", it.text, it.documents.join(", "))),
        );
    }
    if !info.conflicts.is_empty() {
        lines.push(String::new());
        lines.push("Documents contradict each other · 文档之间的矛盾".to_owned());
        lines.extend(
            info.conflicts
                .iter()
                .flat_map(|it| [format!("  {}", it.en), format!("  {}", it.zh)]),
        );
    }
}

fn unknown(vendor: Vendor, code: &str) -> Vec<String> {
    vec![
        format!("{vendor} ({}) {code}: in no document that Jindiao knows", vendor.zh()),
        String::new(),
        "What Jindiao does".to_owned(),
        "  gives this request up; where the call charges, the order becomes uncertain and is never sent again by itself".to_owned(),
        "What you can do".to_owned(),
        "  ask the vendor what the code means and whether the call was counted".to_owned(),
        String::new(),
        "Jindiao 会怎么做".to_owned(),
        "  放弃本次请求；若该调用可能计费，订单转为“存疑”，绝不自动重发".to_owned(),
        "您可以做什么".to_owned(),
        "  向供应商询问该代码的含义，以及该次调用是否计次".to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::testing::output;

    fn shown(vendor: Vendor, code: &str, json: bool) -> String {
        let (mut out, written) = output(json);
        run(
            &CodeArgs {
                vendor,
                code: code.to_owned(),
            },
            &mut out,
        );
        written.text()
    }

    #[test]
    fn the_record_has_ten_keys() {
        for code in ["200", "no such code"] {
            let line = shown(Vendor::Qcc, code, true);
            let value: serde_json::Value =
                serde_json::from_str(line.trim_end()).expect("one line of JSON");
            assert_eq!(value["type"], "code");
            let keys: Vec<_> = value["data"]
                .as_object()
                .expect("an object")
                .keys()
                .cloned()
                .collect();
            let mut expect = [
                "vendor", "code", "known", "name", "class", "scope", "advice", "counted", "en",
                "zh",
            ];
            expect.sort_unstable();
            assert_eq!(keys, expect);
        }
    }

    #[test]
    fn an_unknown_code_is_no_error() {
        assert_eq!(
            shown(Vendor::Patsnap, "no such code", true),
            "{\"type\":\"code\",\"data\":{\"vendor\":\"patsnap\",\"code\":\"no such code\",\"known\":false,\"name\":null,\
             \"class\":null,\"scope\":\"request\",\"advice\":\"give_up\",\"counted\":\"unknown\",\"en\":null,\"zh\":null}}\n"
        );
        assert!(shown(Vendor::Patsnap, "no such code", false).contains("in no document"));
    }

    #[test]
    fn people_read_both_languages() {
        let text = shown(Vendor::Qcc, "200", false);
        for expect in [
            "qcc (企查查) 200",
            "What happened",
            "发生了什么",
            "Does the vendor count",
            "供应商是否计次",
            "What Jindiao does",
            "What you can do",
        ] {
            assert!(text.contains(expect), "{expect} in {text}");
        }
    }
}
