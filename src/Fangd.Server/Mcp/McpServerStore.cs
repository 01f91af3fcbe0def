using Fangd.Server.Http;
using Fangd.Server.Storage;

namespace Fangd.Server.Mcp;

/// <summary>The servers that were added over the API, a row each.</summary>
internal sealed class McpServerStore(Database database)
{
    public List<McpServerSettings> All() => database.Read(sql => sql.All(
        "SELECT settings FROM mcp_servers ORDER BY added_at, name",
        row => JsonFields.Read<McpServerSettings>(row.Text(0))));

    /// <summary>Adds or replaces.</summary>
    public Task Put(McpServerSettings settings)
    {
        var text = settings.ToText();
        return database.Write(sql => sql.Execute(
            "INSERT INTO mcp_servers (name, settings, added_at) VALUES ($name, $settings, $at) ON CONFLICT (name) DO UPDATE SET settings = excluded.settings",
            settings.Name, text, settings.AddedAt));
    }

    public Task Delete(string name) => database.Write(sql => sql.Execute("DELETE FROM mcp_servers WHERE name = $name", name));
}
