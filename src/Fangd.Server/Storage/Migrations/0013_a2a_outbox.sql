-- What webhooks are still to be told: a change of a task by its state. A row goes when it was delivered, refused for good or tried often enough.
CREATE TABLE a2a_outbox (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id         TEXT NOT NULL,
    config_id       TEXT NOT NULL,
    -- Changes of one task are in one lane, so that they arrive in their order.
    lane            INTEGER NOT NULL,
    state           TEXT NOT NULL,
    at              INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (task_id, config_id) REFERENCES a2a_push (task_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX a2a_outbox_by_lane ON a2a_outbox (lane, seq);
CREATE INDEX a2a_outbox_by_config ON a2a_outbox (task_id, config_id);

-- Tokens say how they are kept from now on: s: sealed, p: plain. What is here already is plain.
UPDATE a2a_push SET
    token = CASE WHEN token IS NULL THEN NULL ELSE 'p:' || token END,
    auth_credentials = CASE WHEN auth_credentials IS NULL THEN NULL ELSE 'p:' || auth_credentials END
