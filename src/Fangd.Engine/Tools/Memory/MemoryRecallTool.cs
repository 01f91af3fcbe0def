using System.Text.Json;

namespace Fangd.Engine.Tools.Memory;

/// <summary>Gives back what is kept under a key of the agent.</summary>
public sealed class MemoryRecallTool(IKeyValueStore store) : IGuardedTool
{
    private static readonly byte[] _schema = """
        {"type":"object","properties":{"key":{"type":"string","description":"The name it was stored under"}},"required":["key"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("memory_recall", "Gives back the value that was remembered under a key.", _schema, ToolRisk.Low)
    {
        Aliases = ["kv_get"],
        IsReadOnly = true,
    };

    public string? Denial(JsonElement arguments, ToolScope scope) =>
        MemoryKeys.Covers(scope.Agent.Capabilities.MemoryRead, arguments.GetProperty("key").GetString()!)
            ? null
            : "the key is not covered by the agent's memory_read capability";

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var key = arguments.GetProperty("key").GetString()!;
        if (MemoryKeys.Fault(key) is { } fault)
            return ToolOutcome.Error(fault);
        // Not an error: a model that asks before it stores does nothing wrong.
        return await store.Get(scope.AgentId, key, run) is { } value
            ? ToolOutcome.Ok(Plain(value.Json)) with { Labels = value.Taint }
            : ToolOutcome.Ok($"Nothing is stored under \"{key}\".");
    }

    /// <summary>A stored string is given without quotes and escapes, everything else as its JSON.</summary>
    private static string Plain(string json)
    {
        if (!json.StartsWith('"'))
            return json;
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetString()!;
    }
}
