using System.Text.Json;
using Fangd.Engine.Outbound;
using Fangd.Protocols.OAuth;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>
/// The way out for authorizations. What stands in the configuration is reached by the rules for an administrator; every address that a document of a server
/// names, by those for what others can steer, so that no server leads fangd into its own network.
/// </summary>
internal sealed class AuthorizationHttp(OutboundHttp outbound, IReadOnlyList<Uri> configured, TimeProvider time) : IOAuthHttp
{
    private const int MaxBody = 256 * 1024;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);

    public TimeProvider Time => time;

    public bool IsConfigured(Uri url)
    {
        foreach (var known in configured)
        {
            if (ResourceId.IsSameOrigin(known, url))
                return true;
        }

        return false;
    }

    public async Task<OAuthReply> Send(HttpRequestMessage request, CancellationToken cancel)
    {
        var (url, isQuestion) = (request.RequestUri!, request.Method == HttpMethod.Get);
        OutboundTarget? first = null;
        request.Options.Set(OutboundHttp.Reach, target =>
        {
            // A code or a secret goes where it was meant to go; a document may at most have moved within its server.
            var isFirst = first is null;
            first ??= target;
            return isFirst || (isQuestion && target == first) ? null : "an authorization does not go on elsewhere.";
        });
        request.Headers.TryAddWithoutValidation("User-Agent", "fangd");
        using var patience = new CancellationTokenSource(_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            var trust = IsConfigured(url) ? OutboundTrust.Administrator : OutboundTrust.Agent;
            using var response = await outbound.For(trust).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return new OAuthReply((int)response.StatusCode, Parse(await BoundedBody.Read(response.Content, MaxBody, either.Token)));
        }
        catch (HttpRequestException refused)
        {
            throw new OAuthException(refused is OutboundRefusal ? refused.Message.TrimEnd('.') : $"{url.Host} did not answer as HTTP demands", inner: refused);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new OAuthException($"{url.Host} did not answer within {_patience.TotalSeconds:0} s");
        }
    }

    private static JsonElement Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
