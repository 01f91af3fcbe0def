using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>A tool as a server describes it. <paramref name="Schema"/> is a JSON Schema object as UTF-8 text.</summary>
public sealed record McpToolInfo(string Name, string Description, ReadOnlyMemory<byte> Schema);

/// <summary>What a tool answered: its content as text, whether it says that it failed, and the bytes that it took on the wire.</summary>
public sealed record McpToolAnswer(string Text, bool IsError, int Length);

/// <summary>How many resources and prompts a server has; null where it has none to list.</summary>
public sealed class McpCounts(int? resources, int? prompts)
{
    public static McpCounts None { get; } = new(null, null);

    public int? Resources => resources;

    public int? Prompts => prompts;
}

/// <summary>
/// Speaks with one server, by whatever version it knows: the handshake first, which all but the newest servers want, then the stateless way. Safe for
/// concurrent calls. Failures are <see cref="McpException"/>.
/// </summary>
public sealed class McpClient
{
    /// <summary>Most tools that are taken from one server.</summary>
    public const int MostTools = 1000;

    private const string Stateless = "2026-07-28";
    private const string Newest = "2025-11-25";
    private const int MostPages = 100;
    private const int MostRounds = 8;

    /// <summary>Of a cursor that a model is to repeat.</summary>
    private const int LongestCursor = 2000;

    /// <summary>What a server that knows no handshake answers to one: method not found, invalid params (no _meta), or the version's own codes.</summary>
    private static readonly int[] _noHandshake = [-32601, -32602, -32020, -32022];

    private readonly IMcpTransport _transport;
    private readonly McpClientIdentity _identity;
    private readonly McpGrants _grants;
    private readonly McpHearing _hearing;
    private long _lastId;
    private bool _isStateless;
    private JsonElement _capabilities;
    private volatile Dictionary<string, List<KeyValuePair<string, string>>> _headers = [];

    public McpClient(IMcpTransport transport, McpClientIdentity identity, McpGrants grants)
    {
        (_transport, _identity, _grants) = (transport, identity, grants);
        _hearing = new McpHearing(grants, identity.Time);
        transport.Heard = _hearing.Hear;
    }

    /// <summary>Called when the server says that its tools, resources or prompts changed.</summary>
    public Action? ListsChanged
    {
        get => _hearing.ListsChanged;
        set => _hearing.ListsChanged = value;
    }

    /// <summary>Called with the reason when the server says so much that its connection should end.</summary>
    public Action<string>? Flooded
    {
        get => _hearing.Flooded;
        set => _hearing.Flooded = value;
    }

    /// <summary>What the server calls itself; empty before <see cref="Begin"/>.</summary>
    public string ServerName { get; private set; } = "";

    /// <summary>Agrees on a version.</summary>
    public async Task Begin(CancellationToken cancel)
    {
        try
        {
            var result = await Request("initialize", null, json =>
            {
                json.WriteString("protocolVersion", Newest);
                json.WritePropertyName("capabilities");
                _grants.Write(json);
                json.WritePropertyName("clientInfo");
                _identity.Write(json);
            }, null, cancel);
            var version = McpAnswer.Text(result, "protocolVersion") ?? throw new McpException("the server named no protocol version");
            Keep(result);
            ServerName = result.TryGetProperty("serverInfo", out var info) ? McpAnswer.Text(info, "name") ?? "" : "";
            _transport.Begun(version);
            await _transport.Send(Message("notifications/initialized", null, static _ => { }, isRequest: false), cancel);
        }
        catch (McpException refused) when (refused.Code is { } code && Array.IndexOf(_noHandshake, code) >= 0)
        {
            _isStateless = true;
            var result = await Request("server/discover", null, static _ => { }, null, cancel);
            if (!result.TryGetProperty("supportedVersions", out var versions) || versions.ValueKind != JsonValueKind.Array ||
                !versions.EnumerateArray().Any(version => version.ValueKind == JsonValueKind.String && version.ValueEquals(Stateless)))
                throw new McpException("the server speaks no version of the protocol that fangd speaks");
            Keep(result);
            _transport.Begun(Stateless);
        }
    }

    /// <summary>Whether the server declared that it has resources.</summary>
    public bool HasResources => Has("resources");

    /// <summary>Whether the server declared that it has prompts.</summary>
    public bool HasPrompts => Has("prompts");

    /// <summary>All tools, over as many pages as the server makes of them. One that cannot be used is left out and told of.</summary>
    public async Task<(List<McpToolInfo> Tools, List<string> LeftOut)> ListTools(CancellationToken cancel)
    {
        var listing = new ToolListing();
        // A server may be there for its resources or prompts alone.
        if (!Has("tools") && (HasResources || HasPrompts))
            return (listing.Tools, listing.LeftOut);
        await Pages("tools/list", "tools", listing.Take, listing.LeaveOut, cancel);
        _headers = listing.Headers;
        return (listing.Tools, listing.LeftOut);
    }

    /// <summary>How many resources and prompts there are. What a server declares and then does not list counts as none.</summary>
    public async Task<McpCounts> Count(CancellationToken cancel)
    {
        var counts = new int[2];
        for (var kind = 0; kind < 2; kind++)
        {
            var (field, at) = (kind == 0 ? "resources" : "prompts", kind);
            try
            {
                if (Has(field))
                    await Pages($"{field}/list", field, _ => ++counts[at] > 0, static _ => { }, cancel);
            }
            catch (McpException refused) when (!refused.IsBroken)
            {
                // See above.
            }
        }

        return new McpCounts(HasResources ? counts[0] : null, HasPrompts ? counts[1] : null);
    }

    /// <summary>Calls a tool. Cancelling tells the server so.</summary>
    public Task<McpToolAnswer> CallTool(string name, JsonElement arguments, McpErrand errand, CancellationToken cancel) =>
        Converse(
            "tools/call",
            name,
            json => WriteCall(json, name, arguments),
            McpContent.Text,
            errand,
            cancel,
            _headers.TryGetValue(name, out var headers) ? ParamHeaders.Values(headers, arguments) : null);

    /// <summary>What is at a URI, as a text.</summary>
    public Task<McpToolAnswer> ReadResource(string uri, McpErrand errand, CancellationToken cancel) =>
        Converse("resources/read", uri, json => json.WriteString("uri", uri), McpContent.Resource, errand, cancel);

    /// <summary>A prompt, filled in with the arguments: an object of strings, or undefined for none.</summary>
    public Task<McpToolAnswer> GetPrompt(string name, JsonElement arguments, McpErrand errand, CancellationToken cancel) =>
        Converse("prompts/get", name, json => WriteCall(json, name, arguments), McpContent.Prompt, errand, cancel);

    /// <summary>A page of the resources as a text, with the templates on the first; <paramref name="cursor"/> is what the page before ended with.</summary>
    public Task<McpToolAnswer> ListResources(string? cursor, CancellationToken cancel) => List("resources", "uri", cursor, cancel);

    /// <summary>A page of the prompts as a text; <paramref name="cursor"/> is what the page before ended with.</summary>
    public Task<McpToolAnswer> ListPrompts(string? cursor, CancellationToken cancel) => List("prompts", "name", cursor, cancel);

    /// <summary>Whether the server still answers.</summary>
    public Task Ping(CancellationToken cancel) => Request(_isStateless ? "server/discover" : "ping", null, static _ => { }, null, cancel);

    /// <summary>A request that the server may answer with questions first (2026-07-28): it is made again with the answers, and the state that came with them.</summary>
    private async Task<McpToolAnswer> Converse(
        string method,
        string name,
        Action<Utf8JsonWriter> writeParams,
        Func<JsonElement, string> read,
        McpErrand errand,
        CancellationToken cancel,
        IReadOnlyList<KeyValuePair<string, string>>? headers = null)
    {
        var write = writeParams;
        for (var round = 0; ; round++)
        {
            var result = await Request(method, name, write, errand, cancel, headers);
            if (McpAnswer.Text(result, "resultType") != "input_required")
            {
                var isError = result.TryGetProperty("isError", out var failed) && failed.ValueKind == JsonValueKind.True;
                return new McpToolAnswer(read(result), isError, JsonMarshal.GetRawUtf8Value(result).Length);
            }

            if (round == MostRounds)
                throw new McpException($"it asked for input {MostRounds} times and did not come to an end");
            var answers = await _hearing.Inputs(result, errand, cancel);
            write = json =>
            {
                writeParams(json);
                json.WriteStartObject("inputResponses");
                foreach (var (key, answer) in answers)
                {
                    json.WritePropertyName(key);
                    json.WriteRawValue(answer);
                }

                json.WriteEndObject();
                if (result.TryGetProperty("requestState", out var state))
                {
                    json.WritePropertyName("requestState");
                    state.WriteTo(json);
                }
            };
        }
    }

    private async Task<JsonElement> Request(
        string method, string? name, Action<Utf8JsonWriter> writeParams, McpErrand? errand, CancellationToken cancel, IReadOnlyList<KeyValuePair<string, string>>? headers = null)
    {
        var call = Message(method, name, writeParams, isRequest: true, errand);
        if (headers is not null)
            call = call with { Headers = headers };
        if (errand is not null)
            _hearing.Begin(call.Id, errand, cancel);
        try
        {
            return await _transport.Request(call, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested && !_isStateless && method != "initialize")
        {
            await Withdraw(call.Id);
            throw;
        }
        finally
        {
            _hearing.End(call.Id);
        }
    }

    private Task<JsonElement> Page(string method, string? cursor, CancellationToken cancel) => Request(method, null, json =>
    {
        if (cursor is not null)
            json.WriteString("cursor", cursor);
    }, null, cancel);

    /// <summary>Goes through the entries of a list until it ends, <paramref name="take"/> wants no more, or it has too many pages.</summary>
    private async Task Pages(string method, string field, Func<JsonElement, bool> take, Action<string> tooMany, CancellationToken cancel)
    {
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var result = await Page(method, cursor, cancel);
            if (!result.TryGetProperty(field, out var list) || list.ValueKind != JsonValueKind.Array)
                throw new McpException($"the server's list of {field} has no {field}");
            foreach (var entry in list.EnumerateArray())
            {
                if (!take(entry))
                    return;
            }

            var next = McpAnswer.Text(result, "nextCursor");
            if (string.IsNullOrEmpty(next) || next == cursor)
                return;
            cursor = next;
        }

        tooMany($"the server's list has more than {MostPages} pages");
    }

    private async Task<McpToolAnswer> List(string field, string key, string? cursor, CancellationToken cancel)
    {
        var text = new StringBuilder();
        var page = await Page($"{field}/list", cursor, cancel);
        McpListings.Write(text, page, field, key);
        if (field == "resources" && cursor is null)
        {
            try
            {
                McpListings.Write(text, await Page("resources/templates/list", null, cancel), "resourceTemplates", "uriTemplate");
            }
            catch (McpException none) when (none.Code is not null)
            {
                // Most servers have none.
            }
        }

        if (McpAnswer.Text(page, "nextCursor") is { Length: > 0 and <= LongestCursor } next)
            text.Append("\n[there are more: ask again with the cursor ").Append(next).Append(']');
        return new McpToolAnswer(McpContent.Cut(text), false, JsonMarshal.GetRawUtf8Value(page).Length);
    }

    private static void WriteCall(Utf8JsonWriter json, string name, JsonElement arguments)
    {
        json.WriteString("name", name);
        if (arguments.ValueKind != JsonValueKind.Object)
            return;
        json.WritePropertyName("arguments");
        arguments.WriteTo(json);
    }

    private void Keep(JsonElement result) => _capabilities = result.TryGetProperty("capabilities", out var declared) ? declared : default;

    private bool Has(string capability) => _capabilities.ValueKind == JsonValueKind.Object && _capabilities.TryGetProperty(capability, out _);

    /// <summary>Tells the server that nobody waits any more; it matters to nobody here whether that arrives.</summary>
    private async Task Withdraw(long id)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1), _identity.Time);
        try
        {
            await _transport.Send(Message("notifications/cancelled", null, json => json.WriteNumber("requestId", id), isRequest: false), soon.Token);
        }
        catch (Exception gone) when (gone is McpException or OperationCanceledException)
        {
            // See above.
        }
    }

    private McpCall Message(string method, string? name, Action<Utf8JsonWriter> writeParams, bool isRequest, McpErrand? errand = null)
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
            if (_isStateless || errand?.Progressed is not null)
                WriteMeta(json, errand?.Progressed is null ? null : id);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return new McpCall(id, method, name, buffer.WrittenMemory) { StatelessVersion = _isStateless ? Stateless : null };
    }

    private void WriteMeta(Utf8JsonWriter json, long? progressToken)
    {
        json.WriteStartObject("_meta");
        if (progressToken is { } token)
            json.WriteNumber("progressToken", token);
        if (_isStateless)
        {
            json.WriteString("io.modelcontextprotocol/protocolVersion", Stateless);
            json.WritePropertyName("io.modelcontextprotocol/clientInfo");
            _identity.Write(json);
            json.WritePropertyName("io.modelcontextprotocol/clientCapabilities");
            _grants.Write(json);
        }

        json.WriteEndObject();
    }
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
