namespace Fangd.Engine.Tools.Web.Html;

/// <summary>An element (with a tag) or a piece of text (without one).</summary>
internal sealed class HtmlNode(string tag, string text, IReadOnlyDictionary<string, string> attributes)
{
    private static readonly IReadOnlyDictionary<string, string> _none = new Dictionary<string, string>();

    /// <summary>Lower case; empty for text.</summary>
    public string Tag => tag;

    /// <summary>The text of a text node, entities resolved.</summary>
    public string Text => text;

    public List<HtmlNode> Children { get; } = [];

    public bool IsText => tag.Length == 0;

    public static HtmlNode OfText(string text) => new("", text, _none);

    public static HtmlNode OfElement(string tag, IReadOnlyDictionary<string, string>? attributes) => new(tag, "", attributes ?? _none);

    /// <summary>The attribute, or null.</summary>
    public string? this[string attribute] => attributes.TryGetValue(attribute, out var value) ? value : null;

    /// <summary>The element and all below it, in the order of the text.</summary>
    public IEnumerable<HtmlNode> Elements()
    {
        // An explicit stack: nested iterators would cost the square of the depth.
        var open = new Stack<HtmlNode>();
        open.Push(this);
        while (open.TryPop(out var node))
        {
            if (node.IsText)
                continue;
            yield return node;
            for (var i = node.Children.Count - 1; i >= 0; i--)
                open.Push(node.Children[i]);
        }
    }
}
