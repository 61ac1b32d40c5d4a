//! What to do next: the one function that moves an order on.
//!
//! What becomes of each state is in a room of its own: [`look`] has what there is to do at a time,
//! [`place`] the charging call, [`ask`] the questions to the vendor, [`fetch`] the download.

mod ask;
mod fetch;
mod look;
mod place;

use jindiao_codes::Outcome;
use jindiao_protocol::{FileKind, Link, Timestamp};
use jindiao_words::{Message, say};

use crate::{
    Call, DownloadFailure, Failure, Fence, Flow, Intent, News, Order, Placement, Policy, Question,
    Refusal, State, StateName, StoredReport,
};
use ask::Waiting;

/// What happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// Nothing: what is there to do?
    Look,
    /// Another incarnation of the host found the order at its start.
    Found,
    /// Pace, quota and budget allow one charging call now, to be made under this fence.
    Permitted(Fence),
    /// The order, with the intent of this fence in it, is durable.
    Recorded(Fence),
    /// A call told something.
    Told(News),
    /// A call failed.
    Failed(Failure),
    /// The report was downloaded, checked and stored.
    Stored(StoredReport),
    /// The download failed.
    NotStored(DownloadFailure),
    /// The account that the order is held for is taken to be in order again.
    AccountOpen,
    /// The stored file is gone.
    FileLost,
}

/// What the host must do.
#[derive(Debug, Clone)]
pub enum Action {
    /// Get the permit for a charging call, then say [`Input::Permitted`].
    Prepare,
    /// Make the order durable, then say [`Input::Recorded`] at once.
    Record(Fence),
    /// Make this charging call, once, unless the intent has expired when it is about to leave.
    Place {
        /// The call.
        call: Call,
        /// The right to make it.
        intent: Intent,
    },
    /// Get a permit and make this call, which charges nothing.
    Ask(Call),
    /// Download the report, in the same chain of steps: the link may be short-lived.
    Download {
        /// Where it is.
        link: Link,
        /// What it must be.
        kind: FileKind,
    },
    /// Look again then.
    Wait {
        /// When.
        until: Timestamp,
        /// Why.
        why: WaitReason,
    },
    /// There is nothing more to do for it in this run; the next run goes on.
    Leave {
        /// Why, in one line.
        why: String,
    },
    /// There is nothing to do until a person does something, or nothing at all.
    Rest,
}

/// Why an order waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitReason {
    /// The vendor is making the report.
    Poll,
    /// Something failed, and is tried again shortly.
    Backoff,
    /// The vendor wants this request left alone for a while.
    Cooldown,
    /// A daily quota is used up.
    NextDay,
}

impl Order {
    /// Moves the order on: `now`, `input` happened, and under `policy` the host must do what is
    /// returned. Whenever the returned order differs from this one, it must be made durable
    /// before or with the next action.
    ///
    /// Total: an input that does not fit the state changes nothing. Never asks for a charging
    /// call but after [`Input::Permitted`] and [`Input::Recorded`] under the same fence, and never
    /// for a second one unless the first one surely did nothing, a person
    /// [decided](Order::decide), or the policy [orders again](crate::OnUncertain::OrderAgain).
    #[must_use]
    pub fn step(self, now: Timestamp, input: Input, policy: &Policy) -> (Self, Action) {
        let at = At {
            order: &self,
            now,
            policy,
        };
        let (state, action) = match (self.state.clone(), input) {
            (State::Planned { tries, .. }, Input::Permitted(fence)) if at.flow() != Flow::Free => {
                at.permitted(fence, tries)
            }
            // What must go right before the call went wrong.
            (State::Planned { tries, .. }, Input::Failed(failure))
                if failure.outcome == Outcome::NothingDone =>
            {
                at.not_placed(failure, tries)
            }

            (
                State::Ordering {
                    intent,
                    tries,
                    may_call: true,
                },
                Input::Recorded(fence),
            ) if fence == intent.fence => at.recorded(intent, tries),
            (State::Ordering { .. }, Input::Told(news)) => at.placed(news),
            (State::Ordering { tries, .. }, Input::Failed(failure)) => {
                at.not_placed(failure, tries)
            }
            (State::Ordering { intent, .. }, Input::Look | Input::Found) => at.doubt(kept(&say!(
                "the program ended between the intent to order ({written}) and the answer",
                written = intent.written
            ))),

            (State::Ordered { placement }, Input::Look | Input::Found) => {
                let due = placement.at.plus(at.poll_pause());
                at.look(State::Waiting {
                    placement,
                    since: now,
                    due,
                    asks: 0,
                    misses: 0,
                })
            }
            (
                State::Waiting {
                    placement,
                    due,
                    asks,
                    ..
                },
                Input::Found,
            ) => at.look(State::Waiting {
                placement,
                since: now,
                due,
                asks,
                misses: 0,
            }),
            (
                state @ (State::Planned { .. }
                | State::Waiting { .. }
                | State::Ready { .. }
                | State::Uncertain { .. }),
                Input::Look | Input::Found,
            ) => at.look(state),

            (
                State::Waiting {
                    placement,
                    since,
                    asks,
                    misses,
                    ..
                },
                Input::Told(news),
            ) => Waiting {
                at,
                placement,
                since,
                asks,
                misses,
            }
            .told(news),
            (
                State::Waiting {
                    placement,
                    since,
                    asks,
                    misses,
                    ..
                },
                Input::Failed(failure),
            ) => Waiting {
                at,
                placement,
                since,
                asks,
                misses,
            }
            .failed(failure),

            (State::Ready { placement, .. }, Input::Stored(report)) => (
                State::Stored {
                    placement,
                    report,
                    at: now,
                },
                Action::Rest,
            ),
            (
                State::Ready {
                    placement,
                    link,
                    asks,
                    tries,
                    ..
                },
                Input::NotStored(failure),
            ) => at.not_stored(placement, link, asks, tries, failure),

            (State::Held { resume, .. }, Input::AccountOpen) => at.look(*resume),

            // It is paid for: the vendor is asked for it again, where it can be.
            (State::Stored { placement, .. }, Input::FileLost) if at.flow() != Flow::Direct => at
                .look(State::Waiting {
                    placement,
                    since: now,
                    due: now,
                    asks: 0,
                    misses: 0,
                }),

            (state, _) => (state, Action::Rest),
        };
        let is_again =
            self.state.name() == StateName::Uncertain && matches!(state, State::Planned { .. });
        let again = self.again.saturating_add(u32::from(is_again));
        let order = Self {
            state,
            again,
            ..self
        };
        (order, action)
    }
}

/// An order at an instant, under a policy.
#[derive(Clone, Copy)]
struct At<'a> {
    order: &'a Order,
    now: Timestamp,
    policy: &'a Policy,
}

impl At<'_> {
    fn flow(self) -> Flow {
        self.order.wanted.product().flow()
    }

    /// Nobody knows whether it was placed.
    fn doubt(self, note: String) -> (State, Action) {
        self.look(self.uncertain(None, Question::WasItPlaced, note))
    }

    fn uncertain(self, placement: Option<Placement>, question: Question, note: String) -> State {
        State::Uncertain {
            question,
            placement,
            note,
            at: self.now,
        }
    }

    /// The account needs attention before the order goes on with `resume`.
    fn held(self, refusal: Refusal, resume: State) -> (State, Action) {
        let state = State::Held {
            refusal,
            resume: Box::new(resume),
            at: self.now,
        };
        (state, Action::Rest)
    }
}

/// As an order keeps it: in English, whoever reads it.
fn kept(message: &Message) -> String {
    message.to_string()
}
