namespace Fangd.Engine.Tools.Web.Html;

/// <summary>What a page says. <paramref name="Title"/> is empty where it has none.</summary>
internal sealed record ReadPage(string Title, string Text);

/// <summary>From HTML to the text that a model reads.</summary>
internal static class PageReader
{
    /// <param name="html">The page.</param>
    /// <param name="address">Where it came from.</param>
    /// <param name="limit">About so many characters are written.</param>
    /// <param name="findsMain">Only the main content, without what frames it.</param>
    public static ReadPage Read(string html, Uri address, int limit, bool findsMain)
    {
        var root = HtmlParser.Parse(html);
        var title = root.Elements().FirstOrDefault(element => element.Tag == "title");
        var basis = root.Elements().FirstOrDefault(element => element.Tag == "base" && element["href"] is not null);
        // A base may only name another place of the web, or every link on the page would be the page's own invention.
        var page = basis is not null && Uri.TryCreate(address, basis["href"], out var named) && named.Scheme is "http" or "https" ? named : address;
        var text = MarkdownWriter.Write(findsMain ? MainContent.Of(root) : root, page, limit, keepsAll: !findsMain);
        return new ReadPage(title is { Children: [var only, ..] } ? OneLine(only.Text) : "", text);
    }

    private static string OneLine(string text)
    {
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= 300 ? line : line[..300];
    }
}
