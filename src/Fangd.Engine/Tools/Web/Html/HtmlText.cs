using System.Text;

namespace Fangd.Engine.Tools.Web.Html;

/// <summary>The bare text of a piece of HTML, in one line.</summary>
internal static class HtmlText
{
    public static string Of(string html) => Of(HtmlParser.Parse(html));

    public static string Of(HtmlNode node)
    {
        var text = new StringBuilder();
        Append(node, text);
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static void Append(HtmlNode node, StringBuilder to)
    {
        to.Append(node.Text);
        foreach (var child in node.Children)
            Append(child, to);
    }
}
