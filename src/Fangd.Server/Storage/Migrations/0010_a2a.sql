-- Tasks that others gave our agents over A2A. A task without finished_at is under way, or the daemon died on it.
CREATE TABLE a2a_tasks (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    agent_id        TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    context_id      TEXT NOT NULL,
    state           TEXT NOT NULL,
    -- The message that began it, as JSON of the protocol's version 1.0.
    message         TEXT NOT NULL,
    answer          TEXT,
    -- What the agent says about the state: why it failed.
    note            TEXT,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    finished_at     INTEGER
) STRICT;

CREATE INDEX a2a_tasks_by_change ON a2a_tasks (changed_at, seq);
CREATE INDEX a2a_tasks_finished ON a2a_tasks (finished_at, seq) WHERE finished_at IS NOT NULL;
CREATE INDEX a2a_tasks_open ON a2a_tasks (seq) WHERE finished_at IS NULL;
CREATE INDEX a2a_tasks_by_agent ON a2a_tasks (agent_id);

-- Where a task's client wants to hear of its changes.
CREATE TABLE a2a_push (
    task_id         TEXT NOT NULL REFERENCES a2a_tasks (id) ON DELETE CASCADE,
    id              TEXT NOT NULL,
    url             TEXT NOT NULL,
    token           TEXT,
    auth_scheme     TEXT,
    auth_credentials TEXT,
    -- '1.0' or '0.3': in whose words it is told.
    version         TEXT NOT NULL,
    PRIMARY KEY (task_id, id)
) STRICT, WITHOUT ROWID;

-- Agents of others that we may send to. Their tokens lie in the vault.
CREATE TABLE a2a_peers (
    id              TEXT PRIMARY KEY,
    url             TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    -- As it was fetched; NULL until it was.
    card            TEXT,
    -- A person named its address or approved it.
    approved        INTEGER NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which of them has which of the tasks that we gave away.
CREATE TABLE a2a_sent (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id         TEXT NOT NULL,
    peer_id         TEXT NOT NULL REFERENCES a2a_peers (id) ON DELETE CASCADE,
    UNIQUE (task_id, peer_id)
) STRICT
