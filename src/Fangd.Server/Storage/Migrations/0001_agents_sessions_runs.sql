-- Times are Unix milliseconds. The manifest text is the truth about an agent; the columns beside it are read from it, for lists.
CREATE TABLE agents (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL UNIQUE,
    manifest        TEXT NOT NULL,
    provider        TEXT NOT NULL,
    model           TEXT NOT NULL,
    profile         TEXT,
    description     TEXT NOT NULL,
    mode            TEXT NOT NULL,
    state           TEXT NOT NULL,
    parent_id       TEXT,
    active_session  INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    -- What agent.toml on disk looked like when it was last read or written, so that a start needs one stat a file.
    file_modified   INTEGER NOT NULL,
    file_size       INTEGER NOT NULL,
    -- The Idempotency-Key that it was spawned with and the hash of that request's body.
    request_key     TEXT UNIQUE,
    request_hash    TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    key             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    agent_id        TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    label           TEXT,
    -- Who opened it: 'chat', or a caller's own name for it such as 'v1:user:ann'.
    origin          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    next_seq        INTEGER NOT NULL DEFAULT 1,
    -- The context begins here; what is before is summarised in summary.
    context_from    INTEGER NOT NULL DEFAULT 1,
    summary         TEXT,
    message_count   INTEGER NOT NULL DEFAULT 0,
    text_length     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX sessions_by_agent ON sessions (agent_id, key);
CREATE INDEX sessions_by_label ON sessions (agent_id, label) WHERE label IS NOT NULL;
CREATE UNIQUE INDEX sessions_by_origin ON sessions (agent_id, origin) WHERE origin <> 'chat';

CREATE TABLE messages (
    session_key     INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
    seq             INTEGER NOT NULL,
    role            TEXT NOT NULL,
    -- The text of a plain message; otherwise parts holds the parts as JSON.
    text            TEXT,
    parts           TEXT,
    created_at      INTEGER NOT NULL,
    PRIMARY KEY (session_key, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id              TEXT PRIMARY KEY,
    agent_id        TEXT NOT NULL,
    session_key     INTEGER,
    origin          TEXT NOT NULL,
    state           TEXT NOT NULL,
    started_at      INTEGER NOT NULL,
    finished_at     INTEGER,
    model           TEXT,
    input_tokens    INTEGER NOT NULL DEFAULT 0,
    output_tokens   INTEGER NOT NULL DEFAULT 0,
    iterations      INTEGER NOT NULL DEFAULT 0,
    cost_usd        REAL NOT NULL DEFAULT 0,
    error           TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX runs_in_flight ON runs (id) WHERE state = 'running';
CREATE INDEX runs_by_session ON runs (session_key) WHERE session_key IS NOT NULL;

CREATE TABLE events (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    at              INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    agent_id        TEXT,
    detail          TEXT NOT NULL
) STRICT;

CREATE TABLE memory_kv (
    agent_id        TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    key             TEXT NOT NULL,
    value           TEXT NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (agent_id, key)
) STRICT, WITHOUT ROWID
