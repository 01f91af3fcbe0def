using System.Text;
using Fangd.Server.Http;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>What a user's browser shows when it comes back from an authorization server.</summary>
internal static class McpAuthPage
{
    public static Task Show(Exchange exchange, int status, string title, string text)
    {
        var headers = exchange.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        headers.CacheControl = "no-store";
        var page = $"""
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>fangd: {Encoded(title)}</title>
            <body style="font:1.1em/1.5 system-ui,sans-serif;max-width:36em;margin:4em auto;padding:0 1em"><h1>{Encoded(title)}</h1>
            <p>{Encoded(text)}</p></body></html>
            """;
        return exchange.Bytes(status, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(page));
    }

    /// <summary>For the text between tags, which is the only place that has words of others.</summary>
    private static string Encoded(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
