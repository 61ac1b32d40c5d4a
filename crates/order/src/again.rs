//! What an order keeps in English, said again in each language.

use jindiao_codes::{Code, Info, patsnap, qcc, yibeidiao};
use jindiao_words::{Message, again_with};

/// A kept text, said again: reasons, notes, what vendors refused with. What a code means is said as its
/// table has it; the words of vendors stay as they are.
#[must_use]
pub fn again(text: &str) -> Message {
    again_with(text, &meaning)
}

/// What a code of the tables means, if that is the text.
fn meaning(text: &str) -> Option<Message> {
    // Codes that mean something else at one of these.
    const ENDPOINTS: [&str; 2] = ["radar_ext/createReport", "radar_ext/getReportInfo"];
    let known = |code: &Code| -> Vec<&'static Info> {
        let at = ENDPOINTS.iter().filter_map(|it| code.info_at(it));
        code.info().into_iter().chain(at).collect()
    };
    let codes = (qcc::Known::ALL.iter().map(|it| Code::Qcc((*it).into())))
        .chain(
            patsnap::Known::ALL
                .iter()
                .map(|it| Code::Patsnap((*it).into())),
        )
        .chain(
            yibeidiao::Known::ALL
                .iter()
                .map(|it| Code::Yibeidiao((*it).into())),
        );
    let mut infos = codes.flat_map(|code| known(&code));
    let info = infos.find(|info| info.en == text)?;
    Some(Message::of_two(info.en, info.zh))
}

#[cfg(test)]
mod tests {
    use jindiao_codes::Vendor;
    use jindiao_words::Lang;

    use super::*;

    #[test]
    fn a_refusal_is_said_again_with_what_its_code_means() {
        let info = Code::parse(Vendor::Qcc, "103")
            .info_at("radar_ext/createReport")
            .expect("a known code");
        let kept = format!(
            "not ordered, since the account needs attention: qcc radar_ext/createReport: code 103 “余额不足” — {}; ask them",
            info.en
        );
        let message = again(&kept);
        assert_eq!(message.to_string(), kept);
        assert_eq!(
            message.in_lang(Lang::Zh),
            format!(
                "未下单，账户需要处理：qcc radar_ext/createReport：状态码 103 “余额不足”：{}；ask them",
                info.zh
            )
        );
    }
}
