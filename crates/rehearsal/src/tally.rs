//! What was counted over many seeds.

use std::fmt;
use std::ops::AddAssign;

use crate::world::Point;

/// What was counted over one seed or many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Seeds played.
    pub schedules: u64,
    /// Incarnations of the program.
    pub runs: u64,
    /// Points that were passed where the process could have died.
    pub steps: u64,
    /// Orders.
    pub orders: u64,
    /// Charges that the model counted.
    pub charges: u64,
    /// Charges that a person's decision or the owner's policy allowed beyond the first.
    pub allowed: u64,
    /// Orders that ended stored, with the right bytes.
    pub stored: u64,
    /// Orders that ended refused by the vendor.
    pub refused: u64,
    /// Orders that ended failed, with the vendor's reason or given up.
    pub failed: u64,
    /// Orders that were uncertain at the end of an incarnation.
    pub uncertain: u64,
    /// Questions that a person answered.
    pub decisions: u64,
    /// Deaths of the process, by [`Point::ALL`].
    pub crashes: [u64; Point::ALL.len()],
}

impl Tally {
    /// All deaths of the process.
    pub fn all_crashes(&self) -> u64 {
        self.crashes.iter().sum()
    }
}

impl AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.schedules += other.schedules;
        self.runs += other.runs;
        self.steps += other.steps;
        self.orders += other.orders;
        self.charges += other.charges;
        self.allowed += other.allowed;
        self.stored += other.stored;
        self.refused += other.refused;
        self.failed += other.failed;
        self.uncertain += other.uncertain;
        self.decisions += other.decisions;
        for (sum, n) in self.crashes.iter_mut().zip(other.crashes) {
            *sum += n;
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "schedules   {:>12}", self.schedules)?;
        writeln!(f, "runs        {:>12}", self.runs)?;
        writeln!(f, "steps       {:>12}", self.steps)?;
        writeln!(f, "orders      {:>12}", self.orders)?;
        writeln!(f, "charges     {:>12}", self.charges)?;
        writeln!(
            f,
            "  allowed   {:>12}  beyond the first, by a decision or a policy",
            self.allowed
        )?;
        writeln!(f, "stored      {:>12}", self.stored)?;
        writeln!(f, "refused     {:>12}", self.refused)?;
        writeln!(f, "failed      {:>12}", self.failed)?;
        writeln!(f, "uncertain   {:>12}  at the end of a run", self.uncertain)?;
        writeln!(f, "decisions   {:>12}", self.decisions)?;
        writeln!(f, "crashes     {:>12}", self.all_crashes())?;
        for (point, n) in Point::ALL.into_iter().zip(self.crashes) {
            writeln!(f, "  {n:>20}  {}", point.as_str())?;
        }
        Ok(())
    }
}
