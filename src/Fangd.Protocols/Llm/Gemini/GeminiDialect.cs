namespace Fangd.Protocols.Llm.Gemini;

/// <summary>Ways in which a model or an older version of the API departs from the full request, learned from refusals.</summary>
[Flags]
internal enum GeminiDialect
{
    Plain = 0,

    /// <summary>Takes no JSON schemas but those of its own kind, a part of OpenAPI's.</summary>
    OwnSchemas = 1,

    /// <summary>Wants the level of thinking in words, not a budget.</summary>
    ThinkingLevel = 2,

    /// <summary>Knows no thinking, or cannot be told about it.</summary>
    NoThinking = 4,

    /// <summary>Knows no ids of calls and pairs them with their results by order.</summary>
    NoCallIds = 8,

    /// <summary>Insists on a signature with each step's first call, also where there is none: calls of other models.</summary>
    MarkUnsigned = 16,

    /// <summary>Refuses the signatures of the history: they came from elsewhere. For one call only.</summary>
    ReplaceSignatures = 32,

    /// <summary>Cannot answer in JSON while there are tools.</summary>
    NoFormatWithTools = 64,

    /// <summary>Cannot be made to answer in JSON; it is asked for in words.</summary>
    NoFormat = 128,

    /// <summary>Knows no system instruction (Gemma); it is put in front of the first message.</summary>
    NoSystem = 256,

    /// <summary>Knows no tools (Gemma); the definitions are left out.</summary>
    NoTools = 512,

    /// <summary>Takes no penalties.</summary>
    NoPenalties = 1024,
}
