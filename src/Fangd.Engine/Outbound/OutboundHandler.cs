using System.Net;

namespace Fangd.Engine.Outbound;

/// <summary>Checks the target of a request and of every redirect, which it follows itself.</summary>
internal sealed class OutboundHandler(OutboundGuard guard, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int MaxRedirects = 10;

    /// <summary>What may cross to another origin: everything else may be a credential, whatever its name.</summary>
    private static readonly string[] _harmless = ["Accept", "Accept-Language", "Accept-Encoding", "User-Agent"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        if (request.Headers.AcceptEncoding.Count == 0)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        request.Options.TryGetValue(OutboundHttp.Allowance, out var allowance);
        for (var hop = 0; ; hop++)
        {
            allowance?.Demand();
            var url = request.RequestUri ?? throw new OutboundRefusal("The request has no URL.");
            var target = OutboundTarget.Of(url);
            guard.CheckHost(target);
            if (request.Options.TryGetValue(OutboundHttp.Reach, out var reach) && reach(target) is { } reason)
                throw new OutboundRefusal(hop == 0 ? reason : $"A redirect to {target} was not followed: {reason}");

            var response = await Send(request, target, cancel);
            allowance?.Count(LengthOfHead(response));
            if (Next(response, url) is not { } next)
            {
                response.Content = ReceivedContent.Of(response.Content, allowance);
                return response;
            }

            response.Dispose();
            if (hop == MaxRedirects)
                throw new OutboundRefusal($"More than {MaxRedirects} redirects were sent, the last by {target}.");
            Redirect(request, response.StatusCode, next);
        }
    }

    private async Task<HttpResponseMessage> Send(HttpRequestMessage request, OutboundTarget target, CancellationToken cancel)
    {
        try
        {
            return await base.SendAsync(request, cancel);
        }
        // The connector's own words are within what the connection pool makes of them.
        catch (HttpRequestException wrapped) when (wrapped.InnerException is OutboundRefusal refusal)
        {
            throw refusal;
        }
        catch (HttpRequestException failed) when (failed is not OutboundRefusal)
        {
            throw new OutboundRefusal(failed.HttpRequestError switch
            {
                HttpRequestError.SecureConnectionError => $"No secure connection to {target} could be made: its certificate or its TLS was not accepted.",
                HttpRequestError.ConfigurationLimitExceeded => $"The answer of {target} has headers of more than 64 KiB.",
                _ => $"{target} did not answer as HTTP demands.",
            });
        }
    }

    /// <summary>Not to the byte, but an answer that is all headers is not free.</summary>
    private static int LengthOfHead(HttpResponseMessage response)
    {
        var length = 0;
        foreach (var header in response.Headers.NonValidated)
            length += header.Key.Length + header.Value.ToString().Length + 4;
        return length;
    }

    private static Uri? Next(HttpResponseMessage response, Uri from) =>
        response.StatusCode is HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect
            or HttpStatusCode.PermanentRedirect && response.Headers.Location is { } location
            ? Uri.TryCreate(from, location, out var next) ? next : throw new OutboundRefusal($"{from.IdnHost} redirects to something that is no URL.")
            : null;

    private static void Redirect(HttpRequestMessage request, HttpStatusCode status, Uri to)
    {
        var from = request.RequestUri!;
        // RFC 9110, 15.4: 303 turns everything into a GET, and 301 and 302 do so with a POST, as every client has it.
        var method = request.Method;
        if ((status is HttpStatusCode.SeeOther && method != HttpMethod.Head) || (status is HttpStatusCode.Moved or HttpStatusCode.Found && method == HttpMethod.Post))
        {
            request.Method = HttpMethod.Get;
            request.Content = null;
        }
        if (!IsSameOrigin(from, to))
        {
            var dropped = request.Headers.Where(header => !_harmless.Contains(header.Key, StringComparer.OrdinalIgnoreCase)).Select(header => header.Key).ToList();
            if (from.Scheme == "https" && to.Scheme == "http" && (dropped.Count > 0 || request.Content is not null))
                throw new OutboundRefusal($"A redirect from {from.IdnHost} to http://{to.IdnHost} was not followed: the request would have gone on unencrypted.");
            foreach (var name in dropped)
                request.Headers.Remove(name);
        }
        request.Headers.Host = null;
        request.RequestUri = to;
    }

    private static bool IsSameOrigin(Uri a, Uri b) =>
        a.Scheme == b.Scheme && a.Port == b.Port && string.Equals(a.IdnHost, b.IdnHost, StringComparison.OrdinalIgnoreCase);
}
