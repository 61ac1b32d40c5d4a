//! What stands between this machine and the vendors: proxies, certificates, clocks.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    ("cannot set up HTTP: {why}", "HTTP 无法初始化：{why}"),
    (
        "not the address of a proxy: write e.g. http://proxy.example:3128, http://user:password@proxy.example:3128 or socks5h://127.0.0.1:1080",
        "不是代理地址：请写成例如 http://proxy.example:3128、http://user:password@proxy.example:3128 或 socks5h://127.0.0.1:1080",
    ),
    ("no file of certificates: {error}", "不是证书文件：{error}"),
    (
        "there is no certificate in it: it must be a PEM file, with -----BEGIN CERTIFICATE-----",
        "其中没有证书：必须是含有 -----BEGIN CERTIFICATE----- 的 PEM 文件",
    ),
    (
        "a certificate in it is broken: {error}",
        "其中有一份证书已损坏：{error}",
    ),
    (
        "not a list of hosts: write names such as example.com (what is below a name is meant too), https:// before a name to allow it no plain http, or * alone for any host",
        "不是主机列表：请写 example.com 这样的域名（包括其下级域名），域名前加 https:// 表示不允许明文 http，单独一个 * 表示任何主机",
    ),
    (
        "this machine's clock is {apart} {vendor}'s",
        "本机时钟比 {vendor} {apart}",
    ),
];
