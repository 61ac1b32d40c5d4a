//! The download: from the link to what came of it.

use jindiao_protocol::Link;
use jindiao_words::say;

use super::{Action, At, WaitReason, kept};
use crate::{DownloadFailure, DownloadProblem, Flow, Placement, Question, State};

/// How often a dead link of a product that cannot be asked again is tried, before a person is
/// asked.
const DEAD_LINK_ATTEMPTS: u32 = 3;

impl At<'_> {
    /// Downloads a link that was just given, whatever our clock says of it: it may be the clock
    /// that is wrong, and the store knows.
    pub(super) fn fresh(
        self,
        placement: Placement,
        link: Link,
        asks: u32,
        tries: u32,
    ) -> (State, Action) {
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

    pub(super) fn download(self, link: &Link) -> Action {
        Action::Download {
            link: link.clone(),
            kind: self.order.wanted.format(),
        }
    }

    pub(super) fn not_stored(
        self,
        placement: Placement,
        link: Link,
        asks: u32,
        tries: u32,
        failure: DownloadFailure,
    ) -> (State, Action) {
        let DownloadFailure { problem, text: why } = failure;
        let now = self.now;
        let is_direct = self.flow() == Flow::Direct;
        let failed = tries.saturating_add(1);
        let is_last = match problem {
            // That ends with a question to a person, and not with the run.
            DownloadProblem::LinkDead if is_direct => false,
            _ => failed >= self.policy.download_attempts,
        };
        let (kept_tries, due, action) = if is_last {
            (0, now, Action::Leave { why: why.clone() })
        } else {
            let until = now.plus(self.policy.backoff.pause(failed));
            let why = WaitReason::Backoff;
            (failed, until, Action::Wait { until, why })
        };
        match problem {
            DownloadProblem::Disk | DownloadProblem::Forbidden => {
                let state = State::Ready {
                    placement,
                    link,
                    asks,
                    tries,
                    due: now,
                };
                (state, Action::Leave { why })
            }
            DownloadProblem::LinkDead if is_direct && failed >= DEAD_LINK_ATTEMPTS => {
                let note = kept(&say!(
                    "the call was charged and its link is dead: {why}",
                    why
                ));
                let state = self.uncertain(Some(placement), Question::OrderAgain, note);
                (state, Action::Rest)
            }
            DownloadProblem::LinkDead if !is_direct => {
                let state = State::Waiting {
                    placement,
                    since: now,
                    due,
                    asks,
                    misses: kept_tries,
                };
                (state, action)
            }
            DownloadProblem::LinkDead | DownloadProblem::Interrupted => {
                let state = State::Ready {
                    placement,
                    link,
                    asks,
                    tries: kept_tries,
                    due,
                };
                (state, action)
            }
        }
    }
}
