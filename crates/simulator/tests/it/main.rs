//! The simulator as a client meets it: over HTTP.

mod faults;
mod files;
mod patsnap;
mod qcc;
mod simulator;
mod world;
mod yibeidiao;
