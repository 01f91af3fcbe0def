using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fangd.Server.Memory;

/// <summary>A value that is absent is not the same as null.</summary>
public sealed record KeyValueRequest(JsonElement Value);

public sealed record KeyValueChanged(string Status, string Key);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(KeyValueRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(KeyValueChanged))]
internal sealed partial class MemoryJson : JsonSerializerContext;
