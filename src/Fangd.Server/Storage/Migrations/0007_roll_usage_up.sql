-- Calls go into usage_sums some hundreds at a time: those with an id up to this one are in there.
CREATE TABLE usage_rolled_up (
    only            INTEGER PRIMARY KEY CHECK (only = 1),
    call_id         INTEGER NOT NULL
) STRICT;

INSERT INTO usage_rolled_up (only, call_id) SELECT 1, coalesce(max(id), 0) FROM usage_calls;

-- They are dropped in the order of their ids, so an index by time would only make each one dearer.
DROP INDEX usage_calls_by_time;

-- The calls that are not in usage_sums yet, once for each sum they count into.
CREATE VIEW usage_tail AS
WITH tail AS (
    SELECT at / 3600000 AS hour, at / 86400000 AS day, strftime('%Y', at / 1000, 'unixepoch') * 12 + strftime('%m', at / 1000, 'unixepoch') - 1 AS month,
        agent_id, provider, model, 1 AS calls, outcome = 'failed' AS failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd
    FROM usage_calls WHERE id > (SELECT call_id FROM usage_rolled_up)
)
SELECT 'model-hour' AS kind, hour AS bucket, provider, model AS name, calls, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd FROM tail
UNION ALL
SELECT 'model-day', day, provider, model, calls, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd FROM tail
UNION ALL
SELECT 'model-month', month, provider, model, calls, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd FROM tail
UNION ALL
SELECT 'agent-hour', hour, '', agent_id, calls, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd FROM tail
UNION ALL
SELECT 'agent-day', day, '', agent_id, calls, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd FROM tail
UNION ALL
SELECT 'agent-month', month, '', agent_id, calls, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd FROM tail;

-- What readers add up: always exact, however much is rolled up.
CREATE VIEW usage AS
SELECT kind, bucket, provider, name, calls, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd FROM usage_sums
UNION ALL
SELECT kind, bucket, provider, name, calls, failed, input_tokens, output_tokens, cached_tokens, reasoning_tokens, cost_usd FROM usage_tail
