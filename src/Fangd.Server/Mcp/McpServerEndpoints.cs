using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp;

/// <summary>Manages the MCP servers.</summary>
internal sealed class McpServerEndpoints(McpServers servers, McpInstaller installer, McpReload reload, TimeProvider time)
{
    /// <summary>How long an answer waits for the first connection; it is made after it too.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    public void Map(RouteTable routes)
    {
        routes.Get("/api/mcp/servers", List);
        routes.Post("/api/mcp/servers", Add);
        routes.Get("/api/mcp/servers/{name}", exchange => exchange.Ok(View(Of(exchange))));
        routes.Put("/api/mcp/servers/{name}", Replace);
        routes.Delete("/api/mcp/servers/{name}", Remove);
        routes.Post("/api/mcp/servers/{name}/reconnect", exchange => Reconnect(exchange, Of(exchange), time));
        routes.Get("/api/mcp/health", exchange => Health(exchange, servers.All));
        routes.Post("/api/mcp/reload", reload.Answer);
    }

    /// <summary>Waits for a first connection, though not for long: what has to be fetched first is not there soon.</summary>
    internal static async Task<bool> Await(Task<bool> first, TimeProvider time, CancellationToken cancel)
    {
        try
        {
            return await first.WaitAsync(_patience, time, cancel);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Connects anew; 502 says why that is not possible.</summary>
    internal static async Task Reconnect(Exchange exchange, McpConnection server, TimeProvider time)
    {
        var first = await server.Start();
        // A server that is fetched by npx first may need all of the time that a connection has.
        if (!await first.WaitAsync(TimeSpan.FromSeconds(60), time, exchange.Aborted))
            throw new ApiException(ApiFault.BadGateway, $"MCP server {server.Settings.Name} cannot be connected: {server.State.LastError ?? "it was stopped"}");
        await exchange.Ok(new McpReconnected(server.Settings.Name, "connected", server.State.Tools.Count));
    }

    internal static Task Health(Exchange exchange, IEnumerable<McpConnection> all)
    {
        var health = new List<McpHealthView>();
        foreach (var server in all)
        {
            var state = server.State;
            health.Add(new McpHealthView
            {
                Id = server.Settings.Name,
                Status = state.Status.ToString(),
                ToolCount = state.Tools.Count,
                LastOk = state.LastOk,
                LastError = state.LastError,
                ConsecutiveFailures = state.Failures,
                Reconnecting = state.IsReconnecting,
            });
        }

        return exchange.Ok(new McpHealthList(health, health.Count));
    }

    private Task List(Exchange exchange)
    {
        var all = new List<McpServerView>();
        foreach (var server in servers.All)
            all.Add(View(server));
        return exchange.Ok(new McpServerList(all, all.Count));
    }

    private async Task Add(Exchange exchange)
    {
        var body = await Body(exchange);
        if (servers.Count >= McpServers.Most)
            throw ApiException.Conflict($"there are {McpServers.Most} MCP servers, which is the most that is possible");
        if (Text(body, "template_id") is { } template)
        {
            var (installed, start) = await installer.Install(template, Credentials(body));
            await Await(start, time, exchange.Aborted);
            await exchange.Created(new McpServerDone("added", installed.Settings.Name));
            return;
        }

        var name = Text(body, "name") ?? throw ApiException.BadRequest("name is missing");
        if (!McpSettingsReader.IsName(name))
            throw ApiException.BadRequest("name must be 1 to 64 letters, digits, dashes, underscores or dots");
        var (isAdded, _, first) = await servers.Add(McpSettingsReader.Read(body, name, time.GetUtcNow()));
        if (!isAdded)
            throw ApiException.Conflict($"an MCP server named '{name}' exists");
        await Await(first, time, exchange.Aborted);
        await exchange.Created(new McpServerDone("added", name));
    }

    private async Task Replace(Exchange exchange)
    {
        var body = await Body(exchange);
        var old = Own(exchange).Settings;
        var settings = McpSettingsReader.Read(body, old.Name, old.AddedAt) with { TemplateId = old.TemplateId };
        if (!await servers.Replace(settings))
            throw ApiException.NotFound($"there is no MCP server '{old.Name}'");
        await exchange.Ok(new McpServerDone("updated", old.Name));
    }

    private async Task Remove(Exchange exchange)
    {
        var server = Own(exchange);
        var name = server.Settings.Name;
        if (!await servers.Remove(name))
            throw ApiException.NotFound($"there is no MCP server '{name}'");
        if (server.Authorization is { } authorization)
            await authorization.Revoke();
        await exchange.Deleted(new McpServerDone("removed", name));
    }

    private McpConnection Of(Exchange exchange) =>
        servers.Find(exchange.Value("name")) ?? throw ApiException.NotFound($"there is no MCP server '{exchange.Value("name")}'");

    private McpConnection Own(Exchange exchange)
    {
        var server = Of(exchange);
        return server.Settings.IsConfigured
            ? throw ApiException.Conflict($"MCP server '{server.Settings.Name}' stands in the configuration file: change it there")
            : server;
    }

    private McpServerView View(McpConnection server)
    {
        var (settings, state) = (server.Settings, server.State);
        var tools = new List<McpToolView>(state.Tools.Count);
        // Under the names that agents have them by, which another server's tools may have had a say in.
        foreach (var tool in servers.Tools)
        {
            if (tool is McpTool own && own.Server == server)
                tools.Add(new McpToolView(own.Spec.Name, own.Spec.Description));
        }

        var isProgram = settings.Transport == McpTransportKind.Stdio;
        return new McpServerView
        {
            Name = settings.Name,
            Transport = settings.Transport switch { McpTransportKind.Stdio => "stdio", McpTransportKind.Sse => "sse", _ => "http" },
            Command = settings.Command,
            Args = isProgram ? settings.Args : null,
            Url = settings.Url,
            Connected = state.Status == McpStatus.Ready,
            Status = state.Status.ToString(),
            LastError = state.LastError,
            TemplateId = settings.TemplateId,
            Tools = tools,
            ResourceCount = state.Counts.Resources,
            PromptCount = state.Counts.Prompts,
        };
    }

    private static async Task<JsonElement> Body(Exchange exchange)
    {
        var body = await exchange.ReadElement();
        return body.ValueKind == JsonValueKind.Object ? body : throw ApiException.BadRequest("the body must be a JSON object");
    }

    private static Dictionary<string, string> Credentials(JsonElement body)
    {
        var credentials = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!body.TryGetProperty("credentials", out var given) || given.ValueKind == JsonValueKind.Null)
            return credentials;
        if (given.ValueKind != JsonValueKind.Object)
            throw ApiException.BadRequest("credentials must be an object of strings");
        foreach (var field in given.EnumerateObject())
            credentials[field.Name] = field.Value.ValueKind == JsonValueKind.String ? field.Value.GetString()! : throw ApiException.BadRequest($"credentials: {field.Name} must be a string");
        return credentials;
    }

    private static string? Text(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw ApiException.BadRequest($"{name} must be a string");
    }
}
