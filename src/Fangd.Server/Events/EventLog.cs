using Fangd.Engine.Tools.Events;
using Fangd.Server.Storage;

namespace Fangd.Server.Events;

/// <summary>What happened to agents and runs, for people and for later readers; the newest <see cref="Kept"/> are kept.</summary>
internal sealed class EventLog(Database database, TimeProvider time) : IEventOutlet
{
    /// <summary>Rows kept; older ones go in batches.</summary>
    public const int Kept = 10_000;

    public Task Append(string kind, string? agentId, string detail)
    {
        var now = time.GetUtcNow();
        return database.Write(sql => sql.Execute(
            "INSERT INTO events (at, kind, agent_id, detail) VALUES ($now, $kind, $agent, $detail)", now, kind, agentId, detail));
    }

    /// <summary>An event that an agent published; its kind begins with <c>custom.</c>, so that none can pass for the daemon's own.</summary>
    public async ValueTask Publish(string agentId, string type, string payload, CancellationToken run) =>
        await Append($"custom.{type}", agentId, payload);

    public Task<int> Prune() => database.Write(sql => sql.Execute(
        "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - $kept", Kept));
}
