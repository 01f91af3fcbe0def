namespace Fangd.Protocols.OAuth;

/// <summary>Sets of scopes, written between spaces (RFC 6749 section 3.3).</summary>
public static class Scopes
{
    /// <summary>What either has, in the order in which it first stands there; null for nothing.</summary>
    public static string? Union(string? one, string? other)
    {
        var all = new List<string>();
        foreach (var scope in $"{one} {other}".Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!all.Contains(scope))
                all.Add(scope);
        }

        return all.Count > 0 ? string.Join(' ', all) : null;
    }
}
