using Fangd.Protocols.Llm;
using Fangd.Server.Storage;

namespace Fangd.Server.Sessions;

/// <summary>A session as it is listed.</summary>
internal sealed record SessionRow(long Key, string Id, string AgentId, string? Label, DateTimeOffset CreatedAt, int MessageCount);

/// <summary>A session with what its context needs.</summary>
internal sealed record SessionHead(long Key, string Id, string AgentId, string? Label, int MessageCount, long TextLength, string? Summary, long ContextFrom, TaintLabels SummaryTaint);

/// <summary>One stored message.</summary>
internal sealed record StoredMessage(long Seq, LlmMessage Message, DateTimeOffset At);

/// <summary>Sessions and their messages. Messages are appended and never rewritten; what the context no longer shows stays behind <c>context_from</c>.</summary>
internal sealed class SessionStore(Database database, TimeProvider time, Func<string> newId)
{
    private const string Columns = "key, id, agent_id, label, created_at, message_count";

    public SessionRow? Find(string id) => database.Read(sql => sql.One($"SELECT {Columns} FROM sessions WHERE id = $id", ReadRow, id));

    public SessionHead? Head(long key) => database.Read(sql => sql.One(
        "SELECT key, id, agent_id, label, message_count, text_length, summary, context_from, summary_taint FROM sessions WHERE key = $key",
        r => new SessionHead(r.Whole(0), r.Text(1), r.Text(2), r.TextOrNull(3), r.Int(4), r.Whole(5), r.TextOrNull(6), r.Whole(7), (TaintLabels)r.Int(8)),
        key));

    public List<SessionRow> OfAgent(string agentId, int limit) => database.Read(sql => sql.All(
        $"SELECT {Columns} FROM sessions WHERE agent_id = $agent ORDER BY key DESC LIMIT $limit", ReadRow, agentId, limit));

    /// <summary>The newest of this label.</summary>
    public SessionRow? OfLabel(string agentId, string label) => database.Read(sql => sql.One(
        $"SELECT {Columns} FROM sessions WHERE agent_id = $agent AND label = $label ORDER BY key DESC LIMIT 1", ReadRow, agentId, label));

    /// <summary>Newest first; a page ends where the next one's <paramref name="before"/> begins.</summary>
    public List<SessionRow> Page(long before, int limit) => database.Read(sql => sql.All(
        $"SELECT {Columns} FROM sessions WHERE key < $before ORDER BY key DESC LIMIT $limit", ReadRow, before, limit));

    public long Count() => database.Read(sql => sql.Number("SELECT count(*) FROM sessions"))!.Value;

    /// <summary>The newest messages of the context, oldest first.</summary>
    public List<StoredMessage> Tail(long key, long contextFrom, int limit) => database.Read(sql =>
    {
        var messages = sql.All(
            "SELECT seq, role, text, parts, created_at FROM messages WHERE session_key = $key AND seq >= $from ORDER BY seq DESC LIMIT $limit",
            ReadMessage, key, contextFrom, limit);
        messages.Reverse();
        return messages;
    });

    public Task<SessionRef> Create(string agentId, string? label, string origin, bool activate)
    {
        var (id, now) = (newId(), time.GetUtcNow());
        return database.Write(sql => Insert(sql, id, agentId, label, origin, now, activate));
    }

    /// <summary>The session that a caller keeps under a name of its own; made at the first call.</summary>
    public async Task<SessionRef> OfOrigin(string agentId, string origin)
    {
        const string find = "SELECT key, id FROM sessions WHERE agent_id = $agent AND origin = $origin";
        if (database.Read(sql => sql.One(find, ReadRef, agentId, origin)) is { } known)
            return known;
        var (id, now) = (newId(), time.GetUtcNow());
        return await database.Write(sql => sql.One(find, ReadRef, agentId, origin) ?? Insert(sql, id, agentId, null, origin, now, activate: false));
    }

    public Task<bool> SetLabel(string id, string? label) => database.Write(sql =>
        sql.Execute("UPDATE sessions SET label = $label WHERE id = $id", label, id) > 0);

    public Task Activate(string agentId, long key) => database.Write(sql =>
        sql.Execute("UPDATE agents SET active_session = $key WHERE id = $agent", key, agentId));

    /// <summary>Deletes one session; when it was the active one, a fresh one takes its place and is returned.</summary>
    public Task<SessionRef?> Delete(SessionRow session, bool isActive)
    {
        var (id, now) = (newId(), time.GetUtcNow());
        return database.Write(sql =>
        {
            sql.Execute("DELETE FROM sessions WHERE key = $key", session.Key);
            return isActive ? Insert(sql, id, session.AgentId, null, "chat", now, activate: true) : null;
        });
    }

    /// <summary>Deletes all sessions of an agent and leaves it one fresh, active one.</summary>
    public Task<SessionRef> Clear(string agentId)
    {
        var (id, now) = (newId(), time.GetUtcNow());
        return database.Write(sql =>
        {
            sql.Execute("DELETE FROM sessions WHERE agent_id = $agent", agentId);
            return Insert(sql, id, agentId, null, "chat", now, activate: true);
        });
    }

    /// <summary>Appends within a transaction of the caller.</summary>
    public static void Append(SqlSession sql, long key, IReadOnlyList<LlmMessage> messages, DateTimeOffset now)
    {
        var visible = 0;
        long length = 0;
        foreach (var message in messages)
        {
            visible += message.Role == LlmRole.Tool ? 0 : 1;
            length += Length(message);
        }

        var next = sql.Number(
            """
            UPDATE sessions SET next_seq = next_seq + $count, message_count = message_count + $visible, text_length = text_length + $length, updated_at = $now
            WHERE key = $key RETURNING next_seq
            """,
            messages.Count, visible, length, now, key) ?? throw new SessionGoneException();
        var seq = next - messages.Count;
        foreach (var message in messages)
        {
            var text = MessageParts.PlainText(message);
            sql.Execute(
                "INSERT INTO messages (session_key, seq, role, text, parts, created_at) VALUES ($key, $seq, $role, $text, $parts, $now)",
                key, seq++, MessageParts.RoleWord(message.Role), text, text is null ? MessageParts.Write(message.Parts) : null, now);
        }
    }

    /// <summary>Moves the context's begin to the newest <paramref name="keep"/> messages and puts the summary before them.</summary>
    public Task Compact(long key, string summary, TaintLabels taint, int keep) => database.Write(sql =>
    {
        var from = sql.Number(
            "SELECT min(seq) FROM (SELECT seq FROM messages WHERE session_key = $key ORDER BY seq DESC LIMIT $keep)", key, keep)
            ?? sql.Number("SELECT next_seq FROM sessions WHERE key = $key", key) ?? throw new SessionGoneException();
        var visible = sql.Number("SELECT count(*) FROM messages WHERE session_key = $key AND seq >= $from AND role <> 'tool'", key, from)!.Value;
        var length = sql.Number("SELECT sum(length(coalesce(text, parts))) FROM messages WHERE session_key = $key AND seq >= $from", key, from) ?? 0;
        sql.Execute(
            "UPDATE sessions SET context_from = $from, summary = $summary, summary_taint = $taint, message_count = $visible + 1, text_length = $length WHERE key = $key",
            from, summary, (int)taint, visible, length + summary.Length, key);
    });

    public static SessionRef Insert(SqlSession sql, string id, string agentId, string? label, string origin, DateTimeOffset now, bool activate)
    {
        var key = sql.Number(
            "INSERT INTO sessions (id, agent_id, label, origin, created_at, updated_at) VALUES ($id, $agent, $label, $origin, $now, $now) RETURNING key",
            id, agentId, label, origin, now)!.Value;
        if (activate)
            sql.Execute("UPDATE agents SET active_session = $key WHERE id = $agent", key, agentId);
        return new SessionRef(key, id);
    }

    private static long Length(LlmMessage message)
    {
        long length = 0;
        foreach (var part in message.Parts)
        {
            length += part switch
            {
                LlmText text => text.Text.Length,
                LlmToolCall call => call.Name.Length + call.Arguments.Length,
                LlmToolResult result => result.Text.Length,
                LlmReasoning reasoning => reasoning.Text.Length,
                _ => 64,
            };
        }

        return length;
    }

    private static SessionRow ReadRow(SqlRow r) => new(r.Whole(0), r.Text(1), r.Text(2), r.TextOrNull(3), r.Time(4), r.Int(5));

    private static SessionRef ReadRef(SqlRow r) => new(r.Whole(0), r.Text(1));

    private static StoredMessage ReadMessage(SqlRow r)
    {
        var role = MessageParts.Role(r.Bytes(1));
        IReadOnlyList<LlmPart> parts = r.IsNull(2) ? MessageParts.Read(r.Bytes(3).ToArray()) : [new LlmText(r.Text(2))];
        return new StoredMessage(r.Whole(0), new LlmMessage(role, parts), r.Time(4));
    }
}

/// <summary>The session was deleted while a run was writing to it.</summary>
internal sealed class SessionGoneException() : Exception("the session was deleted");
