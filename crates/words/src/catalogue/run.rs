//! `jindiao run` and `jindiao get`: the bill, what happens, how it ended.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    // The bill.
    ("1 report", "1 份报告"),
    ("{n} reports", "{n} 份报告"),
    (
        "{reports} would be ordered for {cost} yuan{assumption}",
        "将下单 {reports}，费用 {cost} 元{assumption}",
    ),
    ("{what}, and nobody can be asked", "{what}，但无人可确认"),
    (
        "--yes orders without asking, --max-cost YUAN orders up to that sum, --dry-run shows the bill",
        "--yes 不再询问直接下单，--max-cost YUAN 在此金额之内下单，--dry-run 只看账单",
    ),
    (
        " (assumed prices, on the high side)",
        "（按假定价格估算，取偏高值）",
    ),
    ("product", "产品"),
    ("lines", "行数"),
    ("under way", "进行中"),
    ("stopped", "待处理"),
    ("to order", "待下单"),
    ("price", "单价"),
    ("cost", "费用（元）"),
    ("{fen} (assumed)", "{fen}（假定）"),
    (
        "{reports} would be charged: {cost} yuan{assumption}",
        "{reports}将计费：{cost} 元{assumption}",
    ),
    (
        "--max-cost {most} would keep some of them from being ordered",
        "在 --max-cost {most} 之内，其中一部分不会下单",
    ),
    // Before it begins.
    ("cannot start", "无法启动"),
    (
        "name another folder with --out",
        "请用 --out 指定另一个文件夹",
    ),
    (
        "note: an earlier run ended in the middle of an order, which waits for a decision now",
        "注意：上次运行在一个订单下单途中中断，该订单现在存疑，等待裁定",
    ),
    (
        "note: an earlier run ended in the middle of {n} orders, which wait for a decision now",
        "注意：上次运行在 {n} 个订单下单途中中断，这些订单现在存疑，等待裁定",
    ),
    (
        "the simulated vendors cannot start with {path}",
        "模拟供应商无法以 {path} 启动",
    ),
    ("cannot listen for signals", "无法监听系统信号"),
    (
        "stopping; what is under way is finished or can be resumed",
        "正在停止；进行中的会完成，或下次继续",
    ),
    (
        "still stopping: a charge that is cut off would become a question; calls have a few seconds to end",
        "仍在停止：计费调用若被切断会成为存疑订单；进行中的调用还有几秒钟完成",
    ),
    (
        "save the list, leave it alone until the run has begun, and run the same command again",
        "请保存名单，在运行开始前不要再改动它，然后重新执行同一命令",
    ),
    ("{flags}: {message}", "{flags}：{message}"),
    // While it goes on.
    ("{n} to order", "待下单 {n}"),
    ("{n} waiting", "等待报告 {n}"),
    ("{n} to download", "待下载 {n}"),
    ("{n} uncertain", "存疑 {n}"),
    ("{n} held", "暂停 {n}"),
    ("{n} failed", "失败 {n}"),
    ("{charged} yuan charged", "已计费 {charged} 元"),
    (
        "{what}: no new orders, the account needs attention: {why}",
        "{what}：暂停下单，账户需要处理：{why}",
    ),
    (
        "{vendor}: no new orders until {until}",
        "{vendor}：{until} 之前不再下单",
    ),
    (
        "{orders} waiting, the first until {until}; Ctrl-C stops, and the same command goes on",
        "{orders} 个订单在等待，最早到 {until}；可按 Ctrl-C 停止，之后用同一命令继续",
    ),
    (
        "note: {clock}; calls to it are signed with its time. The rest goes by this machine's clock: set the clock",
        "注意：{clock}；对它的调用改按它的时间签名，其余仍按本机时钟。请校准时钟",
    ),
    (
        "note: {clock}, which goes by no time of ours: set the clock",
        "注意：{clock}；它不使用本机的时间。请校准时钟",
    ),
    (
        "note: {clock}, and calls to it are signed with this machine's time: set the clock",
        "注意：{clock}，而对它的调用按本机时间签名。请校准时钟",
    ),
    (
        "what is asked and answered, report links included",
        "查询与答复的内容，包括报告链接",
    ),
    (
        "the account's credentials, what is asked and what is answered",
        "账户凭据、查询与答复的内容",
    ),
    ("record numbers and report links", "背调号和报告链接"),
    ("what is asked and answered", "查询与答复的内容"),
    (
        "note: {vendor} is called without encryption ({address}): whoever is on the way can read {what}, and change the answers; set `url` of [{vendor}] to https:// if the vendor serves it",
        "注意：对 {vendor} 的调用未加密（{address}）：途中任何人都能看到{what}，并能篡改答复；若供应商支持，请把 [{vendor}] 的 `url` 改为 https://",
    ),
    // How it ended.
    ("reports", "报告数"),
    ("not stored", "未保存"),
    ("yuan charged in all", "累计计费（元）"),
    (
        "nothing to order: {stored} of {all} reports are stored in {folder}",
        "无需下单：{all} 份报告中 {stored} 份已保存在 {folder}",
    ),
    (
        "{stored} of {all} reports are stored in {folder}; {paid}",
        "{all} 份报告中 {stored} 份已保存在 {folder}；{paid}",
    ),
    ("nothing was charged", "没有计费"),
    (
        "{n} charged in this run: {cost} yuan",
        "本次计费 {n} 次，共 {cost} 元",
    ),
    ("{paid} (assumed prices)", "{paid}（按假定价格）"),
    (
        "{paid}; simulated, nobody is paid",
        "{paid}；模拟运行，无实际费用",
    ),
    (
        "{paid}; {n} more may have been: {cost} yuan",
        "{paid}；另有 {n} 次可能已计费：{cost} 元",
    ),
    (
        "line {line}, {product} {subject} (order {order}) is {state}: {reason}",
        "第 {line} 行，{product} {subject}（订单 {order}）{state}：{reason}",
    ),
    (
        "{product} {subject} (order {order}) is {state}: {reason}",
        "{product} {subject}（订单 {order}）{state}：{reason}",
    ),
    (
        "its account needs attention, see below",
        "账户需要处理，见下文",
    ),
    (
        "the account with {vendor}, for {product} only,",
        "{vendor} 账户（仅 {product}）",
    ),
    ("the account with {vendor}", "{vendor} 账户"),
    (
        "hint: {account} needs attention ({why}): {todo} (`jindiao code {code}` explains); then run the same command again",
        "提示：{account}需要处理（{why}）：{todo}（说明见 `jindiao code {code}`）；然后重新执行同一命令",
    ),
    (
        "hint: {account} needs attention ({why}): check its keys, permissions and balance with {vendor}, then run the same command again",
        "提示：{account}需要处理（{why}）：请向{vendor}核实密钥、权限和余额，然后重新执行同一命令",
    ),
    (
        "hint: {account} needs attention ({why}): see to that, then run the same command again",
        "提示：{account}需要处理（{why}）：请处理后重新执行同一命令",
    ),
    (
        "hint: what was refused is not ordered again by itself; `jindiao resolve ORDER --not-placed{flag}` has the next run do it",
        "提示：被拒绝的不会自动重新下单；`jindiao resolve ORDER --not-placed{flag}` 让下次运行重新下单",
    ),
    (
        "interrupted; the same command goes on from there",
        "已中断；用同一命令从这里继续",
    ),
    (
        "note: --max-cost kept some reports from being ordered; the same command with more goes on",
        "注意：受 --max-cost 限制，部分报告未下单；提高限额后用同一命令继续",
    ),
    (
        "note: some reports can be ordered or fetched from {until} on; the same command goes on then, and --wait waits for it",
        "注意：部分报告要到 {until} 之后才能下单或获取；届时用同一命令继续，或用 --wait 一直等待",
    ),
    (
        "note: the {path} that was there is kept as {kept}",
        "注意：原有的 {path} 已保留为 {kept}",
    ),
    ("{path}: {lines} lines", "{path}：{lines} 行"),
    (
        "uncertain: {untold} more orders wait for a decision, {stake} yuan are at stake in all; `jindiao orders --state uncertain{flag}` lists them",
        "存疑：另有 {untold} 个订单等待裁定，涉及金额共 {stake} 元；用 `jindiao orders --state uncertain{flag}` 列出",
    ),
    ("the run could not go on", "运行无法继续"),
    (
        "everything that was ordered is in the ledger; the same command goes on from there",
        "已下的订单都在账本中；用同一命令从这里继续",
    ),
    // The ledger of a run.
    (
        "the ledger of simulated orders is there: --ledger {path}",
        "这里有模拟订单的账本：--ledger {path}",
    ),
    (
        "on FUSE, which may be a folder of another machine",
        "位于 FUSE 文件系统，可能是另一台机器的文件夹",
    ),
    ("in a network folder ({name})", "位于网络文件夹（{name}）"),
    (
        "note: the ledger {path} is {place}: two machines may both believe that they alone write it; keep it on a disk of this machine (--ledger FILE)",
        "注意：账本 {path} {place}：两台机器可能都以为只有自己在写它；请把它放在本机磁盘上（--ledger FILE）",
    ),
];
