-- What waits, or waited, for a person. Rows with a run belong to a tool call; the others were made over the API.
CREATE TABLE approvals (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    agent_id        TEXT NOT NULL,
    agent_name      TEXT NOT NULL,
    run_id          TEXT,
    -- Where the call stands, so that a run which the daemon's death cut off can go on.
    session_id      TEXT,
    call_id         TEXT,
    tool_name       TEXT NOT NULL,
    description     TEXT NOT NULL,
    action_summary  TEXT NOT NULL,
    payload         TEXT,
    risk_level      TEXT NOT NULL,
    requested_at    INTEGER NOT NULL,
    timeout_secs    INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    status          TEXT NOT NULL,
    decided_at      INTEGER,
    feedback        TEXT,
    -- Why it expired.
    reason          TEXT,
    -- The decision was used: set before the tool starts, and only once.
    used_at         INTEGER,
    -- The daemon died while the call waited; its run goes on with the decision.
    reopened        INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX approvals_pending ON approvals (agent_id, expires_at) WHERE status = 'pending';
CREATE INDEX approvals_by_call ON approvals (session_id, call_id) WHERE session_id IS NOT NULL;

-- The second factor. Its secret lies in the vault; last_step is the newest 30-second step whose code was used.
CREATE TABLE totp (
    only            INTEGER PRIMARY KEY CHECK (only = 1),
    confirmed       INTEGER NOT NULL,
    last_step       INTEGER NOT NULL,
    failures        INTEGER NOT NULL,
    locked_until    INTEGER
) STRICT;

-- Salt and hash of each recovery code that is left.
CREATE TABLE totp_recovery (
    hash            BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID
