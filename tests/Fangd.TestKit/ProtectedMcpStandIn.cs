namespace Fangd.TestKit;

/// <summary>
/// An MCP server on loopback that lets nobody in without a token of its authorization server, and says where tokens come from. Its tool <c>read</c> is for
/// everybody with one; <c>write</c> needs the scope <c>files:write</c>.
/// </summary>
public sealed class ProtectedMcpStandIn : IAsyncDisposable
{
    private readonly AuthorizationStandIn authorization;
    private readonly WebStandIn web;

    public ProtectedMcpStandIn(AuthorizationStandIn authorization)
    {
        this.authorization = authorization;
        Issuer = authorization.Issuer;
        web = new WebStandIn(Serve);
        Resource = Url;
    }

    public string Url => $"{web.Url}/mcp";

    /// <summary>What it calls itself.</summary>
    public string Resource { get; set; }

    /// <summary>What it names for its authorization server.</summary>
    public string Issuer { get; set; }

    /// <summary>Where its refusals say that its metadata are; null for their true place.</summary>
    public string? MetadataUrl { get; set; }

    /// <summary>Answers in place of what is done at a path.</summary>
    public Func<WebRequest, WebAnswer?> Instead { get; set; } = _ => null;

    public IReadOnlyCollection<WebRequest> Requests => web.Requests;

    public ValueTask DisposeAsync() => web.DisposeAsync();

    private WebAnswer Serve(WebRequest request)
    {
        if (Instead(request) is { } other)
            return other;
        return (request.Method, request.Path) switch
        {
            ("GET", "/.well-known/oauth-protected-resource/mcp") => WebAnswer.Json($$"""
                {"resource": "{{Resource}}", "authorization_servers": ["{{Issuer}}"], "scopes_supported": ["files:read", "files:list"]}
                """),
            ("POST", "/mcp") => Message(request),
            _ => WebAnswer.Json("{}", 404),
        };
    }

    private WebAnswer Message(WebRequest request)
    {
        var token = request.Headers.TryGetValue("Authorization", out var header) && header.StartsWith("Bearer ", StringComparison.Ordinal) ? header[7..] : "";
        if (authorization.ScopeOf(token, Resource) is not { } scope)
            return Refuse(401, "scope=\"files:read\"");
        var message = FakeJson.Parse(request.Body);
        var method = message.GetProperty("method").GetString();
        if (!message.TryGetProperty("id", out var id))
            return new WebAnswer(202, "", []);
        var name = method == "tools/call" ? message.GetProperty("params").GetProperty("name").GetString() : null;
        if (name == "write" && !scope.Split(' ').Contains("files:write"))
            return Refuse(403, "error=\"insufficient_scope\", scope=\"files:write\"");
        return WebAnswer.Json($$$"""{"jsonrpc": "2.0", "id": {{{id}}}, "result": {{{method switch
        {
            "initialize" => """{"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "protected", "version": "1"}}""",
            "tools/list" => """{"tools": [{"name": "read", "description": "Reads", "inputSchema": {"type": "object"}}, {"name": "write", "description": "Writes", "inputSchema": {"type": "object"}}]}""",
            "tools/call" => $$"""{"content": [{"type": "text", "text": "DONE {{name}}"}]}""",
            _ => "{}",
        }}}}}""");
    }

    private WebAnswer Refuse(int status, string parameters) =>
        WebAnswer.Json("""{"error": "no"}""", status) with
        {
            Headers = [("WWW-Authenticate", $"Bearer {parameters}, resource_metadata=\"{MetadataUrl ?? $"{web.Url}/.well-known/oauth-protected-resource/mcp"}\"")],
        };
}
