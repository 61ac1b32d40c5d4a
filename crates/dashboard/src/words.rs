//! Every word of the page, in English and in Chinese.

use jindiao_order::{Product, StateName};
use jindiao_protocol::Vendor;
use jindiao_words::Lang;

/// The words of the house in a language.
pub(crate) trait Words: Sized {
    /// The first of ours in an `Accept-Language`: browsers put what the user likes best first.
    fn accepted(header: &str) -> Option<Self>;
    fn vendor(self, vendor: Vendor) -> &'static str;
    fn product(self, product: Product) -> &'static str;
    fn state(self, state: StateName) -> &'static str;
}

impl Words for Lang {
    fn accepted(header: &str) -> Option<Self> {
        header.split(',').find_map(Self::of)
    }

    fn vendor(self, vendor: Vendor) -> &'static str {
        match (self, vendor) {
            (Self::Zh, vendor) => vendor.zh(),
            (Self::En, Vendor::Qcc) => "QCC",
            (Self::En, Vendor::Patsnap) => "PatSnap",
            (Self::En, Vendor::Yibeidiao) => "Yibeidiao",
            (Self::En, Vendor::Other(vendor)) => vendor.id(),
        }
    }

    fn product(self, product: Product) -> &'static str {
        match product {
            Product::QccSnapshot => of_two(self, "Business snapshot", "工商快照"),
            Product::QccRiskReport => of_two(self, "Risk report", "风险监控报告"),
            Product::PatsnapInnovationReport => of_two(self, "Innovation report", "创新报告"),
            Product::PatsnapPatentValueReport => {
                of_two(self, "Patent value report", "专利价值报告")
            }
            Product::YibeidiaoInterimReport => of_two(self, "Interim report", "背调临时报告"),
            // A product that is newer than this table has its name at least.
            other => other.short_name(),
        }
    }

    fn state(self, state: StateName) -> &'static str {
        match state {
            StateName::Planned => of_two(self, "planned", "待下单"),
            StateName::Ordering => of_two(self, "ordering", "下单中"),
            StateName::Ordered => of_two(self, "ordered", "已下单"),
            StateName::Waiting => of_two(self, "waiting", "等待报告"),
            StateName::Ready => of_two(self, "ready", "可下载"),
            StateName::Stored => of_two(self, "stored", "已保存"),
            StateName::Uncertain => of_two(self, "uncertain", "存疑"),
            StateName::Refused => of_two(self, "refused", "被拒绝"),
            StateName::Failed => of_two(self, "failed", "失败"),
            StateName::Held => of_two(self, "held", "暂停"),
        }
    }
}

fn of_two(lang: Lang, en: &'static str, zh: &'static str) -> &'static str {
    match lang {
        Lang::En => en,
        Lang::Zh => zh,
    }
}

macro_rules! words {
    ($($word:ident: $en:literal, $zh:literal;)*) => {
        /// A word, or a sentence.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Word {
            $($word,)*
        }

        impl Word {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$word,)*];

            /// The word in a language.
            pub(crate) fn in_lang(self, lang: Lang) -> &'static str {
                match self {
                    $(Self::$word => of_two(lang, $en, $zh),)*
                }
            }
        }
    };
}

words! {
    Title: "Jindiao", "尽调";
    Real: "real orders", "真实订单";
    Simulated: "simulated", "模拟";
    Ledger: "Ledger", "账本";
    AsOf: "as of", "截至";
    ChinaTime: "Times are China time (UTC+8).", "时间均为北京时间（UTC+8）。";
    SkipToContent: "Skip to the content", "跳到正文";
    OtherLanguage: "中文", "English";
    Connecting: "Connecting …", "正在连接……";
    Live: "live", "实时";
    Quiet: "nothing new for a while", "一段时间没有新动静";
    Lost: "The dashboard does not answer. Is `jindiao dashboard` still running? Trying again …", "看板没有应答。`jindiao dashboard` 还在运行吗？正在重试……";
    WrongToken: "This address needs the token that `jindiao dashboard` printed when it started. Open the whole address that stands there, with the part after #.", "打开此页需要 `jindiao dashboard` 启动时显示的令牌。请打开终端里显示的完整地址，包括 # 之后的部分。";
    Broken: "The ledger cannot be read.", "账本无法读取。";
    NoScript: "This page needs a script of its own to follow the ledger. `jindiao report --html FILE` writes the same page as a file that needs none.", "此页需要脚本才能实时显示账本。`jindiao report --html FILE` 可把同一页面写成无需脚本的文件。";
    Unread: "exchanges of the ledger are still being read; the figures are not whole yet", "条往来记录尚在读取，数字暂不完整";
    Empty: "Nothing is ordered yet. This page follows the ledger: start `jindiao run` and look again.", "还没有订单。此页随账本更新：运行 `jindiao run` 后再看。";

    Summary: "At a glance", "概览";
    Wanted: "reports wanted", "需要的报告";
    Stored: "stored", "已保存";
    UnderWay: "under way", "进行中";
    NoReport: "without a report", "没有报告";
    Charged: "charged", "已计费";
    MaybeCharged: "may have been charged", "可能已计费";
    NotSure: "not sure", "不确定";
    NeedDecision: "need your decision", "需要您决定";
    NoneUncertain: "none is uncertain", "没有存疑的订单";

    Uncertain: "Uncertain orders", "存疑订单";
    UncertainLead: "Money may have been spent, and only a person can say how to go on. Nothing here is ordered again by itself, unless it says so.", "可能已经产生费用，只有人能决定下一步。除非注明，这里的订单不会自动重新下单。";
    Order: "Order", "订单";
    Since: "since", "自";
    Sent: "What was sent", "发出了什么";
    NotInBooks: "the call is not in the books", "调用不在账本中";
    AnsweredCode: "answered with code", "应答码";
    AnsweredHttp: "answered with HTTP", "应答 HTTP";
    NeverSent: "never sent", "未发出";
    MaybeSent: "it may have arrived, no answer was read", "可能已送达，未读到应答";
    Why: "What happened", "发生了什么";
    AtStake: "At stake", "涉及金额";
    Question: "Question", "问题";
    WasItPlaced: "Does the vendor have this order? Look into your account there, then say what you found.", "供应商是否有此订单？请先查看您在供应商处的账户，再作决定。";
    LookFirst: "Look first", "先查看";
    LookRisk: "The web console of your account; or QCC's interface radar/listLatestOrderNo, said to list the last ten orders. Jindiao does not call it.", "您账户的网页控制台；或企查查接口 radar/listLatestOrderNo（据说列出最近十个订单），尽调不会调用它。";
    LookSnapshot: "The web console of your account, for the number of calls: a snapshot has no order number.", "您账户的网页控制台里的调用次数：快照没有订单号。";
    LookPatsnap: "The web console of your account; or PatSnap's statement of account V2 (open-user/statement/v2), collected daily from 8 o'clock. Jindiao does not call it.", "您账户的网页控制台；或智慧芽对账单 V2（open-user/statement/v2，每日 8 点起汇总），尽调不会调用它。";
    LookConsole: "The web console of your account.", "您账户的网页控制台。";
    ByItself: "By itself", "自动处理";
    AgainAfter: "as on_uncertain of your configuration says, a run orders it again after", "按配置中的 on_uncertain，运行任务会在此时间后重新下单：";
    OrderAgain: "It was charged and its link is dead. Is it worth a second charge?", "该订单已计费而链接已失效。是否值得再付一次费？";
    Reference: "The vendor's reference", "供应商的订单号";
    ReferenceLink: "The link to the file", "文件链接";
    Placed: "The vendor has it", "供应商有此订单";
    NotPlaced: "Not there: order it again", "供应商没有：重新下单";
    PayAgain: "Order it again", "重新下单";
    Abandon: "Give it up", "放弃";
    PlacedMeans: "The next run fetches the report of this reference. Nothing more is charged.", "下次运行将按此订单号取回报告，不再计费。";
    NotPlacedMeans: "The next run orders it again, which is charged. If the vendor has it after all, you pay twice.", "下次运行将重新下单并计费。如果供应商其实已有此订单，您将支付两次。";
    PayAgainMeans: "The next run orders it again: a second charge.", "下次运行将重新下单：第二次计费。";
    AbandonMeans: "No report will come of this order, and what was charged stays charged.", "此订单不再产生报告，已计的费用不会退回。";
    Yes: "Yes, do that", "确定";
    No: "Go back", "返回";
    Busy: "A run is using the ledger, and one process at a time writes it. Nothing was changed. Decide when the run has ended, or end it with Ctrl-C (nothing is lost: the same command goes on from there) and press again.", "正在运行的任务占用账本，同一时间只有一个进程可写。没有任何更改。请等任务结束后再决定；或按 Ctrl-C 结束它（不会丢失任何东西，再次运行同一命令即可继续）后重试。";
    InUseBy: "In use by", "占用者：";
    Settled: "Decided. The next run goes on with it.", "已决定。下次运行将继续处理。";
    NotSettled: "Nothing was changed:", "没有任何更改：";
    WithCommand: "with a command", "用命令处理";
    More: "more", "条未列出";
    Earlier: "Earlier", "上一页";
    Later: "Later", "下一页";
    NoUncertain: "No order is uncertain.", "没有存疑订单。";

    Progress: "Progress", "进度";
    Product: "Product", "产品";

    Money: "Charged over time", "计费（按时间）";
    Calls: "Calls over time", "调用（按时间）";
    CallsNote: "Calls that the vendor counts, or probably does, by the table of its codes.", "按状态码表，供应商计次或很可能计次的调用。";
    PerMinute: "by minute", "每分钟";
    PerHour: "by hour", "每小时";
    PerDay: "by day", "每天";
    Yuan: "yuan", "元";
    Numbers: "The same as a table", "以表格显示";
    Time: "Time", "时间";
    Counted: "counted", "计次";
    CallsMade: "calls", "调用";
    NoCalls: "Nothing was exchanged with a vendor yet.", "尚未与供应商往来。";

    Waiting: "Waiting times", "等待时间";
    WaitingNote: "Of the newest reports. Half came within the first time, nine of ten within the second.", "最近保存的报告。一半在第一个时间内完成，九成在第二个时间内完成。";
    ToOrder: "Planned to ordered", "计划到下单";
    ToStore: "Ordered to stored", "下单到保存";
    Half: "half", "一半";
    NineOfTen: "nine of ten", "九成";
    Longest: "longest", "最长";
    Reports: "Reports", "报告";
    NoWaits: "No report is stored yet.", "尚无已保存的报告。";

    Failures: "Failures by code", "失败（按状态码）";
    LastTime: "last", "最近";
    UnknownCode: "This code is in no document.", "没有文档列出此状态码。";
    NoAnswer: "no answer", "无应答";
    NoAnswerMeans: "The call may have arrived and no answer was read. A call that can cost money is not sent again by itself.", "调用可能已送达，但未读到应答。可能产生费用的调用不会自动重发。";
    NotSentMeans: "The call never left this machine: the network, the proxy or the name was not there. It cost nothing.", "调用未离开本机：网络、代理或域名不可用。没有费用。";
    HttpMeans: "An answer without a code: most likely from something between here and the vendor.", "没有状态码的应答：多半来自中间的网关或代理。";
    NoFailures: "No call has failed.", "没有失败的调用。";
    EndedTitle: "Orders that ended without a report", "没有得到报告的订单";
    NoEnded: "None.", "无。";

    Accounts: "Accounts", "账户";
    Healthy: "well", "正常";
    NotUsed: "not used yet", "尚未使用";
    Trouble: "needs attention", "需要处理";
    Failing: "the last call failed", "最近一次调用失败";
    Pace: "Pace", "速率";
    PaceLimit: "a second at most", "次/秒（上限）";
    LastMinute: "in the last minute", "次（最近一分钟）";
    Today: "Today", "今日";
    OfLimit: "of", "/";
    NoLimit: "no limit configured", "未设上限";
    HeldOrders: "orders wait for it", "个订单在等待";
    LastSuccess: "last success", "最近成功";
    ConfigNote: "Pace and limit are those of this configuration.", "速率与上限取自当前配置。";

    Links: "Links by time left", "链接剩余时间";
    LinksNote: "Reports that are ready and not downloaded yet. A run downloads them, the most urgent first.", "已就绪、尚未下载的报告。运行任务时会先下载最紧急的。";
    TimeLeft: "Time left", "剩余时间";
    Expired: "dead: it is asked for again", "已失效：将重新获取";
    ExpiredPaid: "dead: asking again is a second charge", "已失效：重新获取将再次计费";
    UnknownEnd: "not known", "未知";
    NoLinks: "No link waits: what was ready is downloaded.", "没有待下载的链接：就绪的都已下载。";
    Subject: "Subject", "对象";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_chinese(text: &str) -> bool {
        text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    }

    #[test]
    fn no_word_is_missing_in_a_language() {
        for word in Word::ALL {
            let (en, zh) = (word.in_lang(Lang::En), word.in_lang(Lang::Zh));
            assert!(!en.trim().is_empty() && !zh.trim().is_empty(), "{word:?}");
            if !matches!(word, Word::OtherLanguage) {
                assert!(!has_chinese(en), "{word:?}: {en}");
                assert!(has_chinese(zh) || zh == "/", "{word:?}: {zh}");
            }
        }
    }

    #[test]
    fn every_state_product_and_vendor_has_its_words() {
        for state in StateName::ALL {
            assert_eq!(Lang::En.state(*state), state.as_str());
            assert!(has_chinese(Lang::Zh.state(*state)), "{state}");
        }
        for product in Product::ALL {
            assert_ne!(Lang::En.product(*product), product.short_name());
            assert!(has_chinese(Lang::Zh.product(*product)), "{product}");
        }
        for vendor in Vendor::ALL {
            assert!(!has_chinese(Lang::En.vendor(vendor)));
            assert!(has_chinese(Lang::Zh.vendor(vendor)));
        }
    }

    #[test]
    fn the_language_that_is_asked_for() {
        let check = |text: &str, expect| assert_eq!(Lang::accepted(text), expect, "{text}");
        check("zh-CN,zh;q=0.9,en;q=0.8", Some(Lang::Zh));
        check("de-DE,en;q=0.8,zh;q=0.5", Some(Lang::En));
        check("fr", None);
        check("", None);
        assert_eq!(Lang::of("zh_CN.UTF-8"), Some(Lang::Zh));
    }
}
