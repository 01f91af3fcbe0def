using Fangd.Protocols.Llm;
using Fangd.Server.Storage;

namespace Fangd.Server.OpenAiCompat.Responses;

/// <summary>
/// Responses that others may go on from. A row holds what its request brought and what was answered, and names its predecessor: going on costs
/// what is new, and two responses may go on from the same one.
/// </summary>
internal sealed class ResponseStore(Database database, TimeProvider time)
{
    /// <summary>How far back a conversation is followed; what is before is left out.</summary>
    private const int LongestChain = 500;

    private static readonly TimeSpan _kept = TimeSpan.FromDays(30);

    /// <summary>The conversation that ends with this response, oldest message first; null when it is not kept.</summary>
    public List<LlmMessage>? Conversation(string agentId, string id)
    {
        var links = database.Read(sql => sql.All(
            """
            WITH RECURSIVE chain (depth, id, previous, messages) AS (
                SELECT 0, id, previous_id, messages FROM responses WHERE id = $id AND agent_id = $agent
                UNION ALL
                SELECT depth + 1, r.id, r.previous_id, r.messages FROM chain JOIN responses r ON r.id = chain.previous WHERE depth < $most)
            SELECT messages FROM chain ORDER BY depth DESC
            """,
            row => StoredMessages.Read(row.Bytes(0).ToArray()),
            id, agentId, LongestChain));
        return links.Count == 0 ? null : [.. links.SelectMany(link => link)];
    }

    public Task Add(string id, string agentId, string? previousId, IReadOnlyList<LlmMessage> messages, string body)
    {
        var (now, stored) = (time.GetUtcNow(), StoredMessages.Write(messages));
        return database.Write(sql =>
        {
            sql.Execute(
                """
                INSERT INTO responses (id, agent_id, previous_id, messages, body, created_at)
                SELECT $id, $agent, $previous, $messages, $body, $now WHERE EXISTS (SELECT 1 FROM agents WHERE id = $agent)
                """,
                id, agentId, previousId, stored, body, now);
            // A few at a time, so that no single response pays for all that have grown old.
            sql.Execute("DELETE FROM responses WHERE id IN (SELECT id FROM responses WHERE created_at < $before ORDER BY created_at LIMIT 10)", now - _kept);
        });
    }

    /// <summary>The response as it was answered, or null.</summary>
    public byte[]? Find(string id) => database.Read(sql => sql.One("SELECT body FROM responses WHERE id = $id", row => row.Bytes(0).ToArray(), id));

    public Task<bool> Delete(string id) => database.Write(sql => sql.Execute("DELETE FROM responses WHERE id = $id", id) > 0);
}
