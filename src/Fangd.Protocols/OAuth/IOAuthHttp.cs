using System.Text.Json;

namespace Fangd.Protocols.OAuth;

/// <summary>What an authorization is made over: whoever embeds it decides what may be reached.</summary>
public interface IOAuthHttp
{
    TimeProvider Time { get; }

    /// <summary>An administrator named this origin, as opposed to a document that came from elsewhere: it may do without TLS.</summary>
    bool IsConfigured(Uri url);

    /// <summary>
    /// Sends one request and reads its answer, within bounds of size and time. Throws <see cref="OAuthException"/> when the target is closed, cannot be
    /// reached, or redirects to elsewhere.
    /// </summary>
    Task<OAuthReply> Send(HttpRequestMessage request, CancellationToken cancel);
}

/// <summary>An answer. <paramref name="json"/> is its body where that is a JSON object, and undefined otherwise.</summary>
public sealed class OAuthReply(int status, JsonElement json)
{
    public int Status => status;

    public JsonElement Json => json;
}
