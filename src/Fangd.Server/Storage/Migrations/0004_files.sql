-- The bytes lie in data/uploads by their hash, once for all uploads of the same bytes.
CREATE TABLE uploads (
    id              TEXT PRIMARY KEY,
    agent_id        TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    filename        TEXT NOT NULL,
    content_type    TEXT NOT NULL,
    size            INTEGER NOT NULL,
    hash            TEXT NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX uploads_by_hash ON uploads (hash);
CREATE INDEX uploads_by_agent ON uploads (agent_id);

-- What was sent out over channels for an agent, and what became of it.
CREATE TABLE deliveries (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id        TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    message_id      TEXT NOT NULL,
    channel         TEXT NOT NULL,
    recipient       TEXT NOT NULL,
    status          TEXT NOT NULL,
    error           TEXT,
    at              INTEGER NOT NULL
) STRICT;

CREATE INDEX deliveries_by_agent ON deliveries (agent_id, id)
