using System.Text.Json.Serialization;

namespace Fangd.Server.Commands;

public sealed record ChatCommandItem(string Cmd, string Desc, string? Source);

public sealed record ChatCommandList(IReadOnlyList<ChatCommandItem> Commands);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(ChatCommandList))]
internal sealed partial class CommandJson : JsonSerializerContext;
