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
        await Use(new McpClient(transport, new McpClientIdentity("fangd-conformance", "1.0.0", TimeProvider.System), new McpGrants(sampling: false, defaults: true)), cancel);
    }

    private static async Task Use(McpClient client, CancellationToken cancel)
    {
        await client.Begin(cancel);
        var (tools, _) = await client.ListTools(cancel);
        foreach (var tool in tools)
            await client.CallTool(tool.Name, Arguments(tool.Schema), new McpErrand(), cancel);
    }

    /// <summary>A value for each property, by its type.</summary>
    private static JsonElement Arguments(ReadOnlyMemory<byte> schema)
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
                    else
                        json.WriteString(property.Name, "text");
                }
            }

            json.WriteEndObject();
        }

        using var arguments = JsonDocument.Parse(buffer.ToArray());
        return arguments.RootElement.Clone();
    }

    /// <summary>What the suite tells of a client that was registered by hand.</summary>
    private static (string? Id, string? Secret) Context()
    {
        if (Environment.GetEnvironmentVariable("MCP_CONFORMANCE_CONTEXT") is not { Length: > 0 } text)
            return default;
        using var document = JsonDocument.Parse(text);
        return (Text("client_id"), Text("client_secret"));

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
