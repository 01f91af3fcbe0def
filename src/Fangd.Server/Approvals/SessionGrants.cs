namespace Fangd.Server.Approvals;

/// <summary>The tools that a person has said yes to in a session. In memory only: after a restart they are asked about again.</summary>
internal sealed class SessionGrants
{
    /// <summary>All are forgotten beyond this many: to ask once more does no harm.</summary>
    private const int Most = 4096;

    private readonly HashSet<string> _granted = new(StringComparer.Ordinal);

    public bool Has(string session, string tool)
    {
        lock (_granted)
            return _granted.Contains(Key(session, tool));
    }

    public void Add(string session, string tool)
    {
        lock (_granted)
        {
            if (_granted.Count >= Most)
                _granted.Clear();
            _granted.Add(Key(session, tool));
        }
    }

    private static string Key(string session, string tool) => $"{session} {tool}";
}
