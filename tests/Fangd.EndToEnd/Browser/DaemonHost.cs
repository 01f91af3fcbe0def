namespace Fangd.EndToEnd.Browser;

/// <summary>The published binary with a key of its own, and the scripted model behind it.</summary>
internal sealed class DaemonHost(DaemonWithModel daemon) : IChatPageHost
{
    public Uri Address => daemon.Process.Address;

    public string? ApiKey => daemon.Process.ApiKey;

    public static async Task<DaemonHost> Start(CancellationToken cancel) =>
        new(await DaemonWithModel.Start(cancel, "[approval]\nrequire_approval = [\"system_time\"]", "the-key-of-the-page"));

    public Task OpenGate(string name, CancellationToken cancel)
    {
        daemon.Model.Gate(name).Open();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => daemon.DisposeAsync();
}
