using System.Text.Json.Serialization;

namespace Fangd.Server.Providers;

public sealed record KeyRequest(string? ApiKey, string? Key);

public sealed record KeyChanged(string Status, string Provider, string? Warning);

public sealed record UrlRequest(string? BaseUrl);

public sealed record UrlChanged(string Status, string Provider, string BaseUrl);

/// <summary>One provider; <c>reachable</c>, <c>latency_ms</c> and <c>error</c> are there for local servers, as of the last minute.</summary>
public sealed record ProviderView
{
    public required string Name { get; init; }
    public required string DisplayName { get; init; }

    /// <summary><c>configured</c>, <c>missing</c> or <c>no_key_needed</c>.</summary>
    public required string AuthStatus { get; init; }

    public required string? EnvVar { get; init; }
    public required string BaseUrl { get; init; }
    public required int ModelCount { get; init; }
    public required bool IsLocal { get; init; }
    public required bool? Reachable { get; init; }
    public required long? LatencyMs { get; init; }
    public required string? Error { get; init; }
}

public sealed record ProviderViews(IReadOnlyList<ProviderView> Providers, int Total);

public sealed record TestRequest(string? Model);

public sealed record ProviderTested(string Status, string Provider, long LatencyMs, string ModelTested);

public sealed record ProviderFailed(string Status, string Provider, string Error, string? ModelTested);

public sealed record CopilotStarted(string PollId, string UserCode, string VerificationUri, int ExpiresIn, int Interval);

public sealed record CopilotPolled(string Status, string? Provider, string? Error);

/// <summary>What GitHub answers to a device login, in both its steps.</summary>
internal sealed record GitHubAnswer(
    string? DeviceCode, string? UserCode, string? VerificationUri, int? ExpiresIn, int? Interval, string? AccessToken, string? Error, string? ErrorDescription);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(KeyRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(KeyChanged))]
[JsonSerializable(typeof(UrlRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(UrlChanged))]
[JsonSerializable(typeof(ProviderViews))]
[JsonSerializable(typeof(TestRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ProviderTested))]
[JsonSerializable(typeof(ProviderFailed))]
[JsonSerializable(typeof(CopilotStarted))]
[JsonSerializable(typeof(CopilotPolled))]
[JsonSerializable(typeof(GitHubAnswer), GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ProviderJson : JsonSerializerContext;
