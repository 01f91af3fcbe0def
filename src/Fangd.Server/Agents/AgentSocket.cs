using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Fangd.Engine.Turns;
using Fangd.Server.Commands;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.Agents;

/// <summary>One open chat: frames in become runs and commands, run events become frames out. It only pumps.</summary>
internal sealed class AgentSocket(WebSocket socket, Agent agent, AgentRegistry registry, SocketPieces pieces)
{
    private const int MostFrameBytes = 96 * 1024;
    private const int MostOpenMessages = 16;

    private static readonly TimeSpan ListInterval = TimeSpan.FromSeconds(5);

    // A socket takes one frame at a time; runs, the agent list and pongs share it.
    private readonly SemaphoreSlim _sending = new(1);
    private readonly HashSet<Task> _open = [];
    private readonly ChatOptions _options = new();
    private byte[] _lastList = [];

    /// <summary>Serves until the client leaves or the daemon stops. Runs go on without it.</summary>
    public async Task Serve(CancellationToken aborted)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted, pieces.Context.Stopping);
        var end = ending.Token;
        Task listing = Task.CompletedTask;
        try
        {
            await Send(new SocketFrame("connected") { AgentId = agent.Id }, end);
            listing = SendLists(end);
            await Receive(end);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
        {
            // The client left, or the daemon stops: both end the chat and nothing else.
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll([listing, .. _open]);
            await Close();
        }
    }

    private async Task Receive(CancellationToken end)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MostFrameBytes);
        try
        {
            while (await Next(buffer, end) is { } text)
            {
                _open.RemoveWhere(t => t.IsCompleted);
                if (_open.Count >= MostOpenMessages)
                    await Send(new SocketFrame("error") { Content = $"{MostOpenMessages} messages are open on this connection" }, end);
                else
                    _open.Add(Answer(text, end));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The next text message, or null when the client closed or sent what is not taken.</summary>
    private async Task<string?> Next(byte[] buffer, CancellationToken end)
    {
        var filled = 0;
        while (true)
        {
            if (filled == MostFrameBytes)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, "the message is too large", end);
                return null;
            }

            var got = await socket.ReceiveAsync(buffer.AsMemory(filled, MostFrameBytes - filled), end);
            if (got.MessageType == WebSocketMessageType.Close)
                return null;
            if (got.MessageType == WebSocketMessageType.Binary)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.InvalidMessageType, "text frames only", end);
                return null;
            }

            filled += got.Count;
            if (got.EndOfMessage)
                return Encoding.UTF8.GetString(buffer, 0, filled);
        }
    }

    /// <summary>Handles one message; whatever goes wrong is told as a frame.</summary>
    private async Task Answer(string text, CancellationToken end)
    {
        try
        {
            var request = Parse(text);
            if (request.Type == "ping")
                await Send(new SocketFrame("pong"), end);
            else if (request.Type == "command")
                await Command("/" + $"{request.Command?.TrimStart('/')} {request.Args ?? request.Content}".Trim(), end);
            else if ((request.Content ?? request.Message) is { } content && content.StartsWith('/'))
                await Command(content.Trim(), end);
            else
                await Converse(request, end);
        }
        catch (ApiException refusal)
        {
            await TrySend(new SocketFrame("error") { Content = refusal.Message, Code = refusal.Code }, end);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
        {
            // The connection ended; the run does not.
        }
    }

    private static SocketRequest Parse(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("{"))
            return new SocketRequest("message", text, null, null, null, null, null);
        try
        {
            return JsonFields.Read<SocketRequest>(text);
        }
        catch (JsonException wrong)
        {
            throw ApiException.BadRequest(JsonShape.Explain(wrong));
        }
    }

    private async Task Command(string line, CancellationToken end)
    {
        var result = await pieces.Commands.Run(agent, line, _options, end);
        await Send(new SocketFrame("command_result") { Command = line.Split(' ')[0], Content = result }, end);
    }

    private async Task Converse(SocketRequest message, CancellationToken end)
    {
        var body = new MessageRequest { Message = message.Content ?? message.Message, SessionId = message.SessionId, Attachments = message.Attachments };
        var request = await pieces.Input.Request(agent, body, "websocket", end);
        if (_options.Thinks)
            request = request with { Options = [new("reasoning_effort", JsonValues.Quote("medium"))] };
        RunSubscription? subscribed = null;
        var run = pieces.Runs.Start(request, started => subscribed = started.Subscribe(SseStream.KeepAlive));
        using var events = subscribed!;
        await Send(new SocketFrame("thinking"), end);
        while (true)
        {
            foreach (var happened in await events.Next(end))
            {
                if (Frame(happened, run) is { } frame)
                    await Send(frame, end);
                if (happened is RunFinished or RunFailed)
                    return;
            }

            if (!events.IsCutOff)
                continue;
            await Send(new SocketFrame("error") { Content = "this reader fell too far behind; the answer is in the session", Code = "slow_reader" }, end);
            return;
        }
    }

    private SocketFrame? Frame(RunEvent happened, Run run) => happened switch
    {
        TextDelta text => new SocketFrame("text_delta") { Content = text.Text },
        ThinkingDelta thought when _options.StreamsThinking => new SocketFrame("thinking_delta") { Content = thought.Text },
        ToolStarted tool => new SocketFrame("tool_start") { Tool = tool.Tool, Input = tool.Input },
        ToolFinished tool => new SocketFrame("tool_end") { Tool = tool.Tool, Result = Excerpt(tool.Result), IsError = tool.IsError },
        ToolProgressed news => new SocketFrame("phase") { Tool = news.Tool, Phase = "tool_use", Detail = news.Detail },
        ApprovalRequested asks => new SocketFrame("approval_requested")
        {
            ApprovalId = asks.ApprovalId,
            Tool = asks.Tool,
            Content = asks.Description,
            RiskLevel = asks.RiskLevel,
            TimeoutSecs = asks.TimeoutSecs,
        },
        ApprovalDecided decided => new SocketFrame("approval_decided") { ApprovalId = decided.ApprovalId, Tool = decided.Tool, Approved = decided.IsApproved },
        RunFinished { Result: { } result } => new SocketFrame(result.IsSilent ? "silent_complete" : "response")
        {
            Content = result.Text,
            InputTokens = result.Usage.Input,
            OutputTokens = result.Usage.Output,
            Iterations = result.Iterations,
            CostUsd = result.CostUsd,
            Model = result.Model,
            SessionId = run.Session!.Id,
            BudgetWarning = run.BudgetWarning,
        },
        RunFailed failed => new SocketFrame("error")
        {
            Content = failed.Message,
            Code = RunFailure.Code(failed.Fault),
            RetryAfter = failed.RetryAfter is { } wait ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : null,
        },
        _ => null,
    };

    /// <summary>Sends the agent list every five seconds, but only when it has changed since it was last sent here.</summary>
    private async Task SendLists(CancellationToken end)
    {
        try
        {
            using var timer = new PeriodicTimer(ListInterval, pieces.Context.Time);
            while (await timer.WaitForNextTickAsync(end))
            {
                var list = AgentsUpdated.Encode(registry, pieces.Context.Defaults);
                if (list.AsSpan().SequenceEqual(_lastList))
                    continue;
                _lastList = list;
                await SendRaw(list, end);
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
        {
            // The chat has ended.
        }
    }

    private Task Send(SocketFrame frame, CancellationToken end) => SendRaw(AnswerJson.Utf8(frame), end);

    private async Task TrySend(SocketFrame frame, CancellationToken end)
    {
        try
        {
            await Send(frame, end);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
        {
            // Nobody is left to be told.
        }
    }

    private async Task SendRaw(byte[] frame, CancellationToken end)
    {
        await _sending.WaitAsync(end);
        try
        {
            await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, end);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task Close()
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
            return;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2), pieces.Context.Time);
        try
        {
            var status = pieces.Context.Stopping.IsCancellationRequested ? WebSocketCloseStatus.EndpointUnavailable : WebSocketCloseStatus.NormalClosure;
            await socket.CloseOutputAsync(status, null, patience.Token);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
        {
            // It is closed, one way or the other.
        }
    }

    private static string Excerpt(string result) => result.Length <= 2000 ? result : result[..(char.IsHighSurrogate(result[1999]) ? 1999 : 2000)] + "…";
}
