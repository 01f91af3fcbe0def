using System.Net;
using System.Net.Sockets;

namespace Fangd.TestKit;

/// <summary>
/// A model server on loopback that speaks OpenAI's chat completions and says what a test tells it to: replies queued with
/// <see cref="Reply"/> first, then what <see cref="Rule"/> returns, then what the markers in the message ask for
/// (<see cref="ModelMarkers"/>). It speaks HTTP over raw sockets, because a real server would not break the protocol on request.
/// </summary>
public sealed class FakeModel : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock guard = new(); // guards the collections below
    private readonly List<ModelCall> calls = [];
    private readonly List<(Func<ModelCall, bool> Wanted, TaskCompletionSource<ModelCall> Found)> watchers = [];
    private readonly Queue<ModelReply> queued = [];
    private readonly Dictionary<string, int> attempts = [];
    private readonly Dictionary<string, ModelGate> gates = [];
    private readonly HashSet<Task> connections = [];
    private readonly Task accepting;
    private int requests;

    private FakeModel()
    {
        listener.Start(512);
        accepting = Accept();
    }

    /// <summary>The address without a path.</summary>
    public Uri Address => new($"http://{listener.LocalEndpoint}");

    /// <summary>What a provider's base URL is set to.</summary>
    public string BaseUrl => $"http://{listener.LocalEndpoint}/v1";

    public ModelRule? Rule { get; set; }

    /// <summary>When set, calls with another key are refused with 401 and not recorded as calls.</summary>
    public string? RequiredKey { get; set; }

    /// <summary>Requests of every kind so far, refused ones included.</summary>
    public int Requests => Volatile.Read(ref requests);

    /// <summary>The chat completions asked for so far, in order of arrival.</summary>
    public IReadOnlyList<ModelCall> Calls
    {
        get
        {
            lock (guard)
                return [.. calls];
        }
    }

    public static FakeModel Start() => new();

    /// <summary>Answers the next calls with these replies, in order, before any rule is asked.</summary>
    public void Reply(params ModelReply[] replies)
    {
        lock (guard)
        {
            foreach (var reply in replies)
                queued.Enqueue(reply);
        }
    }

    /// <summary>The gate that a message names with <c>&lt;&lt;gate NAME&gt;&gt;</c>.</summary>
    public ModelGate Gate(string name)
    {
        lock (guard)
            return gates.TryGetValue(name, out var gate) ? gate : gates[name] = new ModelGate();
    }

    /// <summary>The first call, past or coming, whose last user message contains the text.</summary>
    public Task<ModelCall> CallWith(string text, CancellationToken cancel) =>
        FirstCall(call => call.LastUserText.Contains(text, StringComparison.Ordinal), cancel);

    /// <summary>The first call, past or coming, that is wanted.</summary>
    public Task<ModelCall> FirstCall(Func<ModelCall, bool> wanted, CancellationToken cancel)
    {
        lock (guard)
        {
            if (calls.FirstOrDefault(wanted) is { } call)
                return Task.FromResult(call);
            var found = new TaskCompletionSource<ModelCall>(TaskCreationOptions.RunContinuationsAsynchronously);
            watchers.Add((wanted, found));
            return found.Task.WaitAsync(cancel);
        }
    }

    /// <summary>From then on connections are refused. A test may do it early.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stopping.IsCancellationRequested)
            return;
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        Task[] open;
        lock (guard)
            open = [.. connections];
        await Task.WhenAll(open);
        stopping.Dispose();
    }

    internal void Count() => Interlocked.Increment(ref requests);

    internal ModelReply Answer(ModelCall call)
    {
        ModelReply? reply;
        int attempt;
        lock (guard)
        {
            calls.Add(call);
            foreach (var (_, found) in watchers.Where(watcher => watcher.Wanted(call)))
                found.TrySetResult(call);
            watchers.RemoveAll(watcher => watcher.Found.Task.IsCompleted);
            attempt = attempts.GetValueOrDefault(call.LastUserText);
            attempts[call.LastUserText] = attempt + 1;
            queued.TryDequeue(out reply);
        }
        return reply ?? Rule?.Invoke(call) ?? ModelMarkers.Read(call, attempt, Gate);
    }

    private async Task Accept()
    {
        while (!stopping.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptSocketAsync(stopping.Token);
            }
            catch (Exception failure) when (failure is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            var connection = new FakeModelConnection(this, socket).Serve(stopping.Token);
            lock (guard)
            {
                connections.RemoveWhere(done => done.IsCompletedSuccessfully);
                connections.Add(connection);
            }
        }
    }
}
