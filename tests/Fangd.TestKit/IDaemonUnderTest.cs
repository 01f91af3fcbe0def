namespace Fangd.TestKit;

/// <summary>
/// A running daemon that tests talk to over HTTP: <see cref="FangdProcess"/> is the published binary; a daemon inside the test's
/// process is the other kind. Disposing ends it and deletes its home, unless the home was the test's.
/// </summary>
public interface IDaemonUnderTest : IAsyncDisposable
{
    /// <summary>The first listener, without a path.</summary>
    Uri Address { get; }

    string Home { get; }

    /// <summary>The key that its configuration asks for, or null.</summary>
    string? ApiKey { get; }

    /// <summary>A listener by its place in the configuration, counted from 0, without a path.</summary>
    Uri Listener(int index);

    /// <summary>Ends the daemon as an administrator would, and waits until it is gone.</summary>
    Task Stop(CancellationToken cancel);

    /// <summary>Completes when the daemon has ended because somebody asked over its API.</summary>
    Task WaitForEnd(CancellationToken cancel);

    /// <summary>Starts it again on the same home after it ended; its addresses may be others.</summary>
    Task Restart(CancellationToken cancel);
}
