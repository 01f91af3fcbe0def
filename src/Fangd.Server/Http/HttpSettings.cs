using System.Net;

namespace Fangd.Server.Http;

/// <summary>Rates of one listener; 0 turns a limit off.</summary>
public sealed record RateSettings
{
    /// <summary>Cheap requests a second that one client may sustain (dialects librefang and openfang).</summary>
    public double RequestsPerSecond { get; init; } = 30;

    /// <summary>The hourly classes of the dialect agentos.</summary>
    public double ReadsPerHour { get; init; } = 200;

    public double WritesPerHour { get; init; } = 100;
    public double MessagesPerHour { get; init; } = 60;
    public double WorkflowRunsPerHour { get; init; } = 100;
}

/// <summary>One address to listen on, with what its dialect decides.</summary>
public sealed record ListenerSettings(IPEndPoint Address, DialectName Dialect, RateSettings Rates)
{
    /// <summary>No kind of request may come as often as it likes.</summary>
    public bool IsLimited => Dialect == DialectName.AgentOs
        ? Rates is { ReadsPerHour: > 0, WritesPerHour: > 0, MessagesPerHour: > 0, WorkflowRunsPerHour: > 0 }
        : Rates.RequestsPerSecond > 0;
}

/// <summary>Everything the HTTP host needs to know; the rest of the configuration is no business of its own.</summary>
public sealed record HttpSettings
{
    public required IReadOnlyList<ListenerSettings> Listeners { get; init; }

    /// <summary>The key that every endpoint but the public ones asks for; null where none is configured.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Origins allowed beside localhost, once a key is set.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Peers whose forwarded headers are believed.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>Most bytes of a JSON body.</summary>
    public long MaxBodyBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Most connections at once; further ones wait in the kernel's backlog and are refused.</summary>
    public long MaxConnections { get; init; } = 4096;
}
