using System.Text.Json;
using Fangd.Engine.Processes;
using Fangd.Protocols.Mcp.Client;
using Fangd.Server.Mcp.Authorization;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Mcp;

/// <summary>What connections are made with.</summary>
/// <param name="Http">For addresses of an administrator.</param>
/// <param name="Programs">Starts the programs of servers.</param>
/// <param name="Home">Where these programs begin.</param>
/// <param name="LookUp">Finds a credential by the name of its variable.</param>
/// <param name="Authorize">Has tokens for servers that want them; null for those that cannot.</param>
/// <param name="Identity">What servers are told of the daemon.</param>
/// <param name="Time">The clock.</param>
/// <param name="Log">For connections that are made and lost.</param>
internal sealed record McpPieces(
    Func<HttpClient> Http, ProcessRunner Programs, string Home, Func<string, string?> LookUp, Func<McpServerSettings, McpAuthorization?> Authorize, McpClientIdentity Identity, TimeProvider Time, ILogger Log);

/// <summary>
/// One server, kept connected: it is asked every minute whether it is there, and a connection that ends is made again after 2, 4, 8… up to 300 s,
/// ten times in a row at most.
/// </summary>
internal sealed partial class McpConnection(McpServerSettings settings, McpPieces pieces, Action changed, CancellationToken stopping)
{
    private const int MostAttempts = 10;

    private static readonly TimeSpan _timeToConnect = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _checkEvery = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _timeToCheck = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(300);

    private readonly ILogger _log = pieces.Log;

    // Held while the loop is started or stopped.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private CancellationTokenSource? _end;
    private Task _loop = Task.CompletedTask;
    private Task<bool> _firstAttempt = Task.FromResult(false);
    private volatile McpLink? _link;
    private McpState _state = new();

    public McpServerSettings Settings => settings;

    /// <summary>How the server lets fangd in; null for one that is asked with what its settings say, or that is a program.</summary>
    public McpAuthorization? Authorization { get; } = pieces.Authorize(settings);

    public McpState State => Volatile.Read(ref _state);

    /// <summary>Begins to connect, anew where it has begun already. The task inside ends with the first attempt: true when it led to a connection.</summary>
    public async Task<Task<bool>> Start()
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            await End();
            var (end, first) = (CancellationTokenSource.CreateLinkedTokenSource(stopping), new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
            (_end, _firstAttempt) = (end, first.Task);
            _loop = Task.Run(() => Keep(first, end.Token), CancellationToken.None);
            return first.Task;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the connection, the program of a server with it.</summary>
    public async Task Stop()
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            await End();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Calls a tool; <see cref="McpException"/> also when there is no connection.</summary>
    public async Task<McpToolAnswer> Call(string tool, JsonElement arguments, CancellationToken cancel)
    {
        var link = _link ?? throw new McpException(_state.LastError is { } reason ? $"it is not connected: {reason}" : "it is not connected");
        try
        {
            var answer = await link.Client.CallTool(tool, arguments, cancel);
            Heard();
            return answer;
        }
        catch (McpException broken) when (broken.IsBroken)
        {
            link.Broken.TrySetResult(broken.Message);
            throw;
        }
    }

    private async Task End()
    {
        if (_end is not { } end)
            return;
        await end.CancelAsync();
        await _loop;
        end.Dispose();
        _end = null;
    }

    private async Task Keep(TaskCompletionSource<bool> first, CancellationToken end)
    {
        try
        {
            while (!end.IsCancellationRequested)
            {
                await Attempt(first, end);
                if (_state.Status is McpStatus.Setup or McpStatus.NeedsAuthorization || _state.Failures >= MostAttempts)
                    break;
                var pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Max(1, _state.Failures)));
                await Task.Delay(pause < _longestPause ? pause : _longestPause, pieces.Time, end);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Asked to.
        }
        finally
        {
            first.TrySetResult(false);
            Become(_state with { Status = _state.Status is McpStatus.Setup or McpStatus.NeedsAuthorization ? _state.Status : McpStatus.Error, Tools = [], IsReconnecting = false });
        }
    }

    /// <summary>Connects and stays with the connection until it ends.</summary>
    private async Task Attempt(TaskCompletionSource<bool> first, CancellationToken end)
    {
        if (Missing() is { } variable)
        {
            Become(_state with { Status = McpStatus.Setup, Tools = [], LastError = $"{variable} is missing: set it in the daemon's environment or with fangd vault set {variable}", IsReconnecting = false });
            first.TrySetResult(false);
            return;
        }

        McpLink? link = null;
        string reason;
        Authorization?.BeginAnew();
        try
        {
            link = await Connect(end);
            _link = link;
            Connected(settings.Name, _state.Tools.Count);
            first.TrySetResult(true);
            reason = await Stay(link, end);
        }
        catch (McpException failed)
        {
            reason = link?.Complain(failed.Message) ?? failed.Message;
        }
        finally
        {
            _link = null;
            if (link is not null)
                await link.DisposeAsync();
        }

        if (Authorization?.Need is { } need)
        {
            Become(_state with { Status = McpStatus.NeedsAuthorization, Tools = [], LastError = need, IsReconnecting = false });
            first.TrySetResult(false);
            Lost(settings.Name, need);
            return;
        }

        var failures = _state.Failures + 1;
        Become(_state with { Status = McpStatus.Error, Tools = [], LastError = reason, Failures = failures, IsReconnecting = failures < MostAttempts });
        first.TrySetResult(false);
        Lost(settings.Name, reason);
    }

    private async Task<McpLink> Connect(CancellationToken end)
    {
        using var soon = new CancellationTokenSource(_timeToConnect, pieces.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(end, soon.Token);
        var link = await McpLink.Open(settings, pieces, Authorization, end);
        try
        {
            await link.Client.Begin(both.Token);
            await Refresh(link, both.Token);
            return link;
        }
        catch (OperationCanceledException) when (!end.IsCancellationRequested)
        {
            var reason = link.Complain($"the server did not answer within {_timeToConnect.TotalSeconds:0} s");
            await link.DisposeAsync();
            throw new McpException(reason);
        }
        catch (McpException failed)
        {
            var reason = link.Complain(failed.Message);
            await link.DisposeAsync();
            throw new McpException(reason, failed.Code, failed);
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    /// <summary>Checks the server every minute and takes its tools anew when it says so; gives the reason why the connection ended.</summary>
    private async Task<string> Stay(McpLink link, CancellationToken end)
    {
        while (true)
        {
            var check = Task.Delay(_checkEvery, pieces.Time, end);
            var what = await Task.WhenAny(check, link.Ended, link.Broken.Task, link.ToolsChanged);
            end.ThrowIfCancellationRequested();
            if (what == link.Ended || what == link.Broken.Task)
                return link.Complain(await (Task<string>)what);
            using var soon = new CancellationTokenSource(_timeToCheck, pieces.Time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(end, soon.Token);
            try
            {
                if (what == check)
                    await link.Client.Ping(both.Token);
                else
                    await Refresh(link, both.Token);
                Heard();
            }
            catch (McpException answered) when (what == check && answered.Code is not null)
            {
                // It knows no ping, but it is there.
            }
            catch (OperationCanceledException) when (!end.IsCancellationRequested)
            {
                return link.Complain($"the server did not answer within {_timeToCheck.TotalSeconds:0} s");
            }
        }
    }

    private async Task Refresh(McpLink link, CancellationToken cancel)
    {
        link.HearOfTools();
        var (tools, unusable) = await link.Client.ListTools(cancel);
        foreach (var fault in unusable)
            Unusable(settings.Name, fault);
        Become(new McpState { Status = McpStatus.Ready, Tools = tools, LastOk = pieces.Time.GetUtcNow() });
    }

    private string? Missing()
    {
        foreach (var entry in settings.Env)
        {
            if (!entry.Contains('=') && string.IsNullOrEmpty(pieces.LookUp(entry)))
                return entry;
        }

        if (settings.OAuth?.ClientSecretEnv is { } secret && string.IsNullOrEmpty(pieces.LookUp(secret)))
            return secret;

        foreach (var header in settings.Headers)
        {
            foreach (var variable in CredentialHeaders.Variables(header))
            {
                if (string.IsNullOrEmpty(pieces.LookUp(variable)))
                    return variable;
            }
        }

        return null;
    }

    /// <summary>Notes that the server answered, unless the connection ended meanwhile: its end is the newer news.</summary>
    private void Heard()
    {
        var state = _state;
        if (state.Status == McpStatus.Ready)
            Interlocked.CompareExchange(ref _state, state with { LastOk = pieces.Time.GetUtcNow() }, state);
    }

    /// <summary>Tells of it only where the tools changed: whoever listens works all agents' offers out anew.</summary>
    private void Become(McpState state)
    {
        var old = Interlocked.Exchange(ref _state, state);
        if (!ReferenceEquals(old.Tools, state.Tools) && (old.Tools.Count > 0 || state.Tools.Count > 0))
            changed();
    }

    [LoggerMessage(LogLevel.Information, "MCP server {Server} is connected: {Count} tools.")]
    private partial void Connected(string server, int count);

    [LoggerMessage(LogLevel.Warning, "MCP server {Server}: {Reason}.")]
    private partial void Lost(string server, string reason);

    [LoggerMessage(LogLevel.Warning, "MCP server {Server}: a tool is left out: {Fault}.")]
    private partial void Unusable(string server, string fault);
}
