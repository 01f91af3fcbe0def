using System.Text;

namespace Fangd.Engine.Tools.Web.Html;

/// <summary>Writes an element as Markdown: headings, paragraphs, lists, links, code, quotes and tables.</summary>
internal sealed class MarkdownWriter
{
    private readonly Uri _page;
    private readonly int _limit;
    private readonly bool _keepsAll;
    private readonly StringBuilder _text = new();
    private string _indent = "";
    private bool _isSpaceDue;
    private int _breaksDue;
    private int _cellDepth;

    private MarkdownWriter(Uri page, int limit, bool keepsAll) => (_page, _limit, _keepsAll) = (page, limit, keepsAll);

    /// <param name="element">What to write.</param>
    /// <param name="page">The page's address; links are written whole.</param>
    /// <param name="limit">Writing ends soon after so many characters.</param>
    /// <param name="keepsAll">Also what frames the text.</param>
    public static string Write(HtmlNode element, Uri page, int limit, bool keepsAll)
    {
        var writer = new MarkdownWriter(page, limit, keepsAll);
        writer.Visit(element);
        return writer._text.ToString();
    }

    private void Visit(HtmlNode node)
    {
        if (_text.Length > _limit)
            return;
        if (node.IsText)
        {
            Inline(node.Text);
            return;
        }
        if (MainContent.IsHidden(node) || (!_keepsAll && MainContent.IsAround(node)))
            return;

        switch (node.Tag)
        {
            case "title":
                break;
            case "h1" or "h2" or "h3" or "h4" or "h5" or "h6":
                Block(node, new string('#', node.Tag[1] - '0') + " ");
                break;
            case "p" or "div" or "section" or "article" or "main" or "header" or "footer" or "aside" or "figure" or "figcaption" or "address"
                or "form" or "fieldset" or "details" or "summary" or "dl" or "dt" or "body" or "html":
                Block(node, "");
                break;
            case "dd":
                Block(node, ": ");
                break;
            case "br":
                Break(1);
                break;
            case "hr":
                Break(2);
                Raw("---");
                Break(2);
                break;
            case "ul" or "ol" or "menu":
                List(node);
                break;
            case "li":
                Item(node, "- ");
                break;
            case "pre":
                Preformatted(node);
                break;
            case "blockquote":
                Nested(node, "> ", "> ");
                break;
            case "table" when _cellDepth == 0:
                Table(node);
                break;
            case "a":
                Link(node);
                break;
            case "img":
                Image(node);
                break;
            case "code" or "kbd" or "samp":
                Marked(node, "`");
                break;
            case "strong" or "b":
                Marked(node, "**");
                break;
            case "em" or "i":
                Marked(node, "*");
                break;
            default:
                Children(node);
                break;
        }
    }

    private void Children(HtmlNode node)
    {
        foreach (var child in node.Children)
            Visit(child);
    }

    private void Block(HtmlNode node, string mark)
    {
        Break(2);
        var start = _text.Length;
        if (mark.Length == 0)
        {
            Children(node);
        }
        else
        {
            var text = Line(node);
            if (text.Length > 0)
                Raw(mark + text);
        }
        if (_text.Length > start)
            Break(2);
    }

    private void List(HtmlNode list)
    {
        Break(_indent.Length > 0 ? 1 : 2);
        var number = int.TryParse(list["start"], out var start) ? start : 1;
        foreach (var child in list.Children)
        {
            if (child.Tag == "li")
                Item(child, list.Tag == "ol" ? $"{number++}. " : "- ");
            else if (!child.IsText)
                Visit(child);
        }
        Break(_indent.Length > 0 ? 1 : 2);
    }

    private void Item(HtmlNode node, string bullet)
    {
        Break(1);
        Nested(node, bullet, new string(' ', bullet.Length));
        Break(1);
    }

    /// <summary>Lays the children out on their own, and puts marks before the first and the further lines.</summary>
    private void Nested(HtmlNode node, string first, string further)
    {
        var inner = new MarkdownWriter(_page, Math.Max(0, _limit - _text.Length), _keepsAll) { _indent = _indent + further, _cellDepth = _cellDepth };
        inner.Children(node);
        var text = inner._text.ToString();
        if (text.Length == 0)
            return;
        if (first == "> ")
            Break(2);
        Raw(first + text.Replace("\n", "\n" + further, StringComparison.Ordinal));
        if (first == "> ")
            Break(2);
    }

    private void Preformatted(HtmlNode node)
    {
        var text = TextOf(node).Trim('\n', '\r');
        if (text.Length == 0)
            return;
        Break(2);
        // A fence is longer than any in the text.
        var fence = "```";
        while (text.Contains(fence, StringComparison.Ordinal))
            fence += "`";
        Raw($"{fence}\n{text}\n{fence}");
        Break(2);
    }

    private void Table(HtmlNode table)
    {
        var rows = table.Elements().Where(element => element.Tag == "tr").ToList();
        // Tables of one column lay a page out; so do those that hold other tables.
        if (rows.All(row => Cells(row).Count() < 2) || table.Elements().Count(element => element.Tag == "table") > 1)
        {
            Children(table);
            return;
        }
        Break(2);
        var isFirst = true;
        foreach (var row in rows)
        {
            var cells = Cells(row).Select(cell => Line(cell).Replace("|", "\\|", StringComparison.Ordinal)).ToList();
            if (cells.All(cell => cell.Length == 0) || _text.Length > _limit)
                continue;
            Raw($"| {string.Join(" | ", cells)} |");
            Break(1);
            if (isFirst)
            {
                Raw("|" + string.Concat(Enumerable.Repeat(" --- |", cells.Count)));
                Break(1);
            }
            isFirst = false;
        }
        Break(2);
    }

    private static IEnumerable<HtmlNode> Cells(HtmlNode row) => row.Children.Where(child => child.Tag is "td" or "th");

    private void Link(HtmlNode node)
    {
        var text = Line(node);
        if (text.Length == 0)
            return;
        var target = node["href"] is { } href ? Address(href) : null;
        Inline(target is null ? text : $"[{text}]({target})", isWritten: true);
    }

    private void Image(HtmlNode node)
    {
        if (node["alt"] is not { } alt || string.IsNullOrWhiteSpace(alt) || node["src"] is not { } src || Address(src) is not { } address)
            return;
        Inline($"![{Collapse(alt)}]({address})", isWritten: true);
    }

    /// <summary>A whole http(s) address, or null for what leads nowhere else.</summary>
    private string? Address(string reference)
    {
        var trimmed = reference.Trim();
        if (trimmed.Length == 0 || trimmed[0] == '#' || !Uri.TryCreate(_page, trimmed, out var url) || url.Scheme is not ("http" or "https" or "mailto"))
            return null;
        var address = url.AbsoluteUri.Replace(")", "%29", StringComparison.Ordinal);
        return address.Length <= 2000 ? address : null;
    }

    private void Marked(HtmlNode node, string mark)
    {
        var text = Line(node);
        if (text.Length > 0)
            Inline(mark + text + mark, isWritten: true, isSpaced: StartsWithSpace(node));
    }

    private static bool StartsWithSpace(HtmlNode node) => node.Children is [{ IsText: true } text, ..] && text.Text.Length > 0 && char.IsWhiteSpace(text.Text[0]);

    /// <summary>The element's text in one line.</summary>
    private string Line(HtmlNode node)
    {
        var inner = new MarkdownWriter(_page, Math.Min(20_000, Math.Max(0, _limit - _text.Length)), _keepsAll) { _cellDepth = _cellDepth + 1 };
        inner.Children(node);
        return Collapse(inner._text.ToString());
    }

    private static string Collapse(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string TextOf(HtmlNode node)
    {
        var text = new StringBuilder();
        Append(node);
        return text.ToString();

        void Append(HtmlNode part)
        {
            text.Append(part.Text);
            if (part.Tag == "br")
                text.Append('\n');
            foreach (var child in part.Children)
                Append(child);
        }
    }

    private void Inline(string text, bool isWritten = false, bool isSpaced = false)
    {
        _isSpaceDue |= isSpaced || (text.Length > 0 && char.IsWhiteSpace(text[0]));
        var line = isWritten ? text : Collapse(text);
        if (line.Length == 0)
            return;
        Flush();
        _text.Append(line);
        _isSpaceDue = !isWritten && char.IsWhiteSpace(text[^1]);
    }

    private void Raw(string text)
    {
        Flush();
        _text.Append(text);
    }

    /// <summary>So many line ends are due before the next text; none at the start.</summary>
    private void Break(int count)
    {
        _breaksDue = Math.Max(_breaksDue, count);
        _isSpaceDue = false;
    }

    private void Flush()
    {
        if (_text.Length > 0)
        {
            if (_breaksDue > 0)
                _text.Append('\n', _breaksDue);
            else if (_isSpaceDue)
                _text.Append(' ');
        }
        (_breaksDue, _isSpaceDue) = (0, false);
    }
}
