using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools;

/// <summary>All tools of the daemon by the names they are known by. Immutable.</summary>
public sealed class ToolCatalog
{
    private readonly CatalogEntry[] _entries;
    private readonly Dictionary<string, CatalogEntry> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CatalogEntry> _folded = new(StringComparer.Ordinal);

    /// <summary>Tools in the order in which they are to be offered. Throws <see cref="ArgumentException"/> when two share a name.</summary>
    public ToolCatalog(IEnumerable<ITool> tools)
    {
        _entries = [.. tools.Select(tool => new CatalogEntry(tool))];
        foreach (var entry in _entries)
        {
            foreach (var form in entry.Forms)
            {
                _exact.Add(form.Name, entry);
                _folded.TryAdd(ForeignToolNames.Fold(form.Name), entry);
            }
        }
        Names = [.. _entries.SelectMany(entry => entry.Forms).Select(form => form.Name)];
    }

    /// <summary>Every canonical name and documented alias, in catalog order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What is fixed about every tool, in catalog order.</summary>
    public IEnumerable<ToolSpec> Specs => _entries.Select(entry => entry.Tool.Spec);

    /// <summary>The tools in catalog order.</summary>
    public IEnumerable<ITool> Tools => _entries.Select(entry => entry.Tool);

    internal ReadOnlySpan<CatalogEntry> Entries => _entries;

    /// <summary>The tool of this name, or null. Aliases, other spellings and the names of other programs are understood.</summary>
    public ITool? Find(string name) => Resolve(name)?.Tool;

    internal CatalogEntry? Resolve(string name)
    {
        if (_exact.TryGetValue(name, out var entry))
            return entry;
        if (name.Length > 64)
            return null;
        var key = ForeignToolNames.Fold(name);
        if (_folded.TryGetValue(key, out entry))
            return entry;
        return ForeignToolNames.Find(key) is { } canonical ? _exact.GetValueOrDefault(canonical) : null;
    }
}

/// <summary>A tool with what is derived from it once: how it is offered under each of its names, and how its arguments are checked.</summary>
internal sealed class CatalogEntry(ITool tool)
{
    private ArgumentCheck? _arguments;

    public ITool Tool => tool;

    /// <summary>The tool as a model is told of it: under its canonical name first, then under each alias.</summary>
    public LlmTool[] Forms { get; } =
        [.. tool.Spec.Aliases.Prepend(tool.Spec.Name).Select(name => new LlmTool(name, tool.Spec.Description, tool.Spec.Schema))];

    /// <summary>Parsed at the first call: start-up needs none of it, and parsing twice in a race does no harm.</summary>
    public ArgumentCheck Arguments => _arguments ??= ArgumentCheck.Parse(tool.Spec.Schema);
}
