namespace Fangd.EndToEnd.Browser;

/// <summary>One daemon and one browser for all tests of the page.</summary>
public sealed class ChatPageFixture : IAsyncLifetime
{
    private HeadlessChromium? chromium;

    /// <summary>Null when there is no browser; the tests are skipped then, or fail under <c>FANGD_REQUIRE_BROWSER=1</c>.</summary>
    public IChatPageHost? Host { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (HeadlessChromium.Installed is not { } program)
        {
            if (Environment.GetEnvironmentVariable("FANGD_REQUIRE_BROWSER") == "1")
                throw new InvalidOperationException("No Chromium on the path; FANGD_CHROMIUM names one elsewhere.");
            return;
        }
        chromium = await HeadlessChromium.Start(program, CancellationToken.None);
        Host = RunningDaemonHost.Named ?? (IChatPageHost)await DaemonHost.Start(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (chromium is not null)
            await chromium.DisposeAsync();
        if (Host is not null)
            await Host.DisposeAsync();
    }

    /// <summary>The page, loaded, of a reader who is signed in or not.</summary>
    internal async Task<BrowserPage> Open(bool signedIn, CancellationToken cancel)
    {
        Assert.SkipWhen(Host is null, "There is no Chromium.");
        return await chromium!.Open(Host!.Address, signedIn ? Host.ApiKey : null, cancel);
    }
}
