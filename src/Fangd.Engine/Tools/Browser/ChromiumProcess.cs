using Fangd.Engine.Processes;

namespace Fangd.Engine.Tools.Browser;

/// <summary>
/// A running Chromium with a profile of its own, spoken to over two pipes. It opens no port, so no other program of this machine can drive
/// it, and it ends when the daemon does, however that ends: its pipe closes.
/// </summary>
internal sealed class ChromiumProcess : IAsyncDisposable
{
    private static readonly string[] _names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
    private static readonly TimeSpan _timeToLeave = TimeSpan.FromSeconds(3);

    private readonly ChildProcess _process;
    private readonly string _profile;
    private readonly TimeProvider _time;

    private ChromiumProcess(ChildProcess process, string profile, TimeProvider time) => (_process, _profile, _time) = (process, profile, time);

    /// <summary>What the browser reads.</summary>
    public Stream Input => _process.Input;

    /// <summary>What the browser writes.</summary>
    public Stream Output => _process.Output;

    /// <summary>Throws <see cref="BrowserFault"/> when there is no browser, or it cannot be started.</summary>
    public static async Task<ChromiumProcess> Start(
        ProcessRunner programs, BrowserSettings settings, string profile, int proxyPort, TimeProvider time, CancellationToken cancel)
    {
        var program = Find(settings.ChromiumPath, programs.SearchPath);
        Directory.CreateDirectory(profile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            var process = await programs.Start(
                new ProcessSpec
                {
                    // Chromium wants its pipes as descriptors 3 and 4, which only a shell can hand over.
                    FileName = "/bin/sh",
                    Arguments = ["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null", program, .. Flags(settings, profile, proxyPort)],
                    WorkingDirectory = profile,
                    Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = profile, ["TMPDIR"] = profile },
                    PassThrough = settings.IsHeadless ? [] : ["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR"],
                    Limits = new ProcessLimits { OpenFiles = 8192, Processes = 8192 },
                    Sandbox = IsUnprotected ? Walls(profile) : null,
                    HasInput = true,
                },
                cancel);
            return new ChromiumProcess(process, profile, time);
        }
        catch (ProcessException refused)
        {
            throw new BrowserFault($"The browser could not be started: {refused.Message}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Without its pipe it ends by itself, and what does not is killed.
        await _process.Input.DisposeAsync();
        using (var soon = new CancellationTokenSource(_timeToLeave, _time))
        {
            try
            {
                await _process.Exited.WaitAsync(soon.Token);
            }
            catch (OperationCanceledException)
            {
                await _process.Kill(TimeSpan.Zero);
            }
        }
        await _process.DisposeAsync();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // The next start of a browser clears the folder.
        }
    }

    /// <summary>Chromium's own sandbox does not work for root; then ours stands around it.</summary>
    private static bool IsUnprotected => Environment.IsPrivilegedProcess;

    /// <summary>The system's own files, what a browser asks of the kernel, and its profile.</summary>
    private static Sandbox Walls(string profile) => new()
    {
        Readable = ["/proc", "/sys", "/dev/urandom", "/etc/chromium", "/etc/chromium.d", "/etc/fonts", "/var/cache/fontconfig", "/opt"],
        Writable = [profile, "/dev/shm", "/dev/null"],
        IsNetworkAllowed = true,
        // It does not start without the one by which it finds another of its profile.
        HasLocalSockets = true,
    };

    private static string Find(string? path, IReadOnlyList<string> folders)
    {
        if (path is not null)
            return File.Exists(path) ? path : throw new BrowserFault($"There is no browser at the path that [browser] chromium_path names ({path}).");
        foreach (var folder in folders)
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
        if (IsUnprotected)
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
}
