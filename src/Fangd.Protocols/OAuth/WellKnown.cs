namespace Fangd.Protocols.OAuth;

/// <summary>Where metadata are looked for, in the order of MCP's specification.</summary>
public static class WellKnown
{
    /// <summary>For the metadata of a resource (RFC 9728 section 3.1): with its path put in, then at the root.</summary>
    public static List<Uri> OfResource(Uri resource)
    {
        var places = new List<Uri>();
        if (resource.AbsolutePath.Length > 1)
            places.Add(new Uri(resource, "/.well-known/oauth-protected-resource" + resource.AbsolutePath.TrimEnd('/')));
        places.Add(new Uri(resource, "/.well-known/oauth-protected-resource"));
        return places;
    }

    /// <summary>For the metadata of an authorization server (RFC 8414 sections 3.1 and 5), OpenID Connect's places included.</summary>
    public static List<Uri> OfIssuer(Uri issuer)
    {
        var path = issuer.AbsolutePath.TrimEnd('/');
        var places = new List<Uri> { new(issuer, "/.well-known/oauth-authorization-server" + path), new(issuer, "/.well-known/openid-configuration" + path) };
        if (path.Length > 0)
            places.Add(new Uri(issuer, path + "/.well-known/openid-configuration"));
        return places;
    }
}
