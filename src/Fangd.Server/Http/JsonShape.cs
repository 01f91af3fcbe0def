using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fangd.Server.Http;

/// <summary>What is the same for all JSON of the API: how it is written, and how a wrong shape is told.</summary>
internal static class JsonShape
{
    /// <summary>Non-ASCII text is written as it is: answers are served as JSON and never pasted into HTML.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>
    /// A JSON string may escape half of a surrogate pair, which is no text. Typed bodies refuse it while they are read; an element would
    /// only fail when somebody takes its string, so it is looked through here, where it has such escapes at all.
    /// </summary>
    public static void DemandReadableStrings(JsonElement element, ReadOnlySpan<byte> body)
    {
        if (body.IndexOf("\\ud"u8) < 0 && body.IndexOf("\\uD"u8) < 0)
            return;
        try
        {
            Read(element);
        }
        catch (InvalidOperationException)
        {
            throw ApiException.BadRequest("a string in the body holds half of a surrogate pair, which is no text");
        }
    }

    /// <summary>One sentence that names the field.</summary>
    public static string Explain(JsonException wrong)
    {
        var path = wrong.Path is { Length: > 2 } p && p.StartsWith("$.", StringComparison.Ordinal) ? p[2..] : null;
        if (path is not null && wrong.Message.StartsWith("The JSON value", StringComparison.Ordinal))
            return $"{path}: the value has the wrong type";
        if (path is not null && wrong.InnerException is InvalidOperationException or FormatException)
            return $"{path}: the value has the wrong type";
        if (wrong.Path == "$" && wrong.InnerException is InvalidOperationException)
            return "the body must be a JSON object";
        var where = wrong.LineNumber is { } line ? $" (line {line + 1}, byte {wrong.BytePositionInLine + 1})" : "";
        return path is null ? $"the body is not valid JSON{where}" : $"{path}: not valid JSON{where}";
    }

    private static void Read(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    Read(item);
                break;
            case JsonValueKind.Object:
                foreach (var field in element.EnumerateObject())
                    Read(field.Value);
                break;
        }
    }
}
