using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm;

/// <summary>
/// JSON strings of a stream as text. Unlike <see cref="Utf8JsonReader.GetString"/> it takes what servers really send: an emoji whose two
/// halves are escaped in two chunks, and bytes that are no UTF-8.
/// </summary>
internal static class JsonText
{
    /// <summary>
    /// The string at the reader, after the half pair that an earlier piece left in <paramref name="half"/>; a half at its own end is kept
    /// there in turn. A half that finds no partner becomes U+FFFD. Empty for JSON null.
    /// </summary>
    public static string Read(ref Utf8JsonReader reader, ref char half)
    {
        if (reader.TokenType != JsonTokenType.String) return "";
        if (reader.HasValueSequence) throw new InvalidOperationException("the reader works on one span");
        var bytes = reader.ValueSpan;
        // Without an escape there is no half: UTF-8 has none.
        if (!reader.ValueIsEscaped && half == 0) return bytes.Length == 0 ? "" : Encoding.UTF8.GetString(bytes);

        var chars = ArrayPool<char>.Shared.Rent(bytes.Length + 1);
        try
        {
            var length = 0;
            if (half != 0)
            {
                chars[length++] = half;
                half = '\0';
            }

            length += Unescape(bytes, chars.AsSpan(length));
            if (length > 0 && char.IsHighSurrogate(chars[length - 1])) half = chars[--length];
            return length == 0 ? "" : Mended(chars.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    /// <summary>The string at the reader as it is, halves included, to be joined with others and then given to <see cref="Mend"/>.</summary>
    public static string ReadPiece(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String) return "";
        var bytes = reader.ValueSpan;
        if (!reader.ValueIsEscaped) return Encoding.UTF8.GetString(bytes);
        var chars = ArrayPool<char>.Shared.Rent(bytes.Length);
        try
        {
            return new string(chars, 0, Unescape(bytes, chars));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    /// <summary>The text with U+FFFD for each half of a surrogate pair that stands alone.</summary>
    public static string Mend(string text)
    {
        foreach (var unit in text)
        {
            if (char.IsSurrogate(unit)) return Mended(text.ToCharArray());
        }

        return text;
    }

    /// <summary>Whether text is one JSON object and nothing else.</summary>
    public static bool IsObject(string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            var reader = new Utf8JsonReader(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>
    /// Writes a string field. Half a surrogate pair has no UTF-8; a tool that cut its output there must not make the conversation unsendable.
    /// </summary>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, string text)
    {
        try
        {
            json.WriteString(name, text);
        }
        catch (ArgumentException)
        {
            json.WriteString(name, Encoding.UTF8.GetBytes(text));
        }
    }

    /// <summary>
    /// Writes JSON text as an object field: that of a tool call, where a broken text in the history would make each later request fail.
    /// </summary>
    public static void WriteObject(Utf8JsonWriter json, ReadOnlySpan<byte> name, string text)
    {
        json.WritePropertyName(name);
        if (!IsObject(text))
        {
            json.WriteStartObject();
            json.WriteEndObject();
            return;
        }

        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        json.WriteRawValue(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), skipInputValidation: true);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>The bytes of the value at the reader, which works on <paramref name="json"/>; the reader moves to its end.</summary>
    public static ReadOnlySpan<byte> Slice(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    /// <summary>The next value as a count of things; 0 where it is none.</summary>
    public static int ReadCount(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number)) return (int)Math.Clamp(number, 0, int.MaxValue);
        reader.Skip();
        return 0;
    }

    /// <summary>The next value as text; null where it is none.</summary>
    public static string? ReadText(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return Mend(ReadPiece(ref reader));
        reader.Skip();
        return null;
    }

    private static int Unescape(ReadOnlySpan<byte> bytes, Span<char> output)
    {
        var length = 0;
        while (bytes.Length > 0)
        {
            var escape = bytes.IndexOf((byte)'\\');
            var plain = escape < 0 ? bytes : bytes[..escape];
            length += Encoding.UTF8.GetChars(plain, output[length..]);
            if (escape < 0) break;
            bytes = bytes[(escape + 1)..];
            var kind = bytes[0];
            bytes = bytes[1..];
            output[length++] = kind switch
            {
                (byte)'n' => '\n',
                (byte)'t' => '\t',
                (byte)'r' => '\r',
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'u' => (char)ushort.Parse(bytes[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                _ => (char)kind,
            };
            if (kind == (byte)'u') bytes = bytes[4..];
        }

        return length;
    }

    private static string Mended(Span<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) i++;
            else text[i] = '\uFFFD';
        }

        return new string(text);
    }
}
