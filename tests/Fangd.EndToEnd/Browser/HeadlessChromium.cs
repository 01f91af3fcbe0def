using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Fangd.EndToEnd.Browser;

/// <summary>One headless Chromium with an empty profile. Each page it opens has cookies and storage of its own.</summary>
internal sealed class HeadlessChromium : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly Process process;
    private readonly string profile;
    private readonly DevTools tools;

    private HeadlessChromium(Process process, string profile, DevTools tools) =>
        (this.process, this.profile, this.tools) = (process, profile, tools);

    /// <summary>The browser on this machine (<c>FANGD_CHROMIUM</c>, else the first on the path), or null.</summary>
    public static string? Installed =>
        Environment.GetEnvironmentVariable("FANGD_CHROMIUM") is { Length: > 0 } named
            ? named
            : (Environment.GetEnvironmentVariable("PATH") ?? "")
                .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
                .FirstOrDefault(File.Exists);

    public static async Task<HeadlessChromium> Start(string program, CancellationToken cancel)
    {
        var profile = Directory.CreateTempSubdirectory("fangd-chromium-").FullName;
        // Without the sandbox because tests run as root in containers; without the rest because Chromium would call home.
        string[] flags =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank",
        ];
        var process = Process.Start(new ProcessStartInfo(program, flags) { RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{program} did not start.");
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        try
        {
            return new HeadlessChromium(process, profile, await DevTools.Connect(await Address(process, cancel), cancel));
        }
        catch
        {
            End(process, profile);
            throw;
        }
    }

    public async Task<BrowserPage> Open(Uri address, string? storedKey, CancellationToken cancel)
    {
        var context = await tools.Call(null, "Target.createBrowserContext", [], cancel);
        var contextId = context.GetProperty("browserContextId").GetString()!;
        var target = await tools.Call(
            null, "Target.createTarget", new JsonObject { ["url"] = "about:blank", ["browserContextId"] = contextId }, cancel);
        var session = await tools.Call(
            null,
            "Target.attachToTarget",
            new JsonObject { ["targetId"] = target.GetProperty("targetId").GetString(), ["flatten"] = true },
            cancel);
        // A page without a key is refused while it still loads.
        var page = new BrowserPage(tools, session.GetProperty("sessionId").GetString()!, contextId, address) { MayBeRefused = storedKey is null };
        await page.Begin(storedKey, cancel);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await tools.DisposeAsync();
        End(process, profile);
    }

    private static async Task<Uri> Address(Process process, CancellationToken cancel)
    {
        const string announcement = "DevTools listening on ";
        var announced = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                announced.TrySetException(new InvalidOperationException("Chromium ended before it named its DevTools address."));
            else if (line.Data.StartsWith(announcement, StringComparison.Ordinal))
                announced.TrySetResult(new Uri(line.Data[announcement.Length..].Trim()));
        };
        process.BeginErrorReadLine();
        return await announced.Task.WaitAsync(cancel);
    }

    private static void End(Process process, string profile)
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
        try
        {
            Directory.Delete(profile, recursive: true);
        }
        catch (IOException)
        {
            // A child of the browser may still write; the folder is in the temporary directory.
        }
    }
}
