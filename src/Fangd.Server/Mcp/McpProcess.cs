using System.ComponentModel;
using System.Diagnostics;
using Fangd.Protocols.Mcp.Client;

namespace Fangd.Server.Mcp;

/// <summary>
/// A server's program: its standard streams, what it last said on standard error, and its end. It gets a cleared environment with what its settings
/// name. At the end its input is closed, and what does not leave then is killed with all that it started.
/// </summary>
internal sealed class McpProcess : IAsyncDisposable
{
    private const int LongestComplaint = 2000;

    private static readonly TimeSpan _timeToLeave = TimeSpan.FromSeconds(2);
    private static readonly string[] _passed = ["PATH", "HOME", "USER", "TMPDIR", "LANG", "LC_ALL", "TERM"];

    private readonly Process _process;
    private readonly TimeProvider _time;
    private readonly Task _listening;
    private string _complaint = "";

    private McpProcess(Process process, TimeProvider time)
    {
        (_process, _time) = (process, time);
        _listening = Listen();
        Transport = new StdioTransport(process.StandardInput.BaseStream, process.StandardOutput.BaseStream);
    }

    public StdioTransport Transport { get; }

    /// <summary>The last line that it wrote to standard error; empty when it wrote none.</summary>
    public string Complaint => Volatile.Read(ref _complaint);

    /// <summary>Throws <see cref="McpException"/> that says what to install when the program is not there.</summary>
    public static McpProcess Start(McpServerSettings settings, Func<string, string?> lookUp, TimeProvider time)
    {
        var start = new ProcessStartInfo(settings.Command!, settings.Args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var inherited = _passed.Select(name => (name, Value: start.Environment.TryGetValue(name, out var value) ? value : null)).ToList();
        start.Environment.Clear();
        foreach (var (name, value) in inherited)
        {
            if (value is not null)
                start.Environment[name] = value;
        }

        foreach (var entry in settings.Env)
        {
            var equals = entry.IndexOf('=');
            if (equals > 0)
                start.Environment[entry[..equals]] = entry[(equals + 1)..];
            else
                start.Environment[entry] = lookUp(entry) ?? throw new McpException($"{entry} is missing: set it in the daemon's environment or in the vault (fangd vault set {entry})");
        }

        try
        {
            return new McpProcess(Process.Start(start)!, time);
        }
        catch (Win32Exception refused)
        {
            throw new McpException(
                refused.NativeErrorCode == 2 ? $"{settings.Command} was not found{Remedy(settings.Command!)}" : $"{settings.Command} could not be started: {refused.Message}", inner: refused);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Transport.DisposeAsync();
        using var soon = new CancellationTokenSource(_timeToLeave, _time);
        try
        {
            await _process.WaitForExitAsync(soon.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
        }

        await _listening;
        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception)
        {
            // It left in the same moment.
        }
    }

    /// <summary>Reads standard error to its end, so that the program never waits for a reader, and keeps the last line.</summary>
    private async Task Listen()
    {
        var buffer = new char[1024];
        var line = new System.Text.StringBuilder();
        try
        {
            int count;
            while ((count = await _process.StandardError.ReadAsync(buffer)) > 0)
            {
                foreach (var symbol in buffer.AsSpan(0, count))
                {
                    if (symbol is not ('\n' or '\r'))
                    {
                        if (line.Length < LongestComplaint)
                            line.Append(symbol);
                        continue;
                    }

                    if (line.Length > 0)
                        Volatile.Write(ref _complaint, line.ToString());
                    line.Clear();
                }
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The pipe is gone with the program.
        }
    }

    private static string Remedy(string command) => Path.GetFileName(command) switch
    {
        "npx" or "node" or "npm" => ": install Node.js (apt-get install nodejs npm)",
        "uvx" or "uv" => ": install uv (https://docs.astral.sh/uv/)",
        "python" or "python3" => ": install Python (apt-get install python3)",
        "docker" => ": install Docker",
        _ => ": give its whole path, or install it",
    };
}
