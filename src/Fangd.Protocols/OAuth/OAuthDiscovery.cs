using System.Text.Json;

namespace Fangd.Protocols.OAuth;

/// <summary>What opens a resource: the name to ask tokens for, and who gives them.</summary>
/// <param name="Resource">The resource's name, as it gives it itself.</param>
/// <param name="Server">Who gives tokens.</param>
/// <param name="Scopes">The scopes that the resource lists, between spaces; null when it lists none.</param>
public sealed record OAuthOffer(string Resource, AuthorizationServer Server, string? Scopes);

/// <summary>
/// Finds the authorization server of a resource: by the resource's own metadata (RFC 9728) and then the server's (RFC 8414, OpenID Connect Discovery), or, as
/// in 2025-03-26, at the resource's own origin.
/// </summary>
public sealed class OAuthDiscovery(IOAuthHttp http)
{
    /// <summary>
    /// Null when nothing there speaks of OAuth. Throws <see cref="OAuthException"/> for documents that contradict themselves or the address.
    /// </summary>
    /// <param name="resource">The address of the resource.</param>
    /// <param name="challenge">What the resource said when it refused a request.</param>
    /// <param name="issuer">The only authorization server that will do; null for the first that the resource names.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<OAuthOffer?> Find(Uri resource, BearerChallenge? challenge, string? issuer, CancellationToken cancel)
    {
        if (await Metadata(resource, challenge, cancel) is not { } document)
        {
            var origin = issuer ?? resource.GetLeftPart(UriPartial.Authority);
            return await Server(origin, cancel) is { } own ? new OAuthOffer(ResourceId.Of(resource), own, null) : null;
        }

        var name = document.Text("resource")!;
        if (!ResourceId.Covers(name, resource))
            throw new OAuthException($"the metadata of {ResourceId.Of(resource)} are those of another resource, {name.Shown()}");
        if (document.Texts("authorization_servers") is not { Count: > 0 } servers)
            throw new OAuthException($"the metadata of {name.Shown()} name no authorization server");
        if (issuer is not null && !servers.Contains(issuer))
            throw new OAuthException($"{name.Shown()} names {servers[0].Shown()} for its authorization server, and not {issuer} as configured");
        var chosen = issuer ?? servers[0];
        var server = await Server(chosen, cancel) ?? throw new OAuthException($"the authorization server {chosen.Shown()} publishes no metadata");
        var scopes = document.Texts("scopes_supported");
        return new OAuthOffer(name, server, scopes is null ? null : OAuth.Scopes.Union(string.Join(' ', scopes), null));
    }

    private async Task<JsonElement?> Metadata(Uri resource, BearerChallenge? challenge, CancellationToken cancel)
    {
        var places = WellKnown.OfResource(resource);
        if (challenge?.ResourceMetadata is { } named)
            places.Insert(0, AuthorizationServer.Address(named, "the address of the metadata of the resource", http));
        foreach (var place in places)
        {
            if (await Document(place, cancel) is { } document && document.Text("resource") is not null)
                return document;
        }

        return null;
    }

    /// <summary>The metadata of an issuer; a document of another issuer is not used (RFC 8414 section 3.3).</summary>
    private async Task<AuthorizationServer?> Server(string issuer, CancellationToken cancel)
    {
        string? other = null;
        foreach (var place in WellKnown.OfIssuer(AuthorizationServer.Address(issuer, "the address of the authorization server", http)))
        {
            if (await Document(place, cancel) is not { } document || document.Text("issuer") is not { Length: > 0 } named)
                continue;
            if (named == issuer)
                return AuthorizationServer.Read(document, issuer, http);
            other = named;
        }

        return other is null ? null : throw new OAuthException($"the authorization server {issuer} publishes metadata of another one, {other.Shown()}");
    }

    /// <summary>Null when there is none: also when a page answers where a document should be.</summary>
    private async Task<JsonElement?> Document(Uri place, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, place);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("MCP-Protocol-Version", "2025-11-25");
        var (status, json) = await http.Send(request, cancel);
        if (status >= 500)
            throw new OAuthException($"{place.Host} answered with HTTP {status} when asked for its metadata");
        return status == 200 && json.ValueKind == JsonValueKind.Object ? json : null;
    }
}
