ALTER TABLE approvals ADD COLUMN escalations INTEGER NOT NULL DEFAULT 0;
-- 'api', 'chat' or 'timeout'.
ALTER TABLE approvals ADD COLUMN decided_by TEXT;
ALTER TABLE approvals ADD COLUMN second_factor INTEGER NOT NULL DEFAULT 0;

-- What was decided, for as long as [approval] audit_retention_days says; the requests themselves are forgotten much sooner.
CREATE TABLE approval_decisions (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    approval_id     TEXT NOT NULL,
    agent_id        TEXT NOT NULL,
    agent_name      TEXT NOT NULL,
    tool_name       TEXT NOT NULL,
    description     TEXT NOT NULL,
    action_summary  TEXT NOT NULL,
    risk_level      TEXT NOT NULL,
    requested_at    INTEGER NOT NULL,
    decided_at      INTEGER NOT NULL,
    decision        TEXT NOT NULL,
    decided_by      TEXT,
    second_factor   INTEGER NOT NULL,
    feedback        TEXT,
    reason          TEXT
) STRICT;

CREATE INDEX approval_decisions_by_agent ON approval_decisions (agent_id, seq);
CREATE INDEX approval_decisions_by_time ON approval_decisions (decided_at);

-- A trigger, because a request is decided by people, by the clock, by a stop and by a sweep, and none of them may be forgotten here.
CREATE TRIGGER approvals_decided AFTER UPDATE OF status ON approvals WHEN new.status <> 'pending' AND new.status <> old.status
BEGIN
    INSERT INTO approval_decisions (approval_id, agent_id, agent_name, tool_name, description, action_summary, risk_level,
        requested_at, decided_at, decision, decided_by, second_factor, feedback, reason)
    VALUES (new.id, new.agent_id, new.agent_name, new.tool_name, new.description, new.action_summary, new.risk_level,
        new.requested_at, new.decided_at, new.status, new.decided_by, new.second_factor, new.feedback, new.reason);
END;
