//! `jindiao cluster`: its commands, and what is wrong with a Restate server.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("no worker answers", "没有工作进程应答"),
    (
        "start one with `jindiao cluster worker`; nothing was done",
        "请用 `jindiao cluster worker` 启动一个；未作任何操作",
    ),
    (
        "{path} remembers the cluster; if this is to be another one, name another file with --identity",
        "{path} 记录着所用的集群；若要换用另一个集群，请用 --identity 指定另一个文件",
    ),
    ("that is no Restate server", "那不是 Restate 服务器"),
    (
        "--restate-admin names the server's administration (port 9070 by default), not its ingress",
        "--restate-admin 应指向服务器的管理端口（默认 9070），而不是 ingress",
    ),
    (
        "is it running, and a worker, too? --restate-admin URL names the server's administration, --restate-ingress its ingress",
        "服务器和工作进程是否都在运行？--restate-admin URL 指定服务器的管理端口，--restate-ingress 指定其 ingress",
    ),
    (
        "`jindiao cluster orders` lists the ids",
        "`jindiao cluster orders` 可列出编号",
    ),
    (
        "{path} is not what it was: it should name a cluster",
        "{path} 已不是原来的内容：其中应记录集群",
    ),
    (
        "bring back a copy of it, or name another file with --identity",
        "请恢复其备份，或用 --identity 指定另一个文件",
    ),
    (
        "it remembers which cluster this is: name a place for it with --identity",
        "此文件记录所用的集群：请用 --identity 指定其位置",
    ),
    (
        "{n} were decided before; they are not undone",
        "在此之前已裁定 {n} 个，不会撤销",
    ),
    ("{vendor} has no such product", "{vendor} 没有此产品"),
    (
        "{what} is open again; orders that wait for it go on within minutes",
        "{what} 已重新开放；等待它的订单将在几分钟内继续",
    ),
    (
        "the next worker settles how the account with {vendor} is configured",
        "{vendor} 账户的配置将以下一个加入的工作进程为准",
    ),
    ("nothing is paused", "没有已停止的任务"),
    (
        "{n} go on; `jindiao cluster status` tells whether they do",
        "{n} 个任务继续执行；`jindiao cluster status` 可查看是否正常",
    ),
    ("cannot serve metrics at {addr}", "无法在 {addr} 提供指标"),
    (
        "note: {n} tasks wait for the workers at {address}, which the server does not reach: start one there, or give their work to a worker with --take-over {address}",
        "注意：{n} 个任务在等待 {address} 的工作进程，而服务器无法访问它：请在那里启动一个，或用 --take-over {address} 让另一个工作进程接手",
    ),
    (
        "the worker has ended; what waits goes on with another one",
        "工作进程已结束；等待中的任务由另一个工作进程继续",
    ),
    (
        "the server cannot reach a worker at {listen}, which is every address of this machine",
        "{listen} 是本机的所有地址，服务器无法据此访问工作进程",
    ),
    (
        "--advertise URL says where the server reaches it",
        "请用 --advertise URL 说明服务器从何处访问它",
    ),
    (
        "note: {vendor} is called without encryption: whoever is on the way to {origin} can read and change what is said",
        "注意：调用 {vendor} 时没有加密：通往 {origin} 途中的任何人都能读取和改动内容",
    ),
    (
        "note: no account with {vendor}, whose orders wait: {why}",
        "注意：没有 {vendor} 的账户，其订单将等待：{why}",
    ),
    ("the worker does not start", "工作进程未启动"),
    (
        "note: {store} is written without encryption: whoever is on the way to {endpoint} can read the reports",
        "注意：写入 {store} 时没有加密：通往 {endpoint} 途中的任何人都能读取报告",
    ),
    (
        "listens at {listens}, is reached at {advertised}",
        "监听 {listens}，对外地址 {advertised}",
    ),
    (
        "works for cluster {cluster} ({orders} orders) at {server} (Restate {version}): {vendors}",
        "为集群 {cluster}（{orders}订单）工作，服务器 {server}（Restate {version}）：{vendors}",
    ),
    (
        "Ctrl-C ends it when no call is under way any more",
        "按 Ctrl-C 后，待进行中的调用完成即结束",
    ),
    ("simulated", "模拟"),
    ("real", "真实"),
    (
        "nothing was submitted: this cluster's orders are simulated",
        "未提交：此集群的订单是模拟订单",
    ),
    (
        "--simulated submits simulated orders",
        "--simulated 可提交模拟订单",
    ),
    (
        "nothing was submitted: this cluster's orders are real",
        "未提交：此集群的订单是真实订单",
    ),
    (
        "name a cluster of simulated orders with --restate-admin",
        "请用 --restate-admin 指定模拟订单的集群",
    ),
    ("nothing was submitted", "未提交"),
    ("not everything was submitted", "未全部提交"),
    (
        "the list was submitted as it had been checked",
        "名单已按检查时的内容提交",
    ),
    (
        "the same command goes on from there",
        "再次运行同一命令可继续",
    ),
    (
        "{new} of {lines} lines are new, {renewed} ordered anew, {known} known; {cost} yuan at most",
        "{lines} 行中 {new} 行为新订单，{renewed} 行重新下单，{known} 行已有订单；最多 {cost} 元",
    ),
    (
        "note: --max-cost kept {n} lines from being submitted; the same command with more goes on",
        "注意：因 --max-cost 有 {n} 行未提交；提高金额后再次运行同一命令可继续",
    ),
    (
        "hint: `jindiao cluster status{flag}` tells how they stand",
        "提示：`jindiao cluster status{flag}` 可查看进展",
    ),
    (
        "save the list, leave it alone until it is submitted, and run the same command again",
        "请保存名单，在提交完成前不要再改动它，然后重新执行同一命令",
    ),
    (
        "cluster {id} ({orders} orders) at {server} (Restate {version})",
        "集群 {id}（{orders}订单），服务器 {server}（Restate {version}）",
    ),
    (
        "hint: see to the account with {vendor}, then `jindiao cluster open {vendor}{flag}`",
        "提示：请处理 {vendor} 的账户，然后运行 `jindiao cluster open {vendor}{flag}`",
    ),
    (
        "hint: `jindiao cluster orders --state uncertain{flag}` lists what waits for a decision",
        "提示：`jindiao cluster orders --state uncertain{flag}` 列出等待裁定的订单",
    ),
    (
        "hint: the server has given up on {n} of its tasks; when what failed is mended, `jindiao cluster resume{flag}` has it go on",
        "提示：服务器已放弃 {n} 个任务；故障排除后，用 `jindiao cluster resume{flag}` 让其继续",
    ),
    (
        "hint: the server tries these again and again; is a worker running that it can reach?",
        "提示：服务器在反复重试这些任务；是否有它能访问的工作进程在运行？",
    ),
    ("account", "账户"),
    ("pace", "速率"),
    ("permits today", "今日许可"),
    ("daily limit", "每日上限"),
    ("health", "状况"),
    ("not configured", "未配置"),
    ("unlimited", "不限"),
    ("a call every {time} ms", "每 {time} 毫秒一次"),
    (
        "{pace}, {times} times slower just now",
        "{pace}，目前放慢 {times} 倍",
    ),
    ("none", "无"),
    ("open", "正常"),
    ("closed: {why}", "已关闭：{why}"),
    ("rests until {until}: {why}", "暂停至 {until}：{why}"),
    ("{product} closed: {why}", "{product} 已关闭：{why}"),
    (
        "{product} rests until {until}: {why}",
        "{product} 暂停至 {until}：{why}",
    ),
    ("task", "任务"),
    ("of", "所属"),
    ("stands", "情况"),
    ("tries", "尝试次数"),
    ("what went wrong", "出错原因"),
    ("paused", "已停止"),
    ("failing", "重试中"),
    ("looked at", "下次查看"),
    ("not shown", "未显示"),
    ("{n} older questions", "更早的 {n} 次查询"),
    ("no such order in the cluster", "集群中没有此订单"),
    (
        "more than one order of the cluster has an id that begins like this",
        "集群中有多个订单的编号以此开头",
    ),
    (
        "the same command goes on from there; until then the ledger orders nothing",
        "再次运行同一命令可继续；在此之前，此账本不下单",
    ),
    (
        "interrupted; the same command goes on from there; until then the ledger orders nothing",
        "已中断；再次运行同一命令可继续；在此之前，此账本不下单",
    ),
    (
        "{moved} orders moved, {known} were known; {uncertain} uncertain",
        "已移入 {moved} 个订单，{known} 个已有；{uncertain} 个存疑",
    ),
    (
        "note: the cluster has orders of its own for {n} of the ledger's requests; they stay as they are",
        "注意：账本中有 {n} 份报告在集群中已有订单；这些订单保持不变",
    ),
    ("nothing was moved", "未移动任何订单"),
    (
        "the same report was ordered again since, and this order is not settled: decide about it first",
        "同一份报告之后又下过单，而此订单尚未了结：请先裁定它",
    ),
    (
        "its link is not sealed: fetch it first",
        "其链接未封存：请先取回报告",
    ),
    (
        "the cluster has an order of its own for this report: finish this one here first",
        "集群中已有这份报告的订单：请先在这里完成此订单",
    ),
    (
        "{n} orders of the ledger were not made yet; the cluster would make them at once, for {cost} yuan",
        "账本中有 {n} 个订单尚未下单；集群会立即下单，费用 {cost} 元",
    ),
    ("--yes moves them without asking", "--yes 不再询问直接移动"),
    ("nothing was exported", "未导出任何订单"),
    ("there is a file {path} already", "已有文件 {path}"),
    (
        "an export makes a new ledger: name another file, or move that one away",
        "导出会新建账本：请指定另一个文件，或先移走现有文件",
    ),
    ("cannot make {path}", "无法创建 {path}"),
    (
        "{n} orders copied, {open} of them are under way in the cluster",
        "已复制 {n} 个订单，其中 {open} 个在集群中进行",
    ),
    (
        "note: the copy can be looked at (--ledger, with orders, show, bill); the orders stay in the cluster",
        "注意：副本只能查看（orders、show、bill 加 --ledger）；订单仍在集群中",
    ),
    (
        "the ledger {path} has orders that are not this cluster's",
        "账本 {path} 中有不属于此集群的订单",
    ),
    (
        "name another file: the move makes a new ledger, or goes on with its own",
        "请指定另一个文件：移出会新建账本，或沿用它自己的账本",
    ),
    (
        "the same command goes on from there; what was moved is in the ledger",
        "再次运行同一命令可继续；已移出的在账本中",
    ),
    (
        "{n} orders are in {path} now, {open} of them under way",
        "{path} 中现有 {n} 个订单，其中 {open} 个进行中",
    ),
    (
        "hint: `jindiao run LIST --ledger {path}` goes on with them; the cluster does nothing for them any more",
        "提示：`jindiao run LIST --ledger {path}` 可继续处理；集群不再处理它们",
    ),
    (
        "the Restate server at {admin} is version {version}; this program works with {versions}",
        "{admin} 的 Restate 服务器版本为 {version}；本程序支持 {versions}",
    ),
    (
        "the Restate server at {admin} holds another cluster ({id} and not {known}); its orders are not known there, so nothing is ordered",
        "{admin} 的 Restate 服务器是另一个集群（{id}，而不是 {known}）；它不知道原集群的订单，因此不下单",
    ),
    (
        "the Restate server at {admin} is empty, though it held cluster {known}: bring back its data; nothing is ordered, since whatever it held would be ordered again",
        "{admin} 的 Restate 服务器为空，而它原有集群 {known}：请恢复其数据；为避免重复下单，现不下单",
    ),
    (
        "no worker has joined the Restate server at {admin} yet: start one first",
        "尚无工作进程加入 {admin} 的 Restate 服务器：请先启动一个",
    ),
    ("{id} is no id of paused work", "{id} 不是已停止任务的编号"),
    ("none but this one", "只有此地址"),
    (
        "the Restate server at {admin} never sent work to {gone}; the addresses that it knows: {others}",
        "{admin} 的 Restate 服务器从未向 {gone} 派发任务；它知道的地址：{others}",
    ),
    (
        "work of this cluster waits for the workers at {address}, which the server does not reach any more: start a worker behind that address; if there is none any more, this one takes their work over with --take-over {address}",
        "此集群有任务在等待 {address} 的工作进程，而服务器已无法访问它：请在该地址启动工作进程；若它已不存在，可加 --take-over {address} 由本进程接手",
    ),
    (
        "the Restate server at {admin} cannot use this worker at {address}: {error}; give an address with --advertise that the server can reach",
        "{admin} 的 Restate 服务器无法使用位于 {address} 的此工作进程：{error}；请用 --advertise 给出服务器可访问的地址",
    ),
    ("{url} is no address: {error}", "{url} 不是地址：{error}"),
    (
        "the Restate server does not answer at {url}: {error}",
        "Restate 服务器 {url} 没有应答：{error}",
    ),
    (
        "what answers at {url} is no Restate server that this program knows: {error}",
        "在 {url} 应答的不是本程序所知的 Restate 服务器：{error}",
    ),
    (
        "{object} is in a form that this program cannot read",
        "{object} 的格式本程序无法读取",
    ),
    (
        "there is no such order in the cluster",
        "集群中没有这个订单",
    ),
    (
        "no worker has joined the Restate server yet: start one first",
        "尚无工作进程加入 Restate 服务器：请先启动一个",
    ),
    (
        "{url} answered with HTTP {status}",
        "{url} 应答 HTTP {status}",
    ),
    (
        "cannot listen at {listen}: {error}",
        "无法监听 {listen}：{error}",
    ),
];
