using System.Globalization;
using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary>
/// Reads the keys of one table by type. A wrong value is a problem and reads as the default; <see cref="Finish"/>
/// reports the keys that nobody asked for.
/// </summary>
internal sealed class SectionReader(TomlTable table, ReadScope scope, string path = "")
{
    private static readonly TomlTable _empty = new();
    private readonly List<string> _known = [];

    public TomlTable Table => table;

    public Problems Problems => scope.Problems;

    public bool IsEmpty => table.Count == 0;

    public string PathOf(string key) => path.Length == 0 ? TomlKey.Write(key) : $"{path}.{TomlKey.Write(key)}";

    /// <summary>Is the key in the text or in the environment? It counts as known from now on.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>An empty text in the file stays empty.</summary>
    public string String(string key, string fallback)
    {
        var text = Typed<TomlString>(key, "a string")?.Value ?? fallback;
        Record(key, "string", new TomlString(text), fallback.Length == 0 ? null : new TomlString(fallback));
        return text;
    }

    /// <summary>Null when the key is empty, or absent without a default.</summary>
    public string? OptionalString(string key, string fallback = "") => String(key, fallback) is { Length: > 0 } text ? text : null;

    /// <summary>A text that is listed as <c>***</c>; null when the key is absent or empty.</summary>
    public Secret? Secret(string key)
    {
        var text = Typed<TomlString>(key, "a string")?.Value;
        Record(key, "string", text is { Length: > 0 } ? new TomlString("***") : null, null);
        return text is { Length: > 0 } ? new Secret(text) : null;
    }

    public bool Boolean(string key, bool fallback)
    {
        var value = Typed<TomlBoolean>(key, "true or false")?.Value ?? fallback;
        Record(key, "boolean", new TomlBoolean(value), new TomlBoolean(fallback));
        return value;
    }

    public int Integer(string key, int fallback, int least = 0, int most = int.MaxValue) => (int)Long(key, fallback, least, most);

    public long Long(string key, long fallback, long least = 0, long most = long.MaxValue)
    {
        var expected = most is int.MaxValue or long.MaxValue ? $"an integer of at least {least}" : $"an integer from {least} to {most}";
        var value = Typed<TomlInteger>(key, expected) is { } found && IsWithin(key, found, found.Value >= least && found.Value <= most, expected) ? found.Value : fallback;
        Record(key, "integer", new TomlInteger(value), new TomlInteger(fallback));
        return value;
    }

    /// <summary>An integer is taken for a float too: <c>max_daily_usd = 5</c> is no mistake.</summary>
    public double Number(string key, double fallback, double least = 0, double most = double.MaxValue)
    {
        var expected = most == double.MaxValue ? Text($"a number of at least {least}") : Text($"a number from {least} to {most}");
        var value = fallback;
        if (Find(key) is { } found)
        {
            double? number = found switch { TomlFloat f => f.Value, TomlInteger i => i.Value, _ => null };
            if (number is null)
                Expected(key, found, expected);
            else if (IsWithin(key, found, number >= least && number <= most, expected))
                value = number.Value;
        }

        Record(key, "float", new TomlFloat(value), new TomlFloat(fallback));
        return value;
    }

    public IReadOnlyList<string> Strings(string key, params string[] fallback)
    {
        IReadOnlyList<string> value = fallback;
        if (Typed<TomlArray>(key, "a list of strings") is { } array)
        {
            foreach (var item in array.Items)
            {
                if (item is not TomlString)
                    Expected(key, item, "only strings in the list");
            }

            value = [.. array.Items.OfType<TomlString>().Select(item => item.Value)];
        }

        Record(key, "list", List(value), List(fallback));
        return value;
    }

    /// <summary>One of a few words, in any case.</summary>
    public T Choice<T>(string key, T fallback, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        var value = fallback;
        var word = "";
        var fallbackWord = "";
        var words = new List<string>(choices.Length);
        foreach (var choice in choices)
        {
            words.Add(choice.Word);
            if (fallbackWord.Length == 0 && EqualityComparer<T>.Default.Equals(choice.Value, fallback))
                fallbackWord = choice.Word;
        }

        var expected = $"one of {string.Join(", ", words)}";
        if (Typed<TomlString>(key, expected) is { } found)
        {
            foreach (var choice in choices)
            {
                if (choice.Word.Equals(found.Value, StringComparison.OrdinalIgnoreCase))
                    (word, value) = choice;
            }

            if (word.Length == 0)
                Fault(key, found, $"expected {expected}, found {found}{Nearest.Hint(found.Value, words)}");
        }

        Record(key, "string", new TomlString(word.Length > 0 ? word : fallbackWord), new TomlString(fallbackWord));
        return value;
    }

    /// <summary>The reader of a sub-table; of an empty one when it is absent.</summary>
    public SectionReader Section(string key) => new(Typed<TomlTable>(key, "a table") ?? _empty, scope, PathOf(key));

    /// <summary>The readers of an array of tables.</summary>
    public IReadOnlyList<SectionReader> Sections(string key)
    {
        var sections = new List<SectionReader>();
        if (Typed<TomlArray>(key, $"tables under [[{PathOf(key)}]]") is not { } array)
            return sections;

        for (var i = 0; i < array.Items.Count; i++)
        {
            if (array.Items[i] is TomlTable element)
                sections.Add(new SectionReader(element, scope, $"{PathOf(key)}[{i}]"));
            else
                Expected(key, array.Items[i], "only tables in the list");
        }

        return sections;
    }

    /// <summary>A table whose keys are the user's own, with strings for values.</summary>
    public IReadOnlyDictionary<string, string> Map(string key)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in Typed<TomlTable>(key, "a table") ?? _empty)
        {
            if (entry.Value is TomlString text)
                map[entry.Key] = text.Value;
            else
                Problems.Fault(entry.Value.Position, $"{PathOf(key)}.{TomlKey.Write(entry.Key)}", $"expected a string, found {entry.Value.Kind}");
        }

        return map;
    }

    /// <summary>A value of any kind, or null.</summary>
    public TomlValue? Find(string key)
    {
        if (!_known.Contains(key))
            _known.Add(key);
        if (path.Length == 0 && scope.Overrides.TryGetValue(key, out var set))
            return set.Value;
        return table.TryGet(key, out var value) ? value : null;
    }

    /// <summary>A fault at a value of this section; one that the environment set is blamed on its variable.</summary>
    public void Fault(string key, TomlValue value, string message) =>
        Problems.Fault(value.Position, PathOf(key), Variable(key) is { } variable ? $"{variable} in the environment: {message}" : message);

    /// <summary>A fault about a key that is not there.</summary>
    public void Missing(string key, string message) => Problems.Fault(table.Position, PathOf(key), message);

    public void NoEffectYet(string key)
    {
        if (table.TryGetEntry(key, out var entry))
            Problems.Warn(entry.KeyPosition, PathOf(key), $"{key} has no effect yet");
    }

    /// <summary>Reports every key that has not been asked for.</summary>
    public void Finish()
    {
        foreach (var entry in table)
        {
            if (_known.Contains(entry.Key))
                continue;

            var message = $"unknown key{Nearest.Hint(entry.Key, _known)}";
            if (scope.UnknownKeysAreFaults)
                Problems.Fault(entry.KeyPosition, PathOf(entry.Key), message);
            else
                Problems.Warn(entry.KeyPosition, PathOf(entry.Key), message);
        }
    }

    private T? Typed<T>(string key, string expected)
        where T : TomlValue
    {
        var value = Find(key);
        if (value is not null and not T)
            Expected(key, value, expected);
        return value as T;
    }

    private void Expected(string key, TomlValue value, string expected) => Fault(key, value, $"expected {expected}, found {value.Kind}");

    private bool IsWithin(string key, TomlValue value, bool isWithin, string expected)
    {
        if (!isWithin)
            Fault(key, value, $"expected {expected}, found {value}");
        return isWithin;
    }

    private string? Variable(string key) => path.Length == 0 && scope.Overrides.TryGetValue(key, out var set) ? set.Variable : null;

    private void Record(string key, string type, TomlValue? value, TomlValue? fallback)
    {
        if (scope.Entries is null)
            return;

        var origin = Variable(key) ?? (table.TryGetEntry(key, out var entry) ? $"config.toml:{entry.KeyPosition.Line}" : "default");
        var isSet = origin != "default" || fallback is not null;
        scope.Entries.Add(new ConfigEntry(PathOf(key), type, isSet ? value?.ToString() ?? "" : "", fallback?.ToString() ?? "", origin));
    }

    private static TomlArray List(IEnumerable<string> items) => new(items.Select(item => new TomlString(item)));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
