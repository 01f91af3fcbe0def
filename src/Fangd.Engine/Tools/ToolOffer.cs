using Fangd.Engine.Agents;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools;

/// <summary>Which tools one manifest gets under one access, worked out once and then only read.</summary>
internal sealed class ToolOffer
{
    private readonly CatalogEntry[] _entries;

    private ToolOffer(ToolCatalog catalog, List<LlmTool> forms, List<CatalogEntry> entries)
    {
        Catalog = catalog;
        Forms = [.. forms];
        _entries = [.. entries];
    }

    /// <summary>What the offer was made from. A run keeps it, also when tools come or go meanwhile.</summary>
    public ToolCatalog Catalog { get; }

    /// <summary>What the model is told, in catalog order.</summary>
    public LlmTool[] Forms { get; }

    public bool Has(CatalogEntry entry) => Array.IndexOf(_entries, entry) >= 0;

    public static ToolOffer For(AgentManifest agent, ToolAccess access, ToolCatalog catalog)
    {
        var forms = new List<LlmTool>();
        var entries = new List<CatalogEntry>();
        foreach (var entry in catalog.Entries)
        {
            if (GrantedForm(agent, entry, catalog) is { } form && Denial(agent, access, entry, catalog) is null)
            {
                forms.Add(form);
                entries.Add(entry);
            }
        }
        return new ToolOffer(catalog, forms, entries);
    }

    /// <summary>Why the tool is not offered, as the end of a sentence, or null when it is.</summary>
    public static string? Denial(AgentManifest agent, ToolAccess access, CatalogEntry entry, ToolCatalog catalog)
    {
        if (GrantedForm(agent, entry, catalog) is null)
            return "it is not granted by the agent's capabilities";
        // The blocklist comes first among the lists: what is on both is blocked.
        if (Names(agent.ToolBlocklist, entry, catalog.Resolve))
            return "it is on the agent's tool_blocklist";
        if (agent.ToolAllowlist.Count > 0 && !Names(agent.ToolAllowlist, entry, catalog.Granted))
            return "it is not on the agent's tool_allowlist";
        if (access is ToolAccess.None)
            return "the agent's mode offers no tools";
        return AgentModes.Leaves(access, entry.Tool.Spec.Name) ? null : "the agent's mode offers only tools that read";
    }

    /// <summary>
    /// The form under which the manifest grants the tool, or null. A profile counts only where the manifest lists no tools of its
    /// own: a list is meant as the whole of it.
    /// </summary>
    private static LlmTool? GrantedForm(AgentManifest agent, CatalogEntry entry, ToolCatalog catalog)
    {
        if (entry.Tool is IAssignedTool tool && tool.IsAssignedTo(agent) is { } isAssigned)
            return isAssigned ? entry.Forms[0] : null;
        var granted = agent.Capabilities.Tools is { Count: > 0 } own ? own : ToolProfiles.Find(agent.Profile)?.Tools ?? [];
        // The canonical name comes first among the forms, so an alias is used only where nothing grants the name itself.
        foreach (var form in entry.Forms)
        {
            if (CapabilityPattern.MatchesAny(granted, form.Name))
                return form;
        }
        // A manifest that came from another program may grant "Read" or "Bash".
        for (var i = 0; i < granted.Count; i++)
        {
            if (!granted[i].Contains('*') && catalog.Granted(granted[i]) == entry)
                return entry.Forms[0];
        }
        return null;
    }

    /// <summary>Whether the list means the tool, whichever of its names it uses; <paramref name="meant"/> says what a literal means.</summary>
    private static bool Names(IReadOnlyList<string> list, CatalogEntry entry, Func<string, CatalogEntry?> meant)
    {
        for (var i = 0; i < list.Count; i++)
        {
            var pattern = list[i];
            if (pattern.Contains('*') ? entry.Forms.Any(form => CapabilityPattern.Matches(pattern, form.Name)) : meant(pattern) == entry)
                return true;
        }
        return false;
    }
}
