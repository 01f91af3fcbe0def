using System.Text.Json;
using Fangd.Engine.Audit;
using Fangd.Engine.Outbound;
using Fangd.Protocols.Mcp.Client;
using Fangd.Protocols.OAuth;
using Fangd.Server.Config;
using Fangd.Server.Mcp;
using Fangd.Server.Mcp.Authorization;
using Fangd.Server.Vault;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fangd.McpConformance;

/// <summary>
/// The daemon's own MCP client, for the client scenarios of the public conformance suite: connects to the address, lists the tools and calls each.
/// </summary>
internal static class ClientHost
{
    private const string SecretName = "CONFORMANCE_SECRET";

    public static async Task Run(Uri url, CancellationToken cancel)
    {
        var home = Directory.CreateTempSubdirectory("fangd-conformance-");
        try
        {
            await Run(url, home.FullName, cancel);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    private static async Task Run(Uri url, string home, CancellationToken cancel)
    {
        var (context, scenario) = (Context(), Environment.GetEnvironmentVariable("MCP_CONFORMANCE_SCENARIO") ?? "");
        // The suite's authorization servers are on this machine, at ports that nobody can name beforehand.
        using var outbound = new OutboundHttp(
            new OutboundRules { AllowLoopbackTargets = true, AgentHosts = [HostAllowance.Parse("localhost")!, HostAllowance.Parse("127.0.0.1")!] },
            TimeProvider.System);
        var vault = new VaultConfig(true, Path.Combine(home, "vault.enc"), Path.Combine(home, "vault.key"));
        var pieces = new McpAuthorizationPieces
        {
            Outbound = outbound,
            Grants = new McpGrantStore(new SecretVault(vault, new VaultKeySource(vault.KeyFile, _ => null), NullLogger<SecretVault>.Instance)),
            Pending = new PendingAuthorizations(TimeProvider.System),
            Config = new OAuthConfig(null, null, null, null) { ClientMetadataUrl = "https://conformance-test.local/client-metadata.json" },
            LookUp = name => name == SecretName ? context.Secret : null,
            Audit = new NoTrail(),
            Time = TimeProvider.System,
            Log = NullLogger.Instance,
            Stopping = cancel,
        };
        var settings = new McpServerSettings { Name = "conformance", Transport = McpTransportKind.Http, Url = url.AbsoluteUri };
        if (context.Id is not null)
        {
            // Whoever registers a client by hand knows where, and says so.
            var offer = await new OAuthDiscovery(new AuthorizationHttp(outbound, [url], TimeProvider.System)).Find(url, null, null, cancel);
            settings = settings with
            {
                OAuth = new McpOAuthSettings
                {
                    ClientId = context.Id,
                    ClientSecretEnv = context.Secret is null ? null : SecretName,
                    Issuer = offer?.Server.Issuer,
                    IsForClient = scenario.Contains("client-credentials", StringComparison.Ordinal),
                },
            };
        }

        using var http = new HttpClient(new AuthorizedHandler(outbound.For(OutboundTrust.Administrator), url, new ConsentingUser(pieces.For(settings)!)));
        await using var transport = new HttpTransport(http, url, () => [], TimeProvider.System);
        await Use(context.Calls, new McpClient(transport, new McpClientIdentity("fangd-conformance", "1.0.0", TimeProvider.System), new McpGrants(sampling: false, defaults: true)), cancel);
    }

    /// <summary>Calls every tool once, with what the suite says of it or else with values that fit.</summary>
    private static async Task Use(Dictionary<string, JsonElement> calls, McpClient client, CancellationToken cancel)
    {
        await client.Begin(cancel);
        var (tools, _) = await client.ListTools(cancel);
        foreach (var tool in tools)
            await client.CallTool(tool.Name, calls.TryGetValue(tool.Name, out var arguments) ? arguments : Arguments(tool.Schema, tools[0].Schema), new McpErrand(), cancel);
    }

    /// <summary>A value for each property, by its type; for an object a schema of the server, which tells whether that arrived whole.</summary>
    private static JsonElement Arguments(ReadOnlyMemory<byte> schema, ReadOnlyMemory<byte> echo)
    {
        using var document = JsonDocument.Parse(schema);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (document.RootElement.TryGetProperty("properties", out var properties))
            {
                foreach (var property in properties.EnumerateObject())
                {
                    var type = property.Value.TryGetProperty("type", out var named) ? named.ToString() : "string";
                    if (type is "number" or "integer")
                        json.WriteNumber(property.Name, property.Name.Length);
                    else if (type == "boolean")
                        json.WriteBoolean(property.Name, true);
                    else if (type == "object")
                    {
                        json.WritePropertyName(property.Name);
                        json.WriteRawValue(echo.Span);
                    }
                    else
                        json.WriteString(property.Name, "text");
                }
            }

            json.WriteEndObject();
        }

        using var arguments = JsonDocument.Parse(buffer.ToArray());
        return arguments.RootElement.Clone();
    }

    /// <summary>What the suite tells of a client that was registered by hand, and of the calls that it waits for.</summary>
    private static (string? Id, string? Secret, Dictionary<string, JsonElement> Calls) Context()
    {
        var calls = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (Environment.GetEnvironmentVariable("MCP_CONFORMANCE_CONTEXT") is not { Length: > 0 } text)
            return (null, null, calls);
        using var document = JsonDocument.Parse(text);
        if (document.RootElement.TryGetProperty("toolCalls", out var wanted))
        {
            foreach (var call in wanted.EnumerateArray())
                calls[call.GetProperty("name").GetString()!] = call.GetProperty("arguments").Clone();
        }

        return (Text("client_id"), Text("client_secret"), calls);

        string? Text(string name) => document.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    private sealed class NoTrail : IAuditTrail
    {
        public ValueTask Record(AuditEntry entry) => ValueTask.CompletedTask;

        public void RecordLater(AuditEntry entry)
        {
        }
    }
}
