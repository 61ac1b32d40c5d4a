//! The help of `jindiao cluster`.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "Order with many machines, on a Restate server",
        "在 Restate 服务器上用多台机器下单",
    ),
    (
        "Workers on any number of machines share the pace, the quota and the health of each account. One machine is enough for most lists: what limits is how fast a vendor lets itself be called.",
        "任意多台机器上的工作进程共用每个账户的速率、额度和状态。多数名单一台机器就够：瓶颈在于供应商允许的调用速率。",
    ),
    ("on each machine", "每台机器上执行"),
    ("move one machine's orders here", "把单机的订单迁到这里"),
    (
        "Order what was submitted, until it is stopped",
        "处理已提交的订单，直到被停止",
    ),
    (
        "It registers itself with the Restate server, which must be able to reach it. All workers of a cluster have the same accounts, with the same pace and daily limit, and put reports into the same folder. SIGTERM and Ctrl-C end it when no call is under way any more.",
        "它会向 Restate 服务器注册，服务器须能访问到它。同一集群的所有工作进程使用相同的账户、速率和每日上限，报告放到同一文件夹。收到 SIGTERM 或 Ctrl-C 后，待没有进行中的调用时退出。",
    ),
    ("Have every line of a list ordered", "提交名单，逐行下单"),
    (
        "What the cluster knows already is not ordered again. The same command again goes on where it stopped.",
        "集群已有的不再下单。再次执行同一命令会从停下处继续。",
    ),
    (
        "Count the cluster's orders, and say what needs attention: accounts, doubts, paused work",
        "统计集群的订单，并列出需要处理的：账户、存疑、暂停的任务",
    ),
    ("List the cluster's orders", "列出集群的订单"),
    (
        "Say that an account was seen to: orders go to it again",
        "确认账户已处理：恢复向其下单",
    ),
    (
        "Let the next worker settle anew how an account is configured",
        "由下一个工作进程重新确定账户的配置",
    ),
    (
        "For another pace, daily limit, address or credential. Stop all workers first: one that runs settles the account as it was.",
        "用于更换速率、每日上限、地址或凭据。请先停止所有工作进程：仍在运行的会按原样确定账户。",
    ),
    (
        "Have the server go on with work that it has given up on",
        "让服务器继续已放弃的任务",
    ),
    (
        "Move the orders of a ledger of one machine to the cluster",
        "把单机账本中的订单迁到集群",
    ),
    (
        "An order that was caught in mid-charge arrives as uncertain. From then on the ledger can be looked at and orders nothing. The same command again finishes what was interrupted.",
        "下单途中的订单迁入后为存疑。此后该账本只可查看，不再下单。再次执行同一命令会完成中断的部分。",
    ),
    (
        "Copy the cluster's orders into a new ledger, for `orders`, `show` and `bill`",
        "把集群的订单复制到新账本，供 `orders`、`show` 和 `bill` 使用",
    ),
    (
        "The orders stay in the cluster: nothing can be ordered with the copy.",
        "订单仍在集群中：副本不能用来下单。",
    ),
    (
        "The administration of the Restate server; else `restate_admin` in the configuration, else http://127.0.0.1:9070",
        "Restate 服务器的管理地址；默认为配置中的 `restate_admin`，其次为 http://127.0.0.1:9070",
    ),
    (
        "The ingress of the Restate server, if it is not where the server says",
        "Restate 服务器的入口地址，若与服务器所说的不同",
    ),
    (
        "The file that remembers which cluster it is; else `identity` in the configuration, else jindiao-cluster.json here",
        "记录是哪个集群的文件；默认为配置中的 `identity`，其次为当前文件夹的 jindiao-cluster.json",
    ),
    (
        "Where to listen; else `listen` in the configuration, else 127.0.0.1:9080. Nobody but the server may reach it",
        "监听地址；默认为配置中的 `listen`，其次为 127.0.0.1:9080。只应让服务器访问到",
    ),
    (
        "Where the server reaches the workers: a load balancer where there are several; else where this one listens",
        "服务器访问工作进程的地址：有多个时为负载均衡器；默认为本进程的监听地址",
    ),
    (
        "The address of workers that are gone for good: what began with them goes on with this one, which must be of the same version",
        "已永久停用的工作进程的地址：由它们开始的任务改由本进程继续，版本须相同",
    ),
    (
        "Where the reports go: a folder that all workers share; with an object store in the configuration, a folder of this machine where reports wait for it",
        "报告存放的文件夹，由所有工作进程共用；若配置了对象存储，则为本机暂存报告的文件夹",
    ),
    (
        "Where metrics are served for Prometheus, at /metrics: a loopback address, or one that only your own machines reach",
        "提供 Prometheus 指标（/metrics）的地址：回环地址，或只有自己的机器能访问的地址",
    ),
    (
        "Order from `jindiao simulate` at the configured addresses, with its credentials",
        "向配置地址上的 `jindiao simulate` 下单，使用其凭据",
    ),
    ("Show the bill and submit nothing", "只显示账单，不提交"),
    ("Submit for so many yuan at most", "提交金额的上限（元）"),
    ("Submit without asking", "不询问，直接提交"),
    ("The cluster's orders are simulated", "集群的订单是模拟的"),
    ("Whose account", "哪家供应商的账户"),
    ("Only for this product", "只限此产品"),
    (
        "Only these, by the ids that `status` shows; else all that are paused",
        "只限这些，编号见 `status`；默认为全部已暂停的",
    ),
    (
        "The ledger; no run may go on with it",
        "账本；不得有运行正在使用它",
    ),
    (
        "Have what the ledger has planned and not ordered yet ordered without asking",
        "账本中待下单的不再询问，直接下单",
    ),
    (
        "The new ledger; there must be no such file yet",
        "新账本；该文件须尚不存在",
    ),
    (
        "Move the orders: from here on `jindiao run` with the ledger goes on with them, and the cluster does nothing for them any more. Without it they are copied, to be looked at",
        "迁出订单：此后由 `jindiao run` 用该账本继续，集群不再处理。不指定则只是复制，供查看",
    ),
    (
        "Also write the manifest of the folder that the workers share, so that `jindiao verify` can check it",
        "另外写出工作进程共用文件夹的清单，供 `jindiao verify` 核对",
    ),
];
