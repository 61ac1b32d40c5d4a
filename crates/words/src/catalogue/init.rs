//! What `jindiao init` asks and says.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "there is no terminal to ask the questions on, so nothing was written",
        "没有可供提问的终端，因此没有写入任何内容",
    ),
    (
        "--from-env writes what the variables say: JINDIAO_QCC_KEY and JINDIAO_QCC_SECRET, JINDIAO_PATSNAP_CLIENT_ID and JINDIAO_PATSNAP_CLIENT_SECRET or JINDIAO_PATSNAP_API_KEY, JINDIAO_YIBEIDIAO_KEY and JINDIAO_YIBEIDIAO_TOKEN; the program also reads them without a file",
        "--from-env 写入变量中的值：JINDIAO_QCC_KEY 和 JINDIAO_QCC_SECRET，JINDIAO_PATSNAP_CLIENT_ID 和 JINDIAO_PATSNAP_CLIENT_SECRET 或 JINDIAO_PATSNAP_API_KEY，JINDIAO_YIBEIDIAO_KEY 和 JINDIAO_YIBEIDIAO_TOKEN；没有文件时程序也会读取它们",
    ),
    (
        "no variable JINDIAO_… has a setting, so nothing was written",
        "没有 JINDIAO_… 变量设置了值，因此没有写入任何内容",
    ),
    (
        "docs/configuration.md lists the variables",
        "docs/configuration.md 列出了这些变量",
    ),
    (
        "note: its owner alone can read it",
        "注意：只有文件所有者可以读取",
    ),
    (
        "note: it is in a folder that git looks after: keep it out of there, e.g. with a line `jindiao.toml` in .gitignore",
        "注意：它位于 git 管理的文件夹中：请勿提交，例如在 .gitignore 中加一行 `jindiao.toml`",
    ),
    ("next: jindiao doctor", "下一步：jindiao doctor"),
    (
        "the user's configuration folder is not known",
        "找不到用户的配置文件夹",
    ),
    (
        "name the file with --config FILE",
        "请用 --config FILE 指定文件",
    ),
    (
        "what was said is no configuration, so nothing was written",
        "所给内容不是有效配置，因此没有写入任何内容",
    ),
    (
        "Which vendors do you have an account with? What you type of keys is not shown.",
        "您有哪些供应商的账户？输入的密钥不会显示。",
    ),
    ("QCC (企查查)? [y/N] ", "企查查？[y/N] "),
    ("PatSnap (智慧芽)? [y/N] ", "智慧芽？[y/N] "),
    ("Yibeidiao (易背调)? [y/N] ", "易背调？[y/N] "),
    (
        "  Region, cn (zhihuiya.com) or intl (patsnap.com)? [cn] ",
        "  区域：cn (zhihuiya.com) 还是 intl (patsnap.com)？[cn] ",
    ),
    (
        "  A client id with a secret, or a static key (sk-…)? id or key? [id] ",
        "  client id 加 secret，还是静态密钥 (sk-…)？id 还是 key？[id] ",
    ),
    ("  key: ", "  key："),
    ("  client id: ", "  client id："),
    ("  company key: ", "  公司 key："),
    (
        "  the program with its arguments, e.g. pass show qcc: ",
        "  程序及其参数，例如 pass show qcc：",
    ),
    ("  one of the two is needed", "  两者须有其一"),
    ("{path} is left as it is", "{path} 保持不变"),
    (
        "{path} is there, and nobody can be asked",
        "{path} 已存在，但无人可确认",
    ),
    (
        "{path} is there. Replace it? What it says is lost. [y/N] ",
        "{path} 已存在。要替换吗？原有内容将丢失。[y/N] ",
    ),
    ("stopped: nothing was written", "已停止：没有写入任何内容"),
    (
        "the answers ended before the questions: nothing was written",
        "回答未完就结束了：没有写入任何内容",
    ),
    (
        "the terminal cannot be read: nothing was written",
        "无法读取终端：没有写入任何内容",
    ),
    ("  {one} or {other}, please", "  请回答 {one} 或 {other}"),
    ("  {error}; once more, please", "  {error}；请重新输入"),
    (
        "  {name} (or nothing, if a program prints it): ",
        "  {name}（由程序输出时留空）：",
    ),
];
