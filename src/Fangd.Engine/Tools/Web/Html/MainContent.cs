namespace Fangd.Engine.Tools.Web.Html;

/// <summary>
/// Finds the part of a page that a person came to read: what the page itself marks as that, else the element under which most running
/// text with few links lies.
/// </summary>
internal sealed class MainContent
{
    /// <summary>Below this a guess is worth less than the whole page.</summary>
    private const int LeastText = 200;

    private static readonly HashSet<string> _never =
    [
        "script", "style", "noscript", "template", "svg", "canvas", "iframe", "object", "embed", "nav", "head", "button", "select", "input", "dialog",
        "audio", "video", "map",
    ];

    private readonly Dictionary<HtmlNode, Weight> _weights = [];
    private readonly Dictionary<HtmlNode, double> _scores = [];

    private MainContent()
    {
    }

    /// <summary>The element to show, and whether everything else was left out.</summary>
    public static HtmlNode Of(HtmlNode root)
    {
        var search = new MainContent();
        search.Weigh(root, null, null);
        var all = search._weights[root].Plain;
        if (all < LeastText)
            return root;
        var marked = search.Marked(root);
        if (marked is not null && search._weights[marked].Plain >= Math.Max(LeastText, all / 4))
            return marked;
        var guess = search._scores.MaxBy(entry => entry.Value * (1 - search._weights[entry.Key].LinkShare)).Key;
        return guess is not null && search._weights[guess].Plain >= Math.Max(LeastText, all / 3) ? guess : root;
    }

    /// <summary>Whether nothing of the element is for readers.</summary>
    public static bool IsHidden(HtmlNode node) =>
        _never.Contains(node.Tag)
        || node["hidden"] is not null
        || node["aria-hidden"] == "true"
        || node["role"] is "navigation" or "banner" or "contentinfo" or "search" or "complementary"
        || (node["style"] is { } style && style.Replace(" ", "", StringComparison.Ordinal).Contains("display:none", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the element frames the text of its page.</summary>
    public static bool IsAround(HtmlNode node) => node.Tag is "footer" or "aside";

    /// <summary>The one main or article; of several articles none is the main one.</summary>
    private HtmlNode? Marked(HtmlNode root)
    {
        HtmlNode? article = null;
        var articles = 0;
        foreach (var element in root.Elements())
        {
            if (!_weights.ContainsKey(element))
                continue;
            if (element.Tag == "main" || element["role"] == "main")
                return element;
            if (element.Tag == "article" && articles++ == 0)
                article = element;
        }
        return articles == 1 ? article : null;
    }

    /// <summary>How much text is below the node, and how much of it in links. Paragraphs speak for their parent and, half, for its parent.</summary>
    private Weight Weigh(HtmlNode node, HtmlNode? parent, HtmlNode? grandparent)
    {
        if (node.IsText)
            return new Weight(Letters(node.Text), 0, node.Text.AsSpan().Count(','));
        if (IsHidden(node) || IsAround(node))
            return default;
        var sum = default(Weight);
        foreach (var child in node.Children)
            sum += Weigh(child, node, parent);
        if (node.Tag == "a")
            sum = sum with { Links = sum.Text };
        _weights[node] = sum;
        if (node.Tag is "p" or "pre" or "blockquote" or "td" or "li" && sum.Text >= 25 && parent is not null)
        {
            var score = (1 + sum.Commas + Math.Min(3, sum.Text / 100.0)) * (1 - sum.LinkShare);
            Add(parent, score);
            if (grandparent is not null)
                Add(grandparent, score / 2);
        }
        return sum;
    }

    private void Add(HtmlNode node, double score) => _scores[node] = _scores.GetValueOrDefault(node) + score;

    private static int Letters(string text)
    {
        var count = 0;
        foreach (var symbol in text)
        {
            if (!char.IsWhiteSpace(symbol))
                count++;
        }
        return count;
    }

    private readonly record struct Weight(int Text, int Links, int Commas)
    {
        /// <summary>Text outside of links: what there is to read.</summary>
        public int Plain => Text - Links;

        public double LinkShare => Text == 0 ? 0 : (double)Links / Text;

        public static Weight operator +(Weight a, Weight b) => new(a.Text + b.Text, a.Links + b.Links, a.Commas + b.Commas);
    }
}
