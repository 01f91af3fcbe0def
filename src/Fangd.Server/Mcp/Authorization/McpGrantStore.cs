using Fangd.Server.Http;
using Fangd.Server.Vault;

namespace Fangd.Server.Mcp.Authorization;

/// <summary>Grants in the vault, under names that no hand and no manifest can ask for.</summary>
internal sealed class McpGrantStore(SecretVault vault)
{
    /// <summary>503, before a user is sent on the way for something that could not be kept.</summary>
    public void DemandVault(string server)
    {
        var status = vault.Status();
        if (status.State is "off")
            throw new ApiException(ApiFault.Unavailable, $"MCP server {server} cannot be authorized: its tokens are kept in the vault alone, which is turned off: set [vault] enabled = true");
        if (status.State is "locked")
            throw Unusable(server);
    }

    /// <summary>Null for a server that has none, or had it at another address.</summary>
    public McpGrant? Find(string server, Uri url)
    {
        if (vault.Find(Name(server)) is not { } text)
            return null;
        var grant = JsonFields.Read<McpGrant>(text);
        return Protocols.OAuth.ResourceId.Covers(grant.Resource, url) ? grant : null;
    }

    /// <summary>It is on the disk when this returns; what the vault says against it is thrown.</summary>
    public async Task Put(string server, McpGrant grant)
    {
        try
        {
            await vault.Set(Name(server), AnswerJson.Of(grant));
        }
        catch (ApiException locked) when (locked.Fault == ApiFault.Unavailable)
        {
            // The vault says it of its own names, which mean nothing to anybody.
            throw Unusable(server);
        }
    }

    public async Task Remove(string server)
    {
        if (vault.IsEnabled)
            await vault.Remove(Name(server));
    }

    private ApiException Unusable(string server) => vault.Unusable($"the authorization of MCP server {server}");

    private static string Name(string server) => "mcp-oauth:" + server;
}
