namespace Fangd.Engine.Tools.Web.Html;

/// <summary>
/// Reads HTML as it is found: unclosed, wrongly nested, cut off. It builds the tree that a reader of the text needs and not the one that the
/// standard's algorithm would, and it ends after one pass whatever it is fed.
/// </summary>
internal sealed class HtmlParser
{
    /// <summary>Most characters that are read; pages beyond that are data, and a small machine has to hold the tree.</summary>
    public const int MaxLength = 3_000_000;

    /// <summary>Deeper elements become children of the last level: nobody writes them, and walking the tree must not exhaust the stack.</summary>
    private const int MaxDepth = 200;

    private static readonly HashSet<string> _void =
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

    /// <summary>Their content is text up to their own end tag.</summary>
    private static readonly HashSet<string> _raw = ["script", "style", "textarea", "title", "noscript", "iframe", "xmp", "noembed", "noframes"];

    /// <summary>Attributes that somebody asks for; the rest are not kept.</summary>
    private static readonly HashSet<string> _kept =
        ["href", "src", "alt", "id", "class", "role", "hidden", "aria-hidden", "style", "content", "name", "property", "charset", "start", "type", "value"];

    private static readonly HashSet<string> _blocks =
        ["p", "div", "section", "article", "main", "ul", "ol", "dl", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "form", "hr", "header", "footer", "aside", "nav"];

    private readonly string _text;
    private readonly List<HtmlNode> _open = [HtmlNode.OfElement("#root", null)];
    private int _at;

    private HtmlParser(string text) => _text = text.Length > MaxLength ? text[..MaxLength] : text;

    /// <summary>The root of the tree, an element without a meaning of its own.</summary>
    public static HtmlNode Parse(string text)
    {
        var parser = new HtmlParser(text);
        parser.Read();
        return parser._open[0];
    }

    private HtmlNode Current => _open[^1];

    private void Read()
    {
        while (_at < _text.Length)
        {
            var tag = _text.IndexOf('<', _at);
            if (tag < 0)
                tag = _text.Length;
            AddText(_text.AsSpan(_at, tag - _at));
            _at = tag;
            if (_at < _text.Length)
                ReadMarkup();
        }
    }

    private void ReadMarkup()
    {
        var next = _at + 1 < _text.Length ? _text[_at + 1] : ' ';
        if (char.IsAsciiLetter(next))
            ReadStart();
        else if (next == '/')
            ReadEnd();
        else if (_text.AsSpan(_at).StartsWith("<!--"))
            SkipPast("-->", _at + 4);
        else if (next is '!' or '?')
            SkipPast(">", _at + 1);
        else
        {
            AddText("<");
            _at++;
        }
    }

    private void ReadStart()
    {
        _at++;
        var name = ReadName();
        Dictionary<string, string>? attributes = null;
        var isClosed = ReadAttributes(ref attributes);
        CloseFor(name);
        var element = HtmlNode.OfElement(name, attributes);
        Current.Children.Add(element);
        if (_raw.Contains(name))
            ReadRaw(element);
        else if (!_void.Contains(name) && !isClosed && _open.Count < MaxDepth)
            _open.Add(element);
    }

    private void ReadEnd()
    {
        _at += 2;
        var name = ReadName();
        SkipPast(">", _at);
        for (var i = _open.Count - 1; i > 0; i--)
        {
            if (_open[i].Tag == name)
            {
                _open.RemoveRange(i, _open.Count - i);
                return;
            }
            // An end tag that fits nothing in its own cell is left out rather than tearing the table apart.
            if (_open[i].Tag is "td" or "th" or "table" && name is not ("tr" or "table" or "tbody" or "thead" or "tfoot" or "body" or "html"))
                return;
        }
    }

    /// <summary>Text up to the element's own end tag. Where that is missing the rest of the text belongs to it, as in a browser.</summary>
    private void ReadRaw(HtmlNode element)
    {
        var end = _text.AsSpan(_at).IndexOf($"</{element.Tag}", StringComparison.OrdinalIgnoreCase);
        var length = end < 0 ? _text.Length - _at : end;
        // Of these two the text is of use; the rest of the kind is dropped with it.
        if (element.Tag is "title" or "textarea")
            element.Children.Add(HtmlNode.OfText(HtmlEntities.Decode(_text.AsSpan(_at, length))));
        _at += length;
        SkipPast(">", _at);
    }

    /// <summary>Closes what a start tag ends without saying so.</summary>
    private void CloseFor(string name)
    {
        switch (name)
        {
            case "li":
                CloseInside("li", "ul", "ol", "menu");
                break;
            case "dt" or "dd":
                CloseInside("dt", "dl");
                CloseInside("dd", "dl");
                break;
            case "tr":
                CloseInside("tr", "table");
                break;
            case "td" or "th":
                CloseInside("td", "tr", "table");
                CloseInside("th", "tr", "table");
                break;
            case "option":
                CloseInside("option", "select");
                break;
            default:
                if (Current.Tag == "p" && _blocks.Contains(name))
                    _open.RemoveAt(_open.Count - 1);
                break;
        }
    }

    private void CloseInside(string tag, params ReadOnlySpan<string> borders)
    {
        for (var i = _open.Count - 1; i > 0; i--)
        {
            if (_open[i].Tag == tag)
            {
                _open.RemoveRange(i, _open.Count - i);
                return;
            }
            if (borders.Contains(_open[i].Tag))
                return;
        }
    }

    /// <summary>Moves behind the tag's <c>&gt;</c>. True for a tag that closes itself.</summary>
    private bool ReadAttributes(ref Dictionary<string, string>? attributes)
    {
        while (true)
        {
            SkipSpace();
            if (_at >= _text.Length)
                return true;
            if (_text[_at] == '>')
            {
                _at++;
                return false;
            }
            if (_text[_at] == '/')
            {
                _at++;
                if (_at < _text.Length && _text[_at] == '>')
                {
                    _at++;
                    return true;
                }
                continue;
            }

            var name = ReadName();
            if (name.Length == 0)
            {
                _at++;
                continue;
            }
            SkipSpace();
            var value = "";
            if (_at < _text.Length && _text[_at] == '=')
            {
                _at++;
                value = ReadValue();
            }
            if (_kept.Contains(name))
                (attributes ??= new Dictionary<string, string>(2, StringComparer.Ordinal)).TryAdd(name, value);
        }
    }

    private string ReadValue()
    {
        SkipSpace();
        if (_at >= _text.Length)
            return "";
        var start = _at;
        if (_text[_at] is '"' or '\'')
        {
            start++;
            var end = _text.IndexOf(_text[_at], start);
            if (end < 0)
                end = _text.Length;
            _at = Math.Min(end + 1, _text.Length);
            return HtmlEntities.Decode(_text.AsSpan(start, end - start));
        }
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] != '>')
            _at++;
        return HtmlEntities.Decode(_text.AsSpan(start, _at - start));
    }

    private string ReadName()
    {
        var start = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && _text[_at] is not ('>' or '/' or '='))
            _at++;
        return _text[start.._at].ToLowerInvariant();
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
    }

    private void SkipPast(string mark, int from)
    {
        var found = from < _text.Length ? _text.IndexOf(mark, from, StringComparison.Ordinal) : -1;
        _at = found < 0 ? _text.Length : found + mark.Length;
    }

    private void AddText(ReadOnlySpan<char> text)
    {
        if (text.Length > 0)
            Current.Children.Add(HtmlNode.OfText(HtmlEntities.Decode(text)));
    }
}
