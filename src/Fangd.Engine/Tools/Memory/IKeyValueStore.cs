using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Memory;

/// <summary>The keys of each agent. Values are JSON text.</summary>
public interface IKeyValueStore
{
    /// <summary>The value, or null where the agent has no such key.</summary>
    ValueTask<KeptValue?> Get(string agentId, string key, CancellationToken run);

    /// <summary>The first keys that begin with <paramref name="prefix"/> and that <paramref name="isWanted"/> lets pass, in their order.</summary>
    IReadOnlyList<string> Keys(string agentId, string prefix, Func<string, bool> isWanted, int limit);

    /// <summary>Sets the value; it is durable when this returns.</summary>
    ValueTask Set(string agentId, string key, string valueJson, TaintLabels taint, CancellationToken run);
}

/// <summary>A value as JSON text, with the labels that it was stored with.</summary>
public sealed record KeptValue(string Json, TaintLabels Taint);
