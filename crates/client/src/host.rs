//! What the host of an address is, by the looks of it: no name is looked up.

use std::net::IpAddr;

use reqwest::Url;

/// The host of `url` if it is written as an address, in any of the forms that browsers read
/// (`127.1`, `0x7f000001`).
pub(crate) fn literal_host(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.parse().ok()
}

/// Whether `url` names this machine itself.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match literal_host(url) {
        Some(IpAddr::V6(v6)) => v6.to_canonical().is_loopback(),
        Some(v4) => v4.is_loopback(),
        None => url
            .host_str()
            .map(|host| host.trim_end_matches('.'))
            .is_some_and(|host| host == "localhost" || host.ends_with(".localhost")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_by_any_name() {
        let check = |url: &str, loopback: bool| {
            assert_eq!(is_loopback(&Url::parse(url).expect(url)), loopback, "{url}");
        };
        for url in [
            "http://127.0.0.1/",
            "http://127.1:80/",
            "http://0x7f000001/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost/",
            "http://LocalHost.:8080/",
            "http://a.localhost/",
        ] {
            check(url, true);
        }
        for url in [
            "http://10.0.0.1/",
            "http://localhost.example.com/",
            "http://notlocalhost/",
            "http://[fd00::1]/",
        ] {
            check(url, false);
        }
    }
}
