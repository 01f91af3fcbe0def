using System.Text.Json;
using Fangd.Engine.Outbound;
using Fangd.Engine.Tools;
using Fangd.Protocols.Mcp.Client;
using Fangd.Server.Mcp.Authorization;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Mcp;

/// <summary>
/// One server, kept connected: it is asked every minute whether it is there, and a connection that ends is made again after 2, 4, 8… up to 300 s,
/// ten times in a row at most. One that holds for less than a minute counts as if it had not been made.
/// </summary>
internal sealed partial class McpConnection(McpServerSettings settings, McpPieces pieces, Action changed, CancellationToken stopping)
{
    private const int MostAttempts = 10;

    private static readonly TimeSpan _checkEvery = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _timeToCheck = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(300);

    private readonly ILogger _log = pieces.Log;
    private readonly McpDialer _dialer = new(settings, pieces);

    // Held while the loop is started or stopped.
    private readonly SemaphoreSlim _gate = new(1, 1);
    // Held by the one call at a time of a server that may ask a model.
    private readonly SemaphoreSlim _asking = new(1, 1);
    private CancellationTokenSource? _end;
    private Task _loop = Task.CompletedTask;
    private volatile Task<bool> _firstAttempt = Task.FromResult(false);
    private volatile McpLink? _link;
    // The loop's own.
    private int _failures;
    private McpState _state = new();

    public McpServerSettings Settings => settings;

    /// <summary>Ends with the first attempt since the last start: true when it led to a connection.</summary>
    public Task<bool> FirstAttempt => _firstAttempt;

    /// <summary>How the server lets fangd in; null for one that is asked with what its settings say, or that is a program.</summary>
    public McpAuthorization? Authorization => _dialer.Authorization;

    public McpState State => Volatile.Read(ref _state);

    /// <summary>Begins to connect, anew where it has begun already. The task inside ends with the first attempt: true when it led to a connection.</summary>
    public async Task<Task<bool>> Start()
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            await End();
            var (end, first) = (CancellationTokenSource.CreateLinkedTokenSource(stopping), new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
            (_end, _firstAttempt, _failures) = (end, first.Task, 0);
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

    /// <summary>For servers that may ask a model; null for all others.</summary>
    public McpSampling? Sampling => settings.Sampling ? pieces.Sampling : null;

    public TimeProvider Time => pieces.Time;

    /// <summary>What an agent may still receive from the server; null for a program on this machine.</summary>
    public NetworkAllowance? Allowance(ToolScope scope) => settings.Transport is McpTransportKind.Stdio
        ? null
        : pieces.Meter.For(scope.AgentId, scope.Agent.Resources.MaxNetworkBytesPerHour);

    /// <summary>Makes a call; <see cref="McpException"/> also when there is no connection.</summary>
    public async Task<McpToolAnswer> Call(McpCalling calling, JsonElement arguments, McpErrand errand, CancellationToken cancel)
    {
        // A server that may ask a model does not say for whose call it asks.
        if (settings.Sampling)
            await _asking.WaitAsync(cancel);
        try
        {
            return await Call(_link ?? throw new McpException(_state.LastError is { } reason ? $"it is not connected: {reason}" : "it is not connected"));
        }
        finally
        {
            if (settings.Sampling)
                _asking.Release();
        }

        async Task<McpToolAnswer> Call(McpLink link)
        {
            try
            {
                var answer = await calling(link.Client, arguments, errand, cancel);
                Heard();
                return answer;
            }
            catch (McpException broken) when (broken.IsBroken)
            {
                link.Broken.TrySetResult(broken.Message);
                throw;
            }
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
                if (_state.Status is McpStatus.Setup or McpStatus.NeedsAuthorization || _failures >= MostAttempts)
                    break;
                var pause = TimeSpan.FromSeconds(Math.Pow(2, Math.Max(1, _failures)));
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
            Lose(_state.Status is McpStatus.Setup or McpStatus.NeedsAuthorization ? _state.Status : McpStatus.Error, _state.LastError);
        }
    }

    /// <summary>Connects and stays with the connection until it ends.</summary>
    private async Task Attempt(TaskCompletionSource<bool> first, CancellationToken end)
    {
        if (_dialer.Missing() is { } variable)
        {
            Lose(McpStatus.Setup, $"{variable} is missing: set it in the daemon's environment or with fangd vault set {variable}");
            first.TrySetResult(false);
            return;
        }

        McpLink? link = null;
        string reason;
        Authorization?.BeginAnew();
        try
        {
            link = await _dialer.Dial(Refresh, end);
            _link = link;
            Connected(settings.Name, _state.Tools.Count);
            first.TrySetResult(true);
            reason = await Stay(link, end);
        }
        catch (McpException failed)
        {
            reason = link?.Complain(failed.Message) ?? failed.Message;
        }
        // The top of the loop that keeps a server: whatever it sent, the next attempt is made.
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            Broke(settings.Name, bug);
            reason = "internal error";
        }
        finally
        {
            _link = null;
            if (link is not null)
                await link.DisposeAsync();
        }

        var need = Authorization?.Need;
        if (need is null)
            _failures++;
        Lose(need is null ? McpStatus.Error : McpStatus.NeedsAuthorization, need ?? reason, isReconnecting: need is null && _failures < MostAttempts);
        first.TrySetResult(false);
        Lost(settings.Name, need ?? reason);
    }

    /// <summary>Checks the server every minute and takes its lists anew when it says so; gives the reason why the connection ended.</summary>
    private async Task<string> Stay(McpLink link, CancellationToken end)
    {
        while (true)
        {
            var check = Task.Delay(_checkEvery, pieces.Time, end);
            var what = await Task.WhenAny(check, link.Ended, link.Broken.Task, link.ListsChanged);
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
                _failures = what == check ? 0 : _failures;
            }
            catch (McpException answered) when (what == check && answered.Code is not null)
            {
                // It knows no ping, but it is there.
                _failures = 0;
            }
            catch (OperationCanceledException) when (!end.IsCancellationRequested)
            {
                return link.Complain($"the server did not answer within {_timeToCheck.TotalSeconds:0} s");
            }
        }
    }

    private async Task Refresh(McpLink link, CancellationToken cancel)
    {
        link.HearOfChanges();
        var (tools, leftOut) = await link.Client.ListTools(cancel);
        foreach (var fault in leftOut)
            LeftOut(settings.Name, fault);
        Become(new McpState { Status = McpStatus.Ready, Tools = tools, Counts = await link.Client.Count(cancel), LastOk = pieces.Time.GetUtcNow() });
    }

    /// <summary>Notes that the server answered, unless the connection ended meanwhile: its end is the newer news.</summary>
    private void Heard()
    {
        var state = _state;
        if (state.Status == McpStatus.Ready)
            Interlocked.CompareExchange(ref _state, state with { LastOk = pieces.Time.GetUtcNow() }, state);
    }

    private void Lose(McpStatus status, string? reason, bool isReconnecting = false) => Become(_state with
    {
        Status = status,
        Tools = [],
        Counts = McpCounts.None,
        LastError = reason,
        Failures = _failures,
        IsReconnecting = isReconnecting,
    });

    /// <summary>Tells of it only where the tools changed: whoever listens works all agents' offers out anew.</summary>
    private void Become(McpState state)
    {
        var old = Interlocked.Exchange(ref _state, state);
        if ((!ReferenceEquals(old.Tools, state.Tools) && (old.Tools.Count > 0 || state.Tools.Count > 0)) ||
            old.Counts.Resources != state.Counts.Resources || old.Counts.Prompts != state.Counts.Prompts)
            changed();
    }

    [LoggerMessage(LogLevel.Information, "MCP server {Server} is connected: {Count} tools.")]
    private partial void Connected(string server, int count);

    [LoggerMessage(LogLevel.Warning, "MCP server {Server}: {Reason}.")]
    private partial void Lost(string server, string reason);

    [LoggerMessage(LogLevel.Error, "The connection to MCP server {Server} broke.")]
    private partial void Broke(string server, Exception bug);

    [LoggerMessage(LogLevel.Warning, "MCP server {Server}: a tool is left out: {Fault}.")]
    private partial void LeftOut(string server, string fault);
}
