namespace Fangd.Protocols.Llm.OpenAi;

/// <summary>
/// Ways in which a server or one of its models departs from the plain request. They are learned from the server's own refusals, not from
/// names: the same model behaves differently behind different servers.
/// </summary>
[Flags]
internal enum OpenAiDialect
{
    Plain = 0,

    /// <summary>Refuses <c>stream_options</c>.</summary>
    NoStreamOptions = 1,

    /// <summary>Wants <c>max_completion_tokens</c> in place of <c>max_tokens</c> (OpenAI's reasoning models).</summary>
    MaxCompletionTokens = 2,

    /// <summary>Takes no <c>temperature</c> but its own (OpenAI's reasoning models).</summary>
    NoTemperature = 4,

    /// <summary>Wants the assistant's <c>reasoning_content</c> back (DeepSeek and Kimi while thinking).</summary>
    ReasoningBack = 8,

    /// <summary>Has no template for tools (small models under Ollama); the definitions are left out.</summary>
    NoTools = 16,

    /// <summary>Its template refuses two messages of one role in a row (Mistral's and Gemma's under llama.cpp and vLLM); they are joined.</summary>
    StrictTurns = 32,
}
