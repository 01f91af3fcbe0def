using System.Text.Json.Serialization;
using Fangd.Server.Http;
using Fangd.Server.Providers.Resilience;
using Fangd.Server.Vault;

namespace Fangd.Server.Health;

/// <summary>The public health: nothing in it tells of data or agents. <c>version</c>, <c>workers</c> and <c>uptime</c> only in the dialect agentos.</summary>
public sealed partial record HealthView(string Status, long UptimeSeconds, int PanicCount, int RestartCount, string? Version, int? Workers, double? Uptime) : IAnswer;

public sealed partial record HealthDetail : IAnswer
{
    public required string Status { get; init; }
    public required long UptimeSeconds { get; init; }
    public required int PanicCount { get; init; }
    public required int RestartCount { get; init; }
    public required int AgentCount { get; init; }
    public required string Database { get; init; }
    public required long DatabaseBytes { get; init; }
    public required int ActiveRuns { get; init; }
    public required long MemoryBytes { get; init; }
    public required int InterruptedRuns { get; init; }
    public required IReadOnlyList<string> ConfigWarnings { get; init; }

    public required VaultStatus Vault { get; init; }

    /// <summary>The providers that were called since the start.</summary>
    public required IReadOnlyList<ProviderHealth> Providers { get; init; }
}

public sealed partial record StatusView : IAnswer
{
    public required string Status { get; init; }
    public required string Version { get; init; }
    public required int AgentCount { get; init; }
    public required string DataDir { get; init; }
    public required string HomeDir { get; init; }
    public required string ApiListen { get; init; }
    public required string LogLevel { get; init; }
    public required bool NetworkEnabled { get; init; }
    public required string DefaultProvider { get; init; }
    public required string DefaultModel { get; init; }
    public required long UptimeSeconds { get; init; }
    public required IReadOnlyList<StatusAgent> Agents { get; init; }
}

public sealed partial record StatusAgent(
    string Id,
    string Name,
    string State,
    string Mode,
    DateTimeOffset CreatedAt,
    string ModelProvider,
    string ModelName,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Profile) : IAnswer;

public sealed partial record VersionView(
    string Name,
    string Version,
    string BuildDate,
    string GitSha,
    string RustVersion,
    string Platform,
    string Arch,
    string Runtime) : IAnswer;

public sealed partial record ConfigView : IAnswer
{
    public required string HomeDir { get; init; }
    public required string DataDir { get; init; }
    public required string DefaultProvider { get; init; }
    public required string DefaultModel { get; init; }
    public required string ListenAddr { get; init; }
    public required string LogLevel { get; init; }
    public required bool ApiKeySet { get; init; }
    public required int ChannelsConfigured { get; init; }
    public required int McpServers { get; init; }
}

public sealed partial record ShutdownView(string Status) : IAnswer;

public sealed partial record ProfileList(IReadOnlyList<ProfileView> Profiles) : IAnswer;

public sealed partial record ProfileView(string Name, string Tier, string Description, IReadOnlyList<string> Tools) : IAnswer;

public sealed partial record ToolNameList(IReadOnlyList<string> Tools, int Total) : IAnswer;
