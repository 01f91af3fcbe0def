using System.Text;

namespace Fangd.Engine.Taint;

/// <summary>
/// Recognises the daemon's own credentials in a text: as they are, percent-encoded, or as base64. <paramref name="values"/> is asked each time,
/// so a secret that was just set counts at once; what is shorter than 8 characters is too common to be recognised.
/// </summary>
public sealed class SecretWords(Func<IEnumerable<string>> values)
{
    private const int Shortest = 8;

    /// <summary>Whether any of the secrets stands in the text.</summary>
    public bool OccurIn(string text)
    {
        if (text.Length < Shortest)
            return false;
        foreach (var value in values())
        {
            if (value.Length >= Shortest && IsIn(value, text))
                return true;
        }
        return false;
    }

    private static bool IsIn(string value, string text)
    {
        if (text.Contains(value, StringComparison.Ordinal))
            return true;
        var encoded = Uri.EscapeDataString(value);
        if (encoded.Length > value.Length && text.Contains(encoded, StringComparison.OrdinalIgnoreCase))
            return true;
        // Where the secret begins within what was encoded shifts its base64; the characters that no neighbour has a part in stay the same.
        var bytes = Encoding.UTF8.GetBytes(value);
        for (var shift = 0; shift < 3; shift++)
        {
            var whole = Convert.ToBase64String([.. new byte[shift], .. bytes]);
            var shared = ((shift + bytes.Length) % 3) switch { 0 => 0, 1 => 3, _ => 2 };
            var own = whole[(shift == 0 ? 0 : shift + 1)..^shared];
            if (own.Length >= Shortest && (text.Contains(own, StringComparison.Ordinal) || text.Contains(UrlSafe(own), StringComparison.Ordinal)))
                return true;
        }
        return false;
    }

    private static string UrlSafe(string base64) => base64.Replace('+', '-').Replace('/', '_');
}
