-- The tables of a ledger of version 1.
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

PRAGMA application_id = 0x4A444C47;
PRAGMA user_version = 1;
