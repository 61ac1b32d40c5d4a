//! The form in which an order outlives the process: JSON with a schema version.

use std::borrow::Cow;

use jindiao_protocol::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Flow, Order, OrderId, State, Wanted};

/// The version of the form that is written. Every version that was ever written can be read.
///
/// 2 has sealed links; 1 had only links with their address.
pub const SCHEMA_VERSION: u32 = 2;

impl Order {
    /// The durable form.
    ///
    /// A link that can be asked for again is not written: it is signed, and whoever reads it has
    /// the report. Such an order is written as waiting, so that the reader asks again. A link that
    /// cost a charge is written as it is: hosts seal it when they receive it, see
    /// [`Link::sealed`](jindiao_protocol::Link::sealed).
    pub fn to_json(&self) -> String {
        let state = match &self.state {
            State::Ready {
                placement,
                asks,
                due,
                ..
            } if self.wanted.product().flow() != Flow::Direct => Cow::Owned(State::Waiting {
                placement: placement.clone(),
                since: *due,
                due: *due,
                asks: *asks,
                misses: 0,
            }),
            state => Cow::Borrowed(state),
        };
        let form = Form {
            version: SCHEMA_VERSION,
            id: Cow::Borrowed(&self.id),
            wanted: Cow::Borrowed(&self.wanted),
            planned: self.planned,
            again: self.again,
            state,
        };
        serde_json::to_string(&form).expect("an order has string keys and finite numbers only")
    }

    /// Reads the durable form of any version up to [`SCHEMA_VERSION`].
    ///
    /// # Errors
    /// If the text was written by a newer version, or is no order.
    pub fn from_json(text: &str) -> Result<Self, FormError> {
        match serde_json::from_str::<Form<'_>>(text) {
            Ok(form) if form.version <= SCHEMA_VERSION => Ok(Self {
                id: form.id.into_owned(),
                wanted: form.wanted.into_owned(),
                planned: form.planned,
                again: form.again,
                state: form.state.into_owned(),
            }),
            _ => Err(FormError::of(text)),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Form<'a> {
    version: u32,
    id: Cow<'a, OrderId>,
    wanted: Cow<'a, Wanted>,
    planned: Timestamp,
    #[serde(default, skip_serializing_if = "is_zero")]
    again: u32,
    #[serde(flatten)]
    state: Cow<'a, State>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// Why a text is no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// A newer program wrote it.
    #[error(
        "the order was written in form {version}, this program reads up to {SCHEMA_VERSION}: use the newer program"
    )]
    Newer {
        /// The version that was found.
        version: u32,
    },
    /// It is not the form of an order.
    #[error("the text is not the form of an order")]
    Unreadable,
}

impl FormError {
    /// What keeps the text from being read: a newer form may have nothing that this one has but
    /// its version.
    fn of(text: &str) -> Self {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        match serde_json::from_str(text) {
            Ok(Version { version }) if version > SCHEMA_VERSION => Self::Newer { version },
            _ => Self::Unreadable,
        }
    }
}
