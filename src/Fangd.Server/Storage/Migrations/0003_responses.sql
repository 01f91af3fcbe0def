-- What requests of the Responses API brought and what was answered, so that others can go on from there.
CREATE TABLE responses (
    id              TEXT PRIMARY KEY,
    agent_id        TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    previous_id     TEXT,
    messages        TEXT NOT NULL,
    body            TEXT NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX responses_by_age ON responses (created_at);
CREATE INDEX responses_by_agent ON responses (agent_id)
