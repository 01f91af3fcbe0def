using System.Diagnostics;

namespace Fangd.EndToEnd;

/// <summary>The metrics as Prometheus' own checker reads them.</summary>
public sealed class MetricsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task The_checker_finds_only_the_name_that_the_documents_fix()
    {
        await using var daemon = await DaemonWithModel.Start(Cancel);
        var agent = await daemon.Spawn("counted", Cancel);
        await daemon.Ask(agent, "count me", Cancel);
        await daemon.Api.Send("GET /api/nothing\"here\\", Cancel);
        var metrics = await daemon.Api.Send("GET /api/metrics", Cancel);
        Assert.StartsWith("text/plain; version=0.0.4", metrics.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Contains("librefang_agents_total 1\n", metrics.Text, StringComparison.Ordinal);
        Assert.Contains("fangd_runs_started_total 1\n", metrics.Text, StringComparison.Ordinal);

        using var checker = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await checker.StandardInput.WriteAsync(metrics.Text.AsMemory(), Cancel);
        checker.StandardInput.Close();
        var findings = await checker.StandardOutput.ReadToEndAsync(Cancel) + await checker.StandardError.ReadToEndAsync(Cancel);
        await checker.WaitForExitAsync(Cancel);

        Assert.Equal("librefang_agents_total non-counter metrics should not have \"_total\" suffix", findings.Trim());
    }
}
