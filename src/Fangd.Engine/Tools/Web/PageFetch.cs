using System.Globalization;
using System.Text;
using Fangd.Engine.Outbound;
using Fangd.Engine.Tools.Web.Html;

namespace Fangd.Engine.Tools.Web;

/// <summary>Turns one answer from the web into text for a model.</summary>
internal sealed class PageFetch(WebFetchSettings settings)
{
    private static readonly string[] _textual =
    [
        "application/json", "application/xml", "application/javascript", "application/x-javascript", "application/ecmascript", "application/yaml",
        "application/x-yaml", "application/toml", "application/x-ndjson", "application/jsonl", "application/graphql", "application/sql",
        "application/x-sh", "application/x-www-form-urlencoded", "image/svg+xml",
    ];

    /// <summary>What came, with a head that says where from. Throws <see cref="OutboundRefusal"/> for what is no text.</summary>
    public async Task<string> Read(HttpResponseMessage response, CancellationToken cancel)
    {
        var url = response.RequestMessage!.RequestUri!;
        var type = response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant();
        if (type is not null && !IsHtml(type) && !IsText(type))
            throw new OutboundRefusal(NotText(url, type));
        if (response.Content.Headers.ContentLength > settings.MaxResponseBytes)
            throw new OutboundRefusal($"The answer of {url.IdnHost} is larger than {settings.MaxResponseBytes} bytes ({response.Content.Headers.ContentLength}); it was not read.");

        var bytes = await BoundedBody.Read(response.Content, settings.MaxResponseBytes, cancel);
        var body = Charsets.Decode(bytes, response.Content.Headers.ContentType?.CharSet, out var unknownCharset);
        if (type is null && body.Contains('\0'))
            throw new OutboundRefusal(NotText(url, "of no declared type"));

        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"URL: {Cut(url.AbsoluteUri, 500)}\nStatus: {(int)response.StatusCode}");
        if (type is not null)
            head.Append(CultureInfo.InvariantCulture, $"\nType: {Cut(type, 100)}");
        if (unknownCharset is not null)
            head.Append(CultureInfo.InvariantCulture, $"\nNote: the page is in the charset {unknownCharset}, which cannot be read here: all but ASCII was left out, each gap is one \uFFFD.");
        if (type is null ? LooksLikeHtml(body) : IsHtml(type))
        {
            var page = PageReader.Read(body, url, settings.MaxChars, settings.Readability);
            if (page.Title.Length > 0)
                head.Append(CultureInfo.InvariantCulture, $"\nTitle: {page.Title}");
            body = page.Text;
        }
        return $"{head}\n\n{Shortened(body.Trim())}";
    }

    private string Shortened(string text)
    {
        if (text.Length == 0)
            return "(no text)";
        return text.Length <= settings.MaxChars ? text : $"{Cut(text, settings.MaxChars)}\n\n[cut after {settings.MaxChars} characters]";
    }

    /// <summary>Never between the two halves of a symbol.</summary>
    private static string Cut(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    private static bool IsHtml(string type) => type is "text/html" or "application/xhtml+xml";

    private static bool IsText(string type) =>
        type.StartsWith("text/", StringComparison.Ordinal)
        || type.EndsWith("+json", StringComparison.Ordinal)
        || type.EndsWith("+xml", StringComparison.Ordinal)
        || Array.IndexOf(_textual, type) >= 0;

    private static bool LooksLikeHtml(string body)
    {
        var start = body.AsSpan().TrimStart();
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }

    private static string NotText(Uri url, string type) => type == "application/pdf"
        ? $"The answer of {url.IdnHost} is a PDF, which cannot be read as text here; look for a page with the same content."
        : $"The answer of {url.IdnHost} is binary ({Cut(type, 100)}); only text, JSON, XML and web pages are read.";
}
