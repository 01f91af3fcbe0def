namespace Fangd.EndToEnd.Browser;

/// <summary>
/// A daemon that somebody else started: <c>FANGD_PAGE_URL</c>, <c>FANGD_PAGE_KEY</c>. Its gates are opened with
/// <c>POST /mock/gate/NAME</c>.
/// </summary>
internal sealed class RunningDaemonHost(Uri address, string? apiKey) : IChatPageHost
{
    private readonly HttpClient http = new() { BaseAddress = address };

    public Uri Address => address;

    public string? ApiKey => apiKey;

    public static RunningDaemonHost? Named =>
        Environment.GetEnvironmentVariable("FANGD_PAGE_URL") is { Length: > 0 } url
            ? new RunningDaemonHost(new Uri(url), Environment.GetEnvironmentVariable("FANGD_PAGE_KEY"))
            : null;

    public async Task OpenGate(string name, CancellationToken cancel)
    {
        using var answer = await http.PostAsync(new Uri($"/mock/gate/{name}", UriKind.Relative), null, cancel);
        answer.EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }
}
