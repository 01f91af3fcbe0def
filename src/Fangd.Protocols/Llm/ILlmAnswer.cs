namespace Fangd.Protocols.Llm;

/// <summary>What the chunks of one answer add up to, in the words of one wire family. One use.</summary>
internal interface ILlmAnswer
{
    /// <summary>Whether the model has said why it stopped: an end of the stream is then no failure.</summary>
    bool IsFinished { get; }

    /// <summary>Whether the end mark was among the chunks: nothing more is waited for.</summary>
    bool IsAtEnd { get; }

    /// <summary>Whether anything of an answer was seen.</summary>
    bool HasContent { get; }

    /// <summary>
    /// Reads one JSON object of the stream, or a whole answer. Returns the error it carries instead of an answer, else null. Throws
    /// <see cref="System.Text.Json.JsonException"/> for broken JSON.
    /// </summary>
    LlmError? Read(ReadOnlySpan<byte> json, List<LlmEvent> output);

    /// <summary>Adds what is only known at the end: tool calls, usage, and why the model stopped.</summary>
    void Finish(List<LlmEvent> output, Func<string> newId);
}
