namespace Fangd.Protocols.OAuth;

/// <summary>
/// An authorization did not come about. The message is one sentence without its stop that names no secret and may be shown. <paramref name="code"/> is the
/// word of RFC 6749 with which an authorization server refused; null when it did not answer, or not with sense.
/// </summary>
public sealed class OAuthException(string message, string? code = null, Exception? inner = null) : Exception(message, inner)
{
    public string? Code => code;
}
