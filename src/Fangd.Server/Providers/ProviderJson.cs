using System.Text.Json.Serialization;

namespace Fangd.Server.Providers;

public sealed record KeyRequest(string? ApiKey, string? Key);

public sealed record KeyChanged(string Status, string Provider);

public sealed record UrlRequest(string? BaseUrl);

public sealed record UrlChanged(string Status, string Provider, string BaseUrl);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(KeyChanged))]
[JsonSerializable(typeof(UrlRequest))]
[JsonSerializable(typeof(UrlChanged))]
internal sealed partial class ProviderJson : JsonSerializerContext;
