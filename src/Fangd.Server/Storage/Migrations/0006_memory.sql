-- One number an agent: the upper half of the keys of its memories, so that those of one agent lie together in the table, in the word
-- index and among the vectors. When the agent is killed the number belongs to nobody, and its memories are removed in the background.
CREATE TABLE memory_spaces (
    number          INTEGER PRIMARY KEY AUTOINCREMENT,
    agent_id        TEXT UNIQUE REFERENCES agents (id) ON DELETE SET NULL,
    last            INTEGER NOT NULL DEFAULT 0,
    held            INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE memories (
    -- space number * 2^32 + a number that grows.
    key             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    content         TEXT NOT NULL,
    -- What is indexed, where that is not the content itself.
    words           TEXT,
    source          TEXT NOT NULL,
    scope           TEXT NOT NULL,
    confidence      REAL NOT NULL,
    metadata        TEXT,
    created_at      INTEGER NOT NULL,
    accessed_at     INTEGER NOT NULL,
    access_count    INTEGER NOT NULL DEFAULT 0,
    -- Of what makes it the same memory when it comes again.
    digest          INTEGER NOT NULL,
    -- 0 waits for its vector, 1 has it, 2 cannot have one.
    embedded        INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE UNIQUE INDEX memories_by_digest ON memories (key >> 32, digest);
CREATE INDEX memories_unembedded ON memories (key) WHERE embedded = 0;

CREATE VIEW memory_words AS SELECT key, coalesce(words, content) AS text FROM memories;

CREATE VIRTUAL TABLE memory_text USING fts5 (
    text, content = 'memory_words', content_rowid = 'key', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
);

-- Alone in their table, float32 little-endian: whatever reads memories does not page through vectors.
CREATE TABLE memory_vectors (
    key             INTEGER PRIMARY KEY,
    vector          BLOB NOT NULL
) STRICT;

-- The vectors of 256 keys in a row, as bytes, for the scan. What has no chunk is read from memory_vectors.
CREATE TABLE memory_chunks (
    key             INTEGER PRIMARY KEY,
    members         BLOB NOT NULL,
    codes           BLOB NOT NULL
) STRICT;

CREATE TABLE memory_upkeep (
    only            INTEGER PRIMARY KEY CHECK (only = 1),
    -- The embedding model that the vectors come from.
    vector_space    TEXT NOT NULL DEFAULT '',
    -- When the last consolidation began, and how far it came while it is not done.
    began_at        INTEGER NOT NULL DEFAULT 0,
    done_to         INTEGER
) STRICT;

INSERT INTO memory_upkeep (only) VALUES (1);

CREATE TRIGGER memories_added AFTER INSERT ON memories BEGIN
    INSERT INTO memory_text (rowid, text) VALUES (new.key, coalesce(new.words, new.content));
    UPDATE memory_spaces SET held = held + 1 WHERE number = new.key >> 32;
END;

CREATE TRIGGER memories_removed AFTER DELETE ON memories BEGIN
    INSERT INTO memory_text (memory_text, rowid, text) VALUES ('delete', old.key, coalesce(old.words, old.content));
    DELETE FROM memory_vectors WHERE key = old.key;
    DELETE FROM memory_chunks WHERE key = old.key >> 8;
    UPDATE memory_spaces SET held = held - 1 WHERE number = old.key >> 32;
END;

CREATE TRIGGER memories_changed AFTER UPDATE OF content ON memories WHEN new.content <> old.content BEGIN
    INSERT INTO memory_text (memory_text, rowid, text) VALUES ('delete', old.key, coalesce(old.words, old.content));
    INSERT INTO memory_text (rowid, text) VALUES (new.key, coalesce(new.words, new.content));
    DELETE FROM memory_vectors WHERE key = old.key;
    DELETE FROM memory_chunks WHERE key = old.key >> 8;
    UPDATE memories SET embedded = 0 WHERE key = new.key;
END;

-- The knowledge graph. Without an agent an entity or a relation is shared by all.
CREATE TABLE knowledge_entities (
    key             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    agent_id        TEXT REFERENCES agents (id) ON DELETE CASCADE,
    type            TEXT NOT NULL,
    name            TEXT NOT NULL,
    folded_name     TEXT NOT NULL,
    properties      TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX knowledge_entities_by_name ON knowledge_entities (folded_name, type, coalesce(agent_id, ''));
CREATE INDEX knowledge_entities_by_agent ON knowledge_entities (agent_id, key);

CREATE TABLE knowledge_relations (
    key             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    agent_id        TEXT REFERENCES agents (id) ON DELETE CASCADE,
    source          INTEGER NOT NULL REFERENCES knowledge_entities (key) ON DELETE CASCADE,
    type            TEXT NOT NULL,
    target          INTEGER NOT NULL REFERENCES knowledge_entities (key) ON DELETE CASCADE,
    properties      TEXT NOT NULL,
    confidence      REAL NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX knowledge_relations_by_ends ON knowledge_relations (source, type, target, coalesce(agent_id, ''));
CREATE INDEX knowledge_relations_by_target ON knowledge_relations (target);
CREATE INDEX knowledge_relations_by_agent ON knowledge_relations (agent_id, key);

-- The board of tasks that all agents share.
CREATE TABLE tasks (
    id              TEXT PRIMARY KEY,
    title           TEXT NOT NULL,
    description     TEXT NOT NULL,
    status          TEXT NOT NULL,
    posted_by       TEXT REFERENCES agents (id) ON DELETE SET NULL,
    -- Null: any agent may claim it.
    assigned_to     TEXT REFERENCES agents (id) ON DELETE SET NULL,
    claimed_by      TEXT REFERENCES agents (id) ON DELETE SET NULL,
    result          TEXT,
    created_at      INTEGER NOT NULL,
    claimed_at      INTEGER,
    completed_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX tasks_by_status ON tasks (status, id);
CREATE INDEX tasks_posted ON tasks (posted_by) WHERE posted_by IS NOT NULL;
CREATE INDEX tasks_assigned ON tasks (assigned_to) WHERE assigned_to IS NOT NULL;
CREATE INDEX tasks_claimed ON tasks (claimed_by) WHERE claimed_by IS NOT NULL;

-- What a killed agent had taken goes back to the board.
CREATE TRIGGER tasks_released BEFORE DELETE ON agents BEGIN
    UPDATE tasks SET status = 'pending', claimed_at = NULL WHERE claimed_by = old.id AND status = 'in_progress';
END
