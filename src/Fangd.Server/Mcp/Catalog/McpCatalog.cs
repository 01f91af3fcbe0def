using System.Reflection;

namespace Fangd.Server.Mcp.Catalog;

/// <summary>The servers that are known by name; read when first asked for.</summary>
internal sealed class McpCatalog
{
    private readonly Lazy<IReadOnlyList<McpTemplate>> _all = new(Read);

    public IReadOnlyList<McpTemplate> All => _all.Value;

    public McpTemplate? Find(string id)
    {
        foreach (var template in All)
        {
            if (template.Id == id)
                return template;
        }

        return null;
    }

    private static List<McpTemplate> Read()
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("mcp-catalog.tsv")!);
        var templates = new List<McpTemplate>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#') || line.Split('\t') is not [var id, var name, var category, var description, var package, var variables, var oauth, var tags])
                continue;
            templates.Add(new McpTemplate(id, name, category, description, package, Variables(variables), oauth.Length > 0, tags.Split(',')));
        }

        return templates;
    }

    private static List<McpVariable> Variables(string text)
    {
        var variables = new List<McpVariable>();
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = part.Split('|');
            var isSecret = !fields[0].StartsWith('-');
            variables.Add(new McpVariable(fields[0].TrimStart('-'), fields[1], isSecret, fields[2]));
        }

        return variables;
    }
}
