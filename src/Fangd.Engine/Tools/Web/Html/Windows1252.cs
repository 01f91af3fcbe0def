namespace Fangd.Engine.Tools.Web.Html;

/// <summary>The encoding that the web means by "latin1" (Encoding standard, §9). The runtime's own would bring all code pages along.</summary>
internal static class Windows1252
{
    // 0x80 to 0x9F; the five that are not assigned stand for themselves.
    private const string Upper = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

    public static char Symbol(byte code) => code is >= 0x80 and <= 0x9F ? Upper[code - 0x80] : (char)code;

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
            text[i] = Symbol(bytes[i]);
        return new string(text);
    }
}
