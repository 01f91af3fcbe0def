namespace Fangd.Server.Mcp.Catalog;

/// <summary>A variable that a server needs; <paramref name="GetUrl"/> is where to get its value, empty where the user knows.</summary>
internal sealed record McpVariable(string Name, string Label, bool IsSecret, string GetUrl);

/// <summary>A server that can be added by its name. All run through <c>npx</c>.</summary>
internal sealed record McpTemplate(string Id, string Name, string Category, string Description, string Package, IReadOnlyList<McpVariable> Variables, bool HasOAuth, IReadOnlyList<string> Tags)
{
    /// <summary>A word for clients that show pictures.</summary>
    public string Icon => Id.EndsWith("-mcp", StringComparison.Ordinal) ? Id[..^4] : Id;

    /// <summary>What is to be done before it works.</summary>
    public string Setup
    {
        get
        {
            var steps = Variables.Select(variable => $"set {variable.Name} ({variable.Label}{(variable.GetUrl.Length > 0 ? $", from {variable.GetUrl}" : "")})").ToList();
            if (HasOAuth && Variables.Count == 0)
                steps.Add("sign in when the server asks for it at its first start");
            return $"Needs Node.js for npx. {(steps.Count > 0 ? char.ToUpperInvariant(steps[0][0]) + string.Join("; ", steps)[1..] + "." : "")}".TrimEnd();
        }
    }
}
