using System.Buffers;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Fangd.Protocols.Mcp.Serving;
using Fangd.Server.Http;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Mcp.Serving;

/// <summary>
/// The streamable HTTP transport of an MCP server at <c>/mcp</c>, by the rules of each request's own version. It knows nothing of what the server
/// offers: that is <see cref="McpServer"/>'s.
/// </summary>
internal sealed partial class McpEndpoint(McpServer server, McpNotices notices, McpHosting hosting)
{
    private const int Depth = 64;

    private readonly McpSessions _sessions = new(hosting.Time);
    private readonly ILogger _log = hosting.Log;

    public void Map(RouteTable routes)
    {
        routes.Post("/mcp", Post).Costs(2);
        routes.Get("/mcp", Get);
        routes.Delete("/mcp", Delete);
    }

    private async Task Post(Exchange exchange)
    {
        DemandOwnPage(exchange);
        using var body = await RequestBody.Read(exchange);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body.Memory, new JsonDocumentOptions { MaxDepth = Depth });
        }
        catch (JsonException wrong)
        {
            await Refuse(exchange, default, new McpFault(McpFault.ParseError, $"Parse error: {JsonShape.Explain(wrong)}"), 400);
            return;
        }

        using (document)
        {
            McpMessage message;
            try
            {
                message = McpMessage.Read(document.RootElement);
            }
            catch (McpFault fault)
            {
                await Refuse(exchange, McpMessage.IdOf(document.RootElement), fault, fault.Code == McpFault.InvalidRequest ? 400 : 200);
                return;
            }

            await Take(exchange, message);
        }
    }

    private async Task Take(Exchange exchange, McpMessage message)
    {
        McpEra era;
        try
        {
            era = McpHeaders.EraOf(exchange.Request.Headers, message);
        }
        catch (McpFault fault)
        {
            await Refuse(exchange, message.Id, fault, fault.StatelessStatus);
            return;
        }

        McpSession? session = null;
        if (era == McpEra.Handshake && exchange.Request.Headers[McpHeaders.Session].ToString() is { Length: > 0 } id)
        {
            session = _sessions.Find(id);
            if (session is null)
            {
                await Refuse(exchange, message.Id, new McpFault(McpFault.InvalidRequest, "This session is not known or has ended: initialize again"), 404);
                return;
            }
        }

        if (message.IsRequest)
        {
            await Answer(exchange, message, era, session);
            return;
        }

        if (message.Method is null)
            session?.Answer(message);
        else if (message.Method == "notifications/cancelled" && message.Params.TryGetProperty("requestId", out var request))
            session?.Cancel(request);
        exchange.Response.StatusCode = 202;
    }

    private async Task Answer(Exchange exchange, McpMessage message, McpEra era, McpSession? session)
    {
        if (message.Method == "initialize" && era == McpEra.Handshake)
            session = Begin(exchange, message);
        var reply = new McpReply(exchange, message, session);
        if (message.Method == "subscriptions/listen" && era == McpEra.Stateless && server.TellsChanges)
        {
            await Listen(exchange, message);
            return;
        }

        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(exchange.Aborted);
        using var underWay = session?.Began(message.Id, cancel);
        var (capabilities, level) = era == McpEra.Stateless ? McpHeaders.Declared(message.Params) : (session?.Capabilities ?? default, session?.LogLevel);
        var request = new McpRequest(message.Method!, message.Params, era, reply) { ClientCapabilities = capabilities, LogLevel = level };
        try
        {
            var result = new ArrayBufferWriter<byte>(1024);
            await using (var json = new Utf8JsonWriter(result, JsonShape.WriterOptions))
            {
                if (!Settle(request, session, json))
                    await server.Answer(request, json, cancel.Token);
            }

            await reply.Result(result.WrittenMemory);
        }
        catch (McpFault fault)
        {
            await reply.Fault(fault, era == McpEra.Stateless ? fault.StatelessStatus : 200);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && !exchange.Aborted.IsCancellationRequested)
        {
            // The client said that it wants no answer any more; the connection still needs an end.
            await reply.Fault(new McpFault(McpFault.InternalError, "The request was cancelled"), 200);
        }
        catch (Exception bug) when (bug is not OperationCanceledException and not ApiException)
        {
            hosting.Health.CountPanic();
            Broke(request.Method, bug);
            await reply.Fault(new McpFault(McpFault.InternalError, "internal error"), era == McpEra.Stateless ? 500 : 200);
        }
    }

    /// <summary>What is the session's own business; false for all else.</summary>
    private bool Settle(McpRequest request, McpSession? session, Utf8JsonWriter json)
    {
        if (session is null || request.Method is not ("logging/setLevel" or "resources/subscribe" or "resources/unsubscribe") || !server.Serves(request.Method))
            return false;
        switch (request.Method)
        {
            case "logging/setLevel":
                var level = request.DemandText("level");
                session.LogLevel = McpRequest.IsLogLevel(level) ? level : throw McpFault.Params($"level '{level}' is not one of the levels of RFC 5424");
                break;
            case "resources/subscribe":
                if (!session.Subscribe(request.DemandText("uri")))
                    throw new McpFault(McpFault.InternalError, "this session has too many subscriptions");
                break;
            default:
                session.Unsubscribe(request.DemandText("uri"));
                break;
        }

        json.WriteStartObject();
        json.WriteEndObject();
        return true;
    }

    private McpSession Begin(Exchange exchange, McpMessage message)
    {
        var asked = message.Params.TryGetProperty("protocolVersion", out var version) && version.ValueKind == JsonValueKind.String ? version.GetString() : null;
        var capabilities = message.Params.TryGetProperty("capabilities", out var declared) ? declared.Clone() : default;
        var session = _sessions.Create(McpVersions.Negotiate(asked), capabilities);
        exchange.Response.Headers[McpHeaders.Session] = session.Id;
        return session;
    }

    /// <summary>The stream on which a client with a session hears of changes.</summary>
    private async Task Get(Exchange exchange)
    {
        DemandOwnPage(exchange);
        var id = exchange.Request.Headers[McpHeaders.Session].ToString();
        if (id.Length == 0 || !exchange.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase))
        {
            await NotAllowed(exchange);
            return;
        }

        var session = _sessions.Find(id) ?? throw ApiException.NotFound("this session is not known or has ended: initialize again");
        if (session.IsListening)
            throw ApiException.Conflict("this session has an open stream already");
        session.IsListening = true;
        try
        {
            using var listening = notices.Listen(notice =>
            {
                if (notice.Kind != McpNoticeKind.ResourceUpdated || session.HasSubscribed(notice.Uri!))
                    session.Notices.Writer.TryWrite(notice);
            });
            await Pump(exchange, await SseStream.Open(exchange), session.Notices, (json, notice) => McpReply.WriteCall(json, null, notice.Method, p => WriteUri(p, notice)));
        }
        finally
        {
            session.IsListening = false;
        }
    }

    /// <summary>2026-07-28: first what is listened to, then each change of those kinds, all under the id of the request.</summary>
    private async Task Listen(Exchange exchange, McpMessage message)
    {
        var wanted = new McpRequest(message.Method!, message.Params, McpEra.Stateless, new McpReply(exchange, message, null)).Object("notifications");
        var (tools, prompts, resources) = (Wants(wanted, "toolsListChanged"), Wants(wanted, "promptsListChanged"), Wants(wanted, "resourcesListChanged"));
        var updates = wanted.TryGetProperty("resourceSubscriptions", out var uris) && uris.ValueKind == JsonValueKind.Array
            ? uris.EnumerateArray().Where(uri => uri.ValueKind == JsonValueKind.String).Select(uri => uri.GetString()!).Take(256).ToHashSet(StringComparer.Ordinal)
            : [];
        var subscription = message.Id.ValueKind == JsonValueKind.String ? message.Id.GetString()! : message.Id.GetRawText();
        var heard = Channel.CreateBounded<McpNotice>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest });
        using var listening = notices.Listen(notice =>
        {
            var isWanted = notice.Kind switch
            {
                McpNoticeKind.ToolsChanged => tools,
                McpNoticeKind.PromptsChanged => prompts,
                McpNoticeKind.ResourcesChanged => resources,
                _ => updates.Contains(notice.Uri!),
            };
            if (isWanted)
                heard.Writer.TryWrite(notice);
        });
        var sse = await SseStream.Open(exchange);
        sse.Write(null, subscription, (json, id) => McpReply.WriteCall(json, null, "notifications/subscriptions/acknowledged", p =>
        {
            p.WritePropertyName("notifications");
            wanted.WriteTo(p);
            Tag(p, id);
        }));
        await sse.Flush();
        await Pump(exchange, sse, heard, (json, notice) => McpReply.WriteCall(json, null, notice.Method, p =>
        {
            WriteUri(p, notice);
            Tag(p, subscription);
        }));
    }

    private async Task Pump(Exchange exchange, SseStream sse, Channel<McpNotice> heard, Action<Utf8JsonWriter, McpNotice> write)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(exchange.Aborted, hosting.Stopping);
        try
        {
            while (true)
            {
                using var pause = new CancellationTokenSource(SseStream.KeepAlive, hosting.Time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, pause.Token);
                try
                {
                    if (!await heard.Reader.WaitToReadAsync(either.Token))
                        return;
                }
                catch (OperationCanceledException) when (!end.IsCancellationRequested)
                {
                    await sse.Comment();
                    continue;
                }

                while (heard.Reader.TryRead(out var notice))
                    sse.Write(null, notice, write);
                await sse.Flush();
            }
        }
        catch (OperationCanceledException)
        {
            // The client left, or the daemon stops.
        }
    }

    private Task Delete(Exchange exchange)
    {
        DemandOwnPage(exchange);
        var id = exchange.Request.Headers[McpHeaders.Session].ToString();
        if (id.Length == 0)
            return NotAllowed(exchange);
        if (!_sessions.End(id))
            throw ApiException.NotFound("this session is not known or has ended");
        exchange.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    /// <summary>Without a session there is nothing to listen to and nothing to end.</summary>
    private static Task NotAllowed(Exchange exchange)
    {
        exchange.Response.Headers.Allow = "POST";
        return ErrorResponses.Write(exchange, 405, $"{exchange.Request.Method} needs the header {McpHeaders.Session} of a session");
    }

    /// <summary>
    /// A web page of another origin must not use the user's browser to get here, with or without a key; nor may a name that was pointed at this
    /// machine (DNS rebinding).
    /// </summary>
    private void DemandOwnPage(Exchange exchange)
    {
        var origin = exchange.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && !CorsPolicy.IsLocal(origin) && !hosting.Origins.Contains(origin, StringComparer.OrdinalIgnoreCase))
            throw new ApiException(ApiFault.Forbidden, "Requests of other origins are refused here; cors_origins in config.toml allows some");
        if (IPAddress.IsLoopback(exchange.Listener.Address.Address) && !Authenticator.IsLocalName(exchange.Request.Host.Host))
            throw new ApiException(ApiFault.Forbidden, "The Host header names another machine");
    }

    private static async Task Refuse(Exchange exchange, JsonElement id, McpFault fault, int status)
    {
        exchange.Response.StatusCode = status;
        exchange.Response.ContentType = "application/json";
        var json = exchange.Writer();
        McpReply.WriteFault(json, id, fault);
        json.Flush();
        await exchange.Flush();
    }

    private static bool Wants(JsonElement wanted, string kind) => wanted.TryGetProperty(kind, out var value) && value.ValueKind == JsonValueKind.True;

    private static void WriteUri(Utf8JsonWriter json, McpNotice notice)
    {
        if (notice.Uri is not null)
            json.WriteString("uri", notice.Uri);
    }

    private static void Tag(Utf8JsonWriter json, string subscription)
    {
        json.WriteStartObject("_meta");
        json.WriteString("io.modelcontextprotocol/subscriptionId", subscription);
        json.WriteEndObject();
    }

    [LoggerMessage(LogLevel.Error, "The MCP method {Method} broke.")]
    private partial void Broke(string method, Exception bug);
}

/// <summary>What the endpoint needs of the daemon around it.</summary>
internal sealed record McpHosting(TimeProvider Time, ILogger Log, Health.DaemonHealth Health, IReadOnlyList<string> Origins, CancellationToken Stopping);
