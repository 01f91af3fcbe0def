using System.Globalization;
using System.Text;

namespace Fangd.Engine.Tools.Web.Html;

/// <summary>
/// Resolves character references. Of the 2,231 names of the HTML standard those that texts use are known; another name stays as it is
/// written, which a reader can still read.
/// </summary>
internal static class HtmlEntities
{
    private const int LongestName = 8;

    // Two for one: the name, then what it stands for.
    private const string Names =
        "amp & lt < gt > quot \" apos ' AMP & LT < GT > QUOT \" iexcl ¡ cent ¢ pound £ curren ¤ yen ¥ brvbar ¦ sect § uml ¨ copy © COPY © ordf ª " +
        "laquo « not ¬ reg ® REG ® macr ¯ deg ° plusmn ± sup2 ² sup3 ³ acute ´ micro µ para ¶ middot · cedil ¸ sup1 ¹ ordm º raquo » frac14 ¼ frac12 ½ " +
        "frac34 ¾ iquest ¿ Agrave À Aacute Á Acirc Â Atilde à Auml Ä Aring Å AElig Æ Ccedil Ç Egrave È Eacute É Ecirc Ê Euml Ë Igrave Ì Iacute Í " +
        "Icirc Î Iuml Ï ETH Ð Ntilde Ñ Ograve Ò Oacute Ó Ocirc Ô Otilde Õ Ouml Ö times × Oslash Ø Ugrave Ù Uacute Ú Ucirc Û Uuml Ü Yacute Ý THORN Þ " +
        "szlig ß agrave à aacute á acirc â atilde ã auml ä aring å aelig æ ccedil ç egrave è eacute é ecirc ê euml ë igrave ì iacute í icirc î iuml ï " +
        "eth ð ntilde ñ ograve ò oacute ó ocirc ô otilde õ ouml ö divide ÷ oslash ø ugrave ù uacute ú ucirc û uuml ü yacute ý thorn þ yuml ÿ " +
        "OElig Œ oelig œ Scaron Š scaron š Yuml Ÿ fnof ƒ circ ˆ tilde ˜ ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ dagger † " +
        "Dagger ‡ bull • hellip … permil ‰ prime ′ Prime ″ lsaquo ‹ rsaquo › euro € trade ™ larr ← uarr ↑ rarr → darr ↓ harr ↔ rArr ⇒ hArr ⇔ forall ∀ " +
        "part ∂ exist ∃ empty ∅ nabla ∇ isin ∈ notin ∉ prod ∏ sum ∑ minus − radic √ prop ∝ infin ∞ cap ∩ cup ∪ int ∫ sim ∼ asymp ≈ ne ≠ equiv ≡ le ≤ " +
        "ge ≥ sub ⊂ sup ⊃ alpha α beta β gamma γ delta δ epsilon ε lambda λ mu μ pi π sigma σ tau τ phi φ omega ω Delta Δ Sigma Σ Omega Ω check ✓";

    private static readonly Dictionary<string, string> _known = Read();

    public static string Decode(ReadOnlySpan<char> text)
    {
        var ampersand = text.IndexOf('&');
        if (ampersand < 0)
            return text.ToString();

        var decoded = new StringBuilder(text.Length);
        while (ampersand >= 0)
        {
            decoded.Append(text[..ampersand]);
            text = text[ampersand..];
            var length = Reference(text, decoded);
            if (length == 0)
            {
                decoded.Append('&');
                length = 1;
            }
            text = text[length..];
            ampersand = text.IndexOf('&');
        }
        return decoded.Append(text).ToString();
    }

    /// <summary>Appends what the reference at the start stands for, and returns its length; 0 when there is none.</summary>
    private static int Reference(ReadOnlySpan<char> text, StringBuilder to)
    {
        if (text.Length > 2 && text[1] == '#')
            return Number(text, to);
        var length = 1;
        while (length < text.Length && length <= LongestName && char.IsAsciiLetterOrDigit(text[length]))
            length++;
        if (!_known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[1..length], out var value))
            return 0;
        to.Append(value);
        return length < text.Length && text[length] == ';' ? length + 1 : length;
    }

    private static int Number(ReadOnlySpan<char> text, StringBuilder to)
    {
        var isHex = text[2] is 'x' or 'X';
        var start = isHex ? 3 : 2;
        var end = start;
        while (end < text.Length && end - start < 8 && (isHex ? char.IsAsciiHexDigit(text[end]) : char.IsAsciiDigit(text[end])))
            end++;
        if (!uint.TryParse(text[start..end], isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            return 0;
        // The standard reads 0x80 to 0x9F as Windows-1252, since that is what their writers meant.
        if (code is >= 0x80 and <= 0x9F)
            to.Append(Windows1252.Symbol((byte)code));
        else
            to.Append(code > 0 && Rune.TryCreate(code, out var rune) ? rune.ToString() : "\uFFFD");
        return end < text.Length && text[end] == ';' ? end + 1 : end;
    }

    private static Dictionary<string, string> Read()
    {
        var words = Names.Split(' ');
        var known = new Dictionary<string, string>(words.Length / 2 + 8, StringComparer.Ordinal);
        for (var i = 0; i + 1 < words.Length; i += 2)
            known[words[i]] = words[i + 1];
        // What a split at spaces cannot hold, and what nobody sees.
        foreach (var name in (string[])["nbsp", "ensp", "emsp", "thinsp"])
            known[name] = " ";
        foreach (var name in (string[])["shy", "zwnj", "zwj", "lrm", "rlm"])
            known[name] = "";
        return known;
    }
}
