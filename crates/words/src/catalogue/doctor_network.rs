//! What `jindiao doctor` finds out on the way to the vendors.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "it is ignored, and calls go straight to the vendors; write e.g. http://proxy.example:3128 or socks5h://127.0.0.1:1080",
        "它被忽略，调用直接发往供应商；请写例如 http://proxy.example:3128 或 socks5h://127.0.0.1:1080",
    ),
    (
        "right for a simulator; for real orders take `url` away",
        "模拟器应当如此；真实下单请去掉 `url`",
    ),
    (
        "see whether https://api.yibeidiao.com answers, and set `yibeidiao.url` to it if it does",
        "请看 https://api.yibeidiao.com 是否应答，如果应答请将 `yibeidiao.url` 设为它",
    ),
    ("write https in `url`", "请在 `url` 中写 https"),
    (
        "credentials go there; right for a gateway of your own, else take `url` away",
        "密钥会发到那里；如果是自己的网关则无误，否则请去掉 `url`",
    ),
    ("there is no address", "没有地址"),
    (
        "check the network and its DNS; behind a proxy set HTTPS_PROXY, or `proxy` in jindiao.toml",
        "请检查网络及其 DNS；如需代理请设置 HTTPS_PROXY，或 jindiao.toml 中的 `proxy`",
    ),
    (
        "log in to the network if it asks for that in a browser; else check `url`",
        "如果网络要求在浏览器中登录，请先登录；否则请检查 `url`",
    ),
    (
        "if your network looks into TLS, put the certificate of its authority into a file and name it as `ca_file`; if not, somebody else answers: do not go on",
        "如果您的网络会解密 TLS，请将其证书颁发机构的证书存为文件并设为 `ca_file`；否则就是别人在应答：请不要继续",
    ),
    (
        "check that the proxy is there and lets you through, or reach the vendor without it (NO_PROXY, or `proxy = \"none\"`)",
        "请检查代理是否可用并允许通过，或绕过代理访问供应商（NO_PROXY，或 `proxy = \"none\"`）",
    ),
    (
        "the network or the vendor is slow: `connect_timeout` and `request_timeout` can be longer",
        "网络或供应商较慢：可调大 `connect_timeout` 和 `request_timeout`",
    ),
    (
        "check the network and the firewall; if it needs a proxy, set HTTPS_PROXY, or `proxy` in jindiao.toml",
        "请检查网络和防火墙；如需代理请设置 HTTPS_PROXY，或 jindiao.toml 中的 `proxy`",
    ),
    (
        "right where your network has a gateway for it; else ask who runs your DNS",
        "如果您的网络为它设有网关则无误；否则请询问 DNS 管理员",
    ),
    (
        "the answer does not tell the vendor's time",
        "应答中没有供应商的时间",
    ),
    ("agrees with the vendor's", "与供应商一致"),
    (
        "write them into its address: http://user:password@host:port, in HTTPS_PROXY or as `proxy` in jindiao.toml",
        "请写入代理地址：http://user:password@host:port，放在 HTTPS_PROXY 或 jindiao.toml 的 `proxy` 中",
    ),
    ("{name} is set", "已设置 {name}"),
    (
        "{name} is set; the setting `proxy` wins over it",
        "已设置 {name}；但以配置项 `proxy` 为准",
    ),
    (
        "{name} is set to something that is no address of a proxy",
        "{name} 的值不是代理地址",
    ),
    ("{origin} is this machine", "{origin} 是本机"),
    (
        "{origin} is not encrypted: whoever is on the way can read and change what is said",
        "{origin} 未加密：途中任何人都能读取和改动内容",
    ),
    (
        "{origin} is none of the vendor's own addresses",
        "{origin} 不是供应商自己的地址",
    ),
    ("{host} is for the proxy to resolve", "{host} 由代理解析"),
    (
        "{host} is not resolved: {reason}",
        "无法解析 {host}：{reason}",
    ),
    (
        "{host} leads to {ip}, which is no public address",
        "{host} 指向 {ip}，不是公网地址",
    ),
    ("{host} is resolved", "{host} 可以解析"),
    (
        "the proxy wants a user name and a password",
        "代理要求用户名和密码",
    ),
    (
        "the proxy {proxy} wants a user name and a password",
        "代理 {proxy} 要求用户名和密码",
    ),
    (
        "TLS is trusted, answered in {ms} ms{through} (HTTP {status})",
        "TLS 可信，{ms} 毫秒内应答{through}（HTTP {status}）",
    ),
    (
        "answered in {ms} ms{through} (HTTP {status})",
        "{ms} 毫秒内应答{through}（HTTP {status}）",
    ),
    (" through the proxy {proxy}", "（经代理 {proxy}）"),
    (
        "{answered}, and leads on to {host}",
        "{answered}，并转向 {host}",
    ),
    (
        "set it, e.g. with `timedatectl set-ntp true`: signatures are corrected by two days at most",
        "请校准时钟，例如 `timedatectl set-ntp true`：签名最多修正两天",
    ),
    (
        "set it, e.g. with `timedatectl set-ntp true`; signatures are corrected by themselves, the times in the ledger and quotas at midnight are not",
        "请校准时钟，例如 `timedatectl set-ntp true`；签名会自动修正，账本中的时间和零点的限额不会",
    ),
];
