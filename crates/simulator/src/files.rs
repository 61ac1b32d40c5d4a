//! Downloads: signed links that expire, in the style of each vendor's store, and the files behind
//! them.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use std::ops::Range;
use std::time::Duration;

use crate::call::Call;
use crate::document::{Kind, document};
use crate::options::{Moment, whole_seconds};
use crate::world::World;
use crate::{LinkLife, Operation};

/// Where reports lie, and whose store it imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shelf {
    QccSnapshot,
    QccRiskReport,
    PatSnap,
    Yibeidiao,
}

impl Shelf {
    const ALL: [Self; 4] = [
        Self::QccSnapshot,
        Self::QccRiskReport,
        Self::PatSnap,
        Self::Yibeidiao,
    ];

    /// The vendors' own folder names where a sample shows one.
    const fn folder(self) -> &'static str {
        match self {
            Self::QccSnapshot => "snapshot",
            Self::QccRiskReport => "radar",
            Self::PatSnap => "tffi-export",
            Self::Yibeidiao => "survey-result",
        }
    }

    const fn life(self, life: &LinkLife) -> Option<Duration> {
        match self {
            Self::QccSnapshot => life.qcc_snapshot,
            Self::QccRiskReport => life.qcc_risk_report,
            Self::PatSnap => life.patsnap,
            Self::Yibeidiao => life.yibeidiao,
        }
    }

    const fn holds(self, operation: Operation) -> bool {
        matches!(
            (self, operation),
            (Self::QccSnapshot, Operation::QccImage)
                | (Self::QccRiskReport, Operation::QccCreateReport)
                | (
                    Self::PatSnap,
                    Operation::PatSnapCompanyCreate | Operation::PatSnapPatentCreate
                )
        )
    }
}

/// A fresh link to the report of `reference`; a `dead` one expired a minute ago.
pub(crate) fn link(
    world: &World,
    call: &Call,
    shelf: Shelf,
    reference: &str,
    kind: Kind,
    dead: bool,
) -> String {
    let path = format!("/files/{}/{reference}.{}", shelf.folder(), kind.extension());
    let now = call.now.unix_seconds();
    let end = if dead {
        now - 60
    } else {
        match shelf.life(&world.options.link_life) {
            Some(life) => now.saturating_add(whole_seconds(life)),
            None => return format!("{}{path}", call.origin),
        }
    };
    let query = match shelf {
        Shelf::PatSnap => {
            let window = format!("{};{end}", now.min(end));
            let signature = signature(&path, &window);
            format!(
                "q-sign-algorithm=sha1&q-ak=SIMULATED&q-sign-time={window}&q-key-time={window}\
                 &q-header-list=host&q-url-param-list=&q-signature={signature}"
            )
        }
        Shelf::QccSnapshot | Shelf::QccRiskReport | Shelf::Yibeidiao => {
            let signature = signature(&path, &end.to_string());
            format!("Expires={end}&OSSAccessKeyId=SIMULATED&Signature={signature}")
        }
    };
    format!("{}{path}?{query}", call.origin)
}

/// What a download is about, for fault plans.
pub(crate) fn subject(world: &World, call: &Call) -> String {
    located(world, &call.path)
        .map(|file| file.subject)
        .unwrap_or_default()
}

/// The file, or the store's reason why not.
pub(crate) fn download(world: &World, call: &Call) -> Response {
    if carries_credentials(call) {
        return refusal(
            StatusCode::BAD_REQUEST,
            "InvalidArgument",
            "Two ways to authenticate",
        );
    }
    let Some(file) = located(world, &call.path) else {
        return refusal(StatusCode::NOT_FOUND, "NoSuchKey", "No such file");
    };
    match pass(world, file.shelf, call) {
        Ok(()) => {}
        Err(Refused::Signature) => {
            let code = "SignatureDoesNotMatch";
            return refusal(
                StatusCode::FORBIDDEN,
                code,
                "The signature is not of this link",
            );
        }
        Err(Refused::Expired) => return expired(),
    }
    match document(file.kind, &file.reference, &file.subject) {
        Ok(bytes) => served(&call.headers, file.kind, bytes),
        Err(error) => {
            tracing::warn!(%error, "a simulated report cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The refusal of a link whose time is over.
pub(crate) fn expired() -> Response {
    refusal(
        StatusCode::FORBIDDEN,
        "AccessDenied",
        "Request has expired.",
    )
}

/// A store's error, in the XML of Alibaba OSS.
pub(crate) fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>\n  <Code>{code}</Code>\n  \
         <Message>{message}</Message>\n  <HostId>simulator</HostId>\n</Error>\n"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

/// The signature that only the simulator makes.
pub(crate) fn signature(path: &str, window: &str) -> String {
    let mut digest = Sha256::new();
    for part in ["simulated link secret", path, window] {
        digest.update(part);
        digest.update([0]);
    }
    // As long as the SHA-1 of the real stores.
    hex::encode(&digest.finalize()[..20])
}

/// Stores refuse a link that comes with a second way to authenticate. Here that also catches
/// clients who show a vendor's credentials to a foreign host.
fn carries_credentials(call: &Call) -> bool {
    ["authorization", "token", "sign"]
        .iter()
        .any(|name| call.headers.contains_key(*name))
        || ["apikey", "key"]
            .iter()
            .any(|name| call.query.get(name).is_some())
}

struct Located {
    shelf: Shelf,
    reference: String,
    subject: String,
    kind: Kind,
}

fn located(world: &World, path: &str) -> Option<Located> {
    let (folder, name) = path.strip_prefix("/files/")?.split_once('/')?;
    let shelf = Shelf::ALL
        .into_iter()
        .find(|shelf| shelf.folder() == folder)?;
    let (reference, extension) = name.rsplit_once('.')?;
    let (subject, kind) = if shelf == Shelf::Yibeidiao {
        (reference.to_owned(), Kind::Pdf)
    } else {
        let order = world
            .order(reference)
            .filter(|order| shelf.holds(order.operation))?;
        (order.subject, order.kind)
    };
    let located = Located {
        shelf,
        reference: reference.to_owned(),
        subject,
        kind,
    };
    (kind.extension() == extension).then_some(located)
}

enum Refused {
    Signature,
    Expired,
}

fn pass(world: &World, shelf: Shelf, call: &Call) -> Result<(), Refused> {
    let (window, given) = match shelf {
        Shelf::PatSnap => (call.query.get("q-sign-time"), call.query.get("q-signature")),
        _ => (call.query.get("Expires"), call.query.get("Signature")),
    };
    let (Some(window), Some(given)) = (window, given) else {
        let open = window.is_none() && shelf.life(&world.options.link_life).is_none();
        return if open {
            Ok(())
        } else {
            Err(Refused::Signature)
        };
    };
    if given != signature(&call.path, window) {
        return Err(Refused::Signature);
    }
    let end = window
        .rsplit(';')
        .next()
        .and_then(|end| end.parse::<i64>().ok());
    let end = end.ok_or(Refused::Signature)?;
    if call.now >= Moment(0).plus_seconds(end) {
        Err(Refused::Expired)
    } else {
        Ok(())
    }
}

/// The whole file, or the one range that was asked for (RFC 9110, section 14).
fn served(headers: &HeaderMap, kind: Kind, bytes: Vec<u8>) -> Response {
    let etag = format!("\"{}\"", hex::encode_upper(&Sha256::digest(&bytes)[..16]));
    let total = bytes.len();
    let wanted = wanted_range(headers, &etag, total);
    let mut response = match wanted {
        Wanted::Whole => Response::new(Body::from(bytes)),
        Wanted::Part(range) => {
            let place = format!("bytes {}-{}/{total}", range.start, range.end - 1);
            let part = bytes.get(range).unwrap_or_default().to_vec();
            (
                StatusCode::PARTIAL_CONTENT,
                [(header::CONTENT_RANGE, place)],
                part,
            )
                .into_response()
        }
        Wanted::Nothing => {
            let place = format!("bytes */{total}");
            let status = StatusCode::RANGE_NOT_SATISFIABLE;
            (status, [(header::CONTENT_RANGE, place)]).into_response()
        }
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(kind.content_type()),
    );
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<usize>),
    Nothing,
}

fn wanted_range(headers: &HeaderMap, etag: &str, total: usize) -> Wanted {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if text(header::IF_RANGE).is_some_and(|known| known != etag) {
        return Wanted::Whole;
    }
    let Some(range) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = range.split_once('-') else {
        return Wanted::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(total),
        (Ok(first), Err(_)) if last.is_empty() => first..total,
        (Err(_), Ok(length)) if first.is_empty() => total.saturating_sub(length)..total,
        // Several ranges, or none that can be read: the whole file is a right answer.
        _ => return Wanted::Whole,
    };
    if range.is_empty() {
        Wanted::Nothing
    } else {
        Wanted::Part(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, if_range: Option<&str>, expect: &Wanted) {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().expect("a value"));
        if let Some(etag) = if_range {
            headers.insert(header::IF_RANGE, etag.parse().expect("a value"));
        }
        assert_eq!(&wanted_range(&headers, "\"E\"", 100), expect, "{range}");
    }

    #[test]
    fn single_ranges() {
        check("bytes=0-9", None, &Wanted::Part(0..10));
        check("bytes=90-", None, &Wanted::Part(90..100));
        check("bytes=90-1000", None, &Wanted::Part(90..100));
        check("bytes=-10", None, &Wanted::Part(90..100));
        check("bytes=-1000", None, &Wanted::Part(0..100));
        check("bytes=100-", None, &Wanted::Nothing);
        check("bytes=-0", None, &Wanted::Nothing);
        check("bytes=9-0", None, &Wanted::Whole);
        check("bytes=0-1,5-6", None, &Wanted::Whole);
        check("items=0-1", None, &Wanted::Whole);
        check(
            "bytes=18446744073709551615-18446744073709551615",
            None,
            &Wanted::Nothing,
        );
    }

    #[test]
    fn a_range_of_another_version_is_the_whole() {
        check("bytes=0-9", Some("\"E\""), &Wanted::Part(0..10));
        check("bytes=0-9", Some("\"F\""), &Wanted::Whole);
    }
}
