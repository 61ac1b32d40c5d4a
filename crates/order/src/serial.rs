//! The form in which an order outlives the process: JSON with a schema version.

use serde::{Deserialize, Serialize};

use crate::{Flow, Order, State};

/// The version of the form that is written. Every version that was ever written can be read.
///
/// 2 has sealed links; 1 had only links with their address.
pub const SCHEMA_VERSION: u32 = 2;

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    #[serde(flatten)]
    order: &'a Order,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Order {
    /// The durable form.
    ///
    /// A link that can be asked for again is not written: it is signed, and whoever reads it has
    /// the report. Such an order is written as waiting, so that the reader asks again. A link that
    /// cost a charge is written as it is: hosts seal it when they receive it, see
    /// [`Link::sealed`](jindiao_protocol::Link::sealed).
    pub fn to_json(&self) -> String {
        let askable;
        let order = match &self.state {
            State::Ready {
                placement,
                asks,
                due,
                ..
            } if self.wanted.product().flow() != Flow::Direct => {
                let state = State::Waiting {
                    placement: placement.clone(),
                    since: *due,
                    due: *due,
                    asks: *asks,
                    misses: 0,
                };
                askable = Self {
                    state,
                    ..self.clone()
                };
                &askable
            }
            _ => self,
        };
        let written = Written {
            version: SCHEMA_VERSION,
            order,
        };
        serde_json::to_string(&written).expect("an order has string keys and finite numbers only")
    }

    /// Reads the durable form of any version up to [`SCHEMA_VERSION`].
    ///
    /// # Errors
    /// If the text was written by a newer version, or is no order.
    pub fn from_json(text: &str) -> Result<Self, FormError> {
        let Version { version } = serde_json::from_str(text).map_err(|_| FormError::Unreadable)?;
        if version > SCHEMA_VERSION {
            return Err(FormError::Newer { version });
        }
        serde_json::from_str(text).map_err(|_| FormError::Unreadable)
    }
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
