using System.Text;
using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Tools;

/// <summary>A tool whose behaviour a test writes down; it keeps the arguments that reached it.</summary>
internal sealed class ScriptedTool(string name, string schema = """{"type":"object"}""", params string[] aliases) : ITool
{
    public List<string> Calls { get; } = [];

    public Func<CancellationToken, ValueTask<ToolOutcome>> Answer { get; init; } = _ => ValueTask.FromResult(ToolOutcome.Ok("done"));

    public bool IsReadOnly { get; init; }

    public TaintLabels Refuses { get; init; }

    public ToolRisk Risk { get; init; }

    public AuditAction AuditedAs { get; init; }

    public ToolSpec Spec => new(name, $"does {name}", Encoding.UTF8.GetBytes(schema), Risk)
    {
        Aliases = aliases,
        IsReadOnly = IsReadOnly,
        Refuses = Refuses,
        AuditedAs = AuditedAs,
        Timeout = TimeSpan.FromSeconds(120),
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        Calls.Add(arguments.GetRawText());
        return Answer(run);
    }
}
