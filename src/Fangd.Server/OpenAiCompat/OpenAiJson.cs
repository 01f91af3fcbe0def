using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fangd.Server.OpenAiCompat;

public sealed record ModelEntry(string Id, string Object, long Created, string OwnedBy);

public sealed record ModelList(string Object, IReadOnlyList<ModelEntry> Data);

public sealed record ChatCompletion(string Id, string Object, long Created, string Model, IReadOnlyList<ChatChoice> Choices, ChatUsage Usage);

public sealed record ChatChoice(
    int Index,
    ChatMessage Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Logprobs,
    string FinishReason);

public sealed record ChatMessage(
    string Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Refusal,
    IReadOnlyList<ChatToolCall>? ToolCalls);

public sealed record ChatToolCall(int? Index, string Id, string Type, ChatFunction Function);

public sealed record ChatFunction(string Name, string Arguments);

public sealed record ChatUsage(int PromptTokens, int CompletionTokens, int TotalTokens, CachedTokens? PromptTokensDetails, ReasoningTokens? CompletionTokensDetails);

public sealed record ResponseDeleted(string Id, string Object, bool Deleted);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(ModelEntry))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(ChatUsage))]
[JsonSerializable(typeof(ResponseDeleted))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class OpenAiJson : JsonSerializerContext;

public sealed record CachedTokens([property: JsonPropertyName("cached_tokens")] int Count);

public sealed record ReasoningTokens([property: JsonPropertyName("reasoning_tokens")] int Count);
