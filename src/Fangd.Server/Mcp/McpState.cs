using Fangd.Protocols.Mcp.Client;

namespace Fangd.Server.Mcp;

/// <summary>What stands between a server and its use.</summary>
internal enum McpStatus
{
    Connecting,
    Ready,
    /// <summary>A credential is missing; nothing is tried until somebody asks for it.</summary>
    Setup,
    /// <summary>Its user has to let fangd in; nothing is tried until that is done.</summary>
    NeedsAuthorization,
    Error,
}

/// <summary>What is known of a connection at one moment. Immutable.</summary>
internal sealed record McpState
{
    public McpStatus Status { get; init; }

    public IReadOnlyList<McpToolInfo> Tools { get; init; } = [];

    /// <summary>What there is beside tools.</summary>
    public McpCounts Counts { get; init; } = McpCounts.None;

    public DateTimeOffset? LastOk { get; init; }

    public string? LastError { get; init; }

    /// <summary>Attempts and checks that failed one after another.</summary>
    public int Failures { get; init; }

    /// <summary>Another attempt follows by itself.</summary>
    public bool IsReconnecting { get; init; }
}
