using System.Collections.Immutable;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Logs;

/// <summary>
/// Where all log lines go: to standard error through one background writer, and to whoever follows <c>/api/logs/stream</c>. Nobody who
/// logs ever waits: a line that finds the queue full is counted and dropped.
/// </summary>
/// <remarks>
/// Requests log at Information, but on standard error they show from Debug on: a health probe every few seconds must not wear out a Pi's card.
/// A follower of the stream sees them.
/// </remarks>
public sealed class LogHub : ILoggerFactory
{
    private const string RequestCategory = "Fangd.Server.Http.HttpPipeline";
    private const int Backlog = 200;

    private readonly TimeProvider _time;
    private readonly TextWriter _output;
    private readonly bool _isJournal;
    // What is lost when it is full: log lines, counted in Dropped; the producer must not wait. Mode Wait is what makes TryWrite say so:
    // with DropWrite it claims success for a line that is gone.
    private readonly Channel<LogEntry> _queue = Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(2048)
    {
        FullMode = BoundedChannelFullMode.Wait,
        SingleReader = true,
    });

    private readonly Queue<LogEntry> _recent = new(Backlog);
    private readonly Task _writing;
    private ImmutableArray<LogFollower> _followers = [];
    private long _dropped;
    private volatile LogLevel _level;

    public LogHub(LogLevel level, TextWriter output, bool isJournal, TimeProvider time)
    {
        _level = level;
        _output = output;
        _isJournal = isJournal;
        _time = time;
        _writing = WriteLines();
    }

    public LogLevel Level
    {
        get => _level;
        set => _level = value;
    }

    public long Dropped => Interlocked.Read(ref _dropped);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider) => throw new InvalidOperationException("there is one log and it takes no further providers");

    /// <summary>Follows the log from now on, after the newest lines so far; dispose to stop.</summary>
    internal LogFollower Follow()
    {
        lock (_recent)
        {
            var follower = new LogFollower(this, [.. _recent]);
            _followers = _followers.Add(follower);
            return follower;
        }
    }

    internal void Unfollow(LogFollower follower)
    {
        lock (_recent)
            _followers = _followers.Remove(follower);
    }

    /// <summary>Writes what is queued and ends.</summary>
    public async Task Drain()
    {
        _queue.Writer.TryComplete();
        await _writing;
    }

    public void Dispose() => _queue.Writer.TryComplete();

    private bool IsEnabled(string category, LogLevel level) => GoesOut(category, level) || (!_followers.IsEmpty && level >= Floor(category));

    private bool GoesOut(string category, LogLevel level)
    {
        if (category == RequestCategory && level == LogLevel.Information)
            level = LogLevel.Debug;
        return level >= _level && level >= Floor(category);
    }

    private static LogLevel Floor(string category) => category.StartsWith("Microsoft.", StringComparison.Ordinal) ? LogLevel.Warning : LogLevel.Debug;

    private void Write(string category, LogLevel level, string message, Exception? exception)
    {
        var target = category.StartsWith("Fangd.", StringComparison.Ordinal) ? "fangd::" + category[(category.LastIndexOf('.') + 1)..] : category;
        var text = exception is null ? message : $"{message} {exception}";
        var entry = new LogEntry(_time.GetUtcNow(), level, target, text);
        if (GoesOut(category, level) && !_queue.Writer.TryWrite(entry))
            Interlocked.Increment(ref _dropped);
        lock (_recent)
        {
            if (_recent.Count == Backlog)
                _recent.Dequeue();
            _recent.Enqueue(entry with { Message = message });
        }

        foreach (var follower in _followers)
            follower.Offer(entry with { Message = message });
    }

    private async Task WriteLines()
    {
        await foreach (var entry in _queue.Reader.ReadAllAsync())
        {
            // Under systemd the journal adds the time itself and reads the priority from <n>.
            var line = _isJournal
                ? $"<{Priority(entry.Level)}>{entry.Target}: {entry.Message}"
                : $"{entry.Timestamp:yyyy-MM-ddTHH:mm:ss.fffZ} {entry.LevelWord,-5} {entry.Target}: {entry.Message}";
            try
            {
                await _output.WriteLineAsync(line);
                if (!_queue.Reader.TryPeek(out _))
                    await _output.FlushAsync();
            }
            catch (IOException)
            {
                // Standard error is gone (a closed terminal); the daemon goes on without it.
            }
        }
    }

    private static int Priority(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };

    private sealed class Logger(LogHub hub, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && hub.IsEnabled(category, logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                hub.Write(category, logLevel, formatter(state, exception), exception);
        }
    }
}
