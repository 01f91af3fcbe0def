-- The chain. Each hash covers all fields of its row and the hash before, so that one is not stored twice.
CREATE TABLE audit_entries (
    seq             INTEGER PRIMARY KEY,
    at              INTEGER NOT NULL,
    action          TEXT NOT NULL,
    agent_id        TEXT,
    detail          TEXT NOT NULL,
    outcome         TEXT NOT NULL,
    hash            BLOB NOT NULL
) STRICT;

CREATE INDEX audit_by_agent ON audit_entries (agent_id, seq) WHERE agent_id IS NOT NULL;
CREATE INDEX audit_by_action ON audit_entries (action, seq);

-- Where the chain ends ('tip') and where it begins after older entries were taken out ('checkpoint'), each authenticated with the key in
-- the home. An empty mac is one that could not be vouched for.
CREATE TABLE audit_anchors (
    name            TEXT PRIMARY KEY,
    seq             INTEGER NOT NULL,
    hash            BLOB NOT NULL,
    mac             BLOB NOT NULL
) STRICT, WITHOUT ROWID;
