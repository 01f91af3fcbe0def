using Fangd.Engine.Agents;
using Fangd.Server.Sessions;

namespace Fangd.Server.Agents;

/// <summary>What a list shows of an agent; immutable, swapped whole.</summary>
internal sealed record AgentSummary
{
    public required string Name { get; init; }
    public required string Provider { get; init; }
    public required string Model { get; init; }
    public required string? Profile { get; init; }
    public required string Description { get; init; }
    public required string Mode { get; init; }
    public required string State { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>
/// One agent in memory: an identity that never changes and a summary that is swapped. The manifest is parsed when it is first needed: a
/// daemon that starts with a thousand agents parses none.
/// </summary>
internal sealed class Agent(string id, DateTimeOffset createdAt, string? parentId, AgentSummary summary, SessionRef session, Func<string, AgentManifest> load)
{
    private volatile AgentSummary _summary = summary;
    private volatile SessionRef _session = session;
    private volatile AgentManifest? _manifest;
    private volatile byte[]? _listed;

    public string Id => id;

    public DateTimeOffset CreatedAt => createdAt;

    /// <summary>The agent that spawned it, or null.</summary>
    public string? ParentId => parentId;

    public AgentSummary Summary => _summary;

    public string Name => _summary.Name;

    public string Mode => _summary.Mode;

    public AgentManifest Manifest => _manifest ??= load(id);

    /// <summary>The session that messages go to when they name none.</summary>
    public SessionRef Session
    {
        get => _session;
        set => _session = value;
    }

    /// <summary>The agent's element of <c>GET /api/agents</c>, encoded once a change: a list of 500 is then a copy of bytes.</summary>
    public byte[] Listed(Func<Agent, byte[]> encode) => _listed ??= encode(this);

    public void Change(AgentSummary changed, AgentManifest? manifest)
    {
        _summary = changed;
        if (manifest is not null)
            _manifest = manifest;
        _listed = null;
    }

    /// <summary>Something that the encoded element shows has changed outside of the agent: the daemon's default model.</summary>
    public void Forget() => _listed = null;
}
