//! What is wrong with a configuration.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("the configuration is wrong", "配置有误"),
    (
        "cannot read the configuration {path}",
        "无法读取配置 {path}",
    ),
    (
        "the ca_file {path} cannot be used",
        "ca_file {path} 无法使用",
    ),
    (
        "the configuration {path} belongs to another user: it could send your credentials elsewhere",
        "配置 {path} 属于另一个用户：它可能把您的密钥发往别处",
    ),
    (
        "read it; `--config {path}` uses it all the same",
        "请先查看它；`--config {path}` 可仍然使用",
    ),
    ("the list must hold texts only", "列表中只能是文本"),
    ("write the number with decimal digits", "请用十进制数字书写"),
    (
        "the value must be a text, a number, true or false, not a datetime",
        "值必须是文本、数字、true 或 false，不能是日期时间",
    ),
    (
        "the value must be a text, a number, true or false, not a table",
        "值必须是文本、数字、true 或 false，不能是表",
    ),
    (
        "the value must be a text, a number, true or false, not a list",
        "值必须是文本、数字、true 或 false，不能是列表",
    ),
    ("there is no such key", "没有这个键"),
    (
        "there is no such key; did you mean `{near}`?",
        "没有这个键；是不是 `{near}`？",
    ),
    (
        "write the program and each of its arguments as a list: [\"…\", \"…\"]; no shell is used",
        "请把程序及其每个参数写成列表：[\"…\", \"…\"]；不经过 shell",
    ),
    (
        "the variable {name} is not read: `{key}` stands in the configuration's file",
        "不读取变量 {name}：`{key}` 只写在配置文件中",
    ),
    (
        "the variable {name} is no setting of Jindiao",
        "变量 {name} 不是 Jindiao 的配置项",
    ),
    (
        "the variable {name} is no setting of Jindiao; did you mean {near}?",
        "变量 {name} 不是 Jindiao 的配置项；是不是 {near}？",
    ),
    (
        "begin with a name that is looked for in PATH, or with the whole path of a program",
        "请以在 PATH 中查找的程序名或程序的完整路径开头",
    ),
    (
        "the command cannot be run: {error}",
        "命令无法运行：{error}",
    ),
    (
        "the command cannot be read: {error}",
        "无法读取命令的输出：{error}",
    ),
    ("the command failed: {status}", "命令失败：{status}"),
    (
        "the command printed something that is no UTF-8",
        "命令的输出不是 UTF-8",
    ),
    (
        "the command did not end within {seconds} s",
        "命令未在 {seconds} 秒内结束",
    ),
    (
        "the command printed more than {bytes} bytes",
        "命令的输出超过 {bytes} 字节",
    ),
    (
        "the command printed lines that are not all of the form `name = \"value\"` with the names {names}",
        "命令输出的各行并非都是 `name = \"value\"` 的形式且名称为 {names}",
    ),
    ("the command printed nothing", "命令没有输出"),
    (
        "the command printed more than one line: let it print the secret alone, or `name = \"value\"` lines",
        "命令输出了不止一行：请只输出密钥本身，或若干行 `name = \"value\"`",
    ),
    ("yours, mode {mode}", "属于您，权限 {mode}"),
    ("root's, mode {mode}", "属于 root，权限 {mode}"),
    (
        "of the user with the number {owner}, mode {mode}",
        "属于编号 {owner} 的用户，权限 {mode}",
    ),
    (
        "{path} holds credentials, and others may read it",
        "{path} 含有密钥，而他人可以读取",
    ),
    (
        "{path} holds credentials, and others may replace it",
        "{path} 含有密钥，而他人可以替换",
    ),
    (
        "not run, because others may write the file: {command}",
        "未运行，因为他人可以改写该文件：{command}",
    ),
    ("warning: {text}: {advice}", "警告：{text}：{advice}"),
    ("warning: {text}", "警告：{text}"),
    (
        "{credential} is the same text as another credential of the vendor",
        "{credential} 与该供应商的另一项密钥相同",
    ),
    (
        "{credential} is the text of an example",
        "{credential} 是示例文本",
    ),
    (
        "{credential} has quotes around it that count as a part of it",
        "{credential} 两端的引号会被当作其内容",
    ),
    (
        "{credential} is not 32 letters and digits, as the keys that QCC issues",
        "{credential} 不是企查查签发的 32 位字母和数字",
    ),
    (
        "{credential} is not 32 letters and digits, as Yibeidiao's documents say",
        "{credential} 不是易背调文档所说的 32 位字母和数字",
    ),
    (
        "{credential} has small letters: signatures depend on them, and all samples are in capitals",
        "{credential} 含有小写字母：签名区分大小写，而所有示例都是大写",
    ),
    (
        "{credential} begins with sk-, as static keys do: those are `patsnap.api_key`",
        "{credential} 以 sk- 开头，像是静态密钥：静态密钥应写为 `patsnap.api_key`",
    ),
    (
        "{credential} is shorter than any that PatSnap's documents show",
        "{credential} 比智慧芽文档中的任何示例都短",
    ),
    (
        "{credential} does not begin with sk-, as PatSnap's static keys do",
        "{credential} 不像智慧芽的静态密钥那样以 sk- 开头",
    ),
    (
        "{credential} is shorter than any static key that PatSnap's documents show",
        "{credential} 比智慧芽文档中的任何静态密钥都短",
    ),
    (
        "not a number of calls per second: write digits with at most three places, e.g. 5 or 0.5",
        "不是每秒调用次数：请写数字，最多三位小数，例如 5 或 0.5",
    ),
    ("the pace must be above 0", "频率必须大于 0"),
    ("the duration must be above 0", "时长必须大于 0"),
    ("not a whole number above 0", "不是大于 0 的整数"),
    ("write true or false", "请写 true 或 false"),
    ("write hold or order-again", "请写 hold 或 order-again"),
    (
        "not a filter: write e.g. `info` or `jindiao_client=debug`",
        "不是日志过滤规则：请写例如 `info` 或 `jindiao_client=debug`",
    ),
    (
        "not a region: write cn or intl",
        "不是区域：请写 cn 或 intl",
    ),
    (
        "not an address: write e.g. 127.0.0.1:9080",
        "不是地址：请写例如 127.0.0.1:9080",
    ),
    (
        "{variable} is not set, and `{key}` is not in the configuration",
        "未设置 {variable}，配置中也没有 `{key}`",
    ),
    (
        "instead of these two, JINDIAO_PATSNAP_API_KEY takes a static key",
        "也可不用这两项，而用 JINDIAO_PATSNAP_API_KEY 设置静态密钥",
    ),
    ("credentials are missing", "缺少密钥"),
    (
        "set the variables, or name a program that prints them with `secret_command` in jindiao.toml; --simulate needs none",
        "请设置这些变量，或在 jindiao.toml 中用 `secret_command` 指定输出它们的程序；--simulate 不需要密钥",
    ),
    ("the {what} is empty", "{what} 为空"),
    (
        "the {what} holds white space or another character that is not visible ASCII; was something copied with it?",
        "{what} 含有空白或其他并非可见 ASCII 的字符；是否多复制了什么？",
    ),
    (
        "the {what} holds a colon, which HTTP Basic cannot carry",
        "{what} 含有冒号，HTTP Basic 无法传送",
    ),
    (
        "the {what} does not start with `{prefix}`",
        "{what} 不以 `{prefix}` 开头",
    ),
];
