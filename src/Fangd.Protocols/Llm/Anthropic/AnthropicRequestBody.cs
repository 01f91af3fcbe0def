using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>Writes the body of a messages call as UTF-8. The messages themselves are <see cref="AnthropicMessages"/>.</summary>
internal static class AnthropicRequestBody
{
    /// <summary>Output tokens where the caller names no number; the API insists on one.</summary>
    public const int DefaultMaxTokens = 4096;

    private const int MaxStops = 16;

    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><paramref name="said"/> are the blocks of a turn that the provider paused and is to go on with.</summary>
    public static void Write(IBufferWriter<byte> output, LlmRequest request, AnthropicDialect dialect, IReadOnlyList<AnthropicBlock> said)
    {
        using var json = new Utf8JsonWriter(output, WriterOptions);
        var maxTokens = LlmOptions.MaxTokens(request) ?? DefaultMaxTokens;
        var thinking = AnthropicThinking.Of(request, dialect, maxTokens);
        json.WriteStartObject();
        json.WriteString("model"u8, request.Model);
        json.WriteBoolean("stream"u8, true);
        // Thinking counts as output: what the caller asked for is meant for the answer.
        var isRoomAdded = thinking.Budget > 0 && !dialect.HasFlag(AnthropicDialect.TightBudget);
        json.WriteNumber("max_tokens"u8, isRoomAdded ? (int)Math.Min((long)maxTokens + thinking.Budget, int.MaxValue) : maxTokens);
        WriteThinking(json, thinking);
        if (!dialect.HasFlag(AnthropicDialect.NoSampling) && thinking.Budget == 0) WriteSampling(json, request, dialect);
        WriteStops(json, request);
        if (LlmOptions.Text(request, "user") is { Length: > 0 } user)
        {
            json.WriteStartObject("metadata"u8);
            json.WriteString("user_id"u8, user);
            json.WriteEndObject();
        }

        var wantsJson = LlmOptions.WantsJson(request, out var schema);
        var hasFormat = schema is not null && !dialect.HasFlag(AnthropicDialect.NoFormat);
        WriteOutputConfig(json, hasFormat ? schema : null, thinking.Effort);
        WriteTools(json, request, dialect);
        WriteSystem(json, request, dialect, !wantsJson || hasFormat ? null : LlmOptions.JsonInWords(schema));
        AnthropicMessages.Write(json, request.Messages, dialect, said);
        json.WriteEndObject();
    }

    /// <summary>Marks what was written so far as worth keeping for the next call.</summary>
    public static void WriteCacheControl(Utf8JsonWriter json, AnthropicDialect dialect)
    {
        if (dialect.HasFlag(AnthropicDialect.NoCache)) return;
        json.WriteStartObject("cache_control"u8);
        json.WriteString("type"u8, "ephemeral"u8);
        json.WriteEndObject();
    }

    private static void WriteThinking(Utf8JsonWriter json, AnthropicThinking thinking)
    {
        if (thinking.How == AnthropicThinking.Mode.Unsaid) return;
        json.WriteStartObject("thinking"u8);
        switch (thinking.How)
        {
            case AnthropicThinking.Mode.Disabled:
                json.WriteString("type"u8, "disabled"u8);
                break;
            case AnthropicThinking.Mode.Enabled:
                json.WriteString("type"u8, "enabled"u8);
                json.WriteNumber("budget_tokens"u8, thinking.Budget);
                break;
            default:
                json.WriteString("type"u8, "adaptive"u8);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteSampling(Utf8JsonWriter json, LlmRequest request, AnthropicDialect dialect)
    {
        var temperature = LlmOptions.Temperature(request);
        // The range ends at 1 here, elsewhere at 2.
        if (temperature is { } heat) json.WriteNumber("temperature"u8, Math.Clamp(heat, 0, 1));
        if (LlmOptions.Number(request, "top_p") is { } p && (temperature is null || !dialect.HasFlag(AnthropicDialect.OneSampling)))
            json.WriteNumber("top_p"u8, Math.Clamp(p, 0, 1));
        if (LlmOptions.Number(request, "top_k") is { } k and >= 1) json.WriteNumber("top_k"u8, (int)Math.Min(k, int.MaxValue));
    }

    private static void WriteStops(Utf8JsonWriter json, LlmRequest request)
    {
        var stops = LlmOptions.Stops(request, MaxStops);
        if (stops.Count == 0) return;
        json.WriteStartArray("stop_sequences"u8);
        foreach (var stop in stops) json.WriteStringValue(stop);
        json.WriteEndArray();
    }

    private static void WriteOutputConfig(Utf8JsonWriter json, JsonElement? schema, string? effort)
    {
        if (schema is null && effort is null) return;
        json.WriteStartObject("output_config"u8);
        if (effort is not null) json.WriteString("effort"u8, effort);
        if (schema is { } wanted)
        {
            json.WriteStartObject("format"u8);
            json.WriteString("type"u8, "json_schema"u8);
            json.WritePropertyName("schema"u8);
            wanted.WriteTo(json);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter json, LlmRequest request, AnthropicDialect dialect)
    {
        if (request.Tools.Count == 0)
        {
            WriteFormerTools(json, request);
            return;
        }

        json.WriteStartArray("tools"u8);
        for (var i = 0; i < request.Tools.Count; i++)
        {
            var tool = request.Tools[i];
            json.WriteStartObject();
            json.WriteString("name"u8, tool.Name);
            if (tool.Description.Length > 0) JsonText.Write(json, "description"u8, tool.Description);
            json.WritePropertyName("input_schema"u8);
            json.WriteRawValue(tool.Schema.IsEmpty ? """{"type":"object","properties":{}}"""u8 : tool.Schema.Span, skipInputValidation: true);
            if (i == request.Tools.Count - 1) WriteCacheControl(json, dialect);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteToolChoice(json, request);
    }

    // Calls in the history are refused where no tools are declared, so their names are, and none may be called.
    private static void WriteFormerTools(Utf8JsonWriter json, LlmRequest request)
    {
        HashSet<string>? names = null;
        foreach (var message in request.Messages)
        {
            foreach (var part in message.Parts)
            {
                if (part is LlmToolCall call) (names ??= new(StringComparer.Ordinal)).Add(call.Name);
            }
        }

        if (names is null) return;
        json.WriteStartArray("tools"u8);
        foreach (var name in names)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WriteString("description"u8, "Not available any more."u8);
            json.WritePropertyName("input_schema"u8);
            json.WriteRawValue("""{"type":"object"}"""u8, skipInputValidation: true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("tool_choice"u8);
        json.WriteString("type"u8, "none"u8);
        json.WriteEndObject();
    }

    private static void WriteToolChoice(Utf8JsonWriter json, LlmRequest request)
    {
        var demand = LlmOptions.Tools(request, out var name);
        var isOneByOne = LlmOptions.Find(request, "parallel_tool_calls") is { ValueKind: JsonValueKind.False } && demand != ToolDemand.None;
        if (demand == ToolDemand.Unsaid && !isOneByOne) return;
        json.WriteStartObject("tool_choice"u8);
        json.WriteString("type"u8, demand switch
        {
            ToolDemand.Required => "any"u8,
            ToolDemand.None => "none"u8,
            ToolDemand.Named => "tool"u8,
            _ => "auto"u8,
        });
        if (name is not null) json.WriteString("name"u8, name);
        if (isOneByOne) json.WriteBoolean("disable_parallel_tool_use"u8, true);
        json.WriteEndObject();
    }

    private static void WriteSystem(Utf8JsonWriter json, LlmRequest request, AnthropicDialect dialect, string? more)
    {
        string? last = more;
        var any = more is not null;
        foreach (var text in LlmTurn.Systems(request.Messages))
        {
            any = true;
            if (more is null) last = text;
        }

        if (!any) return;
        json.WriteStartArray("system"u8);
        foreach (var text in LlmTurn.Systems(request.Messages)) WriteSystemBlock(text);
        if (more is not null) WriteSystemBlock(more);
        json.WriteEndArray();

        void WriteSystemBlock(string text)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "text"u8);
            JsonText.Write(json, "text"u8, text);
            if (ReferenceEquals(text, last)) WriteCacheControl(json, dialect);
            json.WriteEndObject();
        }
    }
}
