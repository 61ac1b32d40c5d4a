//! The tables of the ledger, and their versions.

use rusqlite::Connection;

/// Marks the file as a ledger (`PRAGMA application_id`): "JDLG".
pub(crate) const APPLICATION_ID: i64 = 0x4A44_4C47;
/// The newest version (`PRAGMA user_version`) that is known here.
pub(crate) const VERSION: i64 = 1;

const V1: &str = "
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- One row an order. `form` is the order's own serialised form and the truth; the other columns
-- repeat what is searched for.
CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    round INTEGER NOT NULL,
    vendor TEXT NOT NULL,
    product TEXT NOT NULL,
    state TEXT NOT NULL,
    form TEXT NOT NULL,
    price_fen INTEGER NOT NULL,
    folder TEXT,
    planned_at INTEGER NOT NULL,
    stored_at INTEGER,
    updated_at INTEGER NOT NULL,
    UNIQUE (fingerprint, round)
) STRICT;
CREATE INDEX orders_by_state ON orders (state);

CREATE TABLE transitions (
    n INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    note TEXT
) STRICT;
CREATE INDEX transitions_by_order ON transitions (order_id);

CREATE TABLE exchanges (
    n INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    at INTEGER NOT NULL,
    vendor TEXT NOT NULL,
    exchange TEXT NOT NULL,
    effect TEXT NOT NULL,
    delivery TEXT NOT NULL,
    http_status INTEGER,
    code TEXT,
    serial TEXT,
    units TEXT,
    duration_ms INTEGER NOT NULL,
    price_fen INTEGER NOT NULL,
    note TEXT,
    -- Whether the vendor counts it, by the table of its codes.
    counted TEXT NOT NULL,
    -- Whether it was charged: yes, no, maybe, or denied by a person's decision.
    charged TEXT NOT NULL
) STRICT;
CREATE INDEX exchanges_by_order ON exchanges (order_id);
CREATE INDEX exchanges_by_day ON exchanges (vendor, at);
-- What a bill is made of.
CREATE INDEX exchanges_of_money ON exchanges (at)
    WHERE (effect = 'charge' AND delivery <> 'never_sent') OR counted IN ('yes', 'likely');
";

/// Makes the tables of a new ledger.
pub(crate) fn create(connection: &mut Connection, simulated: bool) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(V1)?;
    transaction.execute(
        "INSERT INTO meta (key, value) VALUES ('simulated', ?1)",
        [if simulated { "yes" } else { "no" }],
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
