-- The log, and the few rows beside it that change in the same transaction.
--
-- Ids, digests (hexadecimal) and times are text, so that a log can be read by eye. Times have nine
-- digits after the point, so that their order as text is their order in time.

CREATE TABLE events (
    -- AUTOINCREMENT: a position is never used again, even after the newest events are removed.
    position      INTEGER PRIMARY KEY AUTOINCREMENT,
    stream        TEXT    NOT NULL,
    sequence      INTEGER NOT NULL CHECK (sequence > 0),
    at            TEXT    NOT NULL,
    actor         TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    configuration TEXT    NOT NULL,
    previous      TEXT    NOT NULL,
    body          TEXT    NOT NULL,
    hash          TEXT    NOT NULL,
    UNIQUE (stream, sequence)
) STRICT;

-- A handled invocation loses what it said and keeps its key.
CREATE TABLE invocations (
    number      INTEGER PRIMARY KEY,
    key         TEXT NOT NULL UNIQUE,
    received_at TEXT NOT NULL,
    said        TEXT
) STRICT;

CREATE INDEX unhandled_invocations ON invocations (number) WHERE said IS NOT NULL;

CREATE TABLE incident_numbers (
    day        TEXT    PRIMARY KEY,
    last_drawn INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE open_incidents (
    day    TEXT    NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (day, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE closed_incidents (
    day       TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    closed_at TEXT    NOT NULL,
    PRIMARY KEY (day, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX closed_incidents_by_time ON closed_incidents (closed_at);

-- Stands where the events of a closed incident stood. `ends` is a list of its streams, each with its
-- last sequence and the hash there.
CREATE TABLE tombstones (
    day        TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    closed_at  TEXT    NOT NULL,
    removed_at TEXT    NOT NULL,
    ends       TEXT    NOT NULL,
    PRIMARY KEY (day, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE locks (
    service  TEXT PRIMARY KEY,
    rollback TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deadlines (
    rollback TEXT NOT NULL,
    name     TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (rollback, name)
) STRICT, WITHOUT ROWID;

-- A lease that was given back has no holder and keeps its epoch.
CREATE TABLE leases (
    name   TEXT    PRIMARY KEY,
    holder TEXT,
    epoch  INTEGER NOT NULL,
    beat   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE slots (
    incident TEXT NOT NULL,
    slot     TEXT NOT NULL,
    chat     TEXT NOT NULL,
    room     TEXT NOT NULL,
    message  TEXT,
    shown    TEXT,
    attempt  TEXT,
    PRIMARY KEY (incident, slot, chat)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
    reader   TEXT    PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
