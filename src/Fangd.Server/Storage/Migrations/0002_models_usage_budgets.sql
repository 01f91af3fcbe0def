-- What is known of models beyond the built-in list: 'custom' is the user's own, 'catalog' came from the configured source.
CREATE TABLE models (
    origin          TEXT NOT NULL,
    provider        TEXT NOT NULL,
    id              TEXT NOT NULL,
    display_name    TEXT NOT NULL,
    tier            TEXT NOT NULL,
    context_window  INTEGER NOT NULL,
    max_output      INTEGER NOT NULL,
    -- USD per million tokens; NULL where nobody said.
    input_cost      REAL,
    cached_cost     REAL,
    output_cost     REAL,
    tools           INTEGER NOT NULL,
    vision          INTEGER NOT NULL,
    streaming       INTEGER NOT NULL,
    wire_name       TEXT,
    aliases         TEXT NOT NULL,
    PRIMARY KEY (origin, provider, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog_sync (
    only            INTEGER PRIMARY KEY CHECK (only = 1),
    at              INTEGER NOT NULL,
    source          TEXT NOT NULL
) STRICT;

-- One row a model call, for 30 days; sums live in usage_sums.
CREATE TABLE usage_calls (
    id              INTEGER PRIMARY KEY,
    at              INTEGER NOT NULL,
    agent_id        TEXT NOT NULL,
    session_id      TEXT,
    run_id          TEXT NOT NULL,
    provider        TEXT NOT NULL,
    model           TEXT NOT NULL,
    input_tokens    INTEGER NOT NULL,
    output_tokens   INTEGER NOT NULL,
    cached_tokens   INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost_usd        REAL NOT NULL,
    price           TEXT NOT NULL,
    latency_ms      INTEGER NOT NULL,
    outcome         TEXT NOT NULL
) STRICT;

CREATE INDEX usage_calls_by_time ON usage_calls (at);

-- Sums by hour (hours since 1970), day (days since 1970) and month (months since year 0), all UTC, for each agent ('agent-…', provider
-- empty, name its id) and each model ('model-…').
CREATE TABLE usage_sums (
    kind            TEXT NOT NULL,
    bucket          INTEGER NOT NULL,
    provider        TEXT NOT NULL,
    name            TEXT NOT NULL,
    calls           INTEGER NOT NULL,
    failed          INTEGER NOT NULL,
    input_tokens    INTEGER NOT NULL,
    output_tokens   INTEGER NOT NULL,
    cached_tokens   INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost_usd        REAL NOT NULL,
    PRIMARY KEY (kind, bucket, provider, name)
) STRICT, WITHOUT ROWID;

-- What was set over the API; NULL leaves a limit to the configuration.
CREATE TABLE budget_limits (
    only            INTEGER PRIMARY KEY CHECK (only = 1),
    hourly_usd      REAL,
    daily_usd       REAL,
    monthly_usd     REAL,
    alert_threshold REAL,
    tokens_per_hour INTEGER
) STRICT
