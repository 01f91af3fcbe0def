using System.Text;
using Fangd.Engine.Processes;
using Fangd.Protocols.Mcp.Client;

namespace Fangd.Server.Mcp;

/// <summary>
/// A server's program: its standard streams, and what it last said on standard error. It gets a cleared environment with what its settings name. At
/// the end its input is closed, and what does not leave then is killed with all that it started.
/// </summary>
internal sealed class McpProcess : IAsyncDisposable
{
    private const int LongestComplaint = 2000;

    private static readonly TimeSpan _timeToLeave = TimeSpan.FromSeconds(2);

    private readonly ChildProcess _process;
    private readonly TimeProvider _time;
    private readonly Task _listening;
    private string _complaint = "";

    private McpProcess(ChildProcess process, TimeProvider time)
    {
        (_process, _time) = (process, time);
        _listening = Listen();
        Transport = new StdioTransport(process.Input, process.Output);
    }

    public StdioTransport Transport { get; }

    /// <summary>The last line that it wrote to standard error; empty when it wrote none.</summary>
    public string Complaint => Volatile.Read(ref _complaint);

    /// <summary>Throws <see cref="McpException"/> that says what to install when the program is not there.</summary>
    public static async Task<McpProcess> Start(McpServerSettings settings, McpPieces pieces, CancellationToken cancel)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in settings.Env)
        {
            var equals = entry.IndexOf('=');
            if (equals > 0)
                environment[entry[..equals]] = entry[(equals + 1)..];
            else if (pieces.LookUp(entry) is { } value)
                environment[entry] = value;
        }

        try
        {
            var process = await pieces.Programs.Start(
                new ProcessSpec
                {
                    FileName = Find(settings.Command!, pieces.Programs.SearchPath),
                    Arguments = settings.Args,
                    WorkingDirectory = pieces.Home,
                    Environment = environment,
                    HasInput = true,
                },
                cancel);
            return new McpProcess(process, pieces.Time);
        }
        catch (ProcessException refused)
        {
            throw new McpException(refused.Message, inner: refused);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Transport.DisposeAsync();
        using var soon = new CancellationTokenSource(_timeToLeave, _time);
        try
        {
            await _process.Exited.WaitAsync(soon.Token);
        }
        catch (OperationCanceledException)
        {
            await _process.Kill(TimeSpan.Zero);
        }

        await _listening;
        await _process.DisposeAsync();
    }

    private static string Find(string command, IReadOnlyList<string> folders)
    {
        if (command.StartsWith('/') && File.Exists(command))
            return command;
        if (!command.Contains('/'))
        {
            foreach (var folder in folders)
            {
                var path = Path.Combine(folder, command);
                if (File.Exists(path))
                    return path;
            }
        }

        throw new McpException($"{command} was not found{Remedy(command)}");
    }

    /// <summary>Reads standard error to its end, so that the program never waits for a reader, and keeps the last line.</summary>
    private async Task Listen()
    {
        using var reader = new StreamReader(_process.Error, Encoding.UTF8, false, 1024, leaveOpen: true);
        var buffer = new char[1024];
        var line = new StringBuilder();
        try
        {
            int count;
            while ((count = await reader.ReadAsync(buffer)) > 0)
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
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
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
