//! What `jindiao doctor` finds out on this machine and by a call.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("ok", "正常"),
    ("note", "注意"),
    ("warning", "警告"),
    ("problem", "问题"),
    ("{vendor} {check}: {finding}", "{vendor} {check}：{finding}"),
    ("{check}: {finding}", "{check}：{finding}"),
    ("no problems", "没有问题"),
    ("1 problem", "1 个问题"),
    ("{n} problems", "{n} 个问题"),
    ("no warnings", "没有警告"),
    ("1 warning", "1 个警告"),
    ("{n} warnings", "{n} 个警告"),
    ("configuration", "配置"),
    ("ledger", "账本"),
    ("output folder", "输出文件夹"),
    ("allow list", "白名单"),
    ("network", "网络"),
    ("proxy", "代理"),
    ("address", "地址"),
    ("connection", "连接"),
    ("clock", "时钟"),
    ("`jindiao init` makes one", "可用 `jindiao init` 创建"),
    (
        "the accounts and the way to the vendors are looked at when this is right",
        "改正后才会检查账户和到供应商的连接",
    ),
    (
        "none: its reports cannot be ordered",
        "未配置：不能下单该供应商的报告",
    ),
    (
        "copy it from the vendor once more; it is used as it stands",
        "请从供应商处重新复制；目前按原样使用",
    ),
    (
        "its `secret_command` is asked when it is needed, and was not run now",
        "需要时才运行其 `secret_command`，现在没有运行",
    ),
    (
        "the credentials are there and look as they should",
        "密钥已配置，形式正常",
    ),
    (
        "a daily limit of 1 call is used up by getting a token: nothing can be ordered",
        "每日上限 1 次在获取令牌时就用完了：无法下单",
    ),
    (
        "set `patsnap.daily_limit` to 3 or more: a token, an order, a question for its state",
        "请将 `patsnap.daily_limit` 设为 3 或以上：获取令牌、下单、查询状态",
    ),
    ("no variable JINDIAO_… is set", "没有设置 JINDIAO_… 变量"),
    ("1 variable JINDIAO_… is set", "设置了 1 个 JINDIAO_… 变量"),
    (
        "{n} variables JINDIAO_… are set",
        "设置了 {n} 个 JINDIAO_… 变量",
    ),
    (
        "{path}{standing}; {variables}",
        "{path}{standing}；{variables}",
    ),
    (" ({standing})", "（{standing}）"),
    (
        "no file ({places}); {variables}",
        "没有配置文件（{places}）；{variables}",
    ),
    (
        "keep it on a disk of this machine: --ledger FILE, or `ledger` in jindiao.toml",
        "请放在本机磁盘上：--ledger FILE，或 jindiao.toml 中的 `ledger`",
    ),
    (
        "another run with it is refused until that one ends; looking at it goes on",
        "在它结束之前，其他使用此账本的运行会被拒绝；仍可查看",
    ),
    (
        "simulated and real orders never share a ledger: name another file as `ledger`",
        "模拟订单与真实订单不能共用账本：请将 `ledger` 设为另一个文件",
    ),
    (
        "`jindiao cluster` orders there; name another file with --ledger for orders of this machine",
        "在那里下单请用 `jindiao cluster`；本机下单请用 --ledger 指定另一个文件",
    ),
    (
        "`jindiao orders --state uncertain` lists them; `jindiao resolve` decides",
        "`jindiao orders --state uncertain` 列出它们；`jindiao resolve` 裁定",
    ),
    (
        "`jindiao orders --state held` says what the vendor answered",
        "`jindiao orders --state held` 显示供应商的答复",
    ),
    (
        "{path} is on {name}: two machines may both believe that they alone write it",
        "{path} 位于 {name}：两台机器可能都以为只有自己在写",
    ),
    (
        "{path} is not there yet: the first run makes it",
        "{path} 尚不存在：首次运行时创建",
    ),
    ("{path} is in use by {writer}", "{path} 正被使用：{writer}"),
    (
        "{path} is whole and holds {all} real orders",
        "{path} 完好，有 {all} 个真实订单",
    ),
    (
        "{path} is whole and holds {all} simulated orders",
        "{path} 完好，有 {all} 个模拟订单",
    ),
    (
        "its orders were moved to the cluster {to}",
        "其中的订单已移到集群 {to}",
    ),
    (
        "{n} orders may have been placed, and wait for a decision",
        "{n} 个订单可能已下单，等待裁定",
    ),
    (
        "{n} orders wait for their account to be mended",
        "{n} 个订单在等待账户恢复",
    ),
    (
        "name another folder with --out, or mend its permissions",
        "请用 --out 指定另一个文件夹，或修改其权限",
    ),
    (
        "its file system does not tell capitals from small letters; the order's id in a report's name keeps them apart",
        "该文件系统不区分大小写；报告文件名中的订单号可以区分",
    ),
    (
        "reports may lie there; keep the ledger on a disk of this machine",
        "报告可以放在那里；账本请放在本机磁盘上",
    ),
    (
        "name another file with --ledger, or mend the folder's permissions",
        "请用 --ledger 指定另一个文件，或修改文件夹权限",
    ),
    ("make room", "请腾出空间"),
    (
        "reports have up to several megabytes each: make room for many",
        "每份报告可达数 MB：请为大量报告腾出空间",
    ),
    (
        "{folder} cannot be made: nothing above it is there",
        "无法创建 {folder}：其上级都不存在",
    ),
    (
        "{folder} is a file, not a folder",
        "{folder} 是文件，不是文件夹",
    ),
    (
        "nothing can be written into {folder}: {error}",
        "无法写入 {folder}：{error}",
    ),
    ("{folder} can be written", "{folder} 可以写入"),
    ("{folder} can be made", "{folder} 可以创建"),
    (
        "{folder} is on {name}, another machine maybe",
        "{folder} 位于 {name}，可能是另一台机器",
    ),
    (
        "it cannot be made in {folder}: {error}",
        "无法在 {folder} 中创建：{error}",
    ),
    (
        "{free} MB are free in {folder}",
        "{folder} 中有 {free} MB 可用空间",
    ),
    (
        "qcc: asks for the state of a risk report that does not exist. Nothing is ordered; if the credentials are right QCC probably counts it as one call (code 201), and no document says whether such a call has a price",
        "qcc：查询一份不存在的风险报告的状态。不下单；如果密钥正确，企查查很可能计一次调用（状态码 201），没有文档说明这种调用是否收费",
    ),
    (
        "patsnap: gets a token. No document says that this is counted or charged",
        "patsnap：获取令牌。没有文档说这会计次或计费",
    ),
    (
        "patsnap: asks for the state of a task that does not exist. Nothing is ordered; it may be counted as one call, and no document says whether such a call has a price",
        "patsnap：查询一个不存在的任务的状态。不下单；可能计一次调用，没有文档说明这种调用是否收费",
    ),
    (
        "yibeidiao: asks for a link to a record that does not exist. Links are not charged for, as far as the documents go",
        "yibeidiao：请求一条不存在的记录的链接。按现有文档，取链接不收费",
    ),
    ("nothing is asked", "不作查询"),
    ("1 call would be made", "将发出 1 次调用"),
    (
        "--yes makes them without asking; without --call no vendor is told who you are",
        "--yes 不经询问直接发出；不加 --call 则不会向供应商表明身份",
    ),
    ("no call is made", "不发出调用"),
    (
        "no call was made: whether the vendors take the credentials is not known",
        "没有发出调用：供应商是否接受这些密钥尚不清楚",
    ),
    (
        "`jindiao doctor --call` asks each vendor once, and says before what that may cost",
        "`jindiao doctor --call` 向每个供应商各查询一次，并事先说明可能的费用",
    ),
    (
        "QCC answers with the same code, 107, to an address that is not on the account's allow list and to a wrong signature",
        "地址不在账户白名单中和签名错误，企查查都用同一状态码 107 答复",
    ),
    ("the vendor takes the credentials", "供应商接受这些密钥"),
    (
        "do not order from this network: whoever changes replies can change a report's address, too",
        "不要从这个网络下单：能改动应答的人也能改动报告的地址",
    ),
    (
        "see what is said of the connection above",
        "见上面关于连接的说明",
    ),
    (
        "if the address is right, something on the way answers in the vendor's place: a proxy, a firewall, the login page of a network",
        "如果地址无误，就是中途有别的东西代替供应商应答：代理、防火墙或网络登录页",
    ),
    ("{n} calls would be made", "将发出 {n} 次调用"),
    (
        "if the account has an allow list at QCC, this machine's public address must be on it: that of the router or proxy that it goes out through, which cannot be seen from here; whoever runs the network knows it",
        "如果账户在企查查设有白名单，本机的公网地址必须在其中：即出口路由器或代理的地址，从这里看不到；请询问网络管理员",
    ),
    ("nothing of {vendor} is ordered", "不从 {vendor} 下单"),
    (
        "the vendor takes the credentials, but not for this interface: {text}",
        "供应商接受这些密钥，但此接口除外：{text}",
    ),
    (
        "check key, secret and clock; {address}",
        "请检查 key、secret 和时钟；{address}",
    ),
    (
        "the vendor takes the credentials (code {code})",
        "供应商接受这些密钥（状态码 {code}）",
    ),
    ("name", "域名"),
    ("call", "调用"),
    (
        "docs/configuration.md lists every key and variable",
        "docs/configuration.md 列出了所有配置项和变量",
    ),
];
