//! The way to the vendors: proxies, names, TLS, and the vendors' clocks. No account is named.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jindiao_client::{
    AddressPolicy, Client, ClockNote, HttpOptions, Probe, ProbedClock, TransportError,
    TransportErrorKind,
};
use jindiao_codes::Vendor;
use jindiao_protocol::Origin;
use jindiao_words::{Message, Say as _, say};

use super::{Finding, Report};
use crate::accounts;
use crate::config::{Config, Sources};
use crate::error::{CliError, Kind};

/// How long the name of a host may take to be resolved.
const DNS_LIMIT: Duration = Duration::from_secs(5);
/// A difference of clocks that is more than a nuisance, in milliseconds.
const MUCH: i64 = 60_000;
/// The furthest that signatures are corrected, in milliseconds.
const FURTHEST: i64 = 48 * 3_600_000;

/// Tells of the variables and the setting that name proxies.
pub(super) fn proxies(config: &Config, sources: &Sources, report: &mut Report<'_>) {
    const CHECK: &str = "proxy";
    for (name, value) in &sources.proxies {
        if value.is_empty() || name.eq_ignore_ascii_case("no_proxy") {
            continue;
        }
        if HttpOptions::is_proxy(value) {
            let is_used = !config.has_proxy;
            let text = if is_used {
                say!("{name} is set", name)
            } else {
                say!("{name} is set; the setting `proxy` wins over it", name)
            };
            report.add(Finding::ok(None, CHECK, text));
        } else {
            let text = say!(
                "{name} is set to something that is no address of a proxy",
                name
            );
            let advice = say!(
                "it is ignored, and calls go straight to the vendors; write e.g. http://proxy.example:3128 or socks5h://127.0.0.1:1080"
            );
            report.add(Finding::warning(None, CHECK, text).advice(advice));
        }
    }
}

/// Looks at the ways to `vendors`, at the same time.
pub(super) async fn examine(config: &Config, vendors: &[Vendor]) -> Result<Vec<Finding>, CliError> {
    let http = config.http()?;
    let client = accounts::transport(http.clone())?;
    let mut ways = Vec::new();
    for vendor in vendors {
        let settings = config.vendor(*vendor);
        let way = Way {
            vendor: *vendor,
            origin: settings.origin.clone(),
            is_real: config.is_real(*vendor),
            proxy: http.proxy_for(&settings.origin.to_string()),
            client: client
                .clone()
                .with_request_timeout(settings.request_timeout),
        };
        ways.push(tokio::spawn(way.examine()));
    }
    let mut findings = Vec::new();
    for way in ways {
        // A task of ours that panicked tells nothing.
        findings.extend(way.await.unwrap_or_default());
    }
    Ok(findings)
}

/// The way to one vendor.
struct Way {
    vendor: Vendor,
    origin: Origin,
    is_real: bool,
    proxy: Option<String>,
    client: Client,
}

impl Way {
    async fn examine(self) -> Vec<Finding> {
        let vendor = self.vendor;
        let mut findings = vec![self.address()];
        let (name, is_resolved) = self.name().await;
        findings.extend(name);
        if is_resolved {
            let probed = self.client.probe(&self.origin).await;
            findings.push(self.connection(&probed));
            if let Ok(probe) = probed
                && probe.status != 407
            {
                findings.push(clock(vendor, probe.clock));
            }
        }
        findings
    }

    fn address(&self) -> Finding {
        const CHECK: &str = "address";
        let (vendor, origin) = (Some(self.vendor), &self.origin);
        let shown = origin.to_string();
        if is_this_machine(origin.host()) {
            return Finding::note(vendor, CHECK, say!("{origin} is this machine", origin)).advice(
                say!("right for a simulator; for real orders take `url` away"),
            );
        }
        if !origin.is_https() {
            let text = say!(
                "{origin} is not encrypted: whoever is on the way can read and change what is said",
                origin
            );
            // Its documents name nothing else.
            return if self.vendor == Vendor::Yibeidiao && self.is_real {
                Finding::note(vendor, CHECK, text)
                    .advice(say!("see whether https://api.yibeidiao.com answers, and set `yibeidiao.url` to it if it does"))
            } else {
                Finding::warning(vendor, CHECK, text).advice(say!("write https in `url`"))
            };
        }
        if !self.is_real {
            let text = say!("{origin} is none of the vendor's own addresses", origin);
            return Finding::note(vendor, CHECK, text).advice(say!(
                "credentials go there; right for a gateway of your own, else take `url` away"
            ));
        }
        Finding::ok(vendor, CHECK, Message::verbatim(shown))
    }

    /// Whether the host's name leads anywhere, and whether it is worth knocking there.
    async fn name(&self) -> (Option<Finding>, bool) {
        const CHECK: &str = "name";
        let (vendor, host) = (Some(self.vendor), self.origin.host());
        if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() || is_this_machine(host) {
            return (None, true);
        }
        if self.proxy.is_some() {
            let text = say!("{host} is for the proxy to resolve", host);
            return (Some(Finding::ok(vendor, CHECK, text)), true);
        }
        let lookup = tokio::time::timeout(DNS_LIMIT, tokio::net::lookup_host((host, 443))).await;
        let reason = match lookup {
            Ok(Ok(found)) => {
                let found: Vec<_> = found.collect();
                if !found.is_empty() {
                    return (Some(resolved(self.vendor, host, &found)), true);
                }
                say!("there is no address")
            }
            Ok(Err(error)) => crate::error::cause(&error),
            Err(_) => say!("no answer from DNS in time"),
        };
        let text = say!("{host} is not resolved: {reason}", host, reason);
        let found = Finding::problem(Kind::NotStored, vendor, CHECK, text)
            .advice(say!("check the network and its DNS; behind a proxy set HTTPS_PROXY, or `proxy` in jindiao.toml"));
        (Some(found), false)
    }

    fn connection(&self, probed: &Result<Probe, TransportError>) -> Finding {
        const CHECK: &str = "connection";
        let vendor = Some(self.vendor);
        let through = match &self.proxy {
            Some(proxy) => say!(" through the proxy {proxy}", proxy),
            None => Message::verbatim(""),
        };
        let problem = |text: Message| Finding::problem(Kind::NotStored, vendor, CHECK, text);
        match probed {
            Ok(probe) if probe.status == 407 => problem(match &self.proxy {
                Some(proxy) => say!("the proxy {proxy} wants a user name and a password", proxy),
                None => say!("the proxy wants a user name and a password"),
            })
            .advice(with_password()),
            Ok(probe) => {
                let Probe { status, took, .. } = probe;
                let ms = took.as_millis();
                let text = if self.origin.is_https() {
                    say!(
                        "TLS is trusted, answered in {ms} ms{through} (HTTP {status})",
                        ms,
                        through,
                        status
                    )
                } else {
                    say!(
                        "answered in {ms} ms{through} (HTTP {status})",
                        ms,
                        through,
                        status
                    )
                };
                match &probe.leads_to {
                    Some(host) => {
                        let text =
                            say!("{answered}, and leads on to {host}", answered = text, host);
                        Finding::warning(vendor, CHECK, text).advice(
                            say!("log in to the network if it asks for that in a browser; else check `url`"),
                        )
                    }
                    None => Finding::ok(vendor, CHECK, text),
                }
            }
            Err(error) => {
                let is_login = error.to_string().contains("proxy authorization required");
                let found = problem(Message::joined(
                    [crate::error::cause(error), through],
                    Message::verbatim(""),
                ));
                found.advice(match error.kind() {
                    TransportErrorKind::Tls => say!("if your network looks into TLS, put the certificate of its authority into a file and name it as `ca_file`; if not, somebody else answers: do not go on"),
                    _ if is_login => with_password(),
                    _ if self.proxy.is_some() => say!("check that the proxy is there and lets you through, or reach the vendor without it (NO_PROXY, or `proxy = \"none\"`)"),
                    TransportErrorKind::Timeout => say!("the network or the vendor is slow: `connect_timeout` and `request_timeout` can be longer"),
                    _ => say!("check the network and the firewall; if it needs a proxy, set HTTPS_PROXY, or `proxy` in jindiao.toml"),
                })
            }
        }
    }
}

fn with_password() -> Message {
    say!(
        "write them into its address: http://user:password@host:port, in HTTPS_PROXY or as `proxy` in jindiao.toml"
    )
}

/// The addresses of a name, of which some may be strange for a vendor.
fn resolved(vendor: Vendor, host: &str, found: &[SocketAddr]) -> Finding {
    const CHECK: &str = "name";
    let is_private = |address: &&SocketAddr| !AddressPolicy::PUBLIC.allows(address.ip());
    match found.iter().find(is_private) {
        Some(private) => {
            let text = say!(
                "{host} leads to {ip}, which is no public address",
                host,
                ip = private.ip()
            );
            Finding::warning(Some(vendor), CHECK, text).advice(say!(
                "right where your network has a gateway for it; else ask who runs your DNS"
            ))
        }
        None => Finding::ok(Some(vendor), CHECK, say!("{host} is resolved", host)),
    }
}

/// How our clock stands to the vendor's.
fn clock(vendor: Vendor, clock: Option<ProbedClock>) -> Finding {
    const CHECK: &str = "clock";
    let some = Some(vendor);
    let Some(clock) = clock else {
        return Finding::note(
            some,
            CHECK,
            say!("the answer does not tell the vendor's time"),
        );
    };
    if !clock.differs {
        return Finding::ok(some, CHECK, say!("agrees with the vendor's"));
    }
    let text = ClockNote {
        vendor,
        ahead_seconds: clock.ahead_millis / 1000,
        is_corrected: false,
    }
    .say();
    let signs_time = vendor != Vendor::Patsnap;
    let apart = clock.ahead_millis.saturating_abs();
    if apart > FURTHEST && signs_time {
        Finding::problem(Kind::NotStored, some, CHECK, text).advice(say!(
            "set it, e.g. with `timedatectl set-ntp true`: signatures are corrected by two days at most"
        ))
    } else if apart >= MUCH {
        Finding::warning(some, CHECK, text).advice(say!(
            "set it, e.g. with `timedatectl set-ntp true`; signatures are corrected by themselves, the times in the ledger and quotas at midnight are not"
        ))
    } else {
        Finding::note(some, CHECK, text)
    }
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    let is_name =
        host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    is_name || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(vendor: Vendor, origin: &str, is_real: bool) -> Way {
        Way {
            vendor,
            origin: origin.parse().expect("an origin"),
            is_real,
            proxy: None,
            client: accounts::transport(HttpOptions::default())
                .map_err(|error| error.report())
                .expect("a client"),
        }
    }

    #[test]
    fn addresses() {
        let check = |vendor, origin: &str, is_real, expect: &str| {
            let found = way(vendor, origin, is_real).address();
            assert!(found.text().starts_with(expect), "{}", found.text());
        };
        check(
            Vendor::Qcc,
            "https://pro.qcc.com",
            true,
            "ok       qcc address: https://pro.qcc.com",
        );
        check(
            Vendor::Qcc,
            "http://pro.qcc.com",
            true,
            "warning  qcc address",
        );
        check(
            Vendor::Qcc,
            "https://gateway.example",
            false,
            "note     qcc address",
        );
        check(
            Vendor::Qcc,
            "http://gateway.example",
            false,
            "warning  qcc address",
        );
        check(
            Vendor::Qcc,
            "http://[::1]:80",
            false,
            "note     qcc address",
        );
        check(
            Vendor::Yibeidiao,
            "http://api.yibeidiao.com",
            true,
            "note     yibeidiao address",
        );
    }

    #[test]
    fn names_that_lead_inside() {
        let at = |text: &str| vec![text.parse::<SocketAddr>().expect("an address")];
        let text = |found: &[SocketAddr]| resolved(Vendor::Qcc, "pro.qcc.com", found).text();
        assert!(text(&at("47.110.1.1:443")).starts_with("ok"));
        let inside = text(&at("10.1.2.3:443"));
        assert!(
            inside.starts_with("warning  qcc name: pro.qcc.com leads to 10.1.2.3"),
            "{inside}"
        );
    }

    #[test]
    fn clocks() {
        let check = |vendor, ahead: Option<(i64, bool)>, expect: &str| {
            let read = ahead.map(|(ahead_millis, differs)| ProbedClock {
                ahead_millis,
                differs,
            });
            let text = clock(vendor, read).text();
            assert!(text.starts_with(expect), "{text}");
        };
        check(Vendor::Qcc, None, "note     qcc clock: the answer does not");
        check(
            Vendor::Qcc,
            Some((900, false)),
            "ok       qcc clock: agrees",
        );
        check(
            Vendor::Qcc,
            Some((20_000, true)),
            "note     qcc clock: this machine's clock is about 20 seconds behind qcc's",
        );
        check(
            Vendor::Qcc,
            Some((-420_000, true)),
            "warning  qcc clock: this machine's clock is about 7 minutes ahead of",
        );
        check(
            Vendor::Qcc,
            Some((4 * 86_400_000, true)),
            "problem  qcc clock",
        );
        check(
            Vendor::Patsnap,
            Some((4 * 86_400_000, true)),
            "warning  patsnap clock",
        );
    }
}
