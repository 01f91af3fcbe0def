using System.Globalization;
using System.Text;

namespace Fangd.Server;

/// <summary>
/// One daemon a home: a locked file, released by the kernel when the process dies, however it dies. Its content says whether the daemon
/// that had it ended in order; each start after one that did not is counted.
/// </summary>
internal sealed class InstanceLock : IDisposable
{
    private const string Running = "running";
    private const string Stopped = "stopped";

    /// <summary>EWOULDBLOCK, which only a lock that somebody holds gives.</summary>
    private const int IsHeld = 11;

    private readonly FileStream _file;

    private InstanceLock(FileStream file)
    {
        _file = file;
        Span<byte> bytes = stackalloc byte[64];
        var words = Encoding.ASCII.GetString(bytes[..file.Read(bytes)]).Split(' ');
        var before = words.Length == 2 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
        Restarts = words[0] == Running ? before + 1 : before;
        Write(Running);
    }

    /// <summary>Starts of this home's daemon after one that was killed or crashed.</summary>
    public int Restarts { get; }

    /// <summary>Throws <see cref="IOException"/> when another daemon has the home, or it cannot be written.</summary>
    public static InstanceLock Take(string home)
    {
        var path = Path.Combine(home, "fangd.lock");
        try
        {
            return new InstanceLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException denied)
        {
            throw StartFailure.MayNotWrite(File.Exists(path) ? path : home, home, denied);
        }
        catch (IOException taken) when (taken.HResult == IsHeld)
        {
            throw new IOException($"another fangd uses {home}: stop it with `fangd stop`, or give this one another home with FANGD_HOME", taken);
        }
    }

    /// <summary>Notes an end in order and lets go.</summary>
    public void Dispose()
    {
        Write(Stopped);
        _file.Dispose();
    }

    private void Write(string state)
    {
        _file.SetLength(0);
        _file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{state} {Restarts}")));
        _file.Flush();
    }
}
