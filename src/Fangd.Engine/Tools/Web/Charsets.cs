using System.Text;
using Fangd.Engine.Tools.Web.Html;

namespace Fangd.Engine.Tools.Web;

/// <summary>From bytes to text: by a byte order mark, the header, a <c>meta</c> element, else by looking whether it can be UTF-8.</summary>
internal static class Charsets
{
    /// <summary>How far into a page its own word on its charset is looked for (HTML standard, "prescan").</summary>
    private const int Prescan = 1024;

    private const char LeftOut = '\uFFFD';

    private static readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);

    /// <param name="bytes">The body.</param>
    /// <param name="declared">The charset of the Content-Type header, or null.</param>
    /// <param name="unknown">A charset that was declared and is not understood; what is not ASCII was then left out.</param>
    public static string Decode(ReadOnlySpan<byte> bytes, string? declared, out string? unknown)
    {
        unknown = null;
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            return Encoding.UTF8.GetString(bytes[3..]);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return Encoding.Unicode.GetString(bytes[2..]);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return Encoding.BigEndianUnicode.GetString(bytes[2..]);

        var name = (declared ?? InMeta(bytes))?.Trim(' ', '"', '\'').ToLowerInvariant();
        switch (name)
        {
            case null or "":
                return Guess(bytes);
            case "utf-8" or "utf8":
                return Encoding.UTF8.GetString(bytes);
            // A page that says so in ASCII cannot be UTF-16; the standard takes it for UTF-8.
            case "utf-16le" or "utf-16":
                return declared is null ? Encoding.UTF8.GetString(bytes) : Encoding.Unicode.GetString(bytes);
            case "utf-16be":
                return declared is null ? Encoding.UTF8.GetString(bytes) : Encoding.BigEndianUnicode.GetString(bytes);
            case "iso-8859-1" or "latin1" or "latin-1" or "windows-1252" or "cp1252" or "us-ascii" or "ascii" or "iso8859-1" or "l1" or "x-cp1252":
                return Windows1252.Decode(bytes);
            case var label when SingleByteCharsets.Table(label) is { } table:
                return SingleByteCharsets.Decode(bytes, table);
            default:
                return Unknown(bytes, name, out unknown);
        }
    }

    private static string Guess(ReadOnlySpan<byte> bytes) => AsUtf8(bytes) ?? Windows1252.Decode(bytes);

    private static string? AsUtf8(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return _strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Pages that claim something else are often UTF-8. Otherwise what is not ASCII is left out: nobody could read it.</summary>
    private static string Unknown(ReadOnlySpan<byte> bytes, string name, out string? unknown)
    {
        unknown = null;
        if (AsUtf8(bytes) is { } text)
            return text;
        unknown = name.Length <= 40 ? name : name[..40];
        var readable = new StringBuilder(bytes.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] < 0x80)
            {
                readable.Append((char)bytes[i]);
                continue;
            }

            if (readable.Length == 0 || readable[^1] != LeftOut)
                readable.Append(LeftOut);
            // The second byte of a symbol may look like a letter.
            if (i + 1 < bytes.Length && bytes[i + 1] is >= 0x40 and < 0x7F)
                i++;
        }

        return readable.ToString();
    }

    private static string? InMeta(ReadOnlySpan<byte> bytes)
    {
        var start = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, Prescan)]);
        var meta = start.IndexOf("<meta", StringComparison.OrdinalIgnoreCase);
        var at = meta < 0 ? -1 : start.IndexOf("charset=", meta, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
            return null;
        var value = start.AsSpan(at + "charset=".Length).TrimStart(" \"'");
        var end = value.IndexOfAny(" \"'/>;");
        return end < 0 ? null : value[..end].ToString();
    }
}
