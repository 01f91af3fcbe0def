namespace Fangd.Protocols.OAuth;

/// <summary>Who asks for tokens, to one authorization server. <paramref name="method"/> is how it proves that: one of <see cref="OAuthMethods"/>.</summary>
public sealed class OAuthClient(string id, string? secret, string method)
{
    public string Id => id;

    public string? Secret => secret;

    public string Method => method;

    /// <summary>It registered itself, as opposed to one that somebody registered by hand.</summary>
    public bool RegistersItself { get; init; }
}

/// <summary>The ways in which clients prove who they are (RFC 7591 section 2).</summary>
public static class OAuthMethods
{
    public const string None = "none";
    public const string Basic = "client_secret_basic";
    public const string Post = "client_secret_post";

    /// <summary>The way for a client with this secret, out of those that the server takes: by header where it leaves a choice (RFC 6749 section 2.3.1).</summary>
    public static string For(string? secret, IReadOnlyList<string>? taken)
    {
        if (secret is null)
            return None;
        return taken is null || taken.Contains(Basic) || !taken.Contains(Post) ? Basic : Post;
    }
}
