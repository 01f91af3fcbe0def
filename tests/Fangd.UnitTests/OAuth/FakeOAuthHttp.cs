using System.Text;
using Fangd.Protocols.OAuth;
using Fangd.TestKit;

namespace Fangd.UnitTests.OAuth;

/// <summary>Documents by address; everything else is 404.</summary>
internal sealed class FakeOAuthHttp(Dictionary<string, string> documents) : IOAuthHttp
{
    public List<string> Asked { get; } = [];

    public string LastBody { get; private set; } = "";

    public string? LastAuthorization { get; private set; }

    public int Status { get; set; } = 200;

    public TimeProvider Time { get; } = new ManualTime();

    public bool IsConfigured(Uri url) => url.Host == "mcp.example" || url.Host == "own.example";

    public async Task<OAuthReply> Send(HttpRequestMessage request, CancellationToken cancel)
    {
        Asked.Add(request.RequestUri!.AbsoluteUri);
        LastBody = request.Content is null ? "" : Encoding.UTF8.GetString(await request.Content.ReadAsByteArrayAsync(cancel));
        LastAuthorization = request.Headers.Authorization?.ToString();
        return documents.TryGetValue(request.RequestUri.AbsoluteUri, out var text) ? new OAuthReply(Status, FakeJson.TryParse(text)) : new OAuthReply(404, default);
    }
}
