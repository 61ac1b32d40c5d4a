//! One request and its reply, as a value.

use bytes::Bytes;
use http::{Request, Response};
use jindiao_codes::{Code, Vendor};
use serde::{Deserialize, Serialize};

use crate::{Effect, ReplyError, RequestError, Timestamp};

/// One request to a vendor and the reading of its reply.
///
/// Both halves are public and pure, so that any HTTP stack can carry them: build the request,
/// send it, collect the whole body, hand the response back. Signing happens in [`request`], once
/// per attempt, because signatures carry the time.
///
/// [`request`]: Exchange::request
pub trait Exchange {
    /// Who asks, and where: the vendor's address and the credentials of one account.
    type Auth: ?Sized;
    /// What a successful reply says.
    type Reply;

    /// The vendor that is asked.
    const VENDOR: Vendor;
    /// The operation's name in the vendor's documents, e.g. `radar_ext/createReport`.
    const NAME: &'static str;
    /// Whether repeating the exchange may cost money again.
    const EFFECT: Effect;

    /// The request, signed for `now`, with an absolute address.
    ///
    /// # Errors
    /// Where a value cannot be carried by HTTP (an address that is too long, a header value that
    /// is not visible ASCII).
    fn request(&self, auth: &Self::Auth, now: Timestamp) -> Result<Request<Bytes>, RequestError>;

    /// What the vendor said. HTTP 200 with a failure inside is a failure.
    ///
    /// `auth` is the one that the request was made with: some vendors sign their replies.
    ///
    /// # Errors
    /// Everything that is not the success that was asked for, with the vendor's code and text
    /// where there are any.
    fn reply(
        &self,
        auth: &Self::Auth,
        response: &Response<Bytes>,
    ) -> Result<Answer<Self::Reply>, ReplyError>;
}

/// A successful reply and what is worth keeping of its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was asked for.
    pub value: T,
    /// The envelope, for the ledger and for support tickets.
    pub receipt: Receipt,
}

/// What an answered exchange leaves in the books: no secret, no payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The HTTP status code.
    pub http_status: u16,
    /// The vendor's status code, if the envelope had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The vendor's serial for support tickets: QCC `OrderNumber`, PatSnap `x-correlation-id`,
    /// Yibeidiao `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Units that the vendor says it charged (PatSnap `x-openapi-amount`), as it wrote them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<String>,
}

impl Receipt {
    /// A receipt with nothing but the HTTP status.
    pub fn of_status(status: http::StatusCode) -> Self {
        Self {
            http_status: status.as_u16(),
            code: None,
            serial: None,
            units: None,
        }
    }
}
