using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;

namespace Fangd.TestKit;

/// <summary>The published binary, running as a daemon with a home and ports of its own.</summary>
public sealed partial class FangdProcess : IDaemonUnderTest
{
    private const int LinesKept = 5_000;
    private const int Sigterm = 15;

    private readonly DaemonSetup setup;
    private readonly TempFolder? ownHome;
    private readonly Lock guard = new(); // guards log
    private readonly Queue<string> log = [];
    private Process process = null!;

    private FangdProcess(DaemonSetup setup)
    {
        this.setup = setup;
        ownHome = setup.Home is null ? new TempFolder() : null;
        Home = setup.Home ?? ownHome!.Root;
        Port = Ports.Free(3);
    }

    public string Home { get; }

    public string? ApiKey => setup.ApiKey;

    /// <summary>The port that stood for <c>{port}</c>; the next two are free as well.</summary>
    public int Port { get; }

    public Uri Address => Listener(0);

    public int Id => process.Id;

    public bool IsRunning => !process.HasExited;

    /// <summary>What it wrote to standard error and output since the last start, the newest lines.</summary>
    public string Log
    {
        get
        {
            lock (guard)
                return string.Join('\n', log);
        }
    }

    /// <summary>Resident memory in bytes.</summary>
    public long ResidentBytes => ReadStatus("VmRSS:");

    /// <summary>Resident memory that is not backed by a file, in bytes.</summary>
    public long AnonymousBytes => ReadStatus("RssAnon:");

    /// <summary>Open files and sockets.</summary>
    public int OpenFiles => Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{Id}/fd")).Length;

    public Uri Listener(int index) => new($"http://127.0.0.1:{Port + index}");

    /// <summary>Starts it and returns when /api/health answers 200.</summary>
    public static async Task<FangdProcess> Start(DaemonSetup setup, CancellationToken cancel)
    {
        var daemon = new FangdProcess(setup);
        if (setup.Config.Length > 0)
            await File.WriteAllTextAsync(Path.Combine(daemon.Home, "config.toml"), setup.ConfigFor(daemon.Port), cancel);
        try
        {
            await daemon.Launch(cancel);
            return daemon;
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it with SIGKILL, as a crash or the kernel's memory killer would.</summary>
    public async Task Kill(CancellationToken cancel)
    {
        process.Kill();
        await process.WaitForExitAsync(cancel);
    }

    /// <summary>Sends SIGTERM and returns at once.</summary>
    public void Terminate() => SendSignal(process.Id, Sigterm);

    /// <summary>Sends SIGTERM and returns the exit code.</summary>
    public async Task<int> TerminateAndWait(CancellationToken cancel)
    {
        Terminate();
        return await WaitForExit(cancel);
    }

    public async Task<int> WaitForExit(CancellationToken cancel)
    {
        await process.WaitForExitAsync(cancel);
        return process.ExitCode;
    }

    public async Task Stop(CancellationToken cancel)
    {
        var code = await TerminateAndWait(cancel);
        if (code != 0)
            throw new InvalidOperationException($"fangd ended with {code} on SIGTERM\n{Log}");
    }

    public Task WaitForEnd(CancellationToken cancel) => process.WaitForExitAsync(cancel);

    /// <summary>Starts it again after it ended, on the same home and port.</summary>
    public async Task Restart(CancellationToken cancel)
    {
        if (IsRunning)
            throw new InvalidOperationException("it still runs");
        process.Dispose();
        await Launch(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
            process.Dispose();
        }
        ownHome?.Dispose();
    }

    private async Task Launch(CancellationToken cancel)
    {
        var environment = new Dictionary<string, string>(setup.Environment);
        if (!setup.Config.Contains("{port}", StringComparison.Ordinal))
            environment.TryAdd("FANGD_LISTEN", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}"));
        if (setup.ApiKey is { } key)
            environment.TryAdd("FANGD_API_KEY", key);
        lock (guard)
            log.Clear();
        process = Process.Start(FangdBinary.StartInfo(Home, ["start"], environment, setup.Launcher))!;
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        process.StandardInput.Close();

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(setup.StartsWithin);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        try
        {
            // The only thing that tells from outside that a process listens is to try; a refused connection costs microseconds.
            while (!await Answers(http, deadline.Token))
            {
                if (process.HasExited)
                    throw new InvalidOperationException($"fangd ended with {process.ExitCode} before it answered\n{Log}");
                await Task.Delay(TimeSpan.FromMilliseconds(5), deadline.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"fangd did not answer /api/health within {setup.StartsWithin}\n{Log}");
        }
    }

    private async Task<bool> Answers(HttpClient http, CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(Address, "/api/health"), cancel);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (guard)
        {
            log.Enqueue(line);
            if (log.Count > LinesKept)
                log.Dequeue();
        }
    }

    private long ReadStatus(string field)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{Id}/status")).First(text => text.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
