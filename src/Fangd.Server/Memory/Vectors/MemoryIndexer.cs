using System.Threading.Channels;
using Fangd.Engine.Embeddings;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Memory.Vectors;

/// <summary>
/// Gives memories their vectors, in the background and after they are stored: what waits is what has none, so a crash or an embedding
/// server that is away loses nothing. Without an embedding model it does not run at all.
/// </summary>
internal sealed partial class MemoryIndexer(VectorStore store, IEmbedder embedder, TimeProvider time, ILogger<MemoryIndexer> log)
{
    private const int Batch = 32;

    /// <summary>Memories come in bursts, and those that nobody waited for are not stored yet when they are announced.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(500);

    /// <summary>How often it looks without being told: for what an outage left over.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stopping = new();
    // One signal stands for any number: it says only that there is something to look for.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Task _loop = Task.CompletedTask;
    private volatile bool _isCurrent;

    /// <summary>Whether the vectors that there are can be compared with what the embedder gives.</summary>
    public bool IsCurrent => _isCurrent;

    public void Start()
    {
        if (embedder.Space.Length > 0)
            _loop = Task.Run(() => Loop(_stopping.Token));
    }

    public async Task Stop()
    {
        await _stopping.CancelAsync();
        await _loop;
        _stopping.Dispose();
    }

    /// <summary>There may be something to embed.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    private async Task Loop(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await Try(stopping);
                await Rest(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The daemon stops.
        }
    }

    private async Task Try(CancellationToken stopping)
    {
        try
        {
            await Work(stopping);
        }
        // The top of a background loop: what fails once must not end it.
        catch (Exception failed) when (failed is not OperationCanceledException)
        {
            Failed(failed);
        }
    }

    private async Task Work(CancellationToken stopping)
    {
        if (!_isCurrent)
        {
            if (store.Space != embedder.Space)
            {
                while (await store.StartOver(embedder.Space))
                    stopping.ThrowIfCancellationRequested();
            }

            _isCurrent = true;
        }

        while (embedder.IsReady && store.Waiting(Batch) is { Count: > 0 } waiting)
        {
            if (await embedder.Embed([.. waiting.Select(memory => memory.Content)], stopping) is not { } vectors)
                break;
            await store.Keep(waiting, vectors);
        }

        while (store.MissingChunks(Batch) is { Count: > 0 } missing)
        {
            foreach (var chunk in missing)
            {
                stopping.ThrowIfCancellationRequested();
                await store.WriteChunk(chunk);
            }
        }
    }

    private async Task Rest(CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(LookEvery, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            await _wake.Reader.ReadAsync(either.Token);
            await Task.Delay(Gather, time, stopping);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            // Nobody called: time to look.
        }
    }

    [LoggerMessage(LogLevel.Error, "Embedding memories failed; the next try is in a minute.")]
    private partial void Failed(Exception failed);
}
