using Fangd.Engine.Agents;
using Fangd.Engine.Tools;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Health;
using Fangd.Server.Memory;
using Fangd.Server.Providers;
using Fangd.Server.Providers.Resilience;
using Fangd.Server.Sessions;
using Fangd.Server.Storage;
using Fangd.Server.Usage;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Runs;

/// <summary>Carries one run through the turn loop: conversation, model, tools, and the outcome to its row, its readers and its caller.</summary>
internal sealed partial class RunExecutor(RunPieces pieces, ILogger<RunExecutor> log)
{
    /// <summary>Never throws: what goes wrong is the outcome.</summary>
    public async Task<RunOutcome> Execute(Run run)
    {
        try
        {
            var result = await Turn(run);
            if (run.Session is not null)
            {
                pieces.Runs.Finish(run, result, NotClosed(run));
                pieces.Memory.Note(run.AgentId, run.Request.Agent.Manifest, run.Request.Messages, result);
            }

            return new RunOutcome(result, null);
        }
        catch (TurnException failure)
        {
            if (failure.Fault is not RunFault.Cancelled)
                RunFailed(run.Id, run.Request.Agent.Name, failure.Message);
            return Failed(run, failure);
        }
        catch (OperationCanceledException) when (run.Cancelled.IsCancellationRequested)
        {
            return Failed(run, new TurnException(RunFault.Cancelled, "the run was cancelled"));
        }
        catch (SessionGoneException gone)
        {
            return new RunOutcome(null, new TurnException(RunFault.Cancelled, gone.Message, null, gone));
        }
        catch (Exception bug)
        {
            pieces.Health.CountPanic();
            RunBroke(run.Id, run.Request.Agent.Name, bug);
            var reason = bug is SqlException { IsFull: true } ? "the disk is full: nothing can be stored" : "internal error";
            return Failed(run, new TurnException(RunFault.Internal, reason));
        }
    }

    private async Task<TurnResult> Turn(Run run)
    {
        var request = run.Request;
        var agent = request.Agent;
        var manifest = agent.Manifest;
        IConversation conversation = request.Session is null
            ? new BroughtConversation()
            : KeptConversation.Load(pieces.Database, pieces.Sessions, run, manifest.MaxHistoryMessages ?? pieces.DefaultHistory, pieces.Time);
        IReadOnlyList<RecalledNote> recalled = request.Session is null
            ? []
            : await pieces.Memory.Recall(agent.Id, manifest, request.Messages, conversation.Messages, run.Cancelled);
        var scope = new ToolScope
        {
            AgentId = agent.Id,
            Agent = manifest,
            RunId = run.Id,
            SessionId = request.Session?.Id,
            Workspace = pieces.Workspaces.Of(agent),
            Conversation = conversation,
            Recalled = recalled,
            Sink = run,
            Sender = request.Sender,
            Depth = request.Depth,
        };
        var tools = pieces.Tools.Open(scope, agent.Mode);
        run.Emit(new RunStarted(run.Id, request.Session?.Id));
        var input = new TurnInput
        {
            RunId = run.Id,
            Agent = manifest,
            Messages = Labelled(request),
            DefaultHistoryMessages = pieces.DefaultHistory,
            Model = pieces.Models.Resolve(request.Model ?? Choose(run, manifest, tools)),
            Identity = pieces.Briefing.Of(manifest, scope.Workspace),
            CallerSystem = request.CallerSystem,
            Recalled = recalled,
            Temperature = request.Temperature,
            MaxTokens = request.MaxTokens,
            Options = request.Options,
            ClientTools = request.ClientTools,
            Depth = request.Depth,
            Resumes = request.Resumes,
            KeepAllMessages = request.Session is null,
        };
        var metered = pieces.Models.For(agent, manifest, request.Session?.Id, run.Id);
        var model = pieces.Chains.For(agent, metered, run.Id);
        var result = await pieces.Loop.Run(input, conversation, model, tools, run, run.Cancelled);
        run.BudgetWarning = metered.BudgetWarning;
        return result;
    }

    private static IReadOnlyList<LlmMessage> Labelled(RunRequest request) => request.Taint == TaintLabels.None
        ? request.Messages
        : [.. request.Messages.Select(message => new LlmMessage(
            message.Role, [.. message.Parts.Select(part => part is LlmText text ? text with { Taint = text.Taint | request.Taint } : part)]))];

    private ModelRef Choose(Run run, AgentManifest manifest, IToolbox tools)
    {
        var usual = pieces.Defaults.Resolve(manifest.Model);
        if (manifest.Routing is null)
            return usual;
        var score = ComplexityRouting.Score(run.Request.Messages, tools.Offered.Count);
        var chosen = ComplexityRouting.Choose(manifest, usual, score);
        Routed(run.Id, run.Request.Agent.Name, chosen.Model, score);
        return chosen;
    }

    private RunOutcome Failed(Run run, TurnException failure)
    {
        if (run.Session is not null)
            pieces.Runs.Fail(run, failure, NotClosed(run));
        return new RunOutcome(null, failure);
    }

    /// <summary>
    /// The answer does not wait for the end of its row: its messages are durable already, and a row that stays 'running' is closed at the
    /// next start. A conversation of its own has no row.
    /// </summary>
    private Action<Exception> NotClosed(Run run) => failure => RunNotClosed(run.Id, failure.Message);

    [LoggerMessage(LogLevel.Debug, "Run {RunId} of {Agent} goes to {Model}: its complexity is {Score}.")]
    private partial void Routed(string runId, string agent, string model, int score);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} of {Agent} failed: {Reason}")]
    private partial void RunFailed(string runId, string agent, string reason);

    [LoggerMessage(LogLevel.Error, "Run {RunId} of {Agent} broke.")]
    private partial void RunBroke(string runId, string agent, Exception bug);

    [LoggerMessage(LogLevel.Warning, "The end of run {RunId} was not stored: {Reason}")]
    private partial void RunNotClosed(string runId, string reason);
}

/// <summary>How a run ended: exactly one is set.</summary>
internal readonly record struct RunOutcome(TurnResult? Result, TurnException? Failure);

/// <summary>What a run is put together from.</summary>
internal sealed record RunPieces(
    TurnLoop Loop,
    Metering Models,
    ModelChains Chains,
    DefaultModel Defaults,
    ToolGate Tools,
    Database Database,
    SessionStore Sessions,
    RunStore Runs,
    AgentWorkspaces Workspaces,
    AgentBriefing Briefing,
    TurnMemory Memory,
    DaemonHealth Health,
    TimeProvider Time,
    int DefaultHistory);
