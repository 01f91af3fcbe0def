using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Protocols.Llm;
using Microsoft.Extensions.Logging;

namespace Fangd.Engine.Tools;

/// <summary>The tools of one run. Every refusal is one sentence for the model, and every failure of a tool ends here.</summary>
internal sealed partial class Toolbox(ToolGate gate, ToolOffer offer, ToolScope scope, ToolAccess access) : IToolbox
{
    public IReadOnlyList<LlmTool> Offered => offer.Forms;

    public bool IsKnown(string name) => offer.Catalog.Resolve(name) is not null;

    public bool IsReadOnly(string name) =>
        offer.Catalog.Resolve(name) is { } entry && offer.Has(entry) && entry.Tool.Spec.IsReadOnly;

    public async ValueTask<ToolOutcome> Run(LlmToolCall call, CancellationToken run)
    {
        run.ThrowIfCancellationRequested();
        if (offer.Catalog.Resolve(call.Name) is not { } entry)
            return ToolOutcome.Error($"There is no tool \"{Echo(call.Name)}\" ({NamesOffered()}).");
        if (!offer.Has(entry))
            return Denied(call.Name, ToolOffer.Denial(scope.Agent, access, entry, offer.Catalog) ?? "it is not offered");

        JsonDocument arguments;
        try
        {
            arguments = JsonDocument.Parse(string.IsNullOrWhiteSpace(call.Arguments) ? "{}" : call.Arguments);
        }
        catch (JsonException fault)
        {
            return ToolOutcome.Error(
                $"The arguments of \"{entry.Tool.Spec.Name}\" are not valid JSON (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}).");
        }

        using (arguments)
        {
            if (Refusal(call.Name, entry, arguments.RootElement) is { } refusal)
                return refusal;
            var gated = new GatedCall(entry.Tool, call, arguments.RootElement, scope);
            if (await Checked(gated, run) is { } denial)
                return denial;
            var outcome = gate.Trail is { } trail && ToolTrail.Takes(entry.Tool.Spec)
                ? await RunTraced(trail, gated, run)
                : await RunAllowed(entry.Tool, arguments.RootElement, run);
            return gate.Inspector?.Inspect(gated, outcome) ?? outcome;
        }
    }

    private ToolOutcome? Refusal(string name, CatalogEntry entry, JsonElement arguments)
    {
        if (arguments.ValueKind is not JsonValueKind.Object)
            return ToolOutcome.Error($"The arguments of \"{entry.Tool.Spec.Name}\" must be one JSON object.");
        if (entry.Arguments.Fault(arguments) is { } fault)
            return ToolOutcome.Error(fault);
        if (entry.Tool.Spec.IsTopLevelOnly && scope.Depth > 0)
            return Denied(name, "it is not for agents that work for another agent");
        if (entry.Tool is IGuardedTool guarded && guarded.Denial(arguments, scope) is { } denial)
            return Denied(name, denial);

        var limit = scope.Agent.Resources.MaxToolCallsPerMinute;
        return gate.Meter.TryTake(scope.AgentId, limit, out var wait)
            ? null
            : ToolOutcome.Error(
                $"The agent's limit of {limit} tool calls a minute is reached; the next call is allowed in {Math.Ceiling(wait.TotalSeconds)} s.");
    }

    private async ValueTask<ToolOutcome?> Checked(GatedCall call, CancellationToken run)
    {
        foreach (var check in gate.Checks)
        {
            if (await check.Refuse(call, run) is not { } reason)
                continue;
            gate.Trail?.Deny(call, reason);
            return Denial(call.Call.Name, reason);
        }
        return null;
    }

    private async ValueTask<ToolOutcome> RunTraced(ToolTrail trail, GatedCall call, CancellationToken run)
    {
        await trail.Begin(call);
        try
        {
            var outcome = await RunAllowed(call.Tool, call.Arguments, run);
            trail.End(call, outcome.IsError ? ToolTrail.Failed : ToolTrail.Ok);
            return outcome;
        }
        catch (OperationCanceledException)
        {
            trail.End(call, ToolTrail.Cancelled);
            throw;
        }
    }

    private async ValueTask<ToolOutcome> RunAllowed(ITool tool, JsonElement arguments, CancellationToken run)
    {
        var spec = tool.Spec;
        using var timeout = new CancellationTokenSource(spec.Timeout, gate.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run, timeout.Token);
        try
        {
            return await tool.Run(arguments, scope, either.Token);
        }
        catch (OperationCanceledException) when (run.IsCancellationRequested)
        {
            // A fresh one, so that the caller sees its own token and not the linked one.
            throw new OperationCanceledException(run);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            LogTimedOut(gate.Logger, spec.Name, scope.AgentId, scope.RunId, spec.Timeout.TotalSeconds);
            return ToolOutcome.Error($"The tool \"{spec.Name}\" was stopped after {spec.Timeout.TotalSeconds} s without a result; do not make one up.");
        }
        // The tool runner is one of the places where everything is caught: a fault in one tool must not end the run.
        // What it says may name paths of the host, so the model is told only that it happened.
        catch (Exception fault)
        {
            LogFailed(gate.Logger, fault, spec.Name, scope.AgentId, scope.RunId);
            return ToolOutcome.Error($"The tool \"{spec.Name}\" failed because of an internal fault; do not make a result up.");
        }
    }

    /// <summary>The manifest stands against it.</summary>
    private ToolOutcome Denied(string name, string reason)
    {
        gate.Trail?.Deny(scope, name, reason);
        return Denial(name, reason);
    }

    private static ToolOutcome Denial(string name, string reason) =>
        ToolOutcome.Error($"The tool \"{Echo(name)}\" is denied: {reason}. Do not call it again this way.");

    private string NamesOffered() =>
        offer.Forms.Length == 0 ? "no tools are available" : "available: " + string.Join(", ", offer.Forms.Select(form => form.Name));

    /// <summary>A name that a model made up may be anything; the answer repeats only so much of it.</summary>
    private static string Echo(string name) =>
        string.Concat(name.Take(64).Select(symbol => char.IsControl(symbol) || char.IsSurrogate(symbol) ? '?' : symbol));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Tool {Tool} of agent {AgentId} in run {RunId} was stopped after {Seconds} s.")]
    private static partial void LogTimedOut(ILogger logger, string tool, string agentId, string runId, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Tool {Tool} of agent {AgentId} in run {RunId} failed.")]
    private static partial void LogFailed(ILogger logger, Exception fault, string tool, string agentId, string runId);
}
