using System.Text;
using System.Text.Json;
using Fangd.Engine.Tools;

namespace Fangd.Engine.Audit;

/// <summary>
/// Takes down what tools do. A call that may change something has two entries: <c>started</c>, durable before the tool runs, and what came
/// of it; so a daemon that dies in mid-tool leaves a <c>started</c> that nothing follows, and counting <c>started</c> counts each call once.
/// The second entry goes into storage with the tool's result, so it costs no commit.
/// </summary>
public sealed class ToolTrail(IAuditTrail trail)
{
    public const string Started = "started";
    public const string Ok = "ok";
    public const string Failed = "failed";
    public const string Denied = "denied";
    public const string Cancelled = "cancelled";

    /// <summary>Longest part of an argument that is shown, in characters.</summary>
    private const int MostSubject = 200;

    /// <summary>Arguments that say what a call is about. Contents and values stay out: they may be secret, and they are in the session.</summary>
    private static readonly string[] _subjects = ["command", "path", "url", "key", "agent_id", "agent", "name", "id", "type"];

    /// <summary>Reading what is harmless leaves no trace.</summary>
    public static bool Takes(ToolSpec spec) => spec.Risk >= ToolRisk.Medium || !spec.IsReadOnly;

    /// <summary>A call that the gate let pass is about to run.</summary>
    public ValueTask Begin(GatedCall call) =>
        call.Tool.Spec.IsReadOnly ? ValueTask.CompletedTask : trail.Record(Entry(call, Started));

    public void End(GatedCall call, string outcome) => trail.RecordLater(Entry(call, outcome));

    /// <summary>A check refused the call.</summary>
    public void Deny(GatedCall call, string reason) => trail.RecordLater(Entry(call, Denied) with { Detail = $"{Describe(call)}: {Line(reason)}" });

    /// <summary>The agent's manifest does not grant the tool, or not for these arguments.</summary>
    public void Deny(ToolScope scope, string tool, string reason) => trail.RecordLater(
        new AuditEntry(AuditAction.CapabilityCheck, scope.AgentId, $"{Line(tool)} (run {scope.RunId}): {Line(reason)}", Denied));

    private static AuditEntry Entry(GatedCall call, string outcome) => new(call.Tool.Spec.AuditedAs, call.Scope.AgentId, Describe(call), outcome);

    private static string Describe(GatedCall call)
    {
        var text = new StringBuilder(call.Tool.Spec.Name);
        if (Subject(call.Arguments) is { } subject)
            text.Append(": ").Append(subject);
        return text.Append(" (run ").Append(call.Scope.RunId).Append(", call ").Append(Line(call.Call.Id)).Append(')').ToString();
    }

    private static string? Subject(JsonElement arguments)
    {
        foreach (var name in _subjects)
        {
            if (!arguments.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
                continue;
            var text = value.GetString()!;
            // Queries of addresses carry tokens.
            return Line(name == "url" && text.IndexOf('?') is >= 0 and var query ? text[..query] : text);
        }

        return null;
    }

    private static string Line(string text) => AuditText.OneLine(text, MostSubject);
}
