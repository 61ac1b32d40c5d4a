//! What goes wrong, and when: a plan as data.

use std::collections::HashMap;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::Operation;
use crate::sync::lock;

/// Rules that are tried in their order for every call; the first that strikes decides.
///
/// ```
/// # use jindiao_simulator::FaultPlan;
/// let plan: FaultPlan = serde_json::from_str(r#"{"rules": [
///     {"operation": "qcc/createReport", "nth": [1], "fault": "drop_after_charge"},
///     {"subject": "小米", "per_mille": 50, "fault": {"slow": {"ms": 200}}},
///     {"operation": "patsnap/company-report/create", "times": 3, "fault": "throttled"}
/// ]}"#)?;
/// assert_eq!(plan.rules.len(), 3);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    /// The rules.
    #[serde(default)]
    pub rules: Vec<FaultRule>,
}

impl FaultPlan {
    /// A plan of one rule.
    pub fn one(rule: FaultRule) -> Self {
        Self { rules: vec![rule] }
    }
}

/// One fault and the calls that it strikes: those that pass every condition that is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// Only calls of this operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// Only calls whose subject contains this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Only these among the calls that pass the conditions above, counted from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nth: Vec<u64>,
    /// Only this many of a thousand calls. The draw depends on the seed, the operation, the
    /// subject and how often the two were called, not on what other subjects do meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_mille: Option<u16>,
    /// Strikes at most this often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What happens.
    pub fault: Fault,
}

impl FaultRule {
    /// `fault` at every call.
    pub fn always(fault: Fault) -> Self {
        Self {
            operation: None,
            subject: None,
            nth: Vec::new(),
            per_mille: None,
            times: None,
            fault,
        }
    }

    /// `fault` at the `nth` call of `operation`, counted from 1.
    pub fn nth(operation: Operation, nth: u64, fault: Fault) -> Self {
        Self {
            operation: Some(operation),
            nth: vec![nth],
            ..Self::always(fault)
        }
    }
}

/// Something that goes wrong with one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The connection ends without an answer; the vendor did nothing.
    DropBeforeCharge,
    /// The connection ends without an answer; the vendor did everything, and charged.
    DropAfterCharge,
    /// The answer breaks off in the middle of its body; the vendor did everything.
    HalfBody,
    /// An HTTP error from a gateway; the vendor did nothing.
    ServerErrorBeforeCharge {
        /// The HTTP status.
        status: u16,
    },
    /// An HTTP error from a gateway; the vendor did everything.
    ServerErrorAfterCharge {
        /// The HTTP status.
        status: u16,
    },
    /// A web page with HTTP 200; the vendor did nothing.
    HtmlPageBeforeCharge,
    /// A web page with HTTP 200; the vendor did everything.
    HtmlPageAfterCharge,
    /// The right answer, late: the vendor did everything at once.
    Slow {
        /// The delay in milliseconds.
        ms: u64,
    },
    /// The right answer whose body comes in four pieces.
    SlowBody {
        /// The delay between two pieces, in milliseconds.
        ms: u64,
    },
    /// The link in the answer is dead already (and a download is refused as if its link were).
    ExpiredLink,
    /// The vendor's refusal of calls that come too fast: QCC 122, PatSnap 67200002. Yibeidiao has
    /// no such code: 900.
    Throttled,
    /// A refusal with any code; the vendor did nothing.
    Code {
        /// The vendor's code.
        code: String,
    },
    /// The right answer with codes, states and ids in the other JSON type: number for string and
    /// string for number.
    WrongTypes,
    /// The vendor's clock is off, and the `Date` of the answer with it. For all calls: the clock of
    /// whoever asks is.
    ClockSkew {
        /// How far ahead it is.
        seconds: i64,
    },
    /// An order is accepted, and charged, and its report fails.
    ReportFails,
    /// The right answer with a signature that is not the vendor's. Only Yibeidiao signs answers.
    ForgedSign,
}

/// A plan at work: counts calls and draws.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    plan: FaultPlan,
    counters: Mutex<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    /// By rule: calls that passed operation and subject, and strikes.
    rules: Vec<(u64, u64)>,
    /// By a digest of rule, operation and subject: draws.
    draws: HashMap<[u8; 8], u64>,
}

impl Faults {
    pub(crate) fn new(seed: u64, plan: FaultPlan) -> Self {
        let rules = vec![(0, 0); plan.rules.len()];
        let counters = Mutex::new(Counters {
            rules,
            ..Counters::default()
        });
        Self {
            seed,
            plan,
            counters,
        }
    }

    pub(crate) fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    /// The fault that strikes this call. `subject` is only asked for where there is a plan.
    pub(crate) fn strike(
        &self,
        operation: Operation,
        subject: impl FnOnce() -> String,
    ) -> Option<Fault> {
        if self.plan.rules.is_empty() {
            return None;
        }
        let subject = subject();
        let mut counters = lock(&self.counters);
        let mut struck = None;
        // Every rule counts every call, also after one has struck: else the n-th call of a rule
        // would depend on the rules before it.
        for (index, rule) in self.plan.rules.iter().enumerate() {
            if rule.operation.is_some_and(|only| only != operation)
                || rule
                    .subject
                    .as_deref()
                    .is_some_and(|part| !subject.contains(part))
            {
                continue;
            }
            counters.rules[index].0 += 1;
            let (calls, strikes) = counters.rules[index];
            let strikes_now = (rule.nth.is_empty() || rule.nth.contains(&calls))
                && rule.per_mille.is_none_or(|limit| {
                    self.draw(&mut counters.draws, index, operation, &subject) < limit
                })
                && rule.times.is_none_or(|most| strikes < most);
            if strikes_now && struck.is_none() {
                counters.rules[index].1 += 1;
                struck = Some(rule.fault.clone());
            }
        }
        struck
    }

    /// A number below a thousand.
    fn draw(
        &self,
        draws: &mut HashMap<[u8; 8], u64>,
        rule: usize,
        operation: Operation,
        subject: &str,
    ) -> u16 {
        let text = format!("{} {rule} {operation} {subject}", self.seed);
        let number = draws.entry(first_eight(&text)).or_default();
        *number += 1;
        let drawn = u64::from_le_bytes(first_eight(&format!("{text} {number}"))) % 1000;
        u16::try_from(drawn).expect("below a thousand")
    }
}

fn first_eight(text: &str) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(text).into();
    std::array::from_fn(|index| digest[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(rule: FaultRule, seed: u64, subjects: &[&str]) -> Vec<bool> {
        let faults = Faults::new(seed, FaultPlan::one(rule));
        let strike = |subject: &&str| {
            faults
                .strike(Operation::QccImage, || (*subject).to_owned())
                .is_some()
        };
        subjects.iter().map(strike).collect()
    }

    #[test]
    fn the_nth_matching_call() {
        let rule = FaultRule {
            subject: Some("甲".to_owned()),
            ..FaultRule::nth(Operation::QccImage, 2, Fault::Throttled)
        };
        assert_eq!(
            strikes(rule, 0, &["甲", "乙", "甲", "甲"]),
            [false, false, true, false]
        );
    }

    #[test]
    fn another_operation_is_left_alone() {
        let rule = FaultRule::nth(Operation::Download, 1, Fault::Throttled);
        assert_eq!(strikes(rule, 0, &["甲"]), [false]);
    }

    #[test]
    fn at_most_so_often() {
        let rule = FaultRule {
            times: Some(1),
            ..FaultRule::always(Fault::Throttled)
        };
        assert_eq!(strikes(rule, 0, &["甲", "乙", "甲"]), [true, false, false]);
    }

    #[test]
    fn draws_come_from_the_seed_and_the_subject_alone() {
        let rule = FaultRule {
            per_mille: Some(300),
            ..FaultRule::always(Fault::Throttled)
        };
        let names: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let drawn = strikes(rule.clone(), 7, &names);
        let number = drawn.iter().filter(|struck| **struck).count();
        assert!((200..400).contains(&number), "{number}");
        assert_ne!(drawn, strikes(rule.clone(), 8, &names));

        let backwards: Vec<&str> = names.iter().rev().copied().collect();
        let mut other_order = strikes(rule, 7, &backwards);
        other_order.reverse();
        assert_eq!(drawn, other_order);
    }

    #[test]
    fn a_typo_in_a_plan_is_refused() {
        for text in [
            r#"{"rule": []}"#,
            r#"{"rules": [{"fault": "throttled", "nht": [1]}]}"#,
        ] {
            assert!(serde_json::from_str::<FaultPlan>(text).is_err());
        }
    }
}
