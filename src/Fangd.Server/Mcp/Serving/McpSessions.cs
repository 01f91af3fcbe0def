using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;

namespace Fangd.Server.Mcp.Serving;

/// <summary>The clients that shook hands. Bounded: beyond the limit the one that was idle longest goes, and has to shake hands again.</summary>
internal sealed class McpSessions(TimeProvider time)
{
    private const int Most = 1000;

    private static readonly TimeSpan _idle = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, McpSession> _all = new(StringComparer.Ordinal);

    public McpSession Create(string version, JsonElement capabilities)
    {
        Sweep();
        // Not to be guessed: whoever has it speaks for the client.
        var session = new McpSession(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), version, capabilities) { LastUsed = time.GetTimestamp() };
        _all[session.Id] = session;
        return session;
    }

    public McpSession? Find(string id)
    {
        if (!_all.TryGetValue(id, out var session))
            return null;
        session.LastUsed = time.GetTimestamp();
        return session;
    }

    public bool End(string id) => _all.TryRemove(id, out var ended) && ended.Notices.Writer.TryComplete();

    private void Sweep()
    {
        var now = time.GetTimestamp();
        foreach (var (id, session) in _all)
        {
            if (!session.IsListening && time.GetElapsedTime(session.LastUsed, now) > _idle)
                End(id);
        }

        while (_all.Count >= Most && _all.Values.MinBy(session => session.LastUsed) is { } oldest)
            End(oldest.Id);
    }
}
