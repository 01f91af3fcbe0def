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

    /// <summary>Ends the daemon as an administrator would, and waits until it is gone.</summary>
    Task Stop(CancellationToken cancel);
}
