//! What a person decides about an order.

use jindiao_protocol::{Link, Timestamp};
use jindiao_words::{Message, Say, say};

use crate::{Flow, Order, Placement, State};

/// A person's decision about an order that waits for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The vendor has the order: this is its reference.
    Placed(String),
    /// The vendor has the order of a product that is answered with the link at once: this is the
    /// link, [sealed](Link::sealed) where it will be written down.
    PlacedLink(Link),
    /// The vendor has no such order, or it is to be ordered again whatever that costs.
    NotPlaced,
    /// The report is not wanted any more.
    Abandon,
}

/// Why a decision does not fit the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.say())]
#[non_exhaustive]
pub enum VerdictError {
    /// The report is here.
    Stored,
    /// The vendor has the order already; ordering again would pay twice.
    AlreadyPlaced,
    /// Nothing was ordered yet.
    NotOrdered,
    /// The vendor's reference is empty or has characters that no reference has.
    Reference,
    /// This product has no reference but the link itself.
    LinkExpected,
    /// The product takes no order that could have been placed.
    NeverPlaced,
}

impl Say for VerdictError {
    fn say(&self) -> Message {
        match self {
            Self::Stored => say!("the report is stored: there is nothing to decide"),
            Self::AlreadyPlaced => say!(
                "the vendor has this order already and it will be asked for again; --abandon gives it up"
            ),
            Self::NotOrdered => say!("nothing was ordered yet, so nothing can have been placed"),
            Self::Reference => {
                say!("that is no reference: give the vendor's order number or job id")
            }
            Self::LinkExpected => say!(
                "this product is answered with the link at once and has no order number; give the https link to the file, or use --not-placed or --abandon"
            ),
            Self::NeverPlaced => say!(
                "this product is not ordered, only asked for; use --not-placed to ask again or --abandon"
            ),
        }
    }
}

impl Order {
    /// This order after a person's decision at `now`. It goes on from there with the next step.
    ///
    /// # Errors
    /// If the decision does not fit where the order stands.
    pub fn decide(&self, now: Timestamp, verdict: Verdict) -> Result<Self, VerdictError> {
        let state = self.decided(now, verdict)?;
        Ok(Self {
            state,
            ..self.clone()
        })
    }

    fn decided(&self, now: Timestamp, verdict: Verdict) -> Result<State, VerdictError> {
        let flow = self.wanted.product().flow();
        let is_placed = match &self.state {
            State::Stored { .. } => return Err(VerdictError::Stored),
            State::Ordered { .. } | State::Waiting { .. } | State::Ready { .. } => {
                flow != Flow::Free
            }
            State::Held { resume, .. } => !matches!(**resume, State::Planned { .. }),
            _ => false,
        };
        match verdict {
            Verdict::Abandon => Ok(State::Failed {
                reason: say!("abandoned by decision").to_string(),
                abandoned: true,
                placement: self.placement().cloned(),
                at: now,
            }),
            Verdict::NotPlaced if is_placed => Err(VerdictError::AlreadyPlaced),
            Verdict::NotPlaced => Ok(State::Planned { due: now, tries: 0 }),
            Verdict::Placed(_) | Verdict::PlacedLink(_) if is_placed => {
                Err(VerdictError::AlreadyPlaced)
            }
            Verdict::Placed(_) | Verdict::PlacedLink(_)
                if matches!(self.state, State::Planned { .. }) =>
            {
                Err(VerdictError::NotOrdered)
            }
            Verdict::PlacedLink(link) => match flow {
                Flow::Free => Err(VerdictError::NeverPlaced),
                Flow::Task => Err(VerdictError::Reference),
                Flow::Direct => {
                    let placement = Placement {
                        reference: None,
                        at: now,
                    };
                    Ok(State::Ready {
                        placement,
                        link,
                        asks: 0,
                        tries: 0,
                        due: now,
                    })
                }
            },
            Verdict::Placed(text) => match flow {
                Flow::Free => Err(VerdictError::NeverPlaced),
                Flow::Direct => Err(VerdictError::LinkExpected),
                Flow::Task => {
                    let text = text.trim();
                    let plausible = (1..=128).contains(&text.len())
                        && text
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
                    if !plausible {
                        return Err(VerdictError::Reference);
                    }
                    let placement = Placement {
                        reference: Some(text.to_owned()),
                        at: now,
                    };
                    Ok(State::Ordered { placement })
                }
            },
        }
    }
}
