//! Downloads go to the addresses that were checked, and to no others.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use jindiao_words::say;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::host::{is_loopback, literal_host};
use crate::{AddressPolicy, TransportError, TransportErrorKind};

/// Looks the host of a download up and keeps what the policy allows.
///
/// A name that cannot be resolved here is no error yet: behind a proxy it may be the proxy's to
/// resolve. Without a proxy the connector asks [`Pinned`] and gets the DNS error.
pub(super) async fn pin(url: &Url, policy: AddressPolicy) -> Result<Pinned, TransportError> {
    let refused = || {
        TransportError::never_sent(
            TransportErrorKind::Address,
            say!(
                "{address} is not on the public internet",
                address = url.host_str().unwrap_or_default()
            )
            .to_string(),
        )
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    if let Some(address) = literal_host(url) {
        return if policy.allows(address) {
            Ok(Pinned {
                host,
                addresses: Ok(Vec::new()),
            })
        } else {
            Err(refused())
        };
    }
    if is_loopback(url) && !policy.allows(IpAddr::V4(Ipv4Addr::LOCALHOST)) {
        return Err(refused());
    }
    let port = url.port_or_known_default().unwrap_or(0);
    let addresses = match tokio::net::lookup_host((host.as_str(), port)).await {
        Ok(all) => Ok(allowed(all, policy).ok_or_else(refused)?),
        Err(error) => Err(error.to_string()),
    };
    Ok(Pinned { host, addresses })
}

/// Those of a name's addresses that `policy` allows; none if it allows none.
fn allowed(
    all: impl Iterator<Item = SocketAddr>,
    policy: AddressPolicy,
) -> Option<Vec<SocketAddr>> {
    let allowed: Vec<_> = all.filter(|address| policy.allows(address.ip())).collect();
    (!allowed.is_empty()).then_some(allowed)
}

/// Gives the addresses that were checked, and no others, for the host of a download.
pub(super) struct Pinned {
    host: String,
    addresses: Result<Vec<SocketAddr>, String>,
}

impl Resolve for Pinned {
    fn resolve(&self, name: Name) -> Resolving {
        if name.as_str().eq_ignore_ascii_case(&self.host) {
            let addresses = self.addresses.clone();
            return Box::pin(async move {
                let addresses: Addrs = Box::new(addresses.map_err(io::Error::other)?.into_iter());
                Ok(addresses)
            });
        }
        // Any other name is that of a proxy, which the user chose.
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Addrs = Box::new(addresses.collect::<Vec<_>>().into_iter());
            Ok(addresses)
        })
    }
}

tokio::task_local! {
    /// The addresses of the download that is being opened. Where it needs a new connection, that is
    /// begun inside of the request's own future; what is looked up outside of it fails.
    pub(super) static PINNED: Pinned;
}

/// Gives the addresses of the download that is being opened.
pub(super) struct PinnedHere;

impl Resolve for PinnedHere {
    fn resolve(&self, name: Name) -> Resolving {
        PINNED
            .try_with(|pinned| pinned.resolve(name))
            // What was not checked is not connected to.
            .unwrap_or_else(|error| Box::pin(std::future::ready(Err(error.into()))))
    }
}

#[cfg(test)]
mod tests {
    use jindiao_protocol::Delivery;

    use super::super::delivery::of_reqwest;
    use crate::HttpTransport;

    use super::*;

    async fn get_pinned(
        url: &str,
        addresses: Result<Vec<SocketAddr>, String>,
    ) -> Result<u16, TransportError> {
        let transport = HttpTransport::new().expect("TLS");
        get_through(&transport.0.public_file.direct, url, addresses).await
    }

    async fn get_through(
        file: &reqwest::Client,
        url: &str,
        addresses: Result<Vec<SocketAddr>, String>,
    ) -> Result<u16, TransportError> {
        let pinned = Pinned {
            host: "files.example.com".to_owned(),
            addresses,
        };
        let response = PINNED.scope(pinned, file.get(url).send()).await;
        response
            .map(|response| response.status().as_u16())
            .map_err(|error| of_reqwest(&error, false))
    }

    #[tokio::test]
    async fn the_address_that_was_checked_is_the_one_that_is_connected_to() {
        let server = mockito::Server::new_async().await;
        let here = server.socket_address();
        let url = format!("http://Files.Example.com:{}/", here.port());
        // mockito answers 501 to what it does not know; nobody else would answer that.
        assert_eq!(get_pinned(&url, Ok(vec![here])).await, Ok(501));
        let error = get_pinned(&url, Err("no such name".to_owned())).await;
        let error = error.expect_err("no address");
        assert_eq!(error.kind(), TransportErrorKind::Dns);
        assert!(error.to_string().contains("no such name"), "{error}");
    }

    #[tokio::test]
    async fn a_kept_connection_serves_only_what_its_address_was_checked_for() {
        let server = mockito::Server::new_async().await;
        let here = server.socket_address();
        let url = format!("http://files.example.com:{}/", here.port());
        let transport = HttpTransport::new().expect("TLS");
        let (any, public) = (
            &transport.0.any_file.direct,
            &transport.0.public_file.direct,
        );
        let unknown = || Err("no such name".to_owned());
        assert_eq!(get_through(any, &url, Ok(vec![here])).await, Ok(501));
        assert_eq!(get_through(any, &url, unknown()).await, Ok(501));
        let error = get_through(public, &url, unknown()).await;
        assert_eq!(error.map_err(|e| e.kind()), Err(TransportErrorKind::Dns));
    }

    #[tokio::test]
    async fn what_was_not_checked_is_not_connected_to() {
        let file = HttpTransport::new()
            .expect("TLS")
            .0
            .public_file
            .direct
            .clone();
        let error = file.get("http://localhost:1/").send().await;
        let error = of_reqwest(&error.expect_err("no address"), false);
        assert_eq!(error.kind(), TransportErrorKind::Dns);
        assert_eq!(error.delivery(), Delivery::NeverSent);
    }

    #[tokio::test]
    async fn names_are_pinned_to_what_the_policy_allows() {
        let url = |text: &str| Url::parse(text).expect("an address");
        let localhost = url("http://localhost:81/");
        let pinned = pin(&localhost, AddressPolicy::PRIVATE_TOO)
            .await
            .expect("allowed");
        let addresses = pinned.addresses.expect("localhost has an address");
        assert!(
            addresses
                .iter()
                .all(|a| a.ip().is_loopback() && a.port() == 81)
        );
        for refused in ["http://localhost/", "http://10.0.0.1/", "http://[::]/"] {
            let error = pin(&url(refused), AddressPolicy::PUBLIC).await.err();
            assert_eq!(error.map(|e| e.kind()), Some(TransportErrorKind::Address));
        }
    }

    #[test]
    fn a_name_with_addresses_inside_and_outside_leads_outside_alone() {
        let addresses = |texts: &[&str]| {
            let parse = |text: &&str| format!("{text}:80").parse::<SocketAddr>().expect(text);
            texts.iter().map(parse).collect::<Vec<_>>()
        };
        let check = |all: &[&str], expect: Option<&[&str]>| {
            let allowed = allowed(addresses(all).into_iter(), AddressPolicy::PUBLIC);
            assert_eq!(allowed, expect.map(addresses), "{all:?}");
        };
        check(&["127.0.0.1", "1.1.1.1", "[::1]"], Some(&["1.1.1.1"]));
        check(&["10.0.0.1", "169.254.169.254", "[fe80::1]"], None);
        check(&["[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]"], None);
        check(&[], None);
    }
}
