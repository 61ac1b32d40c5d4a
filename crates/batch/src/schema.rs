//! The tables of the ledger, and their versions.

use rusqlite::{Connection, Transaction};

/// Marks the file as a ledger (`PRAGMA application_id`): "JDLG".
pub(crate) const APPLICATION_ID: i64 = 0x4A44_4C47;
/// The newest version (`PRAGMA user_version`) that is known here.
pub(crate) const VERSION: i64 = 2;

const META: &str = "
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
";

/// Everything but `meta`. Version 1 told orders apart by `id` everywhere: ids are random, so that
/// each state and each exchange of an order touched pages of its own. In version 2 what belongs to
/// orders that are worked on together lies together.
const TABLES: &str = "
-- One row an order. `form` is the order's own serialised form and the truth; the other columns
-- repeat what is searched for.
CREATE TABLE orders (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
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
CREATE INDEX orders_by_state ON orders (state, product);

-- What happened to an order after it was planned.
CREATE TABLE transitions (
    order_n INTEGER NOT NULL REFERENCES orders (n),
    n INTEGER NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    note TEXT,
    PRIMARY KEY (order_n, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE exchanges (
    n INTEGER PRIMARY KEY,
    order_n INTEGER NOT NULL REFERENCES orders (n),
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
CREATE INDEX exchanges_by_order ON exchanges (order_n);
CREATE INDEX exchanges_by_day ON exchanges (vendor, at) WHERE delivery <> 'never_sent';
-- What a bill is made of.
CREATE INDEX exchanges_of_money ON exchanges (at)
    WHERE (effect = 'charge' AND delivery <> 'never_sent') OR counted IN ('yes', 'likely');
";

/// Makes room for the tables of version 2.
const SET_V1_ASIDE: &str = "
DROP INDEX orders_by_state;
DROP INDEX transitions_by_order;
DROP INDEX exchanges_by_order;
DROP INDEX exchanges_by_day;
DROP INDEX exchanges_of_money;
ALTER TABLE exchanges RENAME TO exchanges_1;
ALTER TABLE transitions RENAME TO transitions_1;
ALTER TABLE orders RENAME TO orders_1;
";

const COPY_V1: &str = "
INSERT INTO orders SELECT rowid, id, fingerprint, round, vendor, product, state, form, price_fen,
        folder, planned_at, stored_at, updated_at
    FROM orders_1 ORDER BY rowid;
INSERT INTO transitions SELECT o.n, t.n, t.at, t.state, t.note
    FROM transitions_1 t JOIN orders o ON o.id = t.order_id ORDER BY o.n, t.n;
INSERT INTO exchanges SELECT e.n, o.n, e.at, e.vendor, e.exchange, e.effect, e.delivery,
        e.http_status, e.code, e.serial, e.units, e.duration_ms, e.price_fen, e.note, e.counted,
        e.charged
    FROM exchanges_1 e JOIN orders o ON o.id = e.order_id ORDER BY e.n;
DROP TABLE exchanges_1;
DROP TABLE transitions_1;
DROP TABLE orders_1;
";

/// Has a ledger of version 1 look like one of version 2 to whoever reads it, and writes nothing.
const V1_AS_V2: &str = "
CREATE TEMP VIEW orders AS SELECT rowid AS n, * FROM main.orders;
CREATE TEMP VIEW transitions AS
    SELECT o.rowid AS order_n, t.n, t.at, t.state, t.note
    FROM main.transitions t JOIN main.orders o ON o.id = t.order_id;
CREATE TEMP VIEW exchanges AS
    SELECT o.rowid AS order_n, e.*
    FROM main.exchanges e JOIN main.orders o ON o.id = e.order_id;
";

/// What the file says it is.
pub(crate) fn application_id(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA application_id", [], |row| row.get(0))
}

/// In which version its tables are.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Makes the tables of a new ledger.
pub(crate) fn create(connection: &mut Connection, simulated: bool) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(META)?;
    transaction.execute_batch(TABLES)?;
    transaction.execute(
        "INSERT INTO meta (key, value) VALUES ('simulated', ?1)",
        [if simulated { "yes" } else { "no" }],
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Makes a ledger of version 1 one of version 2: all of it, or nothing.
pub(crate) fn migrate(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(SET_V1_ASIDE)?;
    transaction.execute_batch(TABLES)?;
    transaction.execute_batch(COPY_V1)?;
    transaction.pragma_update(None, "user_version", VERSION)
}

/// Lets a connection that only reads take a ledger of an older version for one of this version.
pub(crate) fn read(connection: &Connection) -> rusqlite::Result<()> {
    if version(connection)? == 1 {
        connection.execute_batch(V1_AS_V2)?;
    }
    Ok(())
}
