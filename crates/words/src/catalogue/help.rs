//! The help of the command line.
//!
//! Paragraph by paragraph; of the examples, what stands behind a command.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "Turns a list of companies into a folder of reports from QCC (企查查), PatSnap (智慧芽) and Yibeidiao (易背调), without paying twice and without losing one",
        "把一份公司名单变成一个文件夹的报告，来自企查查、智慧芽和易背调；不重复付费，不丢一份报告",
    ),
    (
        "The configuration; else `jindiao.toml` here, else in the user's configuration folder",
        "配置文件；默认为当前文件夹的 `jindiao.toml`，其次为用户配置文件夹中的",
    ),
    (
        "Write data as JSON Lines: {\"type\":…,\"data\":…}",
        "以 JSON Lines 输出数据：{\"type\":…,\"data\":…}",
    ),
    (
        "How logged events are written to stderr; what is logged, JINDIAO_LOG or `log` says",
        "日志写到 stderr 的格式；记录哪些内容由 JINDIAO_LOG 或 `log` 决定",
    ),
    (
        "The language of messages and help; else what JINDIAO_LANG says, else LC_ALL, LC_MESSAGES or LANG",
        "提示与帮助的语言；默认依 JINDIAO_LANG，其次依 LC_ALL、LC_MESSAGES、LANG",
    ),
    ("A line for people", "便于阅读的一行文字"),
    ("A line of JSON", "一行 JSON"),
    ("Exit codes:", "退出码："),
    ("everything that was asked for is done", "要求的都已完成"),
    (
        "some orders are not stored; each is named with its reason",
        "部分订单未保存，逐一列出原因",
    ),
    (
        "the command line, the list or the configuration is wrong",
        "命令行、名单或配置有误",
    ),
    (
        "orders are uncertain and wait for a decision",
        "有存疑订单等待裁定",
    ),
    ("an account needs attention", "有账户需要处理"),
    (
        "Try it without an account: jindiao run examples/orders.csv --simulate --out reports",
        "无需账户即可试用：jindiao run examples/orders.csv --simulate --out reports",
    ),
    ("Examples:", "示例："),
    ("Example:", "示例："),
    (
        "Order every line of a list, wait, and download",
        "按名单逐行下单，等待并下载报告",
    ),
    (
        "The list is a workbook (.xlsx) or CSV with a header: product,company,credit_code,org_number, period,record_no,patent,format, or these in Chinese. Missing columns are empty. The same command again goes on where it stopped, and orders nothing that is stored.",
        "名单可以是工作簿（.xlsx）或带表头的 CSV：product,company,credit_code,org_number,period,record_no,patent,format，也可用中文表头。缺少的列视为空。再次执行同一命令会从停下处继续，已保存的不再下单。",
    ),
    ("what would it cost?", "要花多少钱？"),
    ("order, for 500 yuan at most", "下单，最多 500 元"),
    (
        "no account, no money: simulated vendors",
        "无需账户，不花钱：模拟供应商",
    ),
    (
        "the list again, with what became of it",
        "写回名单，附上每行的结果",
    ),
    (
        "Say what a list would order, what is wrong with it, and what it would cost",
        "检查名单：会下哪些单、哪里有误、费用多少",
    ),
    (
        "Orders nothing, writes nothing, and needs no account. What the ledger has of the list counts as for `run`. Ends with 0 if the list can be ordered, and with 2 if something is wrong with it.",
        "不下单，不写任何文件，无需账户。账本中已有的按 `run` 的规则计入。名单可以下单时以 0 退出，有误时以 2 退出。",
    ),
    ("one name a line, no header", "每行一个名称，无需表头"),
    (
        "Print a list to fill in, with a line for each product",
        "输出一份待填写的名单，每种产品一行",
    ),
    (
        "Lines that are not filled in are wrong, and nothing is ordered as long as one is there: delete what is not wanted.",
        "未填写的行会报错，只要还有这样的行就不会下单：请删去不需要的行。",
    ),
    (
        "Keep the reports of a list up to date, round after round",
        "按轮次持续更新名单中的报告",
    ),
    (
        "Each round is a `run` of the list as it stands then: new lines are ordered, and with --fresh-within what is too old is ordered anew. What was going on when it was stopped goes on with the next start.",
        "每一轮都按名单当时的内容执行一次 `run`：新增的行会下单；使用 --fresh-within 时，过旧的会重新下单。停止时未完成的，下次启动后继续。",
    ),
    (
        "Order one report, wait, and download it",
        "下单一份报告，等待并下载",
    ),
    (
        "Count the orders of the ledger by vendor and state",
        "按供应商和状态统计账本中的订单",
    ),
    ("List the orders of the ledger", "列出账本中的订单"),
    (
        "Show one order and everything that happened to it",
        "显示一个订单及其全部经过",
    ),
    (
        "Decide about an order that may have been placed and was not answered",
        "裁定可能已下达但未得到答复的订单",
    ),
    (
        "Such an order is never sent again by itself, unless `on_uncertain` in the configuration says so. Look into your account with the vendor, then say what you found: of one order, of several, of all that are uncertain, or of those in a file.",
        "这样的订单绝不会自动重发，除非配置中的 `on_uncertain` 允许。请先查看供应商处的账户，再说明查到的结果：可以是一个订单、几个订单、全部存疑订单，或文件中列出的订单。",
    ),
    (
        "CSV with the header order,verdict,reference",
        "CSV，表头为 order,verdict,reference",
    ),
    (
        "Add up what was charged, what vendors count and what is uncertain",
        "汇总已计费、供应商计次和存疑的部分",
    ),
    (
        "From the books of every exchange, with the prices of the day that it was made. A report that was ordered twice is two charges.",
        "依据每次调用的记录，按调用当日的价格计算。下单两次的报告计两次费用。",
    ),
    (
        "a line for each exchange, to check an invoice",
        "每次调用一行，用于核对账单",
    ),
    (
        "Serve a page over the ledger on this machine: live while a run goes on, useful after it",
        "在本机提供账本页面：运行时实时更新，运行后也可查看",
    ),
    (
        "Prints the address to open, with a token that lets in whoever has it. The page settles uncertain orders as `resolve` does. Metrics for Prometheus are at /metrics.",
        "显示要打开的地址，其中的令牌即通行凭证，持有者均可进入。页面可像 `resolve` 一样裁定存疑订单。Prometheus 指标位于 /metrics。",
    ),
    ("open the address that it prints", "打开显示的地址"),
    (
        "another port; port 0 takes a free one",
        "换一个端口；端口 0 表示任选空闲端口",
    ),
    (
        "Write the same page as a file that needs no server and no script",
        "把同一页面写成文件，无需服务器和脚本",
    ),
    (
        "Explain a vendor's status code, in English and Chinese",
        "用中英文解释供应商的状态码",
    ),
    (
        "Print signed headers for the configured account, for curl",
        "输出所配置账户的签名请求头，供 curl 使用",
    ),
    (
        "Set Jindiao up: ask for the accounts and write a commented jindiao.toml",
        "设置尽调：询问账户信息，写出带注释的 jindiao.toml",
    ),
    (
        "The file can be read by its owner alone. A file that is there is only replaced after a question, or with --force. Without a terminal nothing can be asked: then --from-env takes the accounts from the JINDIAO_ variables, or those alone are used without a file.",
        "文件只有所有者可读。已有的文件在确认后或使用 --force 时才会替换。没有终端时无法询问：此时 --from-env 从 JINDIAO_ 变量取得账户，或不要文件、只用这些变量。",
    ),
    (
        "asks; writes jindiao.toml here",
        "逐项询问；在当前文件夹写出 jindiao.toml",
    ),
    (
        "writes it into the user's configuration folder",
        "写到用户配置文件夹",
    ),
    (
        "asks nothing; takes what the variables say",
        "不询问；以变量为准",
    ),
    (
        "Check the configuration, the accounts, the way to the vendors, the folder and the ledger",
        "检查配置、账户、到供应商的网络、文件夹和账本",
    ),
    (
        "Says what to do about each finding. Orders nothing and charges nothing; vendors are asked without an account, unless --call is given. Ends with 0 if there is no problem, 2 if the configuration or the ledger is wrong, 4 if an account needs attention, and 1 for any other problem; warnings and notes do not count.",
        "对每项发现说明处理办法。不下单，不产生费用；除非使用 --call，否则不带账户访问供应商。没有问题时以 0 退出，配置或账本有误为 2，账户需要处理为 4，其他问题为 1；警告和注意不计。",
    ),
    (
        "also: can reports be written there?",
        "另外检查：报告能否写到该处？",
    ),
    (
        "also: do the vendors take the credentials? It asks before",
        "另外检查：供应商是否接受凭据？调用前会询问",
    ),
    (
        "Run the three vendors as a local server that charges nothing",
        "在本机运行三家供应商的模拟服务器，不收费",
    ),
    (
        "Prints one line of JSON with the addresses and test credentials, then serves until it is stopped.",
        "输出一行 JSON，含地址和测试凭据，然后持续服务直到被停止。",
    ),
    (
        "Check the files of an output folder against its manifest",
        "按清单核对输出文件夹中的文件",
    ),
    (
        "Order with many machines, on a Restate server (not in this program)",
        "在 Restate 服务器上用多台机器下单（本程序未包含）",
    ),
    (
        "It is built with `cargo install --path crates/cli --features cluster`.",
        "请用 `cargo install --path crates/cli --features cluster` 构建。",
    ),
    (
        "Print a completion script for a shell",
        "输出 shell 补全脚本",
    ),
    (
        "Write the manual pages, one for each command",
        "写出手册页，每个命令一页",
    ),
    (
        "Print the ids of orders, for completion scripts",
        "输出订单编号，供补全脚本使用",
    ),
    ("Where the reports go", "报告存放的文件夹"),
    (
        "The ledger; else `ledger` in the configuration, else jindiao.db here",
        "账本；默认为配置中的 `ledger`，其次为当前文件夹的 jindiao.db",
    ),
    (
        "Order from simulated vendors in this process: no account, no money",
        "向进程内的模拟供应商下单：无需账户，不花钱",
    ),
    ("Show the bill and order nothing", "只显示账单，不下单"),
    (
        "Order for so many yuan at most; downloads of what is paid for go on",
        "下单金额的上限（元）；已付费的报告仍会下载",
    ),
    (
        "Order again what is stored for longer than this, e.g. 30d; never, if not given",
        "保存超过这一时长的重新下单，例如 30d；不指定则从不",
    ),
    ("Order without asking", "不询问，直接下单"),
    (
        "Wait also for what takes hours: a daily quota that begins anew at midnight in China, a query that the vendor wants left alone",
        "也等待需要数小时的情况：北京时间零点恢复的每日额度，供应商要求暂缓的查询",
    ),
    (
        "Write the list to this .xlsx or .csv, with the state, file, vendor reference, cost and reason of each line; a file that is there is kept as FILE.bak",
        "把名单写到此 .xlsx 或 .csv，附上每行的状态、文件、供应商单号、费用和原因；已有的文件保留为 FILE.bak",
    ),
    (
        "From the beginning of one round to the next, e.g. 1h",
        "从一轮开始到下一轮开始的间隔，例如 1h",
    ),
    (
        "Run this program, with a line of JSON on its standard input, when orders become uncertain, an account needs attention or a round cannot be made",
        "出现存疑订单、账户需要处理或某轮无法进行时运行此程序，其标准输入为一行 JSON",
    ),
    (
        "qcc/snapshot, qcc/risk-report, patsnap/innovation-report, patsnap/patent-value-report or yibeidiao/interim-report",
        "qcc/snapshot、qcc/risk-report、patsnap/innovation-report、patsnap/patent-value-report 或 yibeidiao/interim-report",
    ),
    ("The company's registered name", "公司的注册名称"),
    (
        "The company's unified social credit code",
        "公司的统一社会信用代码",
    ),
    ("The company's organisation number", "公司的组织机构代码"),
    ("day, week or month", "day（日）、week（周）或 month（月）"),
    ("The number of the background-check record", "背调号"),
    (
        "The patent's publication number or PatSnap id",
        "专利公开号或智慧芽专利编号",
    ),
    (
        "pdf, docx, zip or png, where the product comes in several",
        "pdf、docx、zip 或 png，用于有多种格式的产品",
    ),
    (
        "Only orders in this state: planned, ordering, ordered, waiting, ready, stored, uncertain, refused, failed or held",
        "只列出处于此状态的订单：planned（待下单）、ordering（下单中）、ordered（已下单）、waiting（等待报告）、ready（可下载）、stored（已保存）、uncertain（存疑）、refused（被拒绝）、failed（失败）或 held（暂停）",
    ),
    (
        "The order's id, or a beginning of it that no other order has",
        "订单编号，或足以区分的开头几位",
    ),
    (
        "The order's id, or a beginning of it that no other order has; several for --not-placed and --abandon",
        "订单编号，或足以区分的开头几位；--not-placed 和 --abandon 可给多个",
    ),
    (
        "Decide about every uncertain order, or those that the next three flags leave",
        "裁定全部存疑订单，或经以下三个选项筛选后的订单",
    ),
    ("Only orders of this vendor", "只限此供应商的订单"),
    ("Only orders of this product", "只限此产品的订单"),
    (
        "Only orders that are uncertain since before then: a day of China, or RFC 3339",
        "只限此时间之前就已存疑的订单：中国日期，或 RFC 3339 时间",
    ),
    (
        "Decide about all of them without asking",
        "不询问，全部裁定",
    ),
    (
        "The vendor has it, under this reference (or, for qcc/snapshot, with this link; - reads it from standard input, since links are signed and arguments can be seen by other users)",
        "供应商已接单，单号如下（qcc/snapshot 则为链接；- 表示从标准输入读取，因为链接带签名，而命令行参数可被其他用户看到）",
    ),
    (
        "The vendor does not have it: order it again with the next run",
        "供应商未接单：下次运行时重新下单",
    ),
    ("Give the report up", "放弃这份报告"),
    (
        "Decide as a CSV file says: order,verdict,reference, where the verdict is placed, not-placed or abandon",
        "按 CSV 文件裁定：order,verdict,reference，其中 verdict 为 placed、not-placed 或 abandon",
    ),
    (
        "Only exchanges since the beginning of this day of China",
        "只限此日（中国日期）零点以来的调用",
    ),
    ("What the lines are about", "按什么分行"),
    (
        "Write a line for each exchange that could have been charged or was counted",
        "把可能计费或计次的每次调用写成一行",
    ),
    ("qcc, patsnap or yibeidiao", "qcc、patsnap 或 yibeidiao"),
    ("The code, as the vendor sends it", "供应商返回的状态码"),
    ("Whose signature", "哪家供应商的签名"),
    (
        "Sign for this time, in seconds since 1970; else now",
        "按此时间签名（1970 年以来的秒数）；默认为当前时间",
    ),
    (
        "Yibeidiao's serial number of the request; else a fresh one",
        "易背调的请求流水号；默认新生成一个",
    ),
    (
        "Where to listen; port 0 takes a free one",
        "监听地址；端口 0 表示任选空闲端口",
    ),
    (
        "The same seed gives the same faults",
        "相同的种子产生相同的故障",
    ),
    (
        "What goes wrong and when: JSON, or a file of it",
        "注入哪些故障、何时注入：JSON，或含 JSON 的文件",
    ),
    ("The output folder", "输出文件夹"),
    ("The shell", "哪种 shell"),
    (
        "Write it into the user's configuration folder, for all folders to work in",
        "写到用户配置文件夹，在任何文件夹都有效",
    ),
    (
        "Ask nothing: take the accounts from the JINDIAO_ variables",
        "不询问：从 JINDIAO_ 变量取得账户",
    ),
    ("Replace a file that is there", "替换已有的文件"),
    (
        "Also make a call to each vendor with an account; what that may cost is said before",
        "另外带账户向每家供应商调用一次；可能的费用会事先说明",
    ),
    ("Make these calls without asking", "不询问，直接调用"),
    (
        "Also check the folder that reports go into",
        "另外检查存放报告的文件夹",
    ),
    (
        "Where the pages go; it is made if it is not there",
        "手册页存放的文件夹；不存在则创建",
    ),
    ("Only those that wait for a decision", "只列出等待裁定的"),
    (
        "The list: .xlsx, or CSV in UTF-8, UTF-16 or GB18030; - reads standard input",
        "名单：.xlsx，或 UTF-8、UTF-16、GB18030 编码的 CSV；- 表示从标准输入读取",
    ),
    (
        "Order this product for every line that names none; the list may be nothing but names then, one a line",
        "没有写明产品的行都按此产品下单；此时名单可以只有名称，每行一个",
    ),
    (
        "The sheet of a workbook that is the list; else the only one with headings that are known",
        "工作簿中作为名单的工作表；默认为唯一一张表头可识别的",
    ),
    (
        "Leave out the hidden rows and columns of a workbook, or read them like the others; else they are wrong",
        "工作簿的隐藏行列：skip 为略过，take 为照常读取；不指定则报错",
    ),
    (
        "Count what is stored for longer than this as to be ordered again, e.g. 30d",
        "保存超过这一时长的计为需要重新下单，例如 30d",
    ),
    (
        "Where to listen, on this machine; port 0 takes a free one",
        "在本机的监听地址；端口 0 表示任选空闲端口",
    ),
    (
        "Listen at an address that other machines reach, too. Nothing is encrypted: whoever sees the traffic can read the page and decide about orders",
        "允许监听其他机器可访问的地址。流量未加密：能看到流量的人都能查看页面并裁定订单",
    ),
    (
        "Write the page as this file: it needs no server, no script and no network",
        "把页面写到此文件：无需服务器、脚本和网络",
    ),
];
