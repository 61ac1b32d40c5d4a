//! What to do next: the one function that moves an order on.

use std::time::Duration;

use jindiao_codes::Outcome;
use jindiao_protocol::{Advice, Delivery, FileKind, Link, Timestamp};
use jindiao_words::{Message, say};

use crate::{
    Call, DownloadFailure, DownloadProblem, Failure, Fence, Flow, Intent, News, Order, Placement,
    Policy, Question, State, StateName, StoredReport,
};

/// How often a dead link of a product that cannot be asked again is tried, before a person is
/// asked.
const DEAD_LINK_ATTEMPTS: u32 = 3;
/// No rule has an order wait for longer: the daily quotas do the longest. What is due later was
/// written by a clock that has been set since.
const LONGEST_WAIT: Duration = Duration::from_secs(25 * 3600);
/// How often in a row fresh credentials are tried, before the account is said to need attention.
const REAUTHENTICATIONS: u32 = 2;

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
            (State::Planned { due, tries }, Input::Look | Input::Found) => at.planned(due, tries),
            (State::Planned { tries, .. }, Input::Permitted(fence)) if at.flow() != Flow::Free => {
                let intent = Intent {
                    fence: fence.clone(),
                    written: now,
                    expires: now.plus(policy.intent_life),
                };
                (
                    State::Ordering {
                        intent,
                        tries,
                        may_call: true,
                    },
                    Action::Record(fence),
                )
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
            (state @ State::Uncertain { .. }, Input::Look | Input::Found) => at.look(state),

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
            (state @ (State::Waiting { .. } | State::Ready { .. }), Input::Look | Input::Found) => {
                at.look(state)
            }
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

    /// The time to the next poll: the interval and up to a tenth of it, spread by the order's id.
    fn poll_pause(self) -> Duration {
        let interval = self.policy.poll_interval;
        interval.saturating_add(interval.saturating_mul(self.order.id.spread()) / 10_000)
    }

    /// Whether `due` is still to come, by a clock that may have been set since it was written.
    fn is_to_come(self, due: Timestamp) -> bool {
        let Policy {
            poll_interval,
            backoff,
            ..
        } = self.policy;
        let longest = LONGEST_WAIT
            .max(backoff.most)
            .max(poll_interval.saturating_mul(2));
        due > self.now && due <= self.now.plus(longest)
    }

    /// What there is to do in `state`.
    fn look(self, state: State) -> (State, Action) {
        match state {
            State::Planned { due, tries } => self.planned(due, tries),
            State::Waiting { due, .. } if self.is_to_come(due) => {
                let longest = self.poll_pause().max(self.policy.backoff.most);
                (state, self.wait(due, WaitReason::Poll, longest))
            }
            State::Waiting {
                ref placement,
                asks,
                ..
            } => {
                let Order {
                    id,
                    wanted,
                    planned,
                    ..
                } = self.order;
                match Call::ask(wanted, id, *planned, placement, asks) {
                    Some(call) => (state, Action::Ask(call)),
                    None => (
                        self.uncertain(
                            Some(placement.clone()),
                            Question::OrderAgain,
                            kept(&say!("the order has no reference to ask for")),
                        ),
                        Action::Rest,
                    ),
                }
            }
            State::Ready { due, .. } if self.is_to_come(due) => (
                state,
                Action::Wait {
                    until: due,
                    why: WaitReason::Backoff,
                },
            ),
            // It was tried before, and by our clock it is dead.
            State::Ready {
                placement,
                link,
                asks,
                tries,
                ..
            } if tries > 0 && link.is_expired(self.now) && self.flow() != Flow::Direct => self
                .look(State::Waiting {
                    placement,
                    since: self.now,
                    due: self.now,
                    asks,
                    misses: tries,
                }),
            State::Ready { ref link, .. } => {
                let download = self.download(link);
                (state, download)
            }
            // Nobody knows how long ago that was.
            State::Uncertain {
                question,
                placement,
                note,
                at,
            } if self.again_at(&state).is_some() && at > self.now.plus(LONGEST_WAIT) => {
                self.look(self.uncertain(placement, question, note))
            }
            State::Uncertain { .. } => match self.again_at(&state) {
                Some(due) if due > self.now => (
                    state,
                    Action::Wait {
                        until: due,
                        why: WaitReason::Backoff,
                    },
                ),
                Some(_) => self.planned(self.now, 0),
                None => (state, Action::Rest),
            },
            other => (other, Action::Rest),
        }
    }

    fn download(self, link: &Link) -> Action {
        Action::Download {
            link: link.clone(),
            kind: self.order.wanted.format(),
        }
    }

    /// Downloads a link that was just given, whatever our clock says of it: it may be the clock
    /// that is wrong, and the store knows.
    fn fresh(self, placement: Placement, link: Link, asks: u32, tries: u32) -> (State, Action) {
        let download = self.download(&link);
        let state = State::Ready {
            placement,
            link,
            asks,
            tries,
            due: self.now,
        };
        (state, download)
    }

    /// When this order, uncertain as in `state`, is made again by itself.
    fn again_at(self, state: &State) -> Option<Timestamp> {
        let order = Order {
            state: state.clone(),
            ..self.order.clone()
        };
        order.again_at(self.policy)
    }

    /// Nobody knows whether it was placed.
    fn doubt(self, note: String) -> (State, Action) {
        self.look(self.uncertain(None, Question::WasItPlaced, note))
    }

    /// To wait until `due`, for the `usual` reason: which makes nobody wait for more than `longest`,
    /// so that what takes longer was said by a vendor, maybe to an earlier run.
    fn wait(self, due: Timestamp, usual: WaitReason, longest: Duration) -> Action {
        let why = if due <= self.now.plus(longest) {
            usual
        } else if due == self.now.next_china_midnight() {
            WaitReason::NextDay
        } else {
            WaitReason::Cooldown
        };
        Action::Wait { until: due, why }
    }

    fn planned(self, due: Timestamp, tries: u32) -> (State, Action) {
        if self.is_to_come(due) {
            let wait = self.wait(due, WaitReason::Backoff, self.policy.backoff.most);
            return (State::Planned { due, tries }, wait);
        }
        if self.flow() == Flow::Free {
            // Nothing is ordered: the record is paid for, and its number is the reference.
            let reference = self.order.wanted.subject().label().to_owned();
            let placement = Placement {
                reference: Some(reference),
                at: self.now,
            };
            return self.look(State::Waiting {
                placement,
                since: self.now,
                due: self.now,
                asks: 0,
                misses: 0,
            });
        }
        (State::Planned { due, tries }, Action::Prepare)
    }

    fn recorded(self, intent: Intent, tries: u32) -> (State, Action) {
        // A clock that was set back must not stretch the intent's life.
        let is_alive = intent.written <= self.now && self.now < intent.expires;
        match Call::place(&self.order.wanted) {
            Some(call) if is_alive => {
                let place = Action::Place {
                    call,
                    intent: intent.clone(),
                };
                (
                    State::Ordering {
                        intent,
                        tries,
                        may_call: false,
                    },
                    place,
                )
            }
            // The call was not made: only this incarnation could have made it.
            _ => self.try_again(
                tries,
                kept(&say!("the intent expired before the call could be made")),
            ),
        }
    }

    fn placed(self, news: News) -> (State, Action) {
        let now = self.now;
        match news {
            News::Placed(reference) => {
                let placement = Placement {
                    reference: Some(reference),
                    at: now,
                };
                let until = now.plus(self.poll_pause());
                (
                    State::Ordered { placement },
                    Action::Wait {
                        until,
                        why: WaitReason::Poll,
                    },
                )
            }
            News::Link(link) => {
                let placement = Placement {
                    reference: None,
                    at: now,
                };
                match link.link(now) {
                    Ok(link) => self.fresh(placement, link, 0, 0),
                    Err(error) => {
                        let note = kept(&say!(
                            "the call succeeded and its link is unusable: {error}",
                            error
                        ));
                        (
                            self.uncertain(Some(placement), Question::OrderAgain, note),
                            Action::Rest,
                        )
                    }
                }
            }
            News::Pending { .. } | News::Failed(_) | News::AlreadyAsked => self.doubt(kept(&say!(
                "the answer to the order was none that an order gets"
            ))),
        }
    }

    fn not_placed(self, failure: Failure, tries: u32) -> (State, Action) {
        let Failure {
            outcome,
            advice,
            refusal,
            ..
        } = failure;
        if outcome != Outcome::NothingDone {
            return self.doubt(refusal.text);
        }
        let now = self.now;
        let wait_until = |due, why| {
            (
                State::Planned { due, tries: 0 },
                Action::Wait { until: due, why },
            )
        };
        match advice {
            Advice::Proceed | Advice::GiveUp | Advice::FixRequest => {
                (State::Refused { refusal, at: now }, Action::Rest)
            }
            Advice::FixAccount => {
                let resume = Box::new(State::Planned { due: now, tries: 0 });
                (
                    State::Held {
                        refusal,
                        resume,
                        at: now,
                    },
                    Action::Rest,
                )
            }
            Advice::Reauthenticate if tries >= REAUTHENTICATIONS => {
                let resume = Box::new(State::Planned { due: now, tries: 0 });
                (
                    State::Held {
                        refusal,
                        resume,
                        at: now,
                    },
                    Action::Rest,
                )
            }
            Advice::NextDay => wait_until(now.next_china_midnight(), WaitReason::NextDay),
            Advice::Cooldown(length) => wait_until(now.plus(length), WaitReason::Cooldown),
            Advice::Reauthenticate | Advice::Wait | Advice::Retry | Advice::SlowDown => {
                self.try_again(tries, refusal.text)
            }
        }
    }

    /// Back to the start, for what surely did nothing.
    fn try_again(self, tries: u32, why: String) -> (State, Action) {
        let tries = tries.saturating_add(1);
        if tries >= self.policy.place_attempts {
            return (
                State::Planned {
                    due: self.now,
                    tries: 0,
                },
                Action::Leave { why },
            );
        }
        let until = self.now.plus(self.policy.backoff.pause(tries));
        (
            State::Planned { due: until, tries },
            Action::Wait {
                until,
                why: WaitReason::Backoff,
            },
        )
    }

    fn not_stored(
        self,
        placement: Placement,
        link: Link,
        asks: u32,
        tries: u32,
        failure: DownloadFailure,
    ) -> (State, Action) {
        let DownloadFailure { problem, text: why } = failure;
        let now = self.now;
        let failed = tries.saturating_add(1);
        let is_last = failed >= self.policy.download_attempts;
        let until = now.plus(self.policy.backoff.pause(failed));
        let is_direct = self.flow() == Flow::Direct;
        match problem {
            DownloadProblem::Disk | DownloadProblem::Forbidden => (
                State::Ready {
                    placement,
                    link,
                    asks,
                    tries,
                    due: now,
                },
                Action::Leave { why },
            ),
            DownloadProblem::LinkDead if is_direct && failed >= DEAD_LINK_ATTEMPTS => {
                let note = kept(&say!(
                    "the call was charged and its link is dead: {why}",
                    why
                ));
                (
                    self.uncertain(Some(placement), Question::OrderAgain, note),
                    Action::Rest,
                )
            }
            DownloadProblem::LinkDead if !is_direct => {
                let (misses, due, action) = if is_last {
                    (0, now, Action::Leave { why })
                } else {
                    (
                        failed,
                        until,
                        Action::Wait {
                            until,
                            why: WaitReason::Backoff,
                        },
                    )
                };
                (
                    State::Waiting {
                        placement,
                        since: now,
                        due,
                        asks,
                        misses,
                    },
                    action,
                )
            }
            DownloadProblem::Interrupted if is_last => (
                State::Ready {
                    placement,
                    link,
                    asks,
                    tries: 0,
                    due: now,
                },
                Action::Leave { why },
            ),
            DownloadProblem::LinkDead | DownloadProblem::Interrupted => (
                State::Ready {
                    placement,
                    link,
                    asks,
                    tries: failed,
                    due: until,
                },
                Action::Wait {
                    until,
                    why: WaitReason::Backoff,
                },
            ),
        }
    }

    fn uncertain(self, placement: Option<Placement>, question: Question, note: String) -> State {
        State::Uncertain {
            question,
            placement,
            note,
            at: self.now,
        }
    }
}

/// An order whose vendor was asked for its state.
struct Waiting<'a> {
    at: At<'a>,
    placement: Placement,
    since: Timestamp,
    asks: u32,
    misses: u32,
}

impl Waiting<'_> {
    fn told(self, news: News) -> (State, Action) {
        let At { now, policy, .. } = self.at;
        match news {
            News::Pending { .. } => {
                let deadline = self.since.plus(policy.poll_timeout);
                if now >= deadline {
                    let why = kept(&say!(
                        "the report is not ready after {seconds} s; run again to go on waiting",
                        seconds = policy.poll_timeout.as_secs()
                    ));
                    return self.leave(why);
                }
                // Close to the deadline, ask once more.
                let due = now.plus(self.at.poll_pause()).min(deadline);
                let state = State::Waiting {
                    placement: self.placement,
                    since: self.since,
                    due,
                    asks: self.asks.wrapping_add(1),
                    misses: 0,
                };
                (
                    state,
                    Action::Wait {
                        until: due,
                        why: WaitReason::Poll,
                    },
                )
            }
            News::Link(link) => match link.link(now) {
                Ok(link) => {
                    let asks = self.asks.wrapping_add(1);
                    self.at.fresh(self.placement, link, asks, self.misses)
                }
                Err(error) => self.miss(
                    true,
                    kept(&say!("the vendor gave an unusable link: {error}", error)),
                ),
            },
            News::Failed(cause) => {
                let state = State::Failed {
                    reason: kept(&say!(
                        "the vendor could not make the report: {cause}",
                        cause
                    )),
                    abandoned: false,
                    placement: Some(self.placement),
                    at: now,
                };
                (state, Action::Rest)
            }
            News::AlreadyAsked => {
                self.miss(true, kept(&say!("the vendor had this question before")))
            }
            News::Placed(_) => self.miss(
                true,
                kept(&say!("the vendor answered a question with an order")),
            ),
        }
    }

    fn failed(self, failure: Failure) -> (State, Action) {
        let now = self.at.now;
        let is_answered = failure.delivery == Delivery::Answered;
        let Failure {
            advice, refusal, ..
        } = failure;
        match advice {
            Advice::FixAccount => {
                let resume = Box::new(State::Waiting {
                    placement: self.placement,
                    since: now,
                    due: now,
                    asks: self.asks.wrapping_add(1),
                    misses: 0,
                });
                (
                    State::Held {
                        refusal,
                        resume,
                        at: now,
                    },
                    Action::Rest,
                )
            }
            Advice::NextDay => self.wait_until(now.next_china_midnight(), WaitReason::NextDay),
            Advice::Cooldown(length) => self.wait_until(now.plus(length), WaitReason::Cooldown),
            // Only a code that is known to mean so ends an order that may be paid for; whatever
            // else a gateway answers is a miss.
            Advice::GiveUp | Advice::FixRequest
                if refusal
                    .code
                    .as_ref()
                    .is_some_and(|code| code.info().is_some())
                    && !self.may_be_unknown() =>
            {
                let state = if self.at.flow() == Flow::Free {
                    State::Refused { refusal, at: now }
                } else {
                    State::Failed {
                        reason: kept(&say!(
                            "the order was placed (reference {reference}) and the vendor does not give it out: {why}",
                            reference = self.placement.reference.as_deref().unwrap_or("none"),
                            why = refusal.text
                        )),
                        abandoned: false,
                        placement: Some(self.placement),
                        at: now,
                    }
                };
                (state, Action::Rest)
            }
            _ => self.miss(is_answered, refusal.text),
        }
    }

    /// How long a vendor may say that it does not know the order: a fresh order may not have
    /// reached all of its machines.
    fn grace(&self) -> Duration {
        match self.at.flow() {
            Flow::Free => Duration::ZERO,
            Flow::Direct | Flow::Task => self.at.policy.unknown_grace,
        }
    }

    /// Whether the vendor may still say that it does not know the order: a fresh one may not have
    /// reached all of its machines. By a clock that was set back it is fresh for too long, but not
    /// after as many questions as a run asks in vain.
    fn may_be_unknown(&self) -> bool {
        let At { now, policy, .. } = self.at;
        let placed = self.placement.at;
        let is_fresh = now.since(placed) < self.grace();
        is_fresh && (placed <= now || self.asks < policy.ask_attempts)
    }

    fn wait_until(self, due: Timestamp, why: WaitReason) -> (State, Action) {
        let state = State::Waiting {
            placement: self.placement,
            since: due,
            due,
            asks: self.asks.wrapping_add(1),
            misses: 0,
        };
        (state, Action::Wait { until: due, why })
    }

    /// Asked in vain: ask again after a pause, and leave it to the next run after too many.
    fn miss(self, is_answered: bool, why: String) -> (State, Action) {
        let misses = self.misses.saturating_add(1);
        if misses >= self.at.policy.ask_attempts {
            return self.leave(why);
        }
        // A repeated attempt keeps its serial; after an answer the next question is a new one.
        let asks = if is_answered {
            self.asks.wrapping_add(1)
        } else {
            self.asks
        };
        let due = self.at.now.plus(self.at.policy.backoff.pause(misses));
        let state = State::Waiting {
            placement: self.placement,
            since: self.since,
            due,
            asks,
            misses,
        };
        (
            state,
            Action::Wait {
                until: due,
                why: WaitReason::Backoff,
            },
        )
    }

    fn leave(self, why: String) -> (State, Action) {
        let now = self.at.now;
        let state = State::Waiting {
            placement: self.placement,
            since: now,
            due: now,
            asks: self.asks.wrapping_add(1),
            misses: 0,
        };
        (state, Action::Leave { why })
    }
}

/// As an order keeps it: in English, whoever reads it.
fn kept(message: &Message) -> String {
    message.to_string()
}
