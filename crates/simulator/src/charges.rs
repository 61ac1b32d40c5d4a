//! The charge book: the judge of "never pay twice".

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::Operation;
use crate::sync::lock;

/// What was charged until now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeBook {
    /// All charges.
    pub total: u64,
    /// Charges by operation.
    pub by_operation: BTreeMap<Operation, u64>,
    /// Charges by operation and subject, as `operation subject`. PatSnap subjects end with the
    /// format, and with `no-logo` where that was asked for, because these are different reports.
    pub by_subject: BTreeMap<String, u64>,
    /// Calls that the vendor may count against an allowance, orders among them. QCC: 有效请求,
    /// which successes and some failures are; that it counts them is inferred. PatSnap: successes,
    /// because a sample of its statements counts queries (D16); for reports nothing is stated.
    pub counted: BTreeMap<Operation, u64>,
    /// All calls that arrived, whatever the answer.
    pub calls: BTreeMap<Operation, u64>,
    /// Of these the ones that were refused for the time that they were signed with.
    #[serde(default)]
    pub wrong_time: BTreeMap<Operation, u64>,
}

impl ChargeBook {
    /// What was charged more than once, and how often.
    pub fn charged_twice(&self) -> BTreeMap<&str, u64> {
        let twice = self.by_subject.iter().filter(|(_, times)| **times > 1);
        twice
            .map(|(subject, times)| (subject.as_str(), *times))
            .collect()
    }

    /// Charges of one operation for one subject.
    pub fn of(&self, operation: Operation, subject: &str) -> u64 {
        self.by_subject
            .get(&format!("{operation} {subject}"))
            .copied()
            .unwrap_or(0)
    }

    /// Calls of one operation.
    pub fn calls_of(&self, operation: Operation) -> u64 {
        self.calls.get(&operation).copied().unwrap_or(0)
    }
}

/// The book that is written while the simulator runs.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    calls: [AtomicU64; Operation::ALL.len()],
    counted: [AtomicU64; Operation::ALL.len()],
    wrong_time: [AtomicU64; Operation::ALL.len()],
    charges: Mutex<HashMap<String, (Operation, u64)>>,
}

impl Ledger {
    pub(crate) fn call(&self, operation: Operation) {
        self.calls[operation as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, operation: Operation) {
        self.counted[operation as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn wrong_time(&self, operation: Operation) {
        self.wrong_time[operation as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn charge(&self, operation: Operation, subject: &str) {
        let key = format!("{operation} {subject}");
        lock(&self.charges).entry(key).or_insert((operation, 0)).1 += 1;
    }

    pub(crate) fn snapshot(&self) -> ChargeBook {
        let mut book = ChargeBook {
            calls: numbers(&self.calls),
            counted: numbers(&self.counted),
            wrong_time: numbers(&self.wrong_time),
            ..ChargeBook::default()
        };
        for (subject, (operation, times)) in lock(&self.charges).iter() {
            book.total += times;
            *book.by_operation.entry(*operation).or_default() += times;
            book.by_subject.insert(subject.clone(), *times);
        }
        book
    }
}

fn numbers(counters: &[AtomicU64; Operation::ALL.len()]) -> BTreeMap<Operation, u64> {
    let read = Operation::ALL.into_iter().zip(counters);
    let read = read.map(|(operation, counter)| (operation, counter.load(Ordering::Relaxed)));
    read.filter(|(_, number)| *number > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_charged_twice_is_named() {
        let ledger = Ledger::default();
        ledger.call(Operation::QccImage);
        ledger.charge(Operation::QccImage, "甲");
        ledger.charge(Operation::QccImage, "乙");
        ledger.charge(Operation::QccImage, "乙");
        let book = ledger.snapshot();
        assert_eq!((book.total, book.calls_of(Operation::QccImage)), (3, 1));
        assert_eq!(book.of(Operation::QccImage, "甲"), 1);
        assert_eq!(
            book.charged_twice(),
            BTreeMap::from([("qcc/GetEciImage 乙", 2)])
        );
        let json = serde_json::to_string(&book).expect("json");
        assert_eq!(
            serde_json::from_str::<ChargeBook>(&json).expect("a book"),
            book
        );
    }
}
