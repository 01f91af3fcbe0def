using System.Collections.Concurrent;

namespace Fangd.EndToEnd.Crashes;

/// <summary>
/// Counts from outside how often each file of a folder came to its name. The daemon writes a file under another name and renames it, so
/// each write is one rename that the kernel reports, whatever the daemon itself remembers.
/// </summary>
internal sealed class WriteWitness : IDisposable
{
    private readonly ConcurrentDictionary<string, int> writes = new();
    private readonly ConcurrentQueue<Exception> lost = new();
    private readonly FileSystemWatcher watcher;
    private readonly string folder;
    private int sentinels;

    public WriteWitness(string folder)
    {
        this.folder = folder;
        watcher = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName, InternalBufferSize = 64 * 1024 };
        watcher.Renamed += (_, renamed) => writes.AddOrUpdate(renamed.Name!, 1, (_, count) => count + 1);
        watcher.Error += (_, error) => lost.Enqueue(error.GetException());
        watcher.EnableRaisingEvents = true;
    }

    /// <summary>Everything that happened until now, by file name.</summary>
    public async Task<IReadOnlyDictionary<string, int>> Writes(CancellationToken cancel)
    {
        // The kernel keeps the order, so what came before this rename is counted once it is.
        var sentinel = $"sentinel-{sentinels++}";
        var path = Path.Combine(folder, sentinel);
        await File.WriteAllTextAsync(path + ".new", "", cancel);
        File.Move(path + ".new", path);
        while (!writes.ContainsKey(sentinel))
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancel);
        Assert.Empty(lost);
        File.Delete(path);
        return writes.Where(entry => !entry.Key.StartsWith("sentinel-", StringComparison.Ordinal)).ToDictionary();
    }

    public void Dispose() => watcher.Dispose();
}
