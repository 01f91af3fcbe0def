namespace Fangd.Server.Mcp;

/// <summary>Headers of a server over HTTP, written <c>Name: value</c>, in which <c>${NAME}</c> stands for a credential.</summary>
internal static class CredentialHeaders
{
    /// <summary>The names of the credentials that a header needs.</summary>
    public static IEnumerable<string> Variables(string header)
    {
        var start = 0;
        while ((start = header.IndexOf("${", start, StringComparison.Ordinal)) >= 0)
        {
            var end = header.IndexOf('}', start);
            if (end < 0)
                yield break;
            yield return header[(start + 2)..end];
            start = end;
        }
    }

    public static IEnumerable<KeyValuePair<string, string>> Resolve(IReadOnlyList<string> headers, Func<string, string?> lookUp)
    {
        foreach (var header in headers)
        {
            var colon = header.IndexOf(':');
            if (colon <= 0)
                continue;
            var value = header[(colon + 1)..].Trim();
            foreach (var variable in Variables(header))
                value = value.Replace($"${{{variable}}}", lookUp(variable), StringComparison.Ordinal);
            yield return new(header[..colon].Trim(), value);
        }
    }
}
