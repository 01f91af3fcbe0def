using Fangd.Protocols.Mcp.Client;
using Fangd.Server.Mcp.Authorization;
using Microsoft.AspNetCore.WebUtilities;

namespace Fangd.McpConformance;

/// <summary>The daemon's authorization with a user beside it who agrees to everything at once, as the suite's authorization servers do.</summary>
internal sealed class ConsentingUser(McpAuthorization authorization) : IMcpAuthorizer
{
    private const string RedirectUri = "http://127.0.0.1:4545/api/mcp/servers/conformance/auth/callback";

    private readonly HttpClient browser = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public ValueTask<string?> Token(CancellationToken cancel) => authorization.Token(cancel);

    public async Task<string?> Answer(McpRefusal refusal, CancellationToken cancel)
    {
        try
        {
            if (await authorization.Answer(refusal, cancel) is { } token)
                return token;
            // Nothing there speaks of OAuth. Whoever knows that the server does all the same asks for it, as in 2025-03-26.
            if (refusal.Status != 401)
                return null;
        }
        catch (McpException) when (authorization.Wish is not null)
        {
            // Asked now.
        }

        await Consent(cancel);
        return await authorization.Token(cancel);
    }

    private async Task Consent(CancellationToken cancel)
    {
        var url = await authorization.Start(RedirectUri, cancel);
        using var response = await browser.GetAsync(url, cancel);
        var location = response.Headers.Location ?? throw new InvalidOperationException($"the authorization endpoint answered with HTTP {(int)response.StatusCode} and sent the browser nowhere");
        var answer = QueryHelpers.ParseQuery(location.Query);
        if (!await authorization.Complete(name => answer.TryGetValue(name, out var value) ? value.ToString() : null))
            throw new InvalidOperationException("the answer fits no question");
    }
}
