using Fangd.Engine.Outbound;

namespace Fangd.Engine.Tools.Browser;

/// <summary>The browsers that are open: at most one an agent, so many in all, each closed when nobody uses it.</summary>
public sealed class BrowserPool(BrowserPieces pieces, string profiles) : IAsyncDisposable
{
    private readonly Dictionary<string, Place> _places = [];
    // Guards _places, _number and _isClosed.
    private readonly Lock _lock = new();
    private int _number;
    private bool _isClosed;

    internal BrowserSettings Settings => pieces.Settings;

    internal OutboundHttp Outbound => pieces.Outbound;

    /// <summary>
    /// Uses the agent's browser, one caller at a time. Throws <see cref="BrowserFault"/> when it is not open and <paramref name="opens"/> is false, or
    /// when too many are.
    /// </summary>
    internal async Task<T> Use<T>(ToolScope scope, bool opens, Func<BrowserSession, Task<T>> step, CancellationToken cancel)
    {
        var place = await Take(scope.AgentId, opens, cancel);
        try
        {
            if (place.Session is { HasEnded: true } ended)
            {
                place.Session = null;
                await ended.DisposeAsync();
            }
            if (place.Session is null && !opens)
                throw new BrowserFault("No page is open; open one with browser_navigate.");
            place.Session ??= await BrowserSession.Open(pieces, NewProfile(), scope, cancel);
            place.Session.Serve(scope);
            return await step(place.Session);
        }
        finally
        {
            if (place.Session is null)
                Forget(scope.AgentId, place);
            else
                place.Idle.Change(Settings.IdleTimeout, Timeout.InfiniteTimeSpan);
            place.Turn.Release();
        }
    }

    /// <summary>Closes the agent's browser; false when none was open.</summary>
    public async Task<bool> Close(string agentId)
    {
        Place? place;
        lock (_lock)
            place = _places.GetValueOrDefault(agentId);
        return place is not null && await End(agentId, place);
    }

    public async ValueTask DisposeAsync()
    {
        KeyValuePair<string, Place>[] open;
        lock (_lock)
        {
            _isClosed = true;
            open = [.. _places];
        }
        await Task.WhenAll(open.Select(entry => End(entry.Key, entry.Value)));
    }

    /// <summary>The agent's place, with its turn taken.</summary>
    private async Task<Place> Take(string agentId, bool opens, CancellationToken cancel)
    {
        while (true)
        {
            var place = PlaceOf(agentId, opens);
            await place.Turn.WaitAsync(cancel);
            if (!place.IsForgotten)
                return place;
            // It was closed while this caller waited for its turn; a browser in it would be nobody's.
            place.Turn.Release();
        }
    }

    private Place PlaceOf(string agentId, bool opens)
    {
        lock (_lock)
        {
            if (_places.TryGetValue(agentId, out var place))
                return place;
            if (!opens)
                throw new BrowserFault("No page is open; open one with browser_navigate.");
            if (_isClosed)
                throw new BrowserFault("The daemon is stopping.");
            if (_places.Count >= Settings.MaxSessions)
                throw new BrowserFault($"{Settings.MaxSessions} browsers are open already, as many as [browser] max_sessions allows; one is free again when an agent closes its own.");
            place = new Place();
            place.Idle = pieces.Time.CreateTimer(_ => place.Ending = End(agentId, place), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _places.Add(agentId, place);
            return place;
        }
    }

    private async Task<bool> End(string agentId, Place place)
    {
        await place.Turn.WaitAsync(CancellationToken.None);
        try
        {
            var session = place.Session;
            place.Session = null;
            if (session is not null)
                await session.DisposeAsync();
            Forget(agentId, place);
            return session is not null;
        }
        finally
        {
            place.Turn.Release();
        }
    }

    private void Forget(string agentId, Place place)
    {
        place.IsForgotten = true;
        lock (_lock)
        {
            if (_places.GetValueOrDefault(agentId) == place)
                _places.Remove(agentId);
        }
        place.Idle.Dispose();
    }

    private string NewProfile()
    {
        lock (_lock)
        {
            // What a killed daemon left behind: nobody will ask for it again.
            if (_number++ == 0 && Directory.Exists(profiles))
                Directory.Delete(profiles, recursive: true);
            return Path.Combine(profiles, $"{_number}");
        }
    }

    private sealed class Place
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public BrowserSession? Session { get; set; }

        /// <summary>Closed for good. Written and read by whoever has the turn, like the session.</summary>
        public bool IsForgotten { get; set; }

        public ITimer Idle { get; set; } = null!;

        /// <summary>The closing that the timer began; kept so that it is somebody's.</summary>
        public Task<bool>? Ending { get; set; }
    }
}
