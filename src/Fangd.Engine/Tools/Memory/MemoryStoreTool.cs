using System.Text;
using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Engine.Taint;

namespace Fangd.Engine.Tools.Memory;

/// <summary>Keeps a value under a key of the agent.</summary>
public sealed class MemoryStoreTool(IKeyValueStore store) : IGuardedTool
{
    /// <summary>Most bytes of a value, as UTF-8 JSON.</summary>
    private const int MaxValueBytes = 256 * 1024;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"key":{"type":"string","description":"Short name to find it by again"},"value":{"description":"Text or any JSON value"}},"required":["key","value"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("memory_store", "Remembers a value under a key, also for later conversations. Replaces what was there.", _schema, ToolRisk.Low)
    {
        Aliases = ["kv_set"],
        AuditedAs = AuditAction.MemoryAccess,
    };

    public string? Denial(JsonElement arguments, ToolScope scope) =>
        MemoryKeys.Covers(scope.Agent.Capabilities.MemoryWrite, arguments.GetProperty("key").GetString()!)
            ? null
            : "the key is not covered by the agent's memory_write capability";

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var key = arguments.GetProperty("key").GetString()!;
        if (MemoryKeys.Fault(key) is { } fault)
            return ToolOutcome.Error(fault);
        var value = arguments.GetProperty("value").GetRawText();
        var size = Encoding.UTF8.GetByteCount(value);
        if (size > MaxValueBytes)
            return ToolOutcome.Error($"The argument \"value\" has {size} bytes; at most {MaxValueBytes} can be stored. Write it to a file instead.");

        await store.Set(scope.AgentId, key, value, ContextTaint.Carried(scope, value), run);
        return ToolOutcome.Ok($"Stored under \"{key}\".");
    }
}
