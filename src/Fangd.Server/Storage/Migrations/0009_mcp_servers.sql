-- MCP servers that were added over the API. The settings name secrets by their variables and hold none.
CREATE TABLE mcp_servers (
    name            TEXT PRIMARY KEY,
    settings        TEXT NOT NULL,
    added_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID
