//! What the page over the ledger says, and its server.

use super::Entry;

pub(super) const TEXTS: &[Entry] = &[
    (
        "other machines reach {addr}, and what goes over it is not encrypted",
        "其他机器可以访问 {addr}，而传输内容没有加密",
    ),
    (
        "listen at 127.0.0.1 and come by `ssh -L`, or say --exposed if the network is yours",
        "请监听 127.0.0.1 并用 `ssh -L` 访问；若网络完全由您掌控，可加 --exposed",
    ),
    ("the system gives no random numbers", "系统无法提供随机数"),
    (
        "warning: other machines reach this address, and nothing that goes over it is encrypted",
        "警告：其他机器可以访问此地址，而传输内容没有加密",
    ),
    (
        "open the address; whoever has it can decide about orders. Ctrl-C ends the dashboard",
        "请打开此地址；持有它的人都能裁定订单。按 Ctrl-C 结束看板",
    ),
    ("cannot listen on {addr}", "无法监听 {addr}"),
    ("another program has this port", "此端口已被其他程序占用"),
    (
        "--addr 127.0.0.1:0 takes a free one; or a dashboard is running already",
        "--addr 127.0.0.1:0 可使用空闲端口；也可能看板已在运行",
    ),
    (
        "--addr 127.0.0.1:0 listens on this machine, at a free port",
        "--addr 127.0.0.1:0 在本机的空闲端口监听",
    ),
    (
        "order {order} is not uncertain any more: it is {state}",
        "订单 {order} 已不再存疑：现为{state}",
    ),
    ("{path} is there already", "{path} 已存在"),
    ("--force replaces it", "--force 可将其替换"),
];
