using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Tests that have a daemon each, whose agents talk to a model that the test scripts.</summary>
public abstract class DaemonTest : IAsyncLifetime
{
    protected FakeModel Model { get; } = FakeModel.Start();

    protected IDaemonUnderTest Daemon { get; private set; } = null!;

    protected ApiClient Api { get; private set; } = null!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What the daemon starts with.</summary>
    protected virtual DaemonSetup Setup => Daemons.With(Model);

    public virtual async ValueTask InitializeAsync()
    {
        Daemon = await Daemons.Start(Setup, Cancel);
        Api = new ApiClient(Daemon);
    }

    public virtual async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Daemon.DisposeAsync();
        await Model.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts the same daemon again, which has stopped or died.</summary>
    protected async Task ComeBack()
    {
        await Daemon.Restart(Cancel);
        Api.Dispose();
        Api = new ApiClient(Daemon);
    }
}
