-- Short columns first: lists read only the beginning of a row, the long texts lie on overflow pages.
CREATE TABLE runs (
    id             TEXT PRIMARY KEY NOT NULL,
    intent_id      TEXT NOT NULL UNIQUE,
    account_id     TEXT NOT NULL,
    state          TEXT NOT NULL,
    model          TEXT NOT NULL,
    title          TEXT NOT NULL,
    caption        TEXT NOT NULL,
    origin         TEXT NOT NULL,
    created_at_ms  INTEGER NOT NULL,
    sent_at_ms     INTEGER,
    accepted_at_ms INTEGER,
    finished_at_ms INTEGER,
    status         TEXT,
    task_id        TEXT,
    task_token     TEXT,
    pexit          TEXT,
    cost_usd       TEXT,
    seconds        REAL,
    error_code     TEXT,
    reason         TEXT,
    -- Paths are text, or bytes where the system's name is no UTF-8.
    output_dir     ANY,
    progress_json  TEXT,
    text           TEXT,
    answers_json   TEXT NOT NULL,
    request_json   TEXT NOT NULL
) STRICT;

-- One task is one run of an account.
CREATE UNIQUE INDEX runs_by_account_task ON runs (account_id, task_id) WHERE task_id IS NOT NULL;
CREATE INDEX runs_by_task ON runs (task_id, created_at_ms DESC) WHERE task_id IS NOT NULL;
CREATE INDEX runs_by_time ON runs (created_at_ms DESC, id DESC);
CREATE INDEX runs_unfinished ON runs (state, created_at_ms)
    WHERE state IN ('prepared', 'sending', 'waiting', 'unconfirmed', 'running', 'collecting');

CREATE TABLE inputs (
    id           TEXT PRIMARY KEY NOT NULL,
    run_id       TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    field        TEXT NOT NULL,
    position     INTEGER NOT NULL,
    source_path  ANY NOT NULL,
    label        TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    modified_ms  INTEGER,
    sha256       TEXT,
    stored_name  TEXT,
    content_type TEXT NOT NULL,
    UNIQUE (run_id, field, position)
) STRICT;

CREATE TABLE outputs (
    id             TEXT PRIMARY KEY NOT NULL,
    run_id         TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    position       INTEGER NOT NULL,
    created_at_ms  INTEGER NOT NULL,
    state          TEXT NOT NULL,
    label          TEXT NOT NULL,
    file_name      TEXT UNIQUE,
    content_type   TEXT,
    type_differs   INTEGER NOT NULL DEFAULT 0,
    bytes          INTEGER,
    width          INTEGER,
    height         INTEGER,
    declared_type  TEXT,
    declared_bytes INTEGER,
    error_code     TEXT,
    reason         TEXT,
    url            TEXT NOT NULL,
    UNIQUE (run_id, position)
) STRICT;

CREATE INDEX outputs_by_time ON outputs (created_at_ms DESC, run_id DESC, position);
CREATE INDEX outputs_published ON outputs (created_at_ms DESC, run_id DESC, position) WHERE state = 'published';

CREATE TABLE timeline (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    at_ms  INTEGER NOT NULL,
    UNIQUE (run_id, status)
) STRICT;

CREATE TABLE log (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    line   INTEGER NOT NULL,
    stream TEXT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (run_id, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
    run_id       TEXT PRIMARY KEY NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    owner        TEXT NOT NULL,
    boot_id      TEXT NOT NULL,
    heartbeat_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX leases_by_owner ON leases (owner);

CREATE TABLE settings (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;

-- Counts what others should see; heartbeats do not count.
CREATE TABLE revision (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    value INTEGER NOT NULL
) STRICT;

INSERT INTO revision (only, value) VALUES (1, 0);
