//! Fetches a report from a link that will die, and keeps it only if it is one.

mod error;
mod judge;
mod reply;
mod watch;

use std::path::Path;
use std::time::Duration;

use ::http::{HeaderMap, Request, Response, header};
use bytes::Bytes;
use jindiao_protocol::{FileKind, Link};
use jindiao_words::say;
use reqwest::Url;

use crate::host::{is_loopback, literal_host};
use crate::link_hosts::{Allowance, host_of};
use crate::part::{Part, Resume};
use crate::{AddressPolicy, Chunks, Client, LinkHosts, OpenTerms, TransportErrorKind};

pub use error::{DownloadError, DownloadErrorKind};

use judge::{has_end, judge};
use reply::{Beginning, Expected, strong_etag};
use watch::Watch;

/// How many redirects are followed.
const MAX_REDIRECTS: u32 = 3;

/// How large and how slow a download may be, and where it may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadLimits {
    max_bytes: u64,
    total: Duration,
    idle: Duration,
    addresses: AddressPolicy,
    hosts: LinkHosts,
}

impl Default for DownloadLimits {
    /// 512 MiB, ten minutes, 30 s without progress, any host of the public internet.
    fn default() -> Self {
        Self {
            max_bytes: 512 * 1024 * 1024,
            total: Duration::from_secs(600),
            idle: Duration::from_secs(30),
            addresses: AddressPolicy::PUBLIC,
            hosts: LinkHosts::ANY,
        }
    }
}

impl DownloadLimits {
    /// No file is larger than this, in bytes.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// The whole download, redirects and resumption included, takes no longer.
    #[must_use]
    pub fn with_total(mut self, limit: Duration) -> Self {
        self.total = limit;
        self
    }

    /// So much time may pass without progress. Progress is the head of the reply, its end, or 4 KiB
    /// more of its body: a sender of one byte a second makes none.
    #[must_use]
    pub fn with_idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }

    /// Where links and their redirects may lead.
    #[must_use]
    pub fn with_addresses(mut self, policy: AddressPolicy) -> Self {
        self.addresses = policy;
        self
    }

    /// The hosts that links and their redirects may lead to. Where private addresses are allowed,
    /// those that are written as addresses, and `localhost`, are allowed beside these.
    #[must_use]
    pub fn with_hosts(mut self, hosts: LinkHosts) -> Self {
        self.hosts = hosts;
        self
    }

    /// The hosts that links and their redirects may lead to.
    pub fn hosts(&self) -> &LinkHosts {
        &self.hosts
    }
}

/// A report that is safely on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredFile {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 digest.
    pub sha256: [u8; 32],
}

impl StoredFile {
    /// The digest in lower-case hex.
    pub fn sha256_hex(&self) -> String {
        hex::encode(self.sha256)
    }
}

impl Client {
    /// Downloads the report behind `link` to `target`, whose folder is created where it is
    /// missing.
    ///
    /// The report is written to `<target>.part`, checked, synced and renamed, so that `target` is
    /// either whole or not there; a file that is there already is replaced. On Unix only the owner
    /// may read it. What came before a failure is kept and resumed by the next download to the
    /// same target, where the host gave it a strong `ETag` and still has the same file; otherwise
    /// the next one starts over.
    ///
    /// A link that has expired by this machine's clock is tried all the same: the host's clock is
    /// the one that counts, and a report that was paid for must not be lost to a wrong one here.
    ///
    /// No credentials, cookies or referrers are sent. Up to three redirects are followed; each is
    /// checked like the link itself, and none may lead from https to http.
    ///
    /// Nothing that the host says names a file. The room on the disk is looked at first, where the
    /// host says how large the report is; nothing is written where it does not fit. What others put
    /// beside the target under the names of the part is not followed.
    ///
    /// # Errors
    /// See [`DownloadErrorKind`].
    pub async fn download(
        &self,
        link: &Link,
        target: &Path,
        expect: FileKind,
        limits: &DownloadLimits,
    ) -> Result<StoredFile, DownloadError> {
        let begin = self.time().monotonic();
        let result = self.fetch(link, target, expect, limits).await;
        let duration = self.time().monotonic().saturating_sub(begin);
        tracing::debug!(
            address = %link,
            bytes = result.as_ref().ok().map(|stored| stored.bytes),
            error = result.as_ref().err().map(tracing::field::display),
            duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            "download"
        );
        result
    }

    async fn fetch(
        &self,
        link: &Link,
        target: &Path,
        expect: FileKind,
        limits: &DownloadLimits,
    ) -> Result<StoredFile, DownloadError> {
        let url = link
            .url()
            .ok_or_else(|| say!("the link is sealed"))
            .and_then(|url| Url::parse(url).map_err(|_| say!("the link is no address")));
        let url = url.map_err(|text| DownloadError::new(DownloadErrorKind::Refused, text))?;
        let mut watch = Watch::start(&**self.time(), limits);

        let (mut part, resume) = Part::open(target, self.disk()).await?;
        let begun = self
            .begin(&url, &mut part, resume, limits, &mut watch)
            .await;
        let (mut body, expected) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                // Nothing was added to what a download before left; it stays for the next one.
                // A disk that fails now makes that one start over, and is no news.
                let _ = part.keep().await;
                return Err(error);
            }
        };
        let received = receive(&mut part, &mut *body, &expected, expect, limits, &mut watch);
        match received.await {
            Ok(()) => {}
            Err(error) if error.keeps_part() => {
                let _ = part.keep().await;
                return Err(error);
            }
            Err(error) if error.kind() == DownloadErrorKind::WrongKind => {
                // It may be what was paid for, after all: a person decides.
                let name = part.set_aside().await?;
                let text = say!("{error}; it is kept as {name}", error, name);
                return Err(DownloadError::new(DownloadErrorKind::WrongKind, text));
            }
            Err(error) => {
                part.discard().await;
                return Err(error);
            }
        }
        let (bytes, sha256) = part.publish().await?;
        Ok(StoredFile { bytes, sha256 })
    }

    /// Comes to where the body begins, with `part` ready to take it in.
    async fn begin(
        &self,
        url: &Url,
        part: &mut Part,
        mut resume: Option<Resume>,
        limits: &DownloadLimits,
        watch: &mut Watch<'_>,
    ) -> Result<(Box<dyn Chunks>, Expected), DownloadError> {
        loop {
            let response = self.head(url, resume.as_ref(), limits, watch).await?;
            match Beginning::read(&response, resume.as_ref())? {
                Beginning::Whole(expected) => {
                    let etag = strong_etag(response.headers()).filter(|_| !expected.is_coded());
                    part.start_over(expected.total, etag).await?;
                    fits(part, &expected, limits)?;
                    return Ok(expected.body(response));
                }
                Beginning::Rest(expected) => {
                    fits(part, &expected, limits)?;
                    return Ok(expected.body(response));
                }
                Beginning::Changed => {
                    // Another file than before: forget what there is and ask for all of it.
                    part.start_over(None, None).await?;
                    resume = None;
                }
            }
        }
    }

    /// Asks for the file, or for the rest of it, and follows redirects.
    async fn head(
        &self,
        url: &Url,
        resume: Option<&Resume>,
        limits: &DownloadLimits,
        watch: &mut Watch<'_>,
    ) -> Result<Response<Box<dyn Chunks>>, DownloadError> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            check_address(&url, limits)?;
            let request = ask(&url, resume)?;
            let terms = OpenTerms::new(limits.addresses);
            let response = watch
                .during(self.transport().open(request, terms))
                .await?
                .map_err(DownloadError::network)?;
            watch.progress();
            match response.status().as_u16() {
                301 | 302 | 303 | 307 | 308 => url = next_address(&url, response.headers())?,
                _ => return Ok(response),
            }
        }
        Err(DownloadError::new(
            DownloadErrorKind::Refused,
            say!("the link redirects more than {n} times", n = MAX_REDIRECTS),
        ))
    }
}

fn ask(url: &Url, resume: Option<&Resume>) -> Result<Request<()>, DownloadError> {
    let mut request = Request::get(url.as_str())
        .header(header::ACCEPT, "*/*")
        // The digest and the length are those of the file, not of a compressed form of it.
        .header(header::ACCEPT_ENCODING, "identity");
    if let Some(resume) = resume {
        request = request
            .header(header::RANGE, format!("bytes={}-", resume.bytes))
            .header(header::IF_RANGE, resume.etag.as_str());
    }
    request.body(()).map_err(|_| {
        DownloadError::new(
            DownloadErrorKind::Refused,
            say!("the link cannot be carried by HTTP"),
        )
    })
}

/// What can be said of an address before names are looked up; the transport does the rest.
fn check_address(url: &Url, limits: &DownloadLimits) -> Result<(), DownloadError> {
    let policy = limits.addresses;
    let refused = |text| Err(DownloadError::new(DownloadErrorKind::Refused, text));
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return refused(say!("the link is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused(say!("the link has credentials before its host"));
    }
    let literal = literal_host(url);
    if let Some(address) = literal.filter(|address| !policy.allows(*address)) {
        return Err(DownloadError::address(say!(
            "refused address: {detail}",
            detail = say!("{address} is not on the public internet", address)
        )));
    }
    let is_own_network = policy == AddressPolicy::PRIVATE_TOO
        && literal.map_or_else(
            || is_loopback(url),
            |address| !AddressPolicy::PUBLIC.allows(address),
        );
    let foreign = |text| Err(DownloadError::new(DownloadErrorKind::ForeignHost, text));
    match limits.hosts.allow(url) {
        _ if is_own_network => Ok(()),
        Allowance::Allowed => Ok(()),
        Allowance::OnlyHttps => foreign(say!(
            "the link leads to {host} over plain http, where anybody on the way could change the report",
            host = host_of(url)
        )),
        Allowance::Foreign => foreign(say!(
            "the link leads to {host}, which is none of the hosts that it may lead to",
            host = host_of(url)
        )),
    }
}

/// Whether what is to come is not too large, and there is room for it.
fn fits(part: &Part, expected: &Expected, limits: &DownloadLimits) -> Result<(), DownloadError> {
    let Some(total) = expected.total else {
        return Ok(());
    };
    if total > limits.max_bytes {
        return Err(DownloadError::too_large(limits.max_bytes));
    }
    let needed = total.saturating_sub(part.bytes());
    match part.room() {
        Some(free) if free < needed => Err(DownloadError::no_room(needed, free)),
        _ => Ok(()),
    }
}

fn next_address(url: &Url, headers: &HeaderMap) -> Result<Url, DownloadError> {
    let refused = |text| DownloadError::new(DownloadErrorKind::Refused, text);
    let next = headers
        .get(header::LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| url.join(location).ok())
        .ok_or_else(|| refused(say!("the link redirects to nowhere")))?;
    if url.scheme() == "https" && next.scheme() != "https" {
        return Err(refused(say!("the link redirects from https to plain http")));
    }
    Ok(next)
}

/// Takes the body in, and decides whether it is the report.
async fn receive(
    part: &mut Part,
    body: &mut dyn Chunks,
    expected: &Expected,
    expect: FileKind,
    limits: &DownloadLimits,
    watch: &mut Watch<'_>,
) -> Result<(), DownloadError> {
    let mut judged = false;
    let mut wrong = None;
    loop {
        let chunk: Option<Bytes> = match watch.during(body.next()).await? {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == TransportErrorKind::Interrupted => {
                return Err(DownloadError::truncated(part.bytes(), expected.total));
            }
            Err(error) => return Err(DownloadError::network(error)),
        };
        let Some(chunk) = chunk else { break };
        watch.received(chunk.len() as u64);
        if part.bytes().saturating_add(chunk.len() as u64) > limits.max_bytes {
            return Err(DownloadError::too_large(limits.max_bytes));
        }
        part.write(chunk).await?;
        if !judged && part.head().len() >= FileKind::MAGIC_LEN {
            wrong = judge(part.head(), expect)?;
            judged = true;
        }
    }
    if part.bytes() == 0 {
        return Err(DownloadError::new(
            DownloadErrorKind::Truncated,
            say!("the link's host sent an empty file"),
        ));
    }
    if !judged {
        wrong = judge(part.head(), expect)?;
    }
    let complete = match expected.total {
        Some(total) if part.bytes() < total => {
            Err(DownloadError::truncated(part.bytes(), Some(total)))
        }
        Some(total) if part.bytes() > total => Err(DownloadError::new(
            DownloadErrorKind::WrongKind,
            say!(
                "{bytes} bytes came where {total} were announced",
                bytes = part.bytes(),
                total
            ),
        )),
        _ if wrong.is_some() || has_end(expect, part.tail()) => Ok(()),
        // It came as it was sent, and so another try brings no more of it.
        _ if expected.framed => Err(DownloadError::new(
            DownloadErrorKind::WrongKind,
            say!(
                "the {kind} file that came has no end: it was cut off before it was sent",
                kind = expect
            ),
        )),
        // Nobody said how long it is, and a broken connection looks like its end.
        _ => Err(DownloadError::truncated(part.bytes(), None)),
    };
    complete.and(wrong.map_or(Ok(()), Err))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_were_not_named_are_foreign() {
        let check = |url: &str, addresses: AddressPolicy, kind: Option<DownloadErrorKind>| {
            let limits = DownloadLimits::default()
                .with_addresses(addresses)
                .with_hosts("example.com".parse().expect("hosts"));
            let url = Url::parse(url).expect(url);
            let error = check_address(&url, &limits).err();
            assert_eq!(error.as_ref().map(DownloadError::kind), kind, "{url}");
            let text = error.map(|error| error.to_string()).unwrap_or_default();
            assert!(!text.contains("S3CR3T"), "{text}");
        };
        let foreign = Some(DownloadErrorKind::ForeignHost);
        for addresses in [AddressPolicy::PUBLIC, AddressPolicy::PRIVATE_TOO] {
            check("https://res.example.com/a", addresses, None);
            check("https://example.org/a?Signature=S3CR3T", addresses, foreign);
            check(
                "https://93.184.216.34/a?Signature=S3CR3T",
                addresses,
                foreign,
            );
        }
        for own in [
            "http://127.0.0.1:8080/",
            "http://10.0.0.1/",
            "http://localhost/",
        ] {
            check(own, AddressPolicy::PRIVATE_TOO, None);
        }
        // A name is not known to be of an own network before it is looked up.
        check(
            "http://files.internal/",
            AddressPolicy::PRIVATE_TOO,
            foreign,
        );
        check(
            "http://10.0.0.1/",
            AddressPolicy::PUBLIC,
            Some(DownloadErrorKind::Refused),
        );
    }
}
