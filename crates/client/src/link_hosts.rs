//! Whose hosts a vendor's links may lead to.

use std::fmt;
use std::str::FromStr;

use jindiao_protocol::Vendor;
use jindiao_words::{Message, Say, say};
use reqwest::Url;

/// Whose hosts a vendor's links and their redirects may lead to, beside what the
/// [`AddressPolicy`](crate::AddressPolicy) says of addresses.
///
/// Written as names with commas between them: a host is meant that has one of the names, or one
/// that ends with it behind a dot. With `https://` before it a name allows no plain http. `*` alone
/// means any host.
///
/// ```
/// use jindiao_client::LinkHosts;
///
/// let hosts: LinkHosts = "https://yibeidiao.com, 例子.中国".parse()?;
/// assert_eq!(hosts.to_string(), "https://yibeidiao.com,xn--fsqu00a.xn--fiqs8s");
/// # Ok::<(), jindiao_client::LinkHostsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinkHosts {
    /// In the form in which addresses have them: lower case, ASCII, no dot at the end. Any host
    /// where there is none.
    names: Option<Vec<Name>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    name: String,
    /// Plain http is refused.
    https: bool,
}

/// What the names say of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowance {
    Allowed,
    /// The host is one of them, and it must be https.
    OnlyHttps,
    Foreign,
}

impl LinkHosts {
    /// Any host.
    pub const ANY: Self = Self { names: None };

    /// The hosts that links of `vendor` may lead to unless told otherwise.
    ///
    /// Yibeidiao's signature does not cover the address in its answer, and its documents name
    /// plain http only (ShowDoc 1865243955181250): whoever sits on the way could put any address
    /// there. Its published sample is on `res.yibeidiao.com`, over https (ShowDoc 1900158036953464):
    /// with plain http, too, they could put any report there. The samples of QCC and PatSnap are on
    /// several hosts, and their answers come over TLS: any host. Of another vendor nothing is known
    /// here: any host.
    pub fn of(vendor: Vendor) -> Self {
        match vendor {
            Vendor::Qcc | Vendor::Patsnap | Vendor::Other(_) => Self::ANY,
            Vendor::Yibeidiao => Self {
                names: Some(vec![Name {
                    name: "yibeidiao.com".to_owned(),
                    https: true,
                }]),
            },
        }
    }

    /// Whether this is any host.
    pub fn is_any(&self) -> bool {
        self.names.is_none()
    }

    /// Whether a link may be `url`.
    pub(crate) fn allow(&self, url: &Url) -> Allowance {
        let Some(names) = &self.names else {
            return Allowance::Allowed;
        };
        let host = host_of(url);
        let mut meant = names.iter().filter(|name| {
            host.strip_suffix(name.name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        let is_https = url.scheme() == "https";
        match meant.next() {
            None => Allowance::Foreign,
            Some(first) if is_https || !first.https => Allowance::Allowed,
            Some(_) if meant.any(|name| !name.https) => Allowance::Allowed,
            Some(_) => Allowance::OnlyHttps,
        }
    }

    /// These, and `host`, if it is one; over https only where the others are.
    #[must_use]
    pub(crate) fn and(mut self, host: &str) -> Self {
        if let (Some(names), Ok(name)) = (&mut self.names, name(host)) {
            let https = names.iter().all(|name| name.https);
            names.push(Name { name, https });
        }
        self
    }
}

impl fmt::Display for LinkHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.names {
            Some(names) => {
                for (n, name) in names.iter().enumerate() {
                    let comma = if n == 0 { "" } else { "," };
                    let scheme = if name.https { HTTPS } else { "" };
                    write!(f, "{comma}{scheme}{}", name.name)?;
                }
                Ok(())
            }
            None => f.write_str("*"),
        }
    }
}

impl FromStr for LinkHosts {
    type Err = LinkHostsError;

    fn from_str(text: &str) -> Result<Self, LinkHostsError> {
        if text.trim() == "*" {
            return Ok(Self::ANY);
        }
        let names: Result<Vec<_>, _> = text.split(',').map(Name::parse).collect();
        names.map(|names| Self { names: Some(names) })
    }
}

/// What allows a name over https alone.
const HTTPS: &str = "https://";

impl Name {
    fn parse(text: &str) -> Result<Self, LinkHostsError> {
        let text = text.trim();
        let (https, text) = match text.strip_prefix(HTTPS) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        name(text).map(|name| Self { name, https })
    }
}

/// The host of `url` without the dot that may end it.
pub(crate) fn host_of(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_end_matches('.')
}

/// A name as addresses have it.
fn name(text: &str) -> Result<String, LinkHostsError> {
    let text = text.trim();
    // What an address could have around its host; colons are of addresses in brackets alone.
    let is_bare = !text.contains(['/', '\\', '?', '#', '@', '%', '*'])
        && (text.starts_with('[') || !text.contains(':'))
        && !text.chars().any(char::is_whitespace);
    Url::parse(&format!("http://{text}/"))
        .ok()
        .filter(|url| is_bare && url.port().is_none())
        .map(|url| host_of(&url).to_owned())
        .filter(|name| !name.is_empty() && !name.starts_with('.') && name.chars().all(is_of_hosts))
        .ok_or(LinkHostsError)
}

/// Some characters become others on their way into an address, a small comma for one a comma.
fn is_of_hosts(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ':' | ']')
}

/// The text is no list of hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkHostsError;

impl Say for LinkHostsError {
    fn say(&self) -> Message {
        say!(
            "not a list of hosts: write names such as example.com (what is below a name is meant too), https:// before a name to allow it no plain http, or * alone for any host"
        )
    }
}

impl fmt::Display for LinkHostsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for LinkHostsError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allow(hosts: &str, url: &str) -> bool {
        let hosts: LinkHosts = hosts.parse().expect(hosts);
        hosts.allow(&Url::parse(url).expect(url)) == Allowance::Allowed
    }

    #[test]
    fn https_alone_where_it_says_so() {
        let check = |hosts: &LinkHosts, url: &str, expect| {
            assert_eq!(hosts.allow(&Url::parse(url).expect(url)), expect, "{url}");
        };
        let hosts = LinkHosts::of(Vendor::Yibeidiao).and("api.yibeidiao.com");
        check(&hosts, "https://res.yibeidiao.com/", Allowance::Allowed);
        check(&hosts, "http://res.yibeidiao.com/", Allowance::OnlyHttps);
        check(&hosts, "http://api.yibeidiao.com/", Allowance::OnlyHttps);
        check(&hosts, "http://evil.example/", Allowance::Foreign);
        // The name that says less is the one that counts, wherever it stands.
        for text in [
            "https://a.example,b.a.example",
            "b.a.example,https://a.example",
        ] {
            let hosts: LinkHosts = text.parse().expect(text);
            assert_eq!(hosts.to_string(), text);
            check(&hosts, "http://b.a.example/", Allowance::Allowed);
            check(&hosts, "http://a.example/", Allowance::OnlyHttps);
            check(
                &hosts.and("own.test"),
                "http://own.test/",
                Allowance::Allowed,
            );
        }
    }

    #[test]
    fn a_name_and_what_is_below_it() {
        let hosts = " Yibeidiao.com., 例子.中国,192.0.2.7 ,[2001:db8::1]";
        for url in [
            "https://yibeidiao.com/",
            "http://res.yibeidiao.com:8080/a?b",
            "https://RES.YiBeiDiao.COM./",
            "https://a.b.yibeidiao.com/",
            "https://文件.例子.中国/",
            "https://xn--fsqu00a.xn--fiqs8s/",
            "http://192.0.2.7/",
            "http://0xc0000207/",
            "http://[2001:db8:0::1]/",
        ] {
            assert!(allow(hosts, url), "{url}");
        }
        for url in [
            "https://notyibeidiao.com/",
            "https://yibeidiao.com.evil.example/",
            "https://yibeidiao.com@evil.example/",
            "https://evil.example/yibeidiao.com",
            "https://evil.example?.yibeidiao.com",
            "https://evil.example#.yibeidiao.com",
            "https://yibeidiao.co/",
            "https://com/",
            "http://1.192.0.2/",
            "http://[2001:db8::2]/",
        ] {
            assert!(!allow(hosts, url), "{url}");
        }
    }

    #[test]
    fn any_host() {
        assert!(LinkHosts::default().is_any());
        assert!(allow(" * ", "https://anything.example/"));
    }

    #[test]
    fn what_is_no_list_of_hosts() {
        for text in [
            "",
            ",",
            "a.example,",
            "http://a.example",
            "https://https://a.example",
            "https://",
            "https://*",
            "a.example/x",
            "a.example:443",
            "*.a.example",
            "user@a.example",
            "a example",
            ".a.example",
            "*,a.example",
            "a\u{fe50}b.example",
        ] {
            assert_eq!(text.parse::<LinkHosts>(), Err(LinkHostsError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_list_or_none_and_its_form_is_read_again(text in "\\PC{0,40}") {
            if let Ok(hosts) = text.parse::<LinkHosts>() {
                prop_assert_eq!(hosts.to_string().parse::<LinkHosts>(), Ok(hosts));
            }
        }

        #[test]
        fn nothing_but_a_dot_joins_a_name(before in "[a-z0-9-]{1,8}") {
            // Such a name is one only if what follows is well formed.
            prop_assume!(!before.starts_with("xn--"));
            prop_assume!(!before.starts_with('-'));
            let check = |join: &str| {
                Url::parse(&format!("https://{before}{join}yibeidiao.com/"))
                    .is_ok_and(|url| "yibeidiao.com".parse::<LinkHosts>().expect("hosts").allow(&url) == Allowance::Allowed)
            };
            prop_assert!(check("."));
            prop_assert!(!check("") && !check("-") && !check("x"));
        }
    }
}
