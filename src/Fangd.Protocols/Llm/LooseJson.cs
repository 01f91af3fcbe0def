using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>JSON inside other text, as models print it: trailing commas and raw line breaks in strings are forgiven.</summary>
internal static class LooseJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>For strict JSON whose text stays readable.</summary>
    public static readonly JsonWriterOptions Strict = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The index after the object or array that begins at <paramref name="start"/>; -1 where it has no end within <paramref name="budget"/>.</summary>
    public static int End(string text, int start, ref int budget)
    {
        var depth = 0;
        var inString = false;
        for (var i = start; i < text.Length; i++)
        {
            if (--budget < 0) return -1;
            var c = text[i];
            if (inString)
            {
                if (c == '\\') i++;
                else if (c == '"') inString = false;
            }
            else if (c == '"')
            {
                inString = true;
            }
            else if (c is '{' or '[')
            {
                depth++;
            }
            else if (c is '}' or ']' && --depth == 0)
            {
                return i + 1;
            }
        }

        return -1;
    }

    /// <summary>The value, detached; null where it is no JSON even with forgiveness.</summary>
    public static JsonElement? Parse(string text) => TryParse(text) ?? TryParse(EscapeControls(text));

    /// <summary>The value as strict JSON: what was forgiven in reading is mended.</summary>
    public static string Text(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        try
        {
            using var json = new Utf8JsonWriter(buffer, Strict);
            value.WriteTo(json);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped: legal JSON that no UTF-8 can hold.
            return value.GetRawText();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static JsonElement? TryParse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string EscapeControls(string text)
    {
        var fixedText = new StringBuilder(text.Length + 16);
        var inString = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '"') inString = !inString;
            if (!inString || c >= ' ')
            {
                fixedText.Append(c);
                if (inString && c == '\\' && i + 1 < text.Length) fixedText.Append(text[++i]);
                continue;
            }

            fixedText.Append(c switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                _ => " ",
            });
        }

        return fixedText.ToString();
    }
}
