namespace Fangd.EndToEnd.Browser;

/// <summary>One daemon and one browser for all tests of the page.</summary>
public sealed class ChatPageFixture : IAsyncLifetime
{
    private HeadlessChromium? chromium;

    /// <summary>Null when there is no daemon or no browser; the tests are skipped then, or fail under <c>FANGD_REQUIRE_BROWSER=1</c>.</summary>
    public IChatPageHost? Host { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var required = Environment.GetEnvironmentVariable("FANGD_REQUIRE_BROWSER") == "1";
        if (HeadlessChromium.Installed is not { } program)
        {
            if (required)
                throw new InvalidOperationException("No Chromium on the path; FANGD_CHROMIUM names one elsewhere.");
            return;
        }
        Host = RunningDaemonHost.Named;
        if (Host is not null)
            chromium = await HeadlessChromium.Start(program, CancellationToken.None);
        else if (required)
            throw new InvalidOperationException("No daemon to open the page of: FANGD_PAGE_URL is not set.");
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
        Assert.SkipWhen(Host is null, "There is no Chromium, or no daemon to open the page of.");
        return await chromium!.Open(Host!.Address, signedIn ? Host.ApiKey : null, cancel);
    }
}
