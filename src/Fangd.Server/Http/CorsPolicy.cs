using Microsoft.AspNetCore.Http;

namespace Fangd.Server.Http;

/// <summary>Which web origins may read answers, by dialect and configuration.</summary>
internal sealed class CorsPolicy(IReadOnlyList<string> configured, bool isKeySet)
{
    private const string Methods = "GET, POST, PUT, PATCH, DELETE, OPTIONS";

    /// <summary>Sets the response headers; true when the request was a preflight, which is then answered.</summary>
    public bool Apply(HttpContext http, Dialect dialect)
    {
        var origin = http.Request.Headers.Origin.ToString();
        if (origin.Length == 0)
            return false;
        var headers = http.Response.Headers;
        headers.Append("Vary", "Origin");
        var isPreflight = http.Request.Method == "OPTIONS" && http.Request.Headers.ContainsKey("Access-Control-Request-Method");
        if (dialect.AllowsAllOrigins)
            headers.AccessControlAllowOrigin = "*";
        else if (IsLocal(origin) || (isKeySet && configured.Contains(origin, StringComparer.OrdinalIgnoreCase)))
            headers.AccessControlAllowOrigin = origin;
        else
            return isPreflight;
        headers.AccessControlExposeHeaders = "X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Total-Count, Retry-After";
        if (!isPreflight)
            return false;
        headers.AccessControlAllowMethods = Methods;
        var asked = http.Request.Headers.AccessControlRequestHeaders.ToString();
        headers.AccessControlAllowHeaders = asked.Length > 0 ? asked : "authorization, content-type";
        headers.AccessControlMaxAge = "600";
        return true;
    }

    /// <summary>Whether an origin is a page of this machine, on whatever port.</summary>
    public static bool IsLocal(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.IsLoopback;
}
