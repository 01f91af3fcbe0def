using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fangd.Server.Config;

public sealed record ConfigField(string Key, string Type, JsonElement Default);

public sealed record ConfigSection(string Name, IReadOnlyList<ConfigField> Fields);

public sealed record ConfigSchema(IReadOnlyList<ConfigSection> Sections);

/// <summary>A dotted path such as <c>budget.max_daily_usd</c>, at most three levels deep.</summary>
public sealed record ConfigSetRequest(string? Path, JsonElement Value);

/// <summary>The status is <c>applied</c>, or <c>restart_required</c> for a key that is read at start only.</summary>
public sealed record ConfigSetAnswer(string Status, string Path);

public sealed record ConfigReloaded(
    string Status, bool RestartRequired, IReadOnlyList<string> RestartReasons, IReadOnlyList<string> HotActionsApplied, IReadOnlyList<string> NoopChanges);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(ConfigSchema))]
[JsonSerializable(typeof(ConfigSetRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ConfigSetAnswer))]
[JsonSerializable(typeof(ConfigReloaded))]
[JsonSerializable(typeof(string), GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ConfigJson : JsonSerializerContext;
