using Fangd.Server.Http;

namespace Fangd.Server.Providers;

public sealed partial record KeyRequest(string? ApiKey, string? Key) : IRequest<KeyRequest>;

public sealed partial record KeyChanged(string Status, string Provider, string? Warning) : IAnswer;

public sealed partial record UrlRequest(string? BaseUrl) : IRequest<UrlRequest>;

public sealed partial record UrlChanged(string Status, string Provider, string BaseUrl) : IAnswer;

/// <summary>One provider; <c>reachable</c>, <c>latency_ms</c> and <c>error</c> are there for local servers, as of the last minute.</summary>
public sealed partial record ProviderView : IAnswer
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

public sealed partial record ProviderViews(IReadOnlyList<ProviderView> Providers, int Total) : IAnswer;

public sealed partial record TestRequest(string? Model) : IRequest<TestRequest>;

public sealed partial record ProviderTested(string Status, string Provider, long LatencyMs, string ModelTested) : IAnswer;

public sealed partial record ProviderFailed(string Status, string Provider, string Error, string? ModelTested) : IAnswer;

public sealed partial record CopilotStarted(string PollId, string UserCode, string VerificationUri, int ExpiresIn, int Interval) : IAnswer;

public sealed partial record CopilotPolled(string Status, string? Provider, string? Error) : IAnswer;

/// <summary>What GitHub answers to a device login, in both its steps.</summary>
internal sealed partial record GitHubAnswer(
    string? DeviceCode, string? UserCode, string? VerificationUri, int? ExpiresIn, int? Interval, string? AccessToken, string? Error, string? ErrorDescription) : IRequest<GitHubAnswer>;
