using System.Text.Json;
using Fangd.Engine.Context;
using Fangd.Engine.Taint;
using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Turns;

/// <summary>The state of one run of <see cref="TurnLoop"/>. One use.</summary>
internal sealed class TurnRun
{
    private const int MaxContinuations = 5;
    private const int DefaultIterations = 50;
    private const string Continue = "Continue exactly where you stopped. Repeat nothing and add no introduction.";
    private const string NoAnswer = "The model gave no answer. Please try again, or put the question in other words.";
    private const string Withheld = "The model's provider withheld the answer.";

    private readonly TurnInput _input;
    private readonly IConversation _conversation;
    private readonly IChatModel _chat;
    private readonly IRunSink _sink;
    private readonly IToolbox _tools;
    private readonly ModelRef _model;
    private readonly IReadOnlyList<LlmTool> _offered;
    private readonly TurnContext _context;
    private readonly int _maxIterations;

    private ToolRound? _round;
    private LlmUsage _usage;
    private double _cost;

    /// <summary>The model that answered last: the agent's own, or one that took its place.</summary>
    private ModelRef _answering;
    private int _iterations;

    /// <summary>Text of the answer that is under way and not stored yet: earlier continuations, and the call that streams.</summary>
    private string _joined = "";
    private ModelAnswer? _streaming;

    public TurnRun(TurnInput input, IConversation conversation, IChatModel chat, IToolbox tools, IRunSink sink)
    {
        _input = input;
        _conversation = conversation;
        _chat = chat;
        _sink = sink;
        _tools = tools;
        var own = input.Agent.Model;
        _model = input.Model ?? new ModelRef(own.Provider, own.Model) { ApiKeyEnv = own.ApiKeyEnv, BaseUrl = own.BaseUrl };
        _answering = _model;
        _offered = Offer(tools.Offered, input.ClientTools);
        _context = new TurnContext(input, conversation, _offered, Math.Max(1, chat.ContextWindow(_model)));
        _maxIterations = Math.Max(1, input.Agent.Autonomous?.MaxIterations ?? DefaultIterations);
    }

    public async ValueTask<TurnResult> Run(CancellationToken run)
    {
        try
        {
            await Begin(run);
            return await Loop(run);
        }
        catch (LlmException failed)
        {
            await KeepPartialText();
            throw Failure(TurnException.FaultOf(failed.Fault), Explain(failed), failed.RetryAfter, failed);
        }
        catch (TurnException)
        {
            await KeepPartialText();
            throw;
        }
        catch (OperationCanceledException stopped) when (run.IsCancellationRequested)
        {
            await KeepPartialText();
            throw Failure(RunFault.Cancelled, "The run was stopped.", inner: stopped);
        }
    }

    private async ValueTask Begin(CancellationToken run)
    {
        if (_input.Resumes)
            await Resume(run);
        // What a crashed run left open and the new message become durable together, before anything else happens.
        var missing = SessionRepair.MissingResults(_conversation.Messages, _input.Messages);
        if (missing.Count + _input.Messages.Count > 0)
            await _conversation.Append(missing.Count == 0 ? _input.Messages : [.. missing, .. _input.Messages], run);

        _context.Build();
        if (_input.KeepAllMessages || !Compactor.IsDue(_context.Use, _conversation.Messages.Count))
            return;
        var compaction = await new Compactor(_chat).Compact(_conversation, _model, run);
        Count(compaction.Usage);
        if (compaction.Summarised > 0)
            _context.Build();
    }

    private async ValueTask Resume(CancellationToken run)
    {
        var open = SessionRepair.OpenCalls(_conversation.Messages, []);
        if (open.Count == 0)
            throw Failure(RunFault.Cancelled, "The conversation went on meanwhile: there is nothing to resume.");
        // The run is on record before its tools do anything.
        await _conversation.Append([], run);
        // A round of its own: the next one has to know the ids of the whole context, which is built after this.
        var round = new ToolRound(_tools, _conversation, _context, _sink, _maxIterations);
        round.Prepare(open);
        await round.Run(run);
    }

    private async ValueTask<TurnResult> Loop(CancellationToken run)
    {
        var mark = _context.Count;
        var continuations = 0;
        var mayAskAgain = !_input.KeepAllMessages;
        while (true)
        {
            var answer = await Ask(run);
            _joined = _joined.Length == 0 ? answer.Text : _joined + answer.Text;

            if (answer.Calls.Count > 0)
            {
                _context.CutBack(mark);
                if (ClientCallsAmong(answer.Calls) is { Count: > 0 } clientCalls)
                    return await Finish(_joined, LlmStop.ToolCalls, clientCalls);
                await RunTools(answer, run);
                mark = _context.Count;
                continuations = 0;
                continue;
            }
            if (answer.Stop == LlmStop.MaxTokens && _input.MaxTokens is null && answer.Text.Length > 0 && continuations < MaxContinuations)
            {
                continuations++;
                _context.Add(LlmMessage.Assistant(answer.Text));
                _context.Add(LlmMessage.User(Continue));
                continue;
            }
            if (string.IsNullOrWhiteSpace(_joined) && !_input.KeepAllMessages)
            {
                if (mayAskAgain && answer.Stop != LlmStop.ContentFilter && _iterations < _maxIterations)
                {
                    mayAskAgain = false;
                    _joined = "";
                    continue;
                }
                _joined = answer.Stop == LlmStop.ContentFilter ? Withheld : NoAnswer;
                _sink.Emit(new TextDelta(_joined));
            }
            return await Finish(_joined, answer.Stop, []);
        }
    }

    /// <summary>One model call; when the provider says that it is too long, a second one with as little context as possible.</summary>
    private async ValueTask<ModelAnswer> Ask(CancellationToken run)
    {
        if (_iterations >= _maxIterations)
            throw Failure(RunFault.LoopLimit, $"The agent asked its model {_maxIterations} times without coming to an answer, so the run was ended.");
        if (!_context.Fit())
            throw Failure(RunFault.TooLong, TooLong);
        try
        {
            return await Stream(run);
        }
        catch (LlmException tooLong) when (tooLong.Fault == LlmFault.ContextOverflow && _streaming!.IsEmpty && _context.Shrink())
        {
            return await Stream(run);
        }
    }

    private async ValueTask<ModelAnswer> Stream(CancellationToken run)
    {
        // Only a whole answer can be silence, so a continuation cannot.
        var answer = _streaming = new ModelAnswer(_sink, _joined.Length == 0, _offered);
        var request = new LlmRequest
        {
            Model = _model.Model,
            Messages = _context.Messages,
            Tools = _offered,
            MaxTokens = _input.MaxTokens ?? _input.Agent.Model.MaxTokens,
            Temperature = _input.Temperature ?? _input.Agent.Model.Temperature,
            Options = _round is null ? _input.Options : WithoutForcedTool(_input.Options),
        };
        await foreach (var happened in _chat.Stream(_model, request, run))
            answer.Take(happened);
        answer.Complete();

        _iterations++;
        _answering = answer.AnsweredBy is { } other ? new ModelRef(other.Provider, other.Model) : _model;
        // A server that does not count is not free: an estimate keeps budgets and displays meaningful.
        Count(answer.Usage ?? new LlmUsage(
            ContextBudget.Tokens(_context.Messages, _offered), ContextBudget.Tokens(LlmMessage.Assistant(answer.Text))));
        _sink.Emit(new UsageUpdated(_usage, _iterations));
        return answer;
    }

    private void Count(LlmUsage used)
    {
        _usage += used;
        _cost += _chat.Cost(_answering, used);
    }

    private async ValueTask RunTools(ModelAnswer answer, CancellationToken run)
    {
        _round ??= new ToolRound(_tools, _conversation, _context, _sink, _maxIterations);
        var message = AssistantMessage(_joined, _round.Prepare(answer.Calls));
        // Some providers want the thinking back while its calls are under way; it is nothing to keep.
        await Store(message, answer.Thinking is { Count: > 0 } thinking ? new(LlmRole.Assistant, [.. thinking, .. message.Parts]) : message);
        if (_round.BreakReason is { } reason)
        {
            await _round.Abandon(0, reason);
            throw Failure(RunFault.LoopLimit, reason);
        }
        await _round.Run(run);
    }

    private async ValueTask<TurnResult> Finish(string text, LlmStop stop, IReadOnlyList<LlmToolCall> clientCalls)
    {
        if (text.Length > 0 || clientCalls.Count > 0)
            await Store(AssistantMessage(text, Sound(clientCalls)));
        var isSilent = clientCalls.Count == 0 && Silence.Is(text);
        return new TurnResult
        {
            Text = isSilent ? "" : text,
            Usage = _usage,
            Iterations = _iterations,
            CostUsd = _cost,
            Model = _answering.Model,
            Stop = stop,
            Taint = ContextTaint.ForeignOf(_context.Messages, _conversation.SummaryTaint, _input.Recalled),
            IsSilent = isSilent,
            ClientCalls = clientCalls,
        };
    }

    /// <summary>Stores an answer. Not cancellable: what the user has read is not to be lost to a stop at the last moment.</summary>
    private async ValueTask Store(LlmMessage message, LlmMessage? forModel = null)
    {
        await _conversation.Append([message], CancellationToken.None);
        _context.Add(forModel ?? message);
        _joined = "";
        _streaming = null;
    }

    private async ValueTask KeepPartialText()
    {
        var text = _streaming is { IsCounted: false } cut ? _joined + cut.Text : _joined;
        if (!string.IsNullOrWhiteSpace(text))
            await Store(LlmMessage.Assistant(text));
    }

    private List<LlmToolCall> ClientCallsAmong(IReadOnlyList<LlmToolCall> calls)
    {
        if (_input.ClientTools.Count == 0)
            return [];
        var found = new List<LlmToolCall>();
        foreach (var call in calls)
            if (Has(_input.ClientTools, call.Name))
                found.Add(call.Id.Length > 0 ? call : call with { Id = $"call_{_input.RunId}_{_iterations}_{found.Count}" });
        return found;
    }

    /// <summary>The client gets its calls as the model wrote them; what is kept is always valid JSON.</summary>
    private static LlmToolCall[] Sound(IReadOnlyList<LlmToolCall> calls)
    {
        var sound = new LlmToolCall[calls.Count];
        for (var i = 0; i < sound.Length; i++)
            sound[i] = ToolArguments.Read(calls[i], out _, out _);
        return sound;
    }

    private static LlmMessage AssistantMessage(string text, IReadOnlyList<LlmToolCall> calls)
    {
        if (calls.Count == 0)
            return LlmMessage.Assistant(text);
        var parts = new List<LlmPart>(calls.Count + 1);
        if (!string.IsNullOrWhiteSpace(text))
            parts.Add(new LlmText(text));
        parts.AddRange(calls);
        return new LlmMessage(LlmRole.Assistant, parts);
    }

    private static IReadOnlyList<LlmTool> Offer(IReadOnlyList<LlmTool> own, IReadOnlyList<LlmTool> client)
    {
        if (client.Count == 0)
            return own;
        var offered = new List<LlmTool>(own.Count + client.Count);
        foreach (var tool in own)
            if (!Has(client, tool.Name))
                offered.Add(tool);
        offered.AddRange(client);
        return offered;
    }

    private static bool Has(IReadOnlyList<LlmTool> tools, string name)
    {
        for (var i = 0; i < tools.Count; i++)
            if (tools[i].Name == name)
                return true;
        return false;
    }

    /// <summary>A caller who forces a tool wants it once: forced again after each result, the model could never answer.</summary>
    private static List<KeyValuePair<string, JsonElement>> WithoutForcedTool(
        IReadOnlyList<KeyValuePair<string, JsonElement>> options)
    {
        var kept = new List<KeyValuePair<string, JsonElement>>(options.Count);
        foreach (var option in options)
            if (option.Key != "tool_choice" || option.Value.ValueKind == JsonValueKind.String && option.Value.ValueEquals("none"))
                kept.Add(option);
        return kept;
    }

    private string TooLong => _input.KeepAllMessages
        ? $"The messages are too long for the model {_model.Model}. Send fewer or shorter ones, or choose a model with a larger context window."
        : $"The conversation is too long for the model {_model.Model}, even shortened. Send a shorter message, compact or reset the session, or choose a model with a larger context window.";

    private string Explain(LlmException failed) => failed.Fault == LlmFault.ContextOverflow ? TooLong : failed.Message;

    private TurnException Failure(RunFault fault, string message, TimeSpan? retryAfter = null, Exception? inner = null) =>
        new(fault, message, retryAfter, inner) { Usage = _usage, Iterations = _iterations, CostUsd = _cost };
}
