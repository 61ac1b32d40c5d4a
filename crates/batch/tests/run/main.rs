//! Whole runs: the real ledger, scheduler and client against the simulator, whose charge book is
//! the judge.

mod books;
mod clocks;
mod doubt;
mod health;
mod links;
mod runs;
mod world;
