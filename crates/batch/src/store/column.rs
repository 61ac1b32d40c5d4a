//! How values stand in the columns of the ledger.

use std::time::Duration;

use jindiao_order::Fen;
use jindiao_protocol::{Delivery, Effect, Timestamp};
use rusqlite::Row;

/// A value in its own text.
pub(crate) fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|error| unreadable(column, error))
}

/// The error for a text that is no such value.
pub(crate) fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_unix_millis)
}

pub(crate) fn fen(row: &Row<'_>, column: usize) -> rusqlite::Result<Fen> {
    count(row, column).map(Fen::new)
}

pub(crate) fn of_fen(fen: Fen) -> i64 {
    i64::try_from(fen.get()).unwrap_or(i64::MAX)
}

/// A number that is never negative.
pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get(column).map(i64::unsigned_abs)
}

pub(crate) fn of_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn effect(row: &Row<'_>, column: usize) -> rusqlite::Result<Effect> {
    Ok(match row.get_ref(column)?.as_str()? {
        "charge" => Effect::Charge,
        _ => Effect::Read,
    })
}

pub(crate) fn of_effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "read",
        Effect::Charge => "charge",
    }
}

pub(crate) fn delivery(row: &Row<'_>, column: usize) -> rusqlite::Result<Delivery> {
    Ok(match row.get_ref(column)?.as_str()? {
        "never_sent" => Delivery::NeverSent,
        "answered" => Delivery::Answered,
        _ => Delivery::MaybeSent,
    })
}

pub(crate) fn of_delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::NeverSent => "never_sent",
        Delivery::MaybeSent => "maybe_sent",
        Delivery::Answered => "answered",
    }
}
