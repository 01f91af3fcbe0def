namespace Fangd.Server;

/// <summary>One daemon a home: a locked file, released by the kernel when the process dies, however it dies.</summary>
internal sealed class InstanceLock(FileStream file) : IDisposable
{
    /// <summary>Throws <see cref="IOException"/> when another daemon has the home.</summary>
    public static InstanceLock Take(string home)
    {
        var path = Path.Combine(home, "fangd.lock");
        try
        {
            return new InstanceLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException taken) when (File.Exists(path))
        {
            throw new IOException($"another fangd uses {home}: stop it with `fangd stop`, or give this one another home with FANGD_HOME", taken);
        }
    }

    public void Dispose() => file.Dispose();
}
