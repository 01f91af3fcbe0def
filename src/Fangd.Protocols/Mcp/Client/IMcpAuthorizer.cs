using Fangd.Protocols.OAuth;

namespace Fangd.Protocols.Mcp.Client;

/// <summary>Gives the tokens for one server. Safe for concurrent requests.</summary>
public interface IMcpAuthorizer
{
    /// <summary>What the next request carries; null when there is nothing.</summary>
    ValueTask<string?> Token(CancellationToken cancel);

    /// <summary>
    /// What to send instead after a refusal; null when that has to stand. Throws <see cref="McpException"/> when somebody has to do something first.
    /// </summary>
    Task<string?> Answer(McpRefusal refusal, CancellationToken cancel);
}

/// <summary>
/// A request that a server refused. <paramref name="token"/> is what it carried; <paramref name="isAgain"/> says that this was the answer to a refusal before.
/// </summary>
public sealed class McpRefusal(int status, BearerChallenge? challenge, string? token, bool isAgain)
{
    public int Status => status;

    public BearerChallenge? Challenge => challenge;

    public string? Token => token;

    public bool IsAgain => isAgain;
}
