using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fangd.Server.Http;

/// <summary>What is the same for all JSON of the API: how it is written, and how a wrong shape is told.</summary>
internal static class JsonShape
{
    /// <summary>Non-ASCII text is written as it is: answers are served as JSON and never pasted into HTML.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>One sentence that names the field, of what <see cref="JsonFields"/> or the parser threw.</summary>
    public static string Explain(JsonException wrong) => wrong switch
    {
        { Path: "" } => "the body must be a JSON object",
        { Path: { } path } => $"{path}: the value has the wrong type",
        { LineNumber: { } line } => $"the body is not valid JSON (line {line + 1}, byte {wrong.BytePositionInLine + 1})",
        _ => "the body is not valid JSON",
    };

    /// <summary>
    /// Whether an escape stands for half a character: a surrogate without its other half. The grammar lets it pass, but it is no text: it
    /// cannot be decoded, stored or sent on. In valid JSON a backslash stands inside strings only, so the bytes alone are looked at.
    /// </summary>
    public static bool HasHalfCharacter(ReadOnlySpan<byte> json)
    {
        while (true)
        {
            var backslash = json.IndexOf((byte)'\\');
            if (backslash < 0)
                return false;
            json = json[backslash..];
            if (!TryReadEscape(json, out var unit))
            {
                json = json[Math.Min(2, json.Length)..];
                continue;
            }

            json = json[6..];
            if (char.IsLowSurrogate(unit))
                return true;
            if (!char.IsHighSurrogate(unit))
                continue;
            if (!TryReadEscape(json, out var other) || !char.IsLowSurrogate(other))
                return true;
            json = json[6..];
        }
    }

    /// <summary>Reads <c>\uXXXX</c>; false for anything else.</summary>
    private static bool TryReadEscape(ReadOnlySpan<byte> json, out char unit)
    {
        unit = '\0';
        if (json is not [(byte)'\\', (byte)'u', _, _, _, _, ..]
            || !ushort.TryParse(json.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            return false;
        unit = (char)value;
        return true;
    }
}
