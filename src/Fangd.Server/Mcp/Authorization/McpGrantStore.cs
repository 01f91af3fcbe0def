using Fangd.Protocols.OAuth;
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
            throw vault.Unusable(Name(server));
    }

    /// <summary>Null for a server that has none, or had it at another address.</summary>
    public McpGrant? Find(string server, Uri url) =>
        vault.Find(Name(server)) is { } text && JsonFields.Read<McpGrant>(text) is var grant && ResourceId.Covers(grant.Resource, url) ? grant : null;

    /// <summary>It is on the disk when this returns; what the vault says against it is thrown.</summary>
    public Task Put(string server, McpGrant grant) => vault.Set(Name(server), AnswerJson.Of(grant));

    public Task Remove(string server) => vault.IsEnabled ? vault.Remove(Name(server)) : Task.CompletedTask;

    /// <summary>The vault's refusals speak of it by this name.</summary>
    private static string Name(string server) => $"MCP server {server}: authorization";
}
