//! The accounts: how they are, and how much of them is used.

use std::time::Duration;

use jindiao_batch::AccountLook;
use maud::{Markup, html};

use super::{Page, share};
use crate::show;
use crate::view::AccountTerms;
use crate::words::{Word, Words as _};

impl Page<'_> {
    pub(super) fn accounts(&self) -> Markup {
        html! {
            section #accounts {
                h2 { (self.w(Word::Accounts)) }
                div.cards {
                    @for look in &self.view.overview.accounts {
                        @let terms = self.view.accounts.iter().find(|it| it.vendor == look.vendor);
                        (self.account(look, terms))
                    }
                }
                p.small.muted { (self.w(Word::ConfigNote)) }
            }
        }
    }

    fn account(&self, look: &AccountLook, terms: Option<&AccountTerms>) -> Markup {
        let is_failing = match (look.last_success, &look.last_failure) {
            (Some(success), Some(failure)) => failure.last > success,
            (None, failure) => failure.is_some(),
            _ => false,
        };
        let is_used = look.last_success.is_some() || look.last_failure.is_some();
        let (class, health) = match (look.held, is_failing, is_used) {
            (1.., ..) => ("bad", Word::Trouble),
            (0, true, _) => ("warn", Word::Failing),
            (0, false, true) => ("good", Word::Healthy),
            (0, false, false) => ("idle", Word::NotUsed),
        };
        let limit = terms.and_then(|it| it.daily_limit);
        html! {
            article.card.(class) {
                h3 { (self.lang.vendor(look.vendor)) " " span.badge.(class) { (self.w(health)) } }
                dl.facts {
                    dt { (self.w(Word::Today)) }
                    dd {
                        b { (show::number(look.calls_today)) }
                        @match limit {
                            Some(limit) => {
                                " " (self.w(Word::OfLimit)) " " (show::number(limit))
                                svg.bar.quota viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                                    rect.used x="0" y="0" width=(share(look.calls_today.min(limit), limit)) height="10" {}
                                }
                            }
                            None => { " " span.muted { "(" (self.w(Word::NoLimit)) ")" } }
                        }
                    }
                    dt { (self.w(Word::Pace)) }
                    dd {
                        @if let Some(terms) = terms { (a_second(terms.interval)) " " (self.w(Word::PaceLimit)) br; }
                        (show::number(look.calls_last_minute)) " " (self.w(Word::LastMinute))
                    }
                    @if let Some(at) = look.last_success {
                        dt { (self.w(Word::LastSuccess)) } dd { (self.time(at)) }
                    }
                }
                @if look.held > 0 {
                    p.note { b { (show::number(look.held)) " " (self.w(Word::HeldOrders)) } }
                }
                @if let Some((at, refusal)) = &look.trouble {
                    p.note {
                        (self.time(*at)) ": " (refusal.text)
                        @if let Some(info) = refusal.code.as_ref().and_then(|code| code.info_at(&refusal.exchange)) {
                            " " (self.todo(info))
                        }
                    }
                } @else if is_failing {
                    @if let Some(failure) = &look.last_failure {
                        p.note { (self.time(failure.last)) ": " (self.came(failure)) " " (self.meaning(failure)) }
                    }
                }
            }
        }
    }
}

/// How many calls a second an interval between them allows, with up to two places.
fn a_second(interval: Duration) -> String {
    let nanos = interval.as_nanos().max(1);
    let hundredths = 100_000_000_000 / nanos;
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
