namespace Fangd.Protocols.Llm;

/// <summary>Joins a base URL as people write it with the path of one endpoint.</summary>
public static class EndpointUrl
{
    /// <summary>
    /// The URL of <paramref name="path"/> (<c>chat/completions</c>). <paramref name="version"/> is put in between only where no segment of the base names a
    /// version (<c>v1</c>, <c>v1beta</c>, <c>v4</c>); a base that already ends with an endpoint of a family is taken back to its root.
    /// A query of the base is kept, behind the one of the path. Throws <see cref="FormatException"/> when the base is not an absolute http(s) URL.
    /// </summary>
    public static Uri For(string baseUrl, string path, string version = "v1")
    {
        if (!Uri.TryCreate(baseUrl.Trim(), UriKind.Absolute, out var root) || root.Scheme is not ("http" or "https") || root.Host.Length == 0)
            throw new FormatException("the base URL is not an absolute http or https URL");

        var folder = root.AbsolutePath.TrimEnd('/');
        foreach (var endpoint in (ReadOnlySpan<string>)["/chat/completions", "/completions", "/messages", "/models"])
        {
            if (!folder.EndsWith(endpoint, StringComparison.OrdinalIgnoreCase)) continue;
            folder = folder[..^endpoint.Length].TrimEnd('/');
            break;
        }

        if (!NamesVersion(folder)) folder = $"{folder}/{version}";
        var query = path.Contains('?', StringComparison.Ordinal) ? root.Query.Replace('?', '&') : root.Query;
        // The user part of a URL is a credential and must not travel in messages; the key has its own field.
        return new Uri($"{root.Scheme}://{root.Authority}{folder}/{path}{query}");
    }

    private static bool NamesVersion(ReadOnlySpan<char> folder)
    {
        foreach (var range in folder.Split('/'))
        {
            if (IsVersion(folder[range])) return true;
        }

        return false;
    }

    // v1, v2, v1beta, v1beta3, v1alpha, v1.0
    private static bool IsVersion(ReadOnlySpan<char> segment)
    {
        if (segment.Length < 2 || segment[0] is not ('v' or 'V') || !char.IsAsciiDigit(segment[1])) return false;
        var rest = segment[1..].TrimStart("0123456789.");
        if (rest.StartsWith("alpha", StringComparison.OrdinalIgnoreCase)) rest = rest["alpha".Length..];
        else if (rest.StartsWith("beta", StringComparison.OrdinalIgnoreCase)) rest = rest["beta".Length..];
        return rest.TrimStart("0123456789").IsEmpty;
    }
}
