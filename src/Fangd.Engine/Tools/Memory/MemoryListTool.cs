using System.Text.Json;

namespace Fangd.Engine.Tools.Memory;

/// <summary>Lists the keys under which the agent has stored something.</summary>
public sealed class MemoryListTool(IKeyValueStore store) : ITool
{
    private const int MostListed = 200;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{"prefix":{"type":"string","description":"Only keys that begin with it"}}}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new("memory_list", "Lists the keys that values were remembered under.", _schema, ToolRisk.Low) { IsReadOnly = true };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var patterns = scope.Agent.Capabilities.MemoryRead;
        var keys = store.Keys(scope.AgentId, arguments.Text("prefix") ?? "", key => MemoryKeys.Covers(patterns, key), MostListed + 1);
        if (keys.Count == 0)
            return ValueTask.FromResult(ToolOutcome.Ok("Nothing is stored."));
        var text = string.Join('\n', keys.Take(MostListed));
        return ValueTask.FromResult(ToolOutcome.Ok(keys.Count > MostListed ? text + "\n… and more; give a prefix." : text));
    }
}
