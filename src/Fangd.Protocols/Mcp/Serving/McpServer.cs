using System.Text.Json;

namespace Fangd.Protocols.Mcp.Serving;

/// <summary>A method of the server: writes the members of its result. Throws <see cref="McpFault"/> for an error.</summary>
public delegate ValueTask McpMethod(McpRequest request, Utf8JsonWriter result, CancellationToken cancel);

/// <summary>Who the server is and what it declares.</summary>
public sealed record McpIdentity(string Name, string Version, string? Instructions)
{
    /// <summary>Lists that change while the server runs, and of which it tells.</summary>
    public bool TellsToolChanges { get; init; }

    public bool TellsPromptChanges { get; init; }

    public bool TellsResourceChanges { get; init; }
}

/// <summary>
/// An MCP server without its transport: the methods of what it offers, and around them what the protocol asks of every server, in each of its
/// eras. Capabilities follow from the methods, so none is declared that is not served. Safe for concurrent use.
/// </summary>
public sealed class McpServer(McpIdentity identity, IReadOnlyDictionary<string, McpMethod> methods)
{
    internal static readonly JsonElement Empty = JsonDocument.Parse("{}").RootElement;

    /// <summary>How long a client may keep a list, ms; it hears of changes where it listens.</summary>
    private const int ListKeptMs = 5_000;

    /// <summary>Methods that 2026-07-28 took away.</summary>
    private static readonly string[] _withHandshakeOnly = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];

    private static readonly string[] _kept = ["tools/list", "prompts/list", "resources/list", "resources/templates/list", "resources/read", "server/discover"];

    /// <summary>Methods whose result may ask for input.</summary>
    private static readonly string[] _mayAsk = ["tools/call", "prompts/get", "resources/read"];

    public McpIdentity Identity => identity;

    /// <summary>Whether any list is told to have changed, so that listening makes sense.</summary>
    public bool TellsChanges => identity.TellsToolChanges || identity.TellsPromptChanges || identity.TellsResourceChanges || methods.ContainsKey("resources/subscribe");

    public bool Serves(string method) => methods.ContainsKey(method);

    /// <summary>Runs a request and writes its result object. Throws <see cref="McpFault"/> for an error.</summary>
    public async ValueTask Answer(McpRequest request, Utf8JsonWriter json, CancellationToken cancel)
    {
        json.WriteStartObject();
        if (request.Era == McpEra.Stateless)
            await Stateless(request, json, cancel);
        else if (request.Method == "initialize")
            Initialize(request, json);
        else if (request.Method != "ping")
            await Find(request.Method)(request, json, cancel);
        json.WriteEndObject();
    }

    private async ValueTask Stateless(McpRequest request, Utf8JsonWriter json, CancellationToken cancel)
    {
        if (request.Method == "server/discover")
            Discover(json);
        else if (Array.IndexOf(_withHandshakeOnly, request.Method) >= 0)
            throw McpFault.Method(request.Method);
        else
            await Find(request.Method)(request, json, cancel);
        if (request.ResultType != "complete" && Array.IndexOf(_mayAsk, request.Method) < 0)
            throw new McpFault(McpFault.InternalError, $"{request.Method} cannot ask for input");
        json.WriteString("resultType", request.ResultType);
        if (Array.IndexOf(_kept, request.Method) >= 0)
        {
            json.WriteNumber("ttlMs", ListKeptMs);
            json.WriteString("cacheScope", "private");
        }

        json.WriteStartObject("_meta");
        json.WritePropertyName("io.modelcontextprotocol/serverInfo");
        ServerInfo(json);
        json.WriteEndObject();
    }

    private McpMethod Find(string method) => methods.TryGetValue(method, out var found) ? found : throw McpFault.Method(method);

    private void Initialize(McpRequest request, Utf8JsonWriter json)
    {
        json.WriteString("protocolVersion", McpVersions.Negotiate(request.Text("protocolVersion")));
        Capabilities(json, McpEra.Handshake);
        json.WritePropertyName("serverInfo");
        ServerInfo(json);
        if (identity.Instructions is not null)
            json.WriteString("instructions", identity.Instructions);
    }

    private void Discover(Utf8JsonWriter json)
    {
        json.WriteStartArray("supportedVersions");
        foreach (var version in McpVersions.All)
            json.WriteStringValue(version);
        json.WriteEndArray();
        Capabilities(json, McpEra.Stateless);
        if (identity.Instructions is not null)
            json.WriteString("instructions", identity.Instructions);
    }

    private void Capabilities(Utf8JsonWriter json, McpEra era)
    {
        json.WriteStartObject("capabilities");
        Feature(json, "tools", "tools/list", identity.TellsToolChanges);
        Feature(json, "prompts", "prompts/list", identity.TellsPromptChanges);
        if (methods.ContainsKey("resources/list"))
        {
            json.WriteStartObject("resources");
            if (identity.TellsResourceChanges)
                json.WriteBoolean("listChanged", true);
            if (era == McpEra.Handshake && methods.ContainsKey("resources/subscribe"))
                json.WriteBoolean("subscribe", true);
            json.WriteEndObject();
        }

        Feature(json, "completions", "completion/complete", false);
        if (era == McpEra.Handshake)
            Feature(json, "logging", "logging/setLevel", false);
        json.WriteEndObject();
    }

    private void Feature(Utf8JsonWriter json, string name, string method, bool tellsChanges)
    {
        if (!methods.ContainsKey(method))
            return;
        json.WriteStartObject(name);
        if (tellsChanges)
            json.WriteBoolean("listChanged", true);
        json.WriteEndObject();
    }

    private void ServerInfo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", identity.Name);
        json.WriteString("version", identity.Version);
        json.WriteEndObject();
    }
}
