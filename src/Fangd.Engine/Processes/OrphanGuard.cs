using System.Globalization;
using System.Text;

namespace Fangd.Engine.Processes;

/// <summary>
/// A small shell that outlives the daemon by a moment. A child asks the kernel to die with its parent, but what the child started does not; so
/// this shell holds the end of a pipe and the list of groups, and when the pipe ends, because the daemon was killed, it kills the groups.
/// It is made with the first child and takes about 1 MB.
/// </summary>
internal sealed class OrphanGuard : IDisposable
{
    private const string Script = """
        trap '' TERM INT HUP QUIT
        all=' '
        while read -r sign id; do
            case $sign in
                +) all="$all$id " ;;
                -) all="${all%% $id *} ${all#* $id }" ;;
            esac
        done
        for id in $all; do kill -KILL "-$id"; done
        """;

    private readonly int _pipe;
    private readonly int _pid;

    public OrphanGuard()
    {
        var (read, write) = SpawnCalls.Pipe();
        var nothing = SpawnCalls.OpenNothing();
        using var arguments = new NativeStrings(["sh", "-c", Script]);
        using var environment = new NativeStrings([]);
        // Without a shell there is no guard: the children themselves still die with the daemon.
        _ = SpawnCalls.Spawn("/bin/sh", arguments, environment, null, [read, nothing, nothing], out _pid);
        SpawnCalls.Close(read);
        SpawnCalls.Close(nothing);
        _pipe = write;
    }

    public void Add(int group) => Say('+', group);

    public void Remove(int group) => Say('-', group);

    public void Dispose()
    {
        SpawnCalls.Close(_pipe);
        if (_pid > 0)
            SpawnCalls.Reap(_pid);
    }

    private void Say(char sign, int group) =>
        SpawnCalls.Write(_pipe, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{sign} {group}\n")));
}
