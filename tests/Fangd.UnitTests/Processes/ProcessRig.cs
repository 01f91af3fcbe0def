using Fangd.Engine.Processes;
using Fangd.TestKit;

namespace Fangd.UnitTests.Processes;

/// <summary>A runner with a folder; the helper is the daemon's binary that the build puts beside the tests.</summary>
internal sealed class ProcessRig : IDisposable
{
    public static readonly string Helper = Path.Combine(AppContext.BaseDirectory, "fangd");

    public ProcessRig(bool hasHelper = true) =>
        Runner = new ProcessRunner(Environment.GetEnvironmentVariable, TimeProvider.System, hasHelper ? Helper : null);

    public TempFolder Folder { get; } = new();

    public ProcessRunner Runner { get; }

    public ProcessSpec Shell(string script, bool isConfined = false) => new()
    {
        FileName = "/bin/sh",
        Arguments = ["-c", script],
        WorkingDirectory = Folder.Root,
        Sandbox = isConfined ? new Sandbox { Writable = [Folder.Root] } : null,
    };

    public void Dispose()
    {
        Runner.Dispose();
        Folder.Dispose();
    }
}
