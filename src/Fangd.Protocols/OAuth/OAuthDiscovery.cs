using System.Text.Json;

namespace Fangd.Protocols.OAuth;

/// <summary>What opens a resource: the name to ask tokens for, and who gives them.</summary>
/// <param name="resource">The resource's name, as it gives it itself.</param>
/// <param name="server">Who gives tokens.</param>
/// <param name="scopes">The scopes that the resource lists, between spaces; null when it lists none.</param>
public sealed class OAuthOffer(string resource, AuthorizationServer server, string? scopes)
{
    public string Resource => resource;

    public AuthorizationServer Server => server;

    public string? Scopes => scopes;
}

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
        var places = WellKnown.OfResource(resource);
        if (challenge?.ResourceMetadata is { } named)
            places.Insert(0, AuthorizationServer.Address(named, "the address of the metadata of the resource", http));
        var document = await First(places, "resource", null, cancel);
        var isThere = document.ValueKind == JsonValueKind.Object;
        var name = isThere ? document.Text("resource")! : ResourceId.Of(resource);
        if (!ResourceId.Covers(name, resource))
            throw new OAuthException($"the metadata of {ResourceId.Of(resource)} are those of another resource, {name.Shown()}");
        var chosen = issuer ?? (isThere ? null : resource.GetLeftPart(UriPartial.Authority));
        if (isThere)
        {
            if (document.Texts("authorization_servers") is not { Count: > 0 } servers)
                throw new OAuthException($"the metadata of {name.Shown()} name no authorization server");
            if (issuer is not null && !servers.Contains(issuer))
                throw new OAuthException($"{name.Shown()} names {servers[0].Shown()} for its authorization server, and not {issuer} as configured");
            chosen ??= servers[0];
        }

        var metadata = await First(WellKnown.OfIssuer(AuthorizationServer.Address(chosen!, "the address of the authorization server", http)), "issuer", chosen, cancel);
        if (metadata.ValueKind != JsonValueKind.Object)
            return isThere ? throw new OAuthException($"the authorization server {chosen} publishes no metadata") : null;
        var scopes = isThere && document.Texts("scopes_supported") is { } listed ? Scopes.Union(string.Join(' ', listed), null) : null;
        return new OAuthOffer(name, AuthorizationServer.Read(metadata, chosen!, http), scopes);
    }

    /// <summary>
    /// The first document that says of what it is; undefined when there is none, also where a page answers in place of one. One of another thing than was asked
    /// for is not used (RFC 8414 section 3.3).
    /// </summary>
    private async Task<JsonElement> First(List<Uri> places, string field, string? wanted, CancellationToken cancel)
    {
        string? other = null;
        foreach (var place in places)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, place);
            request.Headers.TryAddWithoutValidation("Accept", "application/json");
            request.Headers.TryAddWithoutValidation("MCP-Protocol-Version", "2025-11-25");
            var reply = await http.Send(request, cancel);
            if (reply.Status >= 500)
                throw new OAuthException($"{place.Host} answered with HTTP {reply.Status} when asked for its metadata");
            if (reply.Status != 200 || reply.Json.Text(field) is not { Length: > 0 } named)
                continue;
            if (wanted is null || named == wanted)
                return reply.Json;
            other = named;
        }

        return other is null ? default : throw new OAuthException($"the authorization server {wanted} publishes metadata of another one, {other.Shown()}");
    }
}
