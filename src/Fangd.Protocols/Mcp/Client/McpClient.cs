using System.Buffers;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>A tool as a server describes it. <paramref name="Schema"/> is a JSON Schema object as UTF-8 text.</summary>
public sealed record McpToolInfo(string Name, string Description, ReadOnlyMemory<byte> Schema);

/// <summary>What a tool answered: its content as text, and whether it says that it failed.</summary>
public sealed record McpToolAnswer(string Text, bool IsError);

/// <summary>
/// Speaks with one server, by whatever version it knows: the handshake first, which all but the newest servers want, then the stateless way. Safe for
/// concurrent calls. Failures are <see cref="McpException"/>.
/// </summary>
public sealed class McpClient(IMcpTransport transport, McpClientIdentity identity)
{
    /// <summary>Most tools that are taken from one server.</summary>
    public const int MostTools = 1000;

    private const string Stateless = "2026-07-28";
    private const string Newest = "2025-11-25";
    private const int MostPages = 100;
    private const int LargestSchema = 256 * 1024;

    /// <summary>What a server that knows no handshake answers to one: method not found, invalid params (no _meta), or the version's own codes.</summary>
    private static readonly int[] _noHandshake = [-32601, -32602, -32020, -32022];

    private long _lastId;
    private bool _isStateless;

    /// <summary>Called when the server says that its tools changed.</summary>
    public Action? ToolsChanged { get; set; }

    /// <summary>What the server calls itself; empty before <see cref="Begin"/>.</summary>
    public string ServerName { get; private set; } = "";

    /// <summary>Agrees on a version.</summary>
    public async Task Begin(CancellationToken cancel)
    {
        transport.Heard = Hear;
        try
        {
            var result = await Request("initialize", null, json =>
            {
                json.WriteString("protocolVersion", Newest);
                json.WriteStartObject("capabilities");
                json.WriteEndObject();
                json.WritePropertyName("clientInfo");
                identity.Write(json);
            }, cancel);
            var version = Text(result, "protocolVersion") ?? throw new McpException("the server named no protocol version");
            ServerName = result.TryGetProperty("serverInfo", out var info) ? Text(info, "name") ?? "" : "";
            transport.Begun(version);
            await transport.Send(Message("notifications/initialized", null, static _ => { }, isRequest: false), cancel);
        }
        catch (McpException refused) when (refused.Code is { } code && Array.IndexOf(_noHandshake, code) >= 0)
        {
            _isStateless = true;
            var result = await Request("server/discover", null, static _ => { }, cancel);
            if (!result.TryGetProperty("supportedVersions", out var versions) || versions.ValueKind != JsonValueKind.Array ||
                !versions.EnumerateArray().Any(version => version.ValueKind == JsonValueKind.String && version.ValueEquals(Stateless)))
                throw new McpException("the server speaks no version of the protocol that fangd speaks");
            transport.Begun(Stateless);
        }
    }

    /// <summary>All tools, over as many pages as the server makes of them. One that cannot be used is left out and told of.</summary>
    public async Task<(List<McpToolInfo> Tools, List<string> Unusable)> ListTools(CancellationToken cancel)
    {
        var (tools, unusable) = (new List<McpToolInfo>(), new List<string>());
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var result = await Request("tools/list", null, json =>
            {
                if (cursor is not null)
                    json.WriteString("cursor", cursor);
            }, cancel);
            if (!result.TryGetProperty("tools", out var list) || list.ValueKind != JsonValueKind.Array)
                throw new McpException("the server's list of tools has no tools");
            foreach (var tool in list.EnumerateArray())
            {
                if (tools.Count == MostTools)
                    return (tools, [.. unusable, $"the server has more than {MostTools} tools"]);
                if (Fault(tool) is { } fault)
                    unusable.Add(fault);
                else
                    tools.Add(new McpToolInfo(Text(tool, "name")!, Text(tool, "description") ?? "", System.Text.Encoding.UTF8.GetBytes(tool.GetProperty("inputSchema").GetRawText())));
            }

            var next = Text(result, "nextCursor");
            if (string.IsNullOrEmpty(next) || next == cursor)
                return (tools, unusable);
            cursor = next;
        }

        return (tools, [.. unusable, $"the server's list has more than {MostPages} pages"]);
    }

    /// <summary>Calls a tool. Cancelling tells the server so.</summary>
    public async Task<McpToolAnswer> CallTool(string name, JsonElement arguments, CancellationToken cancel)
    {
        var result = await Request("tools/call", name, json =>
        {
            json.WriteString("name", name);
            json.WritePropertyName("arguments");
            arguments.WriteTo(json);
        }, cancel);
        if (Text(result, "resultType") == "input_required")
            throw new McpException("the tool asks for input, which agents cannot give");
        return new McpToolAnswer(McpContent.Text(result), result.TryGetProperty("isError", out var failed) && failed.ValueKind == JsonValueKind.True);
    }

    /// <summary>Whether the server still answers.</summary>
    public Task Ping(CancellationToken cancel) => Request(_isStateless ? "server/discover" : "ping", null, static _ => { }, cancel);

    private async Task<JsonElement> Request(string method, string? name, Action<Utf8JsonWriter> writeParams, CancellationToken cancel)
    {
        var call = Message(method, name, writeParams, isRequest: true);
        try
        {
            return await transport.Request(call, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && !_isStateless && method != "initialize")
        {
            await Withdraw(call.Id);
            throw;
        }
    }

    /// <summary>Tells the server that nobody waits any more; it matters to nobody here whether that arrives.</summary>
    private async Task Withdraw(long id)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1), identity.Time);
        try
        {
            await transport.Send(Message("notifications/cancelled", null, json => json.WriteNumber("requestId", id), isRequest: false), soon.Token);
        }
        catch (Exception gone) when (gone is McpException or OperationCanceledException)
        {
            // See above.
        }
    }

    private McpCall Message(string method, string? name, Action<Utf8JsonWriter> writeParams, bool isRequest)
    {
        var id = isRequest ? Interlocked.Increment(ref _lastId) : 0;
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            if (isRequest)
                json.WriteNumber("id", id);
            json.WriteString("method", method);
            json.WriteStartObject("params");
            writeParams(json);
            if (_isStateless)
                WriteMeta(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return new McpCall(id, method, name, buffer.WrittenMemory) { StatelessVersion = _isStateless ? Stateless : null };
    }

    private void WriteMeta(Utf8JsonWriter json)
    {
        json.WriteStartObject("_meta");
        json.WriteString("io.modelcontextprotocol/protocolVersion", Stateless);
        json.WritePropertyName("io.modelcontextprotocol/clientInfo");
        identity.Write(json);
        json.WriteStartObject("io.modelcontextprotocol/clientCapabilities");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Answers the server's own requests: a ping is answered, what no capability was declared for is refused.</summary>
    private Task<byte[]?>? Hear(JsonElement message)
    {
        var method = Text(message, "method");
        if (method == "notifications/tools/list_changed")
            ToolsChanged?.Invoke();
        if (method is null || !message.TryGetProperty("id", out var id))
            return null;
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "2.0");
            json.WritePropertyName("id");
            id.WriteTo(json);
            json.WriteStartObject(method == "ping" ? "result" : "error");
            if (method != "ping")
            {
                json.WriteNumber("code", -32601);
                json.WriteString("message", $"fangd does not answer {method}");
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Task.FromResult<byte[]?>(buffer.WrittenMemory.ToArray());
    }

    /// <summary>Why a tool of the list cannot be used; null when it can.</summary>
    private static string? Fault(JsonElement tool)
    {
        if (tool.ValueKind != JsonValueKind.Object || Text(tool, "name") is not { Length: > 0 and <= 128 } name)
            return "a tool without a name, or with one that is too long";
        if (!tool.TryGetProperty("inputSchema", out var schema) || schema.ValueKind != JsonValueKind.Object)
            return $"{name}: its schema is no object";
        return schema.GetRawText().Length > LargestSchema ? $"{name}: its schema is larger than {LargestSchema / 1024} KiB" : null;
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>Who the client is, for servers that look, and its clock.</summary>
public sealed record McpClientIdentity(string Name, string Version, TimeProvider Time)
{
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", Name);
        json.WriteString("version", Version);
        json.WriteEndObject();
    }
}
