-- Where a text came from, as bits of TaintLabels: it goes with the text into every store and comes back with it.
ALTER TABLE sessions ADD COLUMN summary_taint INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memory_kv ADD COLUMN taint INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memories ADD COLUMN taint INTEGER NOT NULL DEFAULT 0;
ALTER TABLE knowledge_entities ADD COLUMN taint INTEGER NOT NULL DEFAULT 0;
ALTER TABLE knowledge_relations ADD COLUMN taint INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN taint INTEGER NOT NULL DEFAULT 0;
