//! What is written down in English, and said again when it is read: reasons, notes, what came of calls.
//!
//! A ledger keeps a text for years: one that changes here stays as an entry of its own.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    // Why an order stands as it does.
    (
        "the program ended between the intent to order ({written}) and the answer",
        "程序在记下下单意图（{written}）之后、得到答复之前中断",
    ),
    (
        "the intent expired before the call could be made",
        "下单意图在调用之前已过期",
    ),
    (
        "the call succeeded and its link is unusable: {error}",
        "调用成功，但返回的链接不可用：{error}",
    ),
    (
        "the answer to the order was none that an order gets",
        "下单得到的答复不是下单应有的答复",
    ),
    (
        "the call was charged and its link is dead: {why}",
        "调用已计费，但链接已失效：{why}",
    ),
    (
        "the report is not ready after {seconds} s; run again to go on waiting",
        "等待 {seconds} 秒后报告仍未就绪；再次运行可继续等待",
    ),
    (
        "the vendor gave an unusable link: {error}",
        "供应商给出的链接不可用：{error}",
    ),
    (
        "the vendor could not make the report: {cause}",
        "供应商未能生成报告：{cause}",
    ),
    (
        "the vendor had this question before",
        "供应商已收到过此次查询",
    ),
    (
        "the vendor answered a question with an order",
        "查询得到的答复却是下单的答复",
    ),
    (
        "the order has no reference to ask for",
        "订单没有可供查询的供应商单号",
    ),
    (
        "the order was placed (reference {reference}) and the vendor does not give it out: {why}",
        "订单已下达（单号 {reference}），但供应商不提供报告：{why}",
    ),
    ("abandoned by decision", "已按决定放弃"),
    (
        "reportStatus F, without a reason",
        "reportStatus F，未说明原因",
    ),
    ("job_status 3, without a cause", "job_status 3，未说明原因"),
    (
        "ordered again by itself ({times}), as on_uncertain says; the earlier call may have been charged, too",
        "已按 on_uncertain 自动重新下单（第 {times} 次）；先前的调用可能也已计费",
    ),
    (
        "{error}; nothing of it was used, and the report is not lost: it is asked for again. If this comes back, somebody on the way may change replies: ask from another network",
        "{error}；该答复未被采用，报告不会丢失，将重新获取。若再次出现，可能有人在途中篡改答复：请换一个网络再试",
    ),
    ("decided: the vendor has it", "已裁定：供应商已接单"),
    (
        "decided: not placed, order it",
        "已裁定：供应商未接单，重新下单",
    ),
    ("decided: abandoned", "已裁定：放弃"),
    ("copied to another folder", "已复制到另一文件夹"),
    // Why a run left an order.
    ("interrupted", "被中断"),
    ("the run ended before", "轮到它之前运行已结束"),
    ("it had no permit", "未获得调用许可"),
    (
        "there is no account for {vendor}",
        "没有配置 {vendor} 的账户",
    ),
    (
        "the daily quota is used up until {until}",
        "当日额度已用完，{until} 恢复",
    ),
    (
        "the vendor wants it left alone until {until}",
        "供应商要求在 {until} 之前不要再查询",
    ),
    (
        "the budget does not have the {price} yuan that it costs",
        "剩余预算不足以支付它的 {price} 元",
    ),
    (
        "not ordered, since the account needs attention: {why}",
        "未下单，账户需要处理：{why}",
    ),
    (
        "not asked for, since the account needs attention: {why}",
        "未获取，账户需要处理：{why}",
    ),
    (
        "not ordered, since reports cannot be stored: {why}",
        "未下单，因为报告无法保存：{why}",
    ),
    (
        "its file {file} is gone, and getting it again is another charge; --fresh-within 0s orders it anew",
        "报告文件 {file} 已不在，重新获取将再次计费；用 --fresh-within 0s 可重新下单",
    ),
    (
        "its file cannot be copied: {error}",
        "报告文件无法复制：{error}",
    ),
    // What came of a call: `ReplyError`.
    (
        "{call}: code {code} “{text}”",
        "{call}：状态码 {code}“{text}”",
    ),
    ("{call}: code {code}", "{call}：状态码 {code}"),
    (
        "{call}: refused without a code",
        "{call}：被拒绝，未给状态码",
    ),
    ("{call}: HTTP {status}", "{call}：HTTP {status}"),
    (
        "{call}: unreadable reply (HTTP {status})",
        "{call}：答复无法解读（HTTP {status}）",
    ),
    (
        "{call}: unreadable reply (HTTP {status}): {detail}",
        "{call}：答复无法解读（HTTP {status}）：{detail}",
    ),
    ("{call}: incomplete reply", "{call}：答复不完整"),
    (
        "{call}: incomplete reply: {detail}",
        "{call}：答复不完整：{detail}",
    ),
    (
        "{call}: the reply may have been tampered with",
        "{call}：答复可能被篡改",
    ),
    (
        "{call}: the reply may have been tampered with: {detail}",
        "{call}：答复可能被篡改：{detail}",
    ),
    ("{refusal} — {meaning}", "{refusal}：{meaning}"),
    // Where nothing else is known of an order.
    ("not ordered yet", "尚未下单"),
    ("being ordered", "正在下单"),
    ("ready, not downloaded yet", "报告已就绪，尚未下载"),
    ("the vendor is making the report", "供应商正在生成报告"),
    ("see below", "见下文"),
    (
        "{refusal} — a code that is in no table that we know",
        "{refusal}：此状态码不在已知的任何表中",
    ),
    // What was wrong with a reply.
    (
        "the envelope says success and HTTP says failure",
        "答复正文表示成功，HTTP 状态却表示失败",
    ),
    (
        "status is false and no error_code says why",
        "status 为 false，却没有 error_code 说明原因",
    ),
    ("the status is no approval", "状态不是批准"),
    ("no usable token", "没有可用的令牌"),
    ("no job_id with all its digits", "没有完整的 job_id"),
    ("the reply is about another job_id", "答复属于另一个 job_id"),
    ("no job_status", "没有 job_status"),
    (
        "no download_url with job_status 2",
        "job_status 为 2，却没有 download_url",
    ),
    (
        "neither success nor a failure with a code",
        "既不是成功，也不是带状态码的失败",
    ),
    ("no usable orderNo", "没有可用的 orderNo"),
    (
        "the reply is about another orderNo",
        "答复属于另一个 orderNo",
    ),
    ("no reportStatus", "没有 reportStatus"),
    ("no reportUrl with status S", "状态为 S，却没有 reportUrl"),
    ("no picture address in Result", "Result 中没有图片地址"),
    ("msg has something else than an address", "msg 中不是地址"),
    ("the reply is not signed", "答复没有签名"),
    (
        "the key of the reply is not ours",
        "答复中的 key 不是本账户的",
    ),
    (
        "the seq of the reply is not the one of the request",
        "答复中的 seq 与请求不符",
    ),
    (
        "its sign does not verify; the vendor's own samples only do with a key and a token in upper case, and the ones given are not",
        "签名验证不通过；供应商的示例只在 key 和 token 均为大写时才能通过，而当前配置的不是大写",
    ),
    ("its sign does not verify", "签名验证不通过"),
    // What became of a call.
    ("{call}: never sent: {error}", "{call}：未发出：{error}"),
    ("{call}: maybe sent: {error}", "{call}：可能已送达：{error}"),
    ("{call}: answered: {error}", "{call}：已应答：{error}"),
    ("{error} (after {n} attempts)", "{error}（已尝试 {n} 次）"),
    (
        "the {exchange} request cannot be built: {reason}",
        "无法构造 {exchange} 请求：{reason}",
    ),
    (
        "the permission to send ran out before the call",
        "发送许可在调用之前已过期",
    ),
    (
        "the permission to send ran out before the request left",
        "发送许可在请求发出之前已过期",
    ),
    ("the permission to send ran out", "发送许可已过期"),
    (
        "the account's daily limit of {limit} calls is reached until {until}",
        "账户每日 {limit} 次调用的上限已用完，{until} 恢复",
    ),
    ("the request cannot be carried", "请求无法发送"),
    (
        "the request cannot be carried: {detail}",
        "请求无法发送：{detail}",
    ),
    ("the host name was not resolved", "域名无法解析"),
    (
        "the host name was not resolved: {detail}",
        "域名无法解析：{detail}",
    ),
    ("no connection", "无法建立连接"),
    ("no connection: {detail}", "无法建立连接：{detail}"),
    ("no trusted TLS connection", "无法建立可信的 TLS 连接"),
    (
        "no trusted TLS connection: {detail}",
        "无法建立可信的 TLS 连接：{detail}",
    ),
    ("refused address", "地址被拒绝"),
    ("refused address: {detail}", "地址被拒绝：{detail}"),
    ("too late", "太迟"),
    ("too late: {detail}", "太迟：{detail}"),
    ("no complete answer in time", "未在限定时间内收到完整的应答"),
    (
        "no complete answer in time: {detail}",
        "未在限定时间内收到完整的应答：{detail}",
    ),
    ("the connection broke", "连接中断"),
    ("the connection broke: {detail}", "连接中断：{detail}"),
    ("the reply is too large", "答复过大"),
    ("the reply is too large: {detail}", "答复过大：{detail}"),
    ("no answer from DNS in time", "DNS 未及时应答"),
    ("more than {n} bytes", "超过 {n} 字节"),
    (
        "neither an http nor an https address",
        "不是 http 或 https 地址",
    ),
    (
        "{address} is not on the public internet",
        "{address} 不在公网上",
    ),
    ("the compressed body is broken", "压缩的正文已损坏"),
    (
        "{detail}; this machine has no CA certificates: install the package ca-certificates, or name a file in SSL_CERT_FILE",
        "{detail}；本机没有 CA 证书：请安装 ca-certificates 软件包，或用 SSL_CERT_FILE 指定文件",
    ),
    (
        "{n} replies in a row were like this",
        "已连续 {n} 次收到这样的答复",
    ),
    (
        "its link was sealed with another secret of the account, or was changed since; put the secret back with which it was ordered and run again",
        "其链接是用该账户的另一密钥封存的，或之后被改动；请恢复下单时所用的密钥后再次运行",
    ),
    // How clocks differ.
    ("about {n} seconds behind", "约慢 {n} 秒"),
    ("about {n} seconds ahead of", "约快 {n} 秒"),
    ("about {n} minutes behind", "约慢 {n} 分钟"),
    ("about {n} minutes ahead of", "约快 {n} 分钟"),
    ("about {n} hours behind", "约慢 {n} 小时"),
    ("about {n} hours ahead of", "约快 {n} 小时"),
    ("about {n} days behind", "约慢 {n} 天"),
    ("about {n} days ahead of", "约快 {n} 天"),
    ("about {n} years behind", "约慢 {n} 年"),
    ("about {n} years ahead of", "约快 {n} 年"),
    (
        "this machine's clock is {apart} the vendor's, so the call is made again with the vendor's time",
        "本机时钟比供应商{apart}，将改用供应商的时间重新调用",
    ),
    (
        "by the date of the answer this machine's clock agrees with the vendor's, so the clock is not the reason",
        "从应答的日期看，本机时钟与供应商一致，原因不在时钟",
    ),
    (
        "the call was signed with the vendor's own time, so the clock is not the reason",
        "调用是以供应商自己的时间签名的，原因不在时钟",
    ),
    (
        "the answer does not tell the vendor's time, so check this machine's clock, too",
        "应答未给出供应商的时间，请同时检查本机时钟",
    ),
    (
        "this machine's clock is {apart} the vendor's, which is more than is corrected: set it",
        "本机时钟比供应商{apart}，超出可自动修正的范围：请校准时钟",
    ),
    (
        "this machine's clock is {apart} the vendor's, and the vendor does not take the time of its own answers either: set the clock",
        "本机时钟比供应商{apart}，而供应商也不接受它自己应答中的时间：请校准时钟",
    ),
    // What became of a download.
    (
        "the link's host answered HTTP {status}: the link is dead, a fresh one is needed",
        "链接所在主机应答 HTTP {status}：链接已失效，需要新的链接",
    ),
    (
        "the link's host answered HTTP {status}",
        "链接所在主机应答 HTTP {status}",
    ),
    ("the download broke off: {error}", "下载中断：{error}"),
    (
        "the disk is full: {needed} bytes are needed, and {free} are free; free some space",
        "磁盘已满：需要 {needed} 字节，剩余 {free} 字节；请腾出空间",
    ),
    ("the disk is full: free some space", "磁盘已满：请腾出空间"),
    ("the disk quota is used up", "磁盘配额已用完"),
    (
        "the output folder is on a read-only file system",
        "输出文件夹位于只读文件系统",
    ),
    (
        "no permission to write into the output folder",
        "没有写入输出文件夹的权限",
    ),
    (
        "the report could not be written: {error}",
        "报告无法写入：{error}",
    ),
    ("the link is sealed", "链接仍处于封存状态"),
    ("the link is no address", "链接不是地址"),
    ("{error}; it is kept as {name}", "{error}；已另存为 {name}"),
    (
        "the link redirects more than {n} times",
        "链接的重定向超过 {n} 次",
    ),
    ("the link cannot be carried by HTTP", "链接无法用 HTTP 发送"),
    (
        "the link is neither http nor https",
        "链接既不是 http 也不是 https",
    ),
    (
        "the link has credentials before its host",
        "链接的主机名前带有用户名或密码",
    ),
    (
        "the link leads to {host} over plain http, where anybody on the way could change the report",
        "链接以明文 http 指向 {host}，途中任何人都可能改动报告",
    ),
    (
        "the link leads to {host}, which is none of the hosts that it may lead to",
        "链接指向 {host}，它不在允许的主机之列",
    ),
    ("the link redirects to nowhere", "链接的重定向没有目标"),
    (
        "the link redirects from https to plain http",
        "链接从 https 重定向到明文 http",
    ),
    (
        "the link's host sent an empty file",
        "链接所在主机发来的是空文件",
    ),
    (
        "{bytes} bytes came where {total} were announced",
        "收到 {bytes} 字节，而声明的是 {total} 字节",
    ),
    (
        "the {kind} file that came has no end: it was cut off before it was sent",
        "收到的 {kind} 文件没有结尾：发送之前就已残缺",
    ),
    (
        "the download broke off after {bytes} of {total} bytes",
        "下载在 {total} 字节中的第 {bytes} 字节处中断",
    ),
    (
        "the download broke off after {bytes} bytes",
        "下载在第 {bytes} 字节处中断",
    ),
    (
        "the link's host says that the link is dead, a fresh one is needed",
        "链接所在主机称链接已失效，需要新的链接",
    ),
    (
        "a page or an error document came instead of a {kind} file",
        "收到的是网页或错误文档，而不是 {kind} 文件",
    ),
    ("what came is no {kind} file", "收到的不是 {kind} 文件"),
    ("the file is larger than {n} bytes", "文件超过 {n} 字节"),
    (
        "the download took longer than {time}",
        "下载用时超过 {time}",
    ),
    (
        "the link's host sent next to nothing for {time}",
        "链接所在主机在 {time} 内几乎没有发来数据",
    ),
    (
        "another download is writing to the same file",
        "另一个下载正在写同一个文件",
    ),
    // Who has a ledger open.
    ("jindiao, process {process}", "jindiao，进程 {process}"),
    ("another process", "另一进程"),
    (
        "another process, which opened it later",
        "后来打开它的另一进程",
    ),
    // On many machines.
    ("the folder could not be looked at", "文件夹无法查看"),
    (
        "the output folder {path} cannot be written: {cause}",
        "输出文件夹 {path} 无法写入：{cause}",
    ),
    (
        "{error}; the report waits in {path}",
        "{error}；报告暂存在 {path}",
    ),
    (
        "decided: the vendor has the order",
        "已裁定：供应商已接此订单",
    ),
    (
        "decided: the vendor does not have the order",
        "已裁定：供应商未接此订单",
    ),
    ("decided: given up", "已裁定：放弃"),
    ("the link must be sealed", "链接必须封存"),
    (
        "the request is not the one that this key stands for",
        "请求与此键不符",
    ),
    (
        "this cluster has real orders, and the request is a simulated one",
        "此集群是真实订单，而请求是模拟订单",
    ),
    (
        "this cluster has simulated orders, and the request is a real one",
        "此集群是模拟订单，而请求是真实订单",
    ),
    (
        "order {order} was moved to the ledger {ledger}, and goes on there; nothing is ordered for it here",
        "订单 {order} 已移到账本 {ledger} 并在那里继续；此处不再为它下单",
    ),
    ("there is no such order", "没有此订单"),
    (
        "the vendor has just turned another order away",
        "供应商刚刚拒绝了另一个订单",
    ),
    (
        "no turn within {seconds} s: the worker has too much to do",
        "{seconds} 秒内没有轮到调用：工作进程要做的事太多",
    ),
    (
        "the worker has no account for {vendor}",
        "工作进程没有 {vendor} 的账户",
    ),
    (
        "nothing new is ordered while reports cannot be stored: {why}",
        "报告无法保存，暂不下新单：{why}",
    ),
    (
        "the {limit} calls that it may make a day are made",
        "每日 {limit} 次调用已用完",
    ),
    (
        "the vendor's quota of the day is used up",
        "供应商的当日额度已用完",
    ),
    (
        "the workers of this cluster have different configurations for {vendor}: {parts}",
        "此集群的工作进程对 {vendor} 的配置不一致：{parts}",
    ),
    ("its address ({one} and {two})", "地址（{one} 与 {two}）"),
    ("its credentials", "凭据"),
    (
        "its pace (a call every {one} and every {two} microseconds)",
        "速率（每 {one} 微秒一次与每 {two} 微秒一次）",
    ),
    (
        "its daily limit ({one} and {two})",
        "每日上限（{one} 与 {two}）",
    ),
    (
        "the cluster keeps its orders in form {form}, this program reads up to {known}: use the newer program",
        "集群以格式 {form} 保存订单，本程序只支持到 {known}：请使用较新的程序",
    ),
    (
        "the cluster has simulated orders, and this worker is for real ones",
        "集群是模拟订单，而此工作进程用于真实订单",
    ),
    (
        "the cluster has real orders, and this worker is for simulated ones",
        "集群是真实订单，而此工作进程用于模拟订单",
    ),
    (
        "the object store {store} does not answer: {detail}",
        "对象存储 {store} 没有应答：{detail}",
    ),
    (
        "the folder where reports wait for {store} cannot be used: {detail}",
        "等待写入 {store} 的报告所在文件夹无法使用：{detail}",
    ),
    (
        "the object store {store} refuses{detail}: check the credentials, the region, this machine's clock, and that reading, writing and deleting are allowed under the prefix",
        "对象存储 {store} 拒绝访问{detail}：请检查凭据、地域、本机时钟，以及该前缀下是否允许读、写和删除",
    ),
    (
        "the object store {store} has no such bucket{detail}: make it, or check its name, region and endpoint",
        "对象存储 {store} 没有此存储桶{detail}：请创建它，或检查其名称、地域和 endpoint",
    ),
    (
        "the object store {store} is not able to{detail}: it is tried again",
        "对象存储 {store} 暂时无法处理{detail}：将重试",
    ),
    (
        "the object store {store} has something else under the name {detail}, which is not overwritten: move it away",
        "对象存储 {store} 中名为 {detail} 的是其他内容，不会覆盖：请将其移走",
    ),
    (
        "the object store {store} does not give back what was put there: {detail}",
        "对象存储 {store} 取回的内容与存入的不同：{detail}",
    ),
    (
        "the object store {store} has no such object{detail}",
        "对象存储 {store} 中没有此对象{detail}",
    ),
    (
        "the object store {store} answered with what is not known{detail}",
        "对象存储 {store} 的应答无法识别{detail}",
    ),
    (
        "write the store as s3://BUCKET/PREFIX, with oss, cos or obs for those services",
        "对象存储请写成 s3://BUCKET/PREFIX，对应服务用 oss、cos 或 obs",
    ),
    (
        "the store must be s3://…, oss://…, cos://… or obs://…",
        "对象存储必须是 s3://…、oss://…、cos://… 或 obs://…",
    ),
    (
        "the store's bucket must be 3 to 63 small letters, digits, dots and dashes",
        "存储桶名称须为 3 至 63 位小写字母、数字、点和连字符",
    ),
    (
        "the store's prefix must be names with `/` between them",
        "对象存储的前缀须为以 `/` 分隔的名称",
    ),
    (
        "a store at {service} needs its endpoint, an address without the bucket",
        "{service} 的对象存储需要 endpoint，即不含存储桶的地址",
    ),
    (
        "a store at s3 needs its region, or an endpoint",
        "s3 的对象存储需要地域或 endpoint",
    ),
    (
        "a store at obs takes no token: give it a permanent access key",
        "obs 的对象存储不支持 token：请使用永久访问密钥",
    ),
    (
        "a store's access key must be of visible ASCII characters",
        "对象存储的访问密钥须为可见的 ASCII 字符",
    ),
    (
        "the store's settings do not make an address",
        "对象存储的设置无法组成地址",
    ),
    (
        "the intent ended before the call could be made",
        "下单意图在调用之前已结束",
    ),
    (
        "another worker got ready for the call",
        "另一工作进程正准备此次调用",
    ),
    ("moved here in mid-charge", "在下单途中移入集群"),
    ("moved to a ledger in mid-charge", "在下单途中移到账本"),
];
