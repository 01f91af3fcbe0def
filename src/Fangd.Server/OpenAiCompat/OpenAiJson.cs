using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.Server.OpenAiCompat;

public sealed partial record ModelEntry(string Id, string Object, long Created, string OwnedBy) : IAnswer;

public sealed partial record ModelList(string Object, IReadOnlyList<ModelEntry> Data) : IAnswer;

public sealed partial record ChatCompletion(string Id, string Object, long Created, string Model, IReadOnlyList<ChatChoice> Choices, ChatUsage Usage) : IAnswer;

public sealed partial record ChatChoice(
    int Index,
    ChatMessage Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Logprobs,
    string FinishReason) : IAnswer;

public sealed partial record ChatMessage(
    string Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Refusal,
    IReadOnlyList<ChatToolCall>? ToolCalls) : IAnswer;

public sealed partial record ChatToolCall(int? Index, string Id, string Type, ChatFunction Function) : IAnswer;

public sealed partial record ChatFunction(string Name, string Arguments) : IAnswer;

public sealed partial record ChatUsage(int PromptTokens, int CompletionTokens, int TotalTokens, CachedTokens? PromptTokensDetails, ReasoningTokens? CompletionTokensDetails) : IAnswer;

public sealed partial record ResponseDeleted(string Id, string Object, bool Deleted) : IAnswer;

public sealed partial record CachedTokens([property: JsonPropertyName("cached_tokens")] int Count) : IAnswer;

public sealed partial record ReasoningTokens([property: JsonPropertyName("reasoning_tokens")] int Count) : IAnswer;
