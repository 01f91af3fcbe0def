using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>
/// Something a person should know about a text: a fault keeps it from being used, anything else is a warning. The line
/// is 0 when the cause is not in the text (an environment variable, a missing file).
/// </summary>
public sealed record Problem(int Line, int Column, string KeyPath, string Message, bool IsFault)
{
    public override string ToString()
    {
        var place = Line > 0 ? $"line {Line}, column {Column}: " : "";
        return KeyPath.Length > 0 && !Message.StartsWith(KeyPath, StringComparison.Ordinal) ? $"{place}{KeyPath}: {Message}" : place + Message;
    }
}

/// <summary>Collects everything that is wrong, so that it can be mended in one go. Not thread-safe.</summary>
public sealed class Problems
{
    // A text can be made of nothing but faults; nobody reads more than this.
    private const int Limit = 500;

    private readonly List<Problem> _all = [];

    public IReadOnlyList<Problem> All => _all;

    public IEnumerable<Problem> Faults => _all.Where(problem => problem.IsFault);

    public IEnumerable<Problem> Warnings => _all.Where(problem => !problem.IsFault);

    public bool HasFaults => _all.Exists(problem => problem.IsFault);

    /// <summary>All faults, one a line.</summary>
    public override string ToString() => string.Join('\n', Faults);

    internal void Fault(TomlPosition place, string keyPath, string message) => Add(new Problem(place.Line, place.Column, keyPath, message, true));

    internal void Warn(TomlPosition place, string keyPath, string message) => Add(new Problem(place.Line, place.Column, keyPath, message, false));

    internal void AddFaultsOf(TomlDocument document)
    {
        foreach (var fault in document.Faults)
            Add(new Problem(fault.Line, fault.Column, fault.KeyPath, fault.Message, true));
    }

    /// <summary>The order of the text.</summary>
    internal void Sort()
    {
        var sorted = _all.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column).ToList();
        _all.Clear();
        _all.AddRange(sorted);
    }

    private void Add(Problem problem)
    {
        if (_all.Count < Limit)
            _all.Add(problem);
    }
}
