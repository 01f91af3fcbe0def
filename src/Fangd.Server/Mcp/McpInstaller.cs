using Fangd.Server.Http;
using Fangd.Server.Mcp.Catalog;
using Fangd.Server.Vault;

namespace Fangd.Server.Mcp;

/// <summary>Makes a server out of a template. Credentials go into the vault under the names that the template gives them; no answer shows them.</summary>
internal sealed class McpInstaller(McpCatalog catalog, McpServers servers, KeyStore keys, TimeProvider time)
{
    /// <summary>Longest credential, characters.</summary>
    private const int LongestCredential = 16 * 1024;

    /// <summary>404 for an unknown template, 409 for one that is installed, 400 for a credential that it does not know.</summary>
    public async Task<(McpConnection Server, Task<bool> First)> Install(string id, IReadOnlyDictionary<string, string> credentials)
    {
        var template = catalog.Find(id) ?? throw ApiException.NotFound($"there is no template '{id}' in the catalog");
        foreach (var (name, value) in credentials)
        {
            if (!template.Variables.Any(variable => variable.Name == name))
                throw ApiException.BadRequest($"credentials: {id} has no variable '{name}'");
            if (string.IsNullOrEmpty(value) || value.Length > LongestCredential)
                throw ApiException.BadRequest($"credentials: {name} must have 1 to {LongestCredential} characters");
        }

        if (servers.Find(id) is not null)
            throw ApiException.Conflict($"an MCP server named '{id}' exists");
        foreach (var (name, value) in credentials)
            await keys.Set(name, value);
        var (isAdded, server, first) = await servers.Add(new McpServerSettings
        {
            Name = id,
            Transport = McpTransportKind.Stdio,
            Command = "npx",
            Args = ["-y", template.Package],
            Env = [.. template.Variables.Select(variable => variable.Name)],
            TemplateId = id,
            AddedAt = time.GetUtcNow(),
        });
        return isAdded ? (server, first) : throw ApiException.Conflict($"an MCP server named '{id}' exists");
    }
}
