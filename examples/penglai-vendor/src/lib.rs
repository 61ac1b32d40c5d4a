//! Penglai (蓬莱档案), a vendor that does not exist: the whole of a fourth vendor, written against
//! the published crates alone.
//!
//! `CONTRACT.md` is its document. `docs/guide/add-a-vendor.md` of the repository walks through the
//! four files in the order in which they were written: the [`codes`], the signature ([`Auth`]), the
//! exchanges ([`OrderDossier`], [`DossierState`]), and the life of one order ([`order`]).

mod auth;
pub mod codes;
mod exchanges;
pub mod order;

pub use auth::{Auth, ORIGIN, Secret};
pub use exchanges::{DossierState, LINK_LIFE, OrderDossier, State};
