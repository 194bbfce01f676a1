-- When the service's copies of its files were deleted, and when a person asked to stop it.
ALTER TABLE runs ADD COLUMN files_deleted_at_ms INTEGER;
ALTER TABLE runs ADD COLUMN stop_requested_at_ms INTEGER;
-- The run this one repeats. No reference: that one may be forgotten.
ALTER TABLE runs ADD COLUMN retry_of TEXT;

-- Where runs go. Keys and secrets are not here and have no column.
CREATE TABLE accounts (
    id                TEXT PRIMARY KEY NOT NULL,
    name              TEXT NOT NULL,
    api_url           TEXT NOT NULL,
    socket_url        TEXT NOT NULL,
    is_custom_address INTEGER NOT NULL,
    signs             INTEGER NOT NULL,
    session_only      INTEGER NOT NULL,
    created_at_ms     INTEGER NOT NULL,
    last_checked_ms   INTEGER,
    position          INTEGER NOT NULL
) STRICT;

-- Tasks of runs that were forgotten, so that no other run takes one for its own.
CREATE TABLE forgotten_tasks (
    account_id TEXT NOT NULL,
    task_id    TEXT NOT NULL,
    PRIMARY KEY (account_id, task_id)
) STRICT, WITHOUT ROWID;

-- Files of forgotten runs that still have to go. Written with the rows' end, so that a crash leaves no file behind.
CREATE TABLE unwanted_files (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- Files are looked up before they go: another run may have the same copy.
CREATE INDEX inputs_by_stored_name ON inputs (stored_name) WHERE stored_name IS NOT NULL;
-- A finished run may have outputs that are fetched once more.
CREATE INDEX outputs_pending ON outputs (run_id) WHERE state = 'pending';
