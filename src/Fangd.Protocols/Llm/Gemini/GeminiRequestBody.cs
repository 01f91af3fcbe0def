using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fangd.Protocols.Llm.Gemini;

/// <summary>Writes the body of a generateContent call as UTF-8. The contents are <see cref="GeminiContents"/>.</summary>
internal static class GeminiRequestBody
{
    private const int MaxStops = 5;

    private static readonly JsonWriterOptions WriterOptions = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(IBufferWriter<byte> output, LlmRequest request, GeminiDialect dialect)
    {
        using var json = new Utf8JsonWriter(output, WriterOptions);
        var hasTools = request.Tools.Count > 0 && !dialect.HasFlag(GeminiDialect.NoTools);
        var wantsJson = LlmOptions.WantsJson(request, out var schema);
        var hasFormat = wantsJson && !dialect.HasFlag(GeminiDialect.NoFormat) && !(hasTools && dialect.HasFlag(GeminiDialect.NoFormatWithTools));
        json.WriteStartObject();
        var system = System(request, wantsJson && !hasFormat ? LlmOptions.JsonInWords(schema) : null);
        var isSystemSent = system is not null && !dialect.HasFlag(GeminiDialect.NoSystem);
        if (isSystemSent)
        {
            json.WriteStartObject("systemInstruction"u8);
            json.WriteStartArray("parts"u8);
            json.WriteStartObject();
            JsonText.Write(json, "text"u8, system!);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        if (hasTools) WriteTools(json, request, dialect);
        WriteConfig(json, request, dialect, hasFormat, schema);
        GeminiContents.Write(json, request.Messages, dialect, isSystemSent ? null : system);
        json.WriteEndObject();
    }

    private static string? System(LlmRequest request, string? more)
    {
        string? all = null;
        foreach (var text in LlmTurn.Systems(request.Messages)) all = all is null ? text : $"{all}\n\n{text}";
        return more is null ? all : all is null ? more : $"{all}\n\n{more}";
    }

    private static void WriteTools(Utf8JsonWriter json, LlmRequest request, GeminiDialect dialect)
    {
        json.WriteStartArray("tools"u8);
        json.WriteStartObject();
        json.WriteStartArray("functionDeclarations"u8);
        foreach (var tool in request.Tools)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, tool.Name);
            JsonText.Write(json, "description"u8, tool.Description);
            if (!tool.Schema.IsEmpty) WriteParameters(json, tool, dialect);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();

        var demand = LlmOptions.Tools(request, out var name);
        if (demand == ToolDemand.Unsaid) return;
        json.WriteStartObject("toolConfig"u8);
        json.WriteStartObject("functionCallingConfig"u8);
        json.WriteString("mode"u8, demand switch
        {
            ToolDemand.Required or ToolDemand.Named => "ANY"u8,
            ToolDemand.None => "NONE"u8,
            _ => "AUTO"u8,
        });
        if (name is not null)
        {
            json.WriteStartArray("allowedFunctionNames"u8);
            json.WriteStringValue(name);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteParameters(Utf8JsonWriter json, LlmTool tool, GeminiDialect dialect)
    {
        if (!dialect.HasFlag(GeminiDialect.OwnSchemas))
        {
            json.WritePropertyName("parametersJsonSchema"u8);
            json.WriteRawValue(tool.Schema.Span, skipInputValidation: true);
            return;
        }

        using var document = JsonDocument.Parse(tool.Schema);
        if (GeminiSchema.IsEmpty(document.RootElement)) return;
        json.WritePropertyName("parameters"u8);
        GeminiSchema.Write(json, document.RootElement);
    }

    private static void WriteConfig(Utf8JsonWriter json, LlmRequest request, GeminiDialect dialect, bool hasFormat, JsonElement? schema)
    {
        json.WriteStartObject("generationConfig"u8);
        if (LlmOptions.MaxTokens(request) is { } most) json.WriteNumber("maxOutputTokens"u8, most);
        if (LlmOptions.Temperature(request) is { } temperature) json.WriteNumber("temperature"u8, Math.Clamp(temperature, 0, 2));
        if (LlmOptions.Number(request, "top_p") is { } p) json.WriteNumber("topP"u8, Math.Clamp(p, 0, 1));
        if (LlmOptions.Number(request, "top_k") is { } k and >= 1) json.WriteNumber("topK"u8, (int)Math.Min(k, int.MaxValue));
        if (LlmOptions.Number(request, "seed") is { } seed) json.WriteNumber("seed"u8, (int)Math.Clamp(seed, int.MinValue, int.MaxValue));
        if (!dialect.HasFlag(GeminiDialect.NoPenalties))
        {
            if (LlmOptions.Number(request, "presence_penalty") is { } presence) json.WriteNumber("presencePenalty"u8, presence);
            if (LlmOptions.Number(request, "frequency_penalty") is { } frequency) json.WriteNumber("frequencyPenalty"u8, frequency);
        }

        var stops = LlmOptions.Stops(request, MaxStops);
        if (stops.Count > 0)
        {
            json.WriteStartArray("stopSequences"u8);
            foreach (var stop in stops) json.WriteStringValue(stop);
            json.WriteEndArray();
        }

        if (hasFormat) WriteFormat(json, schema, dialect);
        WriteThinking(json, request, dialect);
        json.WriteEndObject();
    }

    private static void WriteFormat(Utf8JsonWriter json, JsonElement? schema, GeminiDialect dialect)
    {
        json.WriteString("responseMimeType"u8, "application/json"u8);
        if (schema is not { } wanted) return;
        if (dialect.HasFlag(GeminiDialect.OwnSchemas))
        {
            json.WritePropertyName("responseSchema"u8);
            GeminiSchema.Write(json, wanted);
        }
        else
        {
            json.WritePropertyName("responseJsonSchema"u8);
            wanted.WriteTo(json);
        }
    }

    private static void WriteThinking(Utf8JsonWriter json, LlmRequest request, GeminiDialect dialect)
    {
        if (LlmOptions.Text(request, "reasoning_effort") is not { } effort || dialect.HasFlag(GeminiDialect.NoThinking)) return;
        json.WriteStartObject("thinkingConfig"u8);
        json.WriteBoolean("includeThoughts"u8, effort != "none");
        if (dialect.HasFlag(GeminiDialect.ThinkingLevel))
        {
            json.WriteString("thinkingLevel"u8, effort switch
            {
                "none" or "minimal" or "low" => "low"u8,
                "medium" => "medium"u8,
                _ => "high"u8,
            });
        }
        else
        {
            json.WriteNumber("thinkingBudget"u8, effort switch
            {
                "none" => 0,
                "minimal" or "low" => 1024,
                "high" or "xhigh" or "max" => 24576,
                _ => 8192,
            });
        }

        json.WriteEndObject();
    }
}
