namespace Fangd.Protocols.OAuth;

/// <summary>The name that tokens are bound to (RFC 8707): the address of what they open.</summary>
public static class ResourceId
{
    /// <summary>The canonical form: scheme and host in lower case, no fragment, and no slash where there is no path.</summary>
    public static string Of(Uri url)
    {
        var text = url.GetLeftPart(UriPartial.Query);
        return url.PathAndQuery == "/" ? text.TrimEnd('/') : text;
    }

    /// <summary>
    /// Whether a name that a server gives itself may stand for this address: the same origin, and a path that is the address's or above it (RFC 9728 section 3.3
    /// with the leeway that MCP has for one resource at many paths).
    /// </summary>
    public static bool Covers(string resource, Uri url)
    {
        if (!Uri.TryCreate(resource, UriKind.Absolute, out var named) || named.Fragment.Length > 0 || !IsSameOrigin(named, url))
            return false;
        var above = named.AbsolutePath.TrimEnd('/');
        return url.AbsolutePath.StartsWith(above, StringComparison.Ordinal) && (url.AbsolutePath.Length == above.Length || url.AbsolutePath[above.Length] == '/');
    }

    public static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && string.Equals(one.IdnHost, other.IdnHost, StringComparison.OrdinalIgnoreCase);
}
