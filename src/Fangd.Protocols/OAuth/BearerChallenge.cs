namespace Fangd.Protocols.OAuth;

/// <summary>What a refusal says in <c>WWW-Authenticate</c> of the bearer token that it wants (RFC 6750 section 3, RFC 9728 section 5.1).</summary>
public sealed class BearerChallenge
{
    private const int Longest = 16 * 1024;

    /// <summary>Where the metadata of the resource are.</summary>
    public string? ResourceMetadata { get; private set; }

    /// <summary>The scopes that the request needs, between spaces.</summary>
    public string? Scope { get; private set; }

    /// <summary>Why the token that was sent is not enough, as <c>insufficient_scope</c>.</summary>
    public string? Error { get; private set; }

    /// <summary>The first challenge for a bearer token among the values of the header, which may each hold several; null without one.</summary>
    public static BearerChallenge? Find(IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            if (value.Length <= Longest && Find(value) is { } challenge)
                return challenge;
        }

        return null;
    }

    /// <summary>
    /// RFC 9110 section 11.6.1: schemes and parameters stand behind commas alike; what is not followed by an equals sign begins the next challenge.
    /// </summary>
    private static BearerChallenge? Find(ReadOnlySpan<char> rest)
    {
        BearerChallenge? found = null;
        while (true)
        {
            rest = rest.TrimStart(" \t,");
            var word = Word(ref rest);
            if (word.IsEmpty)
                return found;
            var after = rest.TrimStart(" \t");
            if (!after.StartsWith('='))
            {
                if (found is not null)
                    return found;
                found = word.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? new BearerChallenge() : null;
                continue;
            }

            rest = after[1..].TrimStart(" \t");
            var parameter = Value(ref rest);
            if (parameter is not null)
                found?.Take(word, parameter);
        }
    }

    private void Take(ReadOnlySpan<char> name, string value)
    {
        if (name.Equals("resource_metadata", StringComparison.OrdinalIgnoreCase))
            ResourceMetadata = value;
        else if (name.Equals("scope", StringComparison.OrdinalIgnoreCase))
            Scope = value;
        else if (name.Equals("error", StringComparison.OrdinalIgnoreCase))
            Error = value;
    }

    private static ReadOnlySpan<char> Word(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(" \t,=");
        var word = end < 0 ? rest : rest[..end];
        rest = rest[word.Length..];
        // A stray equals sign, as at the end of another scheme's base64, is no word and must not be looked at for ever.
        if (!word.IsEmpty || rest.IsEmpty)
            return word;
        word = rest[..1];
        rest = rest[1..];
        return word;
    }

    /// <summary>A token or a quoted string, without its quotes and backslashes; null for a quote that is not closed.</summary>
    private static string? Value(ref ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith('"'))
            return Word(ref rest).ToString();
        var text = new System.Text.StringBuilder();
        for (var at = 1; at < rest.Length; at++)
        {
            if (rest[at] == '"')
            {
                rest = rest[(at + 1)..];
                return text.ToString();
            }

            if (rest[at] == '\\' && at + 1 < rest.Length)
                at++;
            text.Append(rest[at]);
        }

        rest = default;
        return null;
    }
}
