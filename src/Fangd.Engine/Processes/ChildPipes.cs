using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace Fangd.Engine.Processes;

/// <summary>
/// The pipes between the daemon and one child: this side as streams, the other as descriptors. The runtime reads and writes such streams
/// over epoll, so a child that is silent for days costs no thread.
/// </summary>
internal sealed class ChildPipes : IDisposable
{
    private readonly List<int> _childEnds = [];

    /// <param name="hasInput">Standard input is a pipe; otherwise it is empty.</param>
    /// <param name="hasReport">There is a fourth pipe on which the start is reported.</param>
    public ChildPipes(bool hasInput, bool hasReport)
    {
        try
        {
            if (hasInput)
            {
                var (read, write) = SpawnCalls.Pipe();
                _childEnds.Add(read);
                Input = Side(PipeDirection.Out, write);
            }
            else
            {
                _childEnds.Add(SpawnCalls.OpenNothing());
            }
            Output = FromChild();
            Error = FromChild();
            Report = hasReport ? FromChild() : null;
        }
        catch
        {
            Dispose();
            Input?.Dispose();
            Output?.Dispose();
            Error?.Dispose();
            throw;
        }
    }

    /// <summary>What the child gets as its descriptors 0, 1, 2 and 3.</summary>
    public int[] ChildEnds => [.. _childEnds];

    public Stream? Input { get; }
    public Stream Output { get; }
    public Stream Error { get; }
    public Stream? Report { get; }

    /// <summary>Closes the child's ends on this side: only then does the end of the child end the streams.</summary>
    public void Dispose()
    {
        foreach (var end in _childEnds)
            SpawnCalls.Close(end);
        _childEnds.Clear();
    }

    private AnonymousPipeClientStream FromChild()
    {
        var (read, write) = SpawnCalls.Pipe();
        _childEnds.Add(write);
        return Side(PipeDirection.In, read);
    }

    private static AnonymousPipeClientStream Side(PipeDirection direction, int descriptor) =>
        new(direction, new SafePipeHandle(descriptor, ownsHandle: true));
}
