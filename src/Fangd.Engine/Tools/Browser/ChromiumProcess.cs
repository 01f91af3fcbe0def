using System.Diagnostics;

namespace Fangd.Engine.Tools.Browser;

/// <summary>
/// A running Chromium with a profile of its own, spoken to over two pipes. It opens no port, so no other program of this machine can drive
/// it, and it ends when the daemon does, however that ends: its pipe closes.
/// </summary>
internal sealed class ChromiumProcess : IAsyncDisposable
{
    private static readonly string[] _names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    private readonly Process _process;
    private readonly string _profile;

    private ChromiumProcess(Process process, string profile) => (_process, _profile) = (process, profile);

    /// <summary>What the browser reads.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>What the browser writes.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Throws <see cref="BrowserFault"/> when there is no browser, or it cannot be started.</summary>
    public static ChromiumProcess Start(BrowserSettings settings, string profile, int proxyPort)
    {
        var program = Find(settings.ChromiumPath);
        Directory.CreateDirectory(profile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // Chromium wants its pipes as descriptors 3 and 4, which only a shell can hand over.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null", program, .. Flags(settings, profile, proxyPort)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = profile,
        };
        LeaveOut(start.Environment, profile, settings.IsHeadless);
        try
        {
            return new ChromiumProcess(Process.Start(start)!, profile);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new BrowserFault("The browser could not be started.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Without its pipe it ends by itself; only what does not is killed.
        await _process.StandardInput.BaseStream.DisposeAsync();
        using (var patience = new CancellationTokenSource(_patience))
        {
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync(CancellationToken.None);
            }
        }
        _process.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // A child may still write; the next start of a browser clears the folder.
        }
    }

    private static string Find(string? path)
    {
        if (path is not null)
            return File.Exists(path) ? path : throw new BrowserFault($"There is no browser at the path that [browser] chromium_path names ({path}).");
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (var name in _names)
            {
                var file = Path.Combine(folder, name);
                if (File.Exists(file))
                    return file;
            }
        }
        throw new BrowserFault("No Chromium is installed on this machine. Its administrator can install it (on Debian: apt install chromium), or name it with [browser] chromium_path.");
    }

    private static IEnumerable<string> Flags(BrowserSettings settings, string profile, int proxyPort)
    {
        if (settings.IsHeadless)
            yield return "--headless";
        // Chromium's own sandbox needs a user other than root; for root there is no browser without this.
        if (Environment.IsPrivilegedProcess)
            yield return "--no-sandbox";
        yield return "--remote-debugging-pipe";
        yield return $"--user-data-dir={profile}";
        yield return $"--window-size={settings.ViewportWidth},{settings.ViewportHeight}";
        // Everything goes through our proxy: loopback too, which a browser excepts by itself, and nothing beside it by UDP.
        yield return $"--proxy-server=http://127.0.0.1:{proxyPort}";
        yield return "--proxy-bypass-list=<-loopback>";
        yield return "--disable-quic";
        yield return "--force-webrtc-ip-handling-policy=disable_non_proxied_udp";
        yield return "--webrtc-ip-handling-policy=disable_non_proxied_udp";
        foreach (var flag in (string[])
            [
                "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-sync",
                "--disable-background-networking", "--disable-component-update", "--disable-domain-reliability", "--disable-breakpad",
                "--disable-client-side-phishing-detection", "--dns-prefetch-disable", "--no-pings", "--mute-audio", "--password-store=basic",
                "--deny-permission-prompts", "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication", "about:blank",
            ])
        {
            yield return flag;
        }
    }

    /// <summary>Keys of providers stand in our environment; the browser gets nothing that it has no use for.</summary>
    private static void LeaveOut(IDictionary<string, string?> environment, string profile, bool isHeadless)
    {
        string[] kept = isHeadless
            ? ["PATH", "LANG", "LC_ALL", "TZ"]
            : ["PATH", "LANG", "LC_ALL", "TZ", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR"];
        foreach (var name in environment.Keys.Except(kept).ToList())
            environment.Remove(name);
        environment["HOME"] = profile;
        environment["TMPDIR"] = profile;
    }
}
