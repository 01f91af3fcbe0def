using System.Runtime.InteropServices;
using Fangd.Server.Runs;

namespace Fangd.Server.Health;

/// <summary>
/// Gives memory back once a burst of work is over. The collector keeps what it once needed because more work usually follows; on a small
/// board other programs want it. Only when nothing runs, and only after enough was allocated to be worth a full collection.
/// </summary>
internal sealed partial class MemoryTrim(RunQueue runs, TimeProvider time) : IDisposable
{
    private const long WorthBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan AfterStart = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private ITimer? _timer;
    private long _allocatedBefore;
    private long _startedBefore;
    private bool _isStarted;

    public void Start() => _timer = time.CreateTimer(static t => ((MemoryTrim)t!).Look(), this, AfterStart, Interval);

    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        var started = runs.Started;
        var isQuiet = runs.Active == 0 && started == _startedBefore;
        _startedBefore = started;
        if (isQuiet && !_isStarted)
        {
            _isStarted = true;
            CodePages.Release();
        }

        var allocated = GC.GetTotalAllocatedBytes();
        if (!isQuiet || allocated - _allocatedBefore < WorthBytes)
            return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux())
            TrimNativeHeap();
        CodePages.Release();
        _allocatedBefore = GC.GetTotalAllocatedBytes();
    }

    /// <summary>SQLite's and the sockets' memory comes from malloc, whose arenas shrink only when told to. musl has no such call.</summary>
    private static void TrimNativeHeap()
    {
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library: nothing to trim.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);
}
