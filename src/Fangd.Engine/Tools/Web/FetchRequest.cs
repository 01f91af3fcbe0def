using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Fangd.Engine.Outbound;

namespace Fangd.Engine.Tools.Web;

/// <summary>The arguments of a <c>web_fetch</c> call, checked.</summary>
internal sealed record FetchRequest(Uri Url, HttpMethod Method, IReadOnlyList<KeyValuePair<string, string>> Headers, string? Body)
{
    private const int MaxHeaders = 32;
    private const int MaxHeaderLength = 8 * 1024;
    private const int MaxUrlLength = 8 * 1024;
    private const int MaxBodyLength = 1024 * 1024;

    private static readonly HttpMethod[] _methods =
        [HttpMethod.Get, HttpMethod.Head, HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete, HttpMethod.Options];

    /// <summary>Headers by which a request would say it is for another host, or frame its body differently than it is framed.</summary>
    private static readonly string[] _ours =
        ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "Accept-Encoding", "Proxy-Authorization", "Proxy-Connection"];

    /// <summary>A plain look at a page, whose answer may be kept.</summary>
    public bool IsPlain => Method == HttpMethod.Get && Headers.Count == 0 && Body is null;

    /// <summary>The URL of the arguments; null for what is none.</summary>
    public static Uri? UrlOf(JsonElement arguments)
    {
        var text = Text(arguments, "url")?.Trim() ?? "";
        if (text.Length is 0 or > MaxUrlLength)
            return null;
        // Models leave the scheme out as people do.
        if (!text.Contains(':'))
            text = "https://" + text;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) ? url : null;
    }

    /// <summary>Throws <see cref="OutboundRefusal"/> for arguments that make no request.</summary>
    public static FetchRequest Read(JsonElement arguments)
    {
        var url = UrlOf(arguments) ?? throw new OutboundRefusal("The argument \"url\" is not a URL; expected one like https://example.org/page.");
        var word = Text(arguments, "method") is { Length: > 0 } given ? given.ToUpperInvariant() : "GET";
        var method = Array.Find(_methods, known => known.Method == word)
            ?? throw new OutboundRefusal($"The argument \"method\" must be one of {string.Join(", ", _methods.Select(known => known.Method))}.");
        var body = Text(arguments, "body") is { Length: > 0 } text ? text : null;
        if (body is not null && (method == HttpMethod.Get || method == HttpMethod.Head))
            throw new OutboundRefusal($"A {method} request has no body; use POST or leave \"body\" out.");
        if (body?.Length > MaxBodyLength)
            throw new OutboundRefusal($"The argument \"body\" has {body.Length} characters; at most {MaxBodyLength} are sent.");
        return new FetchRequest(url, method, HeadersOf(arguments), body);
    }

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(Method, Url);
        message.Headers.TryAddWithoutValidation("User-Agent", "Mozilla/5.0 (compatible; fangd)");
        message.Headers.TryAddWithoutValidation("Accept", "text/html, text/markdown, text/plain, application/json, */*;q=0.5");
        if (Body is not null)
        {
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Body));
            var looksLikeJson = Body.AsSpan().TrimStart() is ['{' or '[', ..];
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(looksLikeJson ? "application/json" : "text/plain", "utf-8");
        }
        foreach (var (name, value) in Headers)
        {
            // What belongs to the body is kept with the body, and goes with it.
            HttpHeaders? of = IsOfBody(name) ? message.Content?.Headers : message.Headers;
            of?.Remove(name);
            of?.TryAddWithoutValidation(name, value);
        }
        return message;
    }

    private static bool IsOfBody(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) || name.ToLowerInvariant() is "allow" or "expires" or "last-modified";

    private static List<KeyValuePair<string, string>> HeadersOf(JsonElement arguments)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (!arguments.TryGetProperty("headers", out var given) || given.ValueKind is JsonValueKind.Null)
            return headers;
        foreach (var header in given.EnumerateObject())
        {
            var value = header.Value.ValueKind is JsonValueKind.String ? header.Value.GetString()! : header.Value.GetRawText();
            if (header.Name.Length == 0 || header.Name.Any(symbol => !char.IsAsciiLetterOrDigit(symbol) && !"!#$%&'*+-.^_`|~".Contains(symbol)))
                throw new OutboundRefusal("The argument \"headers\" has a name that is no header name.");
            if (_ours.Contains(header.Name, StringComparer.OrdinalIgnoreCase))
                throw new OutboundRefusal($"The header {header.Name} cannot be set; it follows from the URL and the body.");
            if (value.Length > MaxHeaderLength || value.Any(symbol => char.IsControl(symbol) || symbol > '\u007E'))
                throw new OutboundRefusal($"The header {header.Name} has a value that cannot be sent: at most {MaxHeaderLength} printable ASCII characters.");
            headers.Add(new(header.Name, value));
        }
        return headers.Count <= MaxHeaders ? headers : throw new OutboundRefusal($"At most {MaxHeaders} headers can be sent.");
    }

    private static string? Text(JsonElement arguments, string name) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
