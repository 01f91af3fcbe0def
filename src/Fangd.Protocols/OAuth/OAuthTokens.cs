namespace Fangd.Protocols.OAuth;

/// <summary>What an authorization server gave. <see cref="ExpiresAt"/> is null where it did not say; <see cref="Scope"/> where it is what was asked for.</summary>
public sealed record OAuthTokens(string AccessToken, string? RefreshToken, DateTimeOffset? ExpiresAt, string? Scope)
{
    /// <summary>Never the tokens.</summary>
    public override string ToString() => "***";
}
