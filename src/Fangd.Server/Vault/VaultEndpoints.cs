using Fangd.Engine.Audit;
using Fangd.Server.Http;

namespace Fangd.Server.Vault;

/// <summary>What the vault holds, by name; values go in and never come out.</summary>
internal sealed class VaultEndpoints(SecretVault vault, KeyStore keys, IAuditTrail audit)
{
    private const int LongestName = 128;
    private const int LongestValue = 16 * 1024;

    public void Map(RouteTable routes)
    {
        routes.Get("/api/vault", List);
        routes.Put("/api/vault/{name}", Put);
        routes.Delete("/api/vault/{name}", Delete);
    }

    private Task List(Exchange exchange)
    {
        // Names with a colon are the daemon's own, and not for hands.
        var names = vault.Names.Where(name => !name.Contains(':')).ToList();
        return exchange.Ok(new VaultView(names, names.Count, vault.Status()));
    }

    private async Task Put(Exchange exchange)
    {
        var name = Name(exchange);
        var value = (await exchange.ReadJson<VaultValue>()).Value;
        if (string.IsNullOrEmpty(value))
            throw ApiException.BadRequest("value is missing or empty");
        if (value.Length > LongestValue || value.Contains('\0'))
            throw ApiException.BadRequest($"value must be at most {LongestValue} characters without NUL");
        await keys.Set(name, value);
        await Record($"Secret {name} set");
        var warning = keys.IsInEnvironment(name) ? $"{name} is set in the daemon's environment too, which wins" : null;
        await exchange.Ok(new VaultChanged("stored", name, warning));
    }

    private async Task Delete(Exchange exchange)
    {
        var name = Name(exchange);
        if (!await keys.Remove(name))
            throw ApiException.NotFound($"the vault has no '{name}'");
        await Record($"Secret {name} removed");
        await exchange.Deleted(new VaultChanged("deleted", name, null));
    }

    private ValueTask Record(string detail) => audit.Record(new AuditEntry(AuditAction.VaultAccess, null, detail, "ok"));

    private static string Name(Exchange exchange)
    {
        var name = exchange.Value("name");
        if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            throw ApiException.BadRequest($"name must be 1 to {LongestName} of A-Z, a-z, 0-9, '_', '-' and '.'");
        return name;
    }
}
