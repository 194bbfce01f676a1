-- Voice sessions: runs in which one talked. What was said stands here as it came; what it cost in the end stands in the run.
CREATE TABLE voice_sessions (
    run_id        TEXT PRIMARY KEY NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind          TEXT NOT NULL,
    started_at_ms INTEGER NOT NULL,
    ready_at_ms   INTEGER,
    ended_at_ms   INTEGER,
    ended_by      TEXT,
    cost_usd      TEXT,
    records       INTEGER NOT NULL
) STRICT;

CREATE INDEX voice_sessions_by_time ON voice_sessions (started_at_ms DESC, run_id DESC);

-- A line grows until its speaker is done.
CREATE TABLE voice_lines (
    run_id  TEXT NOT NULL REFERENCES voice_sessions (run_id) ON DELETE CASCADE,
    line    INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    end_ms  INTEGER NOT NULL,
    turn    INTEGER NOT NULL,
    speaker TEXT NOT NULL,
    text    TEXT NOT NULL,
    UNIQUE (run_id, line)
) STRICT;

CREATE TABLE voice_turns (
    run_id     TEXT NOT NULL REFERENCES voice_sessions (run_id) ON DELETE CASCADE,
    turn       INTEGER NOT NULL,
    cost_usd   TEXT,
    latency_ms INTEGER,
    UNIQUE (run_id, turn)
) STRICT;
