namespace Fangd.Protocols.OAuth;

/// <summary>
/// What an authorization server gave. <paramref name="expiresAt"/> is null where it did not say; <paramref name="scope"/> where it is what was asked for.
/// </summary>
public sealed class OAuthTokens(string accessToken, string? refreshToken, DateTimeOffset? expiresAt, string? scope)
{
    public string AccessToken => accessToken;

    public string? RefreshToken => refreshToken;

    public DateTimeOffset? ExpiresAt => expiresAt;

    public string? Scope => scope;
}
