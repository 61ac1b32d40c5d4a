//! Fetches a report from a link that will die, and keeps it only if it is one.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use ::http::{HeaderMap, Request, Response, StatusCode, header};
use bytes::Bytes;
use jindiao_protocol::{FileKind, Link};
use jindiao_words::{Message, Say, say};
use reqwest::Url;

use crate::coding::{Decoded, Decoder};
use crate::http::{is_loopback, literal_host};
use crate::link_hosts::{Allowance, host_of};
use crate::part::{Part, PartError, Resume};
use crate::{
    AddressPolicy, Chunks, Client, LinkHosts, OpenTerms, Time, TransportError, TransportErrorKind,
};

/// How many redirects are followed.
const MAX_REDIRECTS: u32 = 3;
/// Less than this within the idle limit is no progress.
const PROGRESS: u64 = 4096;

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

/// Why a report was not downloaded. Its text shows no query of an address.
#[derive(Debug)]
pub struct DownloadError(Box<Problem>);

/// The kinds of [`DownloadError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DownloadErrorKind {
    /// The link is dead, as its host says. A fresh one is needed.
    LinkDead,
    /// The link or a redirect leads where downloads must not go.
    Refused,
    /// The link or a redirect leads to a host that is none of those that were named.
    ForeignHost,
    /// The host answered with a failure that does not say that the link is dead.
    Status,
    /// The file is larger than allowed.
    TooLarge,
    /// A web page or an error document came instead of a report.
    Page,
    /// The file is no report of the expected kind. It is kept beside the target, with `.rejected`
    /// behind its name: it may be what was paid for.
    WrongKind,
    /// Nothing came, or less than was announced. What came is kept for the next try.
    Truncated,
    /// It took too long. What came is kept for the next try.
    Slow,
    /// The host was not reached, or the connection broke. What came is kept for the next try.
    Network,
    /// Another download writes to the same file.
    Busy,
    /// The file could not be written, or there is no room for it.
    Disk,
}

#[derive(Debug)]
enum Problem {
    Other(DownloadErrorKind, Message),
    /// The address is none of the public internet.
    Address(Message),
    Status(DownloadErrorKind, u16),
    Network(TransportError),
    Disk(io::Error),
    NoRoom {
        needed: u64,
        free: u64,
    },
}

impl DownloadError {
    pub(crate) fn disk(error: io::Error) -> Self {
        Self(Box::new(Problem::Disk(error)))
    }

    fn network(error: TransportError) -> Self {
        if error.kind() == TransportErrorKind::Address {
            return Self::address(error.say());
        }
        Self(Box::new(Problem::Network(error)))
    }

    fn address(text: Message) -> Self {
        Self(Box::new(Problem::Address(text)))
    }

    fn status(status: StatusCode) -> Self {
        let kind = match status.as_u16() {
            // Stores answer 403 to a signature that has expired (Alibaba OSS, Tencent COS, S3),
            // and S3 400 to expired credentials; what is gone is 404 or 410.
            400 | 401 | 403 | 404 | 410 => DownloadErrorKind::LinkDead,
            _ => DownloadErrorKind::Status,
        };
        Self(Box::new(Problem::Status(kind, status.as_u16())))
    }

    fn new(kind: DownloadErrorKind, text: Message) -> Self {
        Self(Box::new(Problem::Other(kind, text)))
    }

    /// The kind.
    pub fn kind(&self) -> DownloadErrorKind {
        match &*self.0 {
            Problem::Other(kind, _) | Problem::Status(kind, _) => *kind,
            Problem::Address(_) => DownloadErrorKind::Refused,
            Problem::Network(_) => DownloadErrorKind::Network,
            Problem::Disk(_) | Problem::NoRoom { .. } => DownloadErrorKind::Disk,
        }
    }

    /// Whether a fresh link is needed: this one will not work again.
    pub fn is_link_dead(&self) -> bool {
        self.kind() == DownloadErrorKind::LinkDead
    }

    /// Whether the link leads to an address that is not on the public internet, which an
    /// [`AddressPolicy`] may allow.
    pub fn is_private_address(&self) -> bool {
        matches!(*self.0, Problem::Address(_))
    }

    /// Whether the trouble is on this machine's disk, and not with the link or the network.
    pub fn is_disk(&self) -> bool {
        self.kind() == DownloadErrorKind::Disk
    }

    /// Whether the same link may well work if it is tried again.
    pub fn may_retry(&self) -> bool {
        match &*self.0 {
            Problem::Status(DownloadErrorKind::Status, status) => {
                matches!(status, 408 | 425 | 429 | 500..=599)
            }
            _ => matches!(
                self.kind(),
                DownloadErrorKind::Page
                    | DownloadErrorKind::Truncated
                    | DownloadErrorKind::Slow
                    | DownloadErrorKind::Network
                    | DownloadErrorKind::Busy
            ),
        }
    }

    /// Whether nothing more fits onto the disk.
    pub fn is_disk_full(&self) -> bool {
        match &*self.0 {
            Problem::NoRoom { .. } => true,
            Problem::Disk(error) => matches!(
                error.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            ),
            _ => false,
        }
    }

    /// What the disk said, where it was asked to write.
    pub fn io_error(&self) -> Option<&io::Error> {
        match &*self.0 {
            Problem::Disk(error) => Some(error),
            _ => None,
        }
    }

    /// The HTTP status, where that is the failure.
    pub fn http_status(&self) -> Option<u16> {
        match &*self.0 {
            Problem::Status(_, status) => Some(*status),
            _ => None,
        }
    }
}

impl Say for DownloadError {
    fn say(&self) -> Message {
        match &*self.0 {
            Problem::Other(_, text) | Problem::Address(text) => text.clone(),
            Problem::Status(kind, status) => {
                let status = match StatusCode::from_u16(*status) {
                    Ok(status) => status.to_string(),
                    Err(_) => status.to_string(),
                };
                if *kind == DownloadErrorKind::LinkDead {
                    say!(
                        "the link's host answered HTTP {status}: the link is dead, a fresh one is needed",
                        status
                    )
                } else {
                    say!("the link's host answered HTTP {status}", status)
                }
            }
            Problem::Network(error) => say!("the download broke off: {error}", error),
            Problem::NoRoom { needed, free } => say!(
                "the disk is full: {needed} bytes are needed, and {free} are free; free some space",
                needed,
                free
            ),
            Problem::Disk(error) => match error.kind() {
                io::ErrorKind::StorageFull => say!("the disk is full: free some space"),
                io::ErrorKind::QuotaExceeded => say!("the disk quota is used up"),
                io::ErrorKind::ReadOnlyFilesystem => {
                    say!("the output folder is on a read-only file system")
                }
                io::ErrorKind::PermissionDenied => {
                    say!("no permission to write into the output folder")
                }
                _ => say!("the report could not be written: {error}", error),
            },
        }
    }
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say().fmt(f)
    }
}

impl std::error::Error for DownloadError {}

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
        return Err(DownloadError::too_large(limits));
    }
    let needed = total.saturating_sub(part.bytes());
    match part.room() {
        Some(free) if free < needed => {
            Err(DownloadError(Box::new(Problem::NoRoom { needed, free })))
        }
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

/// What the head of a reply says about the body to come.
enum Beginning {
    /// The whole file.
    Whole(Expected),
    /// What was missing of it.
    Rest(Expected),
    /// The file is not the one that was begun.
    Changed,
}

/// What is known of a file's end before it is reached.
struct Expected {
    /// The size of the whole file.
    total: Option<u64>,
    /// Whether the connection itself tells the end of the body from a break.
    framed: bool,
    /// What undoes its compression, where it comes compressed.
    decoder: Option<Decoder>,
}

impl Expected {
    fn is_coded(&self) -> bool {
        self.decoder.is_some()
    }

    /// The body of `response`, and the rest of what is expected of it.
    fn body(mut self, response: Response<Box<dyn Chunks>>) -> (Box<dyn Chunks>, Self) {
        let body = response.into_body();
        let body = match self.decoder.take() {
            Some(decoder) => Box::new(Decoded::new(body, decoder)),
            None => body,
        };
        (body, self)
    }
}

impl Beginning {
    fn read<B>(response: &Response<B>, resume: Option<&Resume>) -> Result<Self, DownloadError> {
        let headers = response.headers();
        match (response.status(), resume) {
            (StatusCode::OK, _) => {
                let length = text(headers, &header::CONTENT_LENGTH).and_then(|n| n.parse().ok());
                let decoder = Decoder::of(headers);
                Ok(Self::Whole(Expected {
                    // The length of a compressed body is not that of the file.
                    total: length.filter(|_| decoder.is_none()),
                    framed: length.is_some() || headers.contains_key(header::TRANSFER_ENCODING),
                    decoder,
                }))
            }
            (StatusCode::PARTIAL_CONTENT, Some(resume)) => {
                let range = text(headers, &header::CONTENT_RANGE).and_then(content_range);
                let same = strong_etag(headers).is_some_and(|etag| etag == resume.etag);
                Ok(match range {
                    Some((first, total))
                        if same
                            && Decoder::of(headers).is_none()
                            && first == resume.bytes
                            && resume.total.is_none_or(|known| known == total) =>
                    {
                        Self::Rest(Expected {
                            total: Some(total),
                            framed: true,
                            decoder: None,
                        })
                    }
                    _ => Self::Changed,
                })
            }
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => Ok(Self::Changed),
            (status, _) => Err(DownloadError::status(status)),
        }
    }
}

/// `bytes 100-199/200`: the first byte and the size of the whole; only where the range reaches
/// the end.
fn content_range(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total): (u64, u64, u64) =
        (first.parse().ok()?, last.parse().ok()?, total.parse().ok()?);
    (last.checked_add(1)? == total && first < total).then_some((first, total))
}

/// An `ETag` that promises the same bytes.
fn strong_etag(headers: &HeaderMap) -> Option<&str> {
    text(headers, &header::ETAG)
        .filter(|etag| etag.len() >= 3 && etag.starts_with('"') && etag.ends_with('"'))
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
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
                return Err(truncated(part.bytes(), expected.total));
            }
            Err(error) => return Err(DownloadError::network(error)),
        };
        let Some(chunk) = chunk else { break };
        watch.received(chunk.len() as u64);
        if part.bytes().saturating_add(chunk.len() as u64) > limits.max_bytes {
            return Err(DownloadError::too_large(limits));
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
        Some(total) if part.bytes() < total => Err(truncated(part.bytes(), Some(total))),
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
        _ => Err(truncated(part.bytes(), None)),
    };
    complete.and(wrong.map_or(Ok(()), Err))
}

fn truncated(bytes: u64, total: Option<u64>) -> DownloadError {
    let text = match total {
        Some(total) => say!(
            "the download broke off after {bytes} of {total} bytes",
            bytes,
            total
        ),
        None => say!("the download broke off after {bytes} bytes", bytes),
    };
    DownloadError::new(DownloadErrorKind::Truncated, text)
}

/// Whether a file that starts with `head` can be the report.
///
/// A page is an error at once; a file of another kind is one when it has come whole.
fn judge(head: &[u8], expect: FileKind) -> Result<Option<DownloadError>, DownloadError> {
    if expect.matches(head) {
        return Ok(None);
    }
    let visible = head
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(head)
        .trim_ascii_start();
    if matches!(visible.first(), Some(b'<' | b'{')) {
        // Stores speak XML; the ones that answer 200 to a dead link say so in it.
        let dead = [&b"<Code>AccessDenied"[..], b"<Code>NoSuchKey", b"expired"]
            .iter()
            .any(|sign| visible.windows(sign.len()).any(|window| window == *sign));
        return Err(if dead && visible.starts_with(b"<?xml") {
            DownloadError::new(
                DownloadErrorKind::LinkDead,
                say!("the link's host says that the link is dead, a fresh one is needed"),
            )
        } else {
            DownloadError::new(
                DownloadErrorKind::Page,
                say!(
                    "a page or an error document came instead of a {kind} file",
                    kind = expect
                ),
            )
        });
    }
    Ok(Some(DownloadError::new(
        DownloadErrorKind::WrongKind,
        say!("what came is no {kind} file", kind = expect),
    )))
}

/// Whether `tail`, the last bytes of a file, holds what ends a file of this kind.
fn has_end(kind: FileKind, tail: &[u8]) -> bool {
    let end: &[u8] = match kind {
        FileKind::Pdf => b"%%EOF",
        FileKind::Docx | FileKind::Zip => b"PK\x05\x06",
        FileKind::Png => b"IEND",
    };
    tail.windows(end.len()).any(|window| window == end)
}

impl DownloadError {
    fn too_large(limits: &DownloadLimits) -> Self {
        Self::new(
            DownloadErrorKind::TooLarge,
            say!("the file is larger than {n} bytes", n = limits.max_bytes),
        )
    }

    /// Whether what came so far is worth keeping.
    fn keeps_part(&self) -> bool {
        matches!(
            self.kind(),
            DownloadErrorKind::Truncated | DownloadErrorKind::Slow | DownloadErrorKind::Network
        )
    }
}

impl From<PartError> for DownloadError {
    fn from(error: PartError) -> Self {
        match error {
            PartError::Busy => Self::new(
                DownloadErrorKind::Busy,
                say!("another download is writing to the same file"),
            ),
            PartError::Disk(error) => Self::disk(error),
        }
    }
}

/// The two time limits of a download.
struct Watch<'a> {
    time: &'a dyn Time,
    total: Duration,
    idle: Duration,
    begin: Duration,
    /// How long the host was waited for since it last made progress: what our own disk takes is
    /// not its fault.
    waited: Duration,
    /// What has come since.
    bytes: u64,
}

impl<'a> Watch<'a> {
    fn start(time: &'a dyn Time, limits: &DownloadLimits) -> Self {
        Self {
            time,
            total: limits.total,
            idle: limits.idle,
            begin: time.monotonic(),
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    fn progress(&mut self) {
        self.waited = Duration::ZERO;
        self.bytes = 0;
    }

    fn received(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes >= PROGRESS {
            self.progress();
        }
    }

    /// What the host gives, if it gives it within both limits. What is there already is taken,
    /// unless the download as a whole took too long.
    async fn during<T>(&mut self, future: impl Future<Output = T>) -> Result<T, DownloadError> {
        let asked = self.time.monotonic();
        let total = self.total.saturating_sub(asked.saturating_sub(self.begin));
        let idle = self.idle.saturating_sub(self.waited);
        if !total.is_zero() {
            tokio::select! {
                biased;
                result = future => {
                    let waited = self.time.monotonic().saturating_sub(asked);
                    self.waited = self.waited.saturating_add(waited);
                    return Ok(result);
                }
                () = self.time.sleep(total.min(idle)) => {}
            }
        }
        let text = if total <= idle {
            say!("the download took longer than {time}", time = format!("{:?}", self.total))
        } else {
            say!("the link's host sent next to nothing for {time}", time = format!("{:?}", self.idle))
        };
        Err(DownloadError::new(DownloadErrorKind::Slow, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VirtualClock;
    use jindiao_protocol::Timestamp;

    const SECOND: Duration = Duration::from_secs(1);

    /// Looks after a download that may take 100 s, and 10 s without progress.
    fn limits() -> DownloadLimits {
        DownloadLimits::default()
            .with_total(SECOND * 100)
            .with_idle(SECOND * 10)
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_host_is_waited_for() {
        let clock = VirtualClock::starting_at(Timestamp::EPOCH);
        let mut watch = Watch::start(&clock, &limits());
        // A slow disk, before the first byte and after it.
        for _ in 0..2 {
            clock.sleep(SECOND * 11).await;
            watch.during(clock.sleep(SECOND * 4)).await.expect("8 s");
            watch.received(1);
        }
        let error = watch.during(clock.sleep(SECOND * 3)).await;
        let error = error.expect_err("11 s for next to nothing");
        assert!(error.to_string().contains("nothing for 10s"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_there_is_taken_until_the_whole_took_too_long() {
        let clock = VirtualClock::starting_at(Timestamp::EPOCH);
        let mut watch = Watch::start(&clock, &limits());
        let error = watch.during(std::future::pending::<()>()).await;
        error.expect_err("nothing for 10 s");
        watch.waited = SECOND * 10;
        watch.during(async {}).await.expect("it is there");
        clock.sleep(SECOND * 90).await;
        let error = watch.during(async {}).await.expect_err("100 s");
        assert!(error.to_string().contains("longer than 100s"), "{error}");
    }

    #[test]
    fn the_disks_trouble_is_named() {
        let check = |kind: io::ErrorKind, full: bool, text: &str| {
            let error = DownloadError::disk(kind.into());
            assert!(error.is_disk() && !error.may_retry());
            assert_eq!(error.is_disk_full(), full, "{error}");
            assert!(error.to_string().contains(text), "{error}");
        };
        check(io::ErrorKind::StorageFull, true, "disk is full");
        check(io::ErrorKind::QuotaExceeded, true, "quota");
        check(io::ErrorKind::ReadOnlyFilesystem, false, "read-only");
        check(io::ErrorKind::PermissionDenied, false, "permission");
    }

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

    #[test]
    fn ranges_that_reach_the_end() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, 10)));
        for other in [
            "bytes 5-8/10",
            "bytes 5-9/*",
            "bytes 10-9/10",
            "bytes */10",
            "bytes 5-18446744073709551615/10",
            "items 5-9/10",
            "",
        ] {
            assert_eq!(content_range(other), None, "{other}");
        }
    }

    #[test]
    fn weak_tags_promise_nothing() {
        let check = |etag: &'static str, strong: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ETAG, header::HeaderValue::from_static(etag));
            assert_eq!(strong_etag(&headers).is_some(), strong, "{etag}");
        };
        check("\"a\"", true);
        check("W/\"a\"", false);
        check("\"\"", false);
        check("a", false);
    }
}
