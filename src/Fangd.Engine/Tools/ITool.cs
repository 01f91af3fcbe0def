using System.Text.Json;
using Fangd.Engine.Agents;
using Fangd.Engine.Audit;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools;

/// <summary>How much harm a tool can do; approvals go by it.</summary>
public enum ToolRisk
{
    Low,
    Medium,
    High,
    Critical,
}

/// <summary>What is fixed about a tool. <paramref name="Schema"/> is a JSON Schema object as UTF-8 text.</summary>
public sealed record ToolSpec(string Name, string Description, ReadOnlyMemory<byte> Schema, ToolRisk Risk)
{
    /// <summary>Reads only: calls of one model turn may run side by side.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Other names it is known by, in the documents or in other ecosystems.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>
    /// What must not flow into this tool's arguments: for a shell what strangers wrote, for a way out of the machine what is secret.
    /// </summary>
    public TaintLabels Refuses { get; init; }

    /// <summary>Under which kind of action its calls are taken down.</summary>
    public AuditAction AuditedAs { get; init; } = AuditAction.ToolInvoke;

    /// <summary>Only for runs that a person or a timer started: what outlives its run is not for agents that another agent asked.</summary>
    public bool IsTopLevelOnly { get; init; }

    /// <summary>How long one call may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);
}

/// <summary>For whom and where a tool runs.</summary>
public sealed record ToolScope
{
    public required string AgentId { get; init; }
    public required AgentManifest Agent { get; init; }
    public required string RunId { get; init; }
    public string? SessionId { get; init; }

    /// <summary>The agent's workspace: an absolute path. It may not exist yet.</summary>
    public required string Workspace { get; init; }

    /// <summary>What the model has seen; null where nothing is tracked. Arguments that repeat tainted parts of it are tainted too.</summary>
    public IConversation? Conversation { get; init; }

    /// <summary>What was remembered into the context of the run.</summary>
    public IReadOnlyList<RecalledNote> Recalled { get; init; } = [];

    /// <summary>Hears what happens to a call before it runs; null for nobody. Calls side by side may tell it at the same time.</summary>
    public IRunSink? Sink { get; init; }

    /// <summary>Who wrote the message that the run answers, also through other agents; null where nobody said.</summary>
    public MessageSender? Sender { get; init; }

    /// <summary>How many agents called one another up to here; 0 for a run that a person or a timer started.</summary>
    public int Depth { get; init; }
}

/// <summary>What the model reads as the answer. A failure is an answer too.</summary>
public readonly record struct ToolOutcome(string Text, bool IsError)
{
    /// <summary>What the text is tainted with; the label goes with it into the conversation.</summary>
    public TaintLabels Labels { get; init; }

    public static ToolOutcome Ok(string text) => new(text, false);

    public static ToolOutcome Error(string text) => new(text, true);
}

/// <summary>One tool: a class plus the text the model reads.</summary>
public interface ITool
{
    ToolSpec Spec { get; }

    /// <summary>Runs one call. <paramref name="arguments"/> is a JSON object. What goes wrong is an outcome, not an exception.</summary>
    ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run);
}
