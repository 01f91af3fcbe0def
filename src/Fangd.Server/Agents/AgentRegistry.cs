using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fangd.Server.Http;

namespace Fangd.Server.Agents;

/// <summary>All living agents, in memory, in the order they were created.</summary>
internal sealed class AgentRegistry
{
    private readonly ConcurrentDictionary<string, Agent> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Agent> _byName = new(StringComparer.Ordinal);
    private ImmutableArray<Agent> _all = [];

    public ImmutableArray<Agent> All => _all;

    public int Count => _all.Length;

    public Agent? Find(string id) => _byId.GetValueOrDefault(id);

    public Agent? Named(string name) => _byName.GetValueOrDefault(name);

    /// <summary>By UUID in any case, or by name.</summary>
    public Agent? ByIdOrName(string text) => Guid.TryParseExact(text, "D", out var id) ? Find(id.ToString("D")) ?? Named(text) : Named(text);

    /// <summary>The agent of a path's id; 400 for an id that is no UUID, 404 for one that is not there.</summary>
    public Agent Of(Exchange exchange, string parameter = "id")
    {
        var id = exchange.Id(parameter);
        return Find(id) ?? throw ApiException.NotFound($"Agent '{id}' not found");
    }

    public void AddAll(IEnumerable<Agent> agents)
    {
        var sorted = agents.OrderBy(a => a.CreatedAt).ThenBy(a => a.Id, StringComparer.Ordinal).ToImmutableArray();
        foreach (var agent in sorted)
        {
            _byId[agent.Id] = agent;
            _byName[agent.Name] = agent;
        }

        _all = sorted;
    }

    public void Add(Agent agent)
    {
        _byId[agent.Id] = agent;
        _byName[agent.Name] = agent;
        ImmutableInterlocked.Update(ref _all, static (all, one) => all.Add(one), agent);
    }

    public void Rename(Agent agent, string from)
    {
        _byName[agent.Name] = agent;
        _byName.TryRemove(from, out _);
    }

    public void Remove(Agent agent)
    {
        _byId.TryRemove(agent.Id, out _);
        _byName.TryRemove(agent.Name, out _);
        ImmutableInterlocked.Update(ref _all, static (all, one) => all.Remove(one), agent);
    }
}
