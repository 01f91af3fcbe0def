using System.Net;
using Fangd.Protocols.OAuth;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>
/// Puts a server's tokens on the requests to it, whatever transport makes them, and sends a request again when a refusal could be answered. A token goes to
/// the server's own origin and to nobody else.
/// </summary>
public sealed class AuthorizedHandler(HttpClient http, Uri server, IMcpAuthorizer authorizer) : HttpMessageHandler
{
    /// <summary>How often one request is sent: a server that is never content must not have its user asked for ever.</summary>
    private const int MostAttempts = 3;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri is not { } url || !ResourceId.IsSameOrigin(url, server))
            return await http.SendAsync(Copy(request, null), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var token = await authorizer.Token(cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            var response = await http.SendAsync(Copy(request, token), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            // What a redirect led to elsewhere is not this server's refusal.
            if (response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) || attempt == MostAttempts ||
                response.RequestMessage?.RequestUri is { } reached && !ResourceId.IsSameOrigin(reached, server))
                return response;
            string? next;
            try
            {
                var challenge = BearerChallenge.Find(response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var values) ? values : []);
                next = await authorizer.Answer(new McpRefusal((int)response.StatusCode, challenge, token, attempt > 1), cancellationToken);
            }
            catch
            {
                response.Dispose();
                throw;
            }

            if (next is null)
                return response;
            response.Dispose();
            token = next;
        }
    }

    /// <summary>A message can be sent once only.</summary>
    private static HttpRequestMessage Copy(HttpRequestMessage request, string? token)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = request.Content };
        foreach (var header in request.Headers.NonValidated)
            copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
        if (token is not null)
            copy.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        return copy;
    }
}
