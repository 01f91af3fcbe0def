namespace Fangd.Protocols.Mcp.Serving;

/// <summary>Which rules a request is answered by.</summary>
public enum McpEra
{
    /// <summary>No version and no handshake: plain JSON-RPC, as early clients speak it.</summary>
    Bare,

    /// <summary>The versions from 2024-11-05 to 2025-11-25, which begin with <c>initialize</c>.</summary>
    Handshake,

    /// <summary>2026-07-28: each request says all about itself.</summary>
    Stateless,
}

/// <summary>The versions of the protocol that are served.</summary>
public static class McpVersions
{
    /// <summary>The one without a handshake.</summary>
    public const string Stateless = "2026-07-28";

    /// <summary>Newest first.</summary>
    public static IReadOnlyList<string> WithHandshake { get; } = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

    public static IReadOnlyList<string> All { get; } = [Stateless, .. WithHandshake];

    /// <summary>What the answer to <c>initialize</c> names: the asked version when it is served, else the newest with a handshake.</summary>
    public static string Negotiate(string? asked) => asked is not null && WithHandshake.Contains(asked) ? asked : WithHandshake[0];
}
