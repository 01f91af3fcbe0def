namespace Fangd.Protocols.Llm;

/// <summary>Where a call goes and with which credential. Prints without the key.</summary>
public sealed record LlmTarget
{
    /// <summary>The provider's name, for messages to people.</summary>
    public required string Provider { get; init; }

    /// <summary>The provider's id, for programs; empty where the caller has none.</summary>
    public string ProviderId { get; init; } = "";

    /// <summary>The base URL as the user gave it, with or without <c>/v1</c>, with or without a slash at the end.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>The API key, or null where none is needed.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Further keys of the same provider, which may be used in place of the first.</summary>
    public IReadOnlyList<string> MoreKeys { get; init; } = [];

    /// <summary>How long the provider may take until the first byte of its answer.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long it may pause between two chunks of a stream.</summary>
    public TimeSpan ChunkTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public override string ToString() => $"{Provider} at {BaseUrl}";
}
