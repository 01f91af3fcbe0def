using System.Text;
using System.Text.Json;

namespace Fangd.Protocols.Llm.Anthropic;

/// <summary>One content block of an answer, put together from its start and its deltas.</summary>
internal sealed class AnthropicBlock(int index, string type, string start)
{
    private char textHalf;

    public int Index => index;

    public string Type => type;

    /// <summary>The block as it was announced, JSON.</summary>
    public string Start => start;

    public string? Id { get; init; }

    public string? Name { get; init; }

    /// <summary>Text or thinking so far.</summary>
    public StringBuilder Text { get; } = new();

    /// <summary>The JSON of a tool's input so far, halves of surrogate pairs included.</summary>
    public StringBuilder Input { get; } = new();

    /// <summary>The input that came with the start, where a server sends it whole.</summary>
    public string? WholeInput { get; init; }

    public string Signature { get; set; } = "";

    public bool IsEnded { get; set; }

    /// <summary>The arguments of the call, JSON text.</summary>
    public string Arguments => Input.Length > 0 && JsonText.Mend(Input.ToString()).Trim() is { Length: > 0 } text ? text : WholeInput ?? "{}";

    /// <summary>The string at the reader as the next piece of this block's text.</summary>
    public string Take(ref Utf8JsonReader reader)
    {
        var piece = JsonText.Read(ref reader, ref textHalf);
        Text.Append(piece);
        return piece;
    }

    /// <summary>U+FFFD for a half of a surrogate pair that never got its other half, else empty.</summary>
    public string TakeRest()
    {
        if (textHalf == 0) return "";
        textHalf = '\0';
        Text.Append('\uFFFD');
        return "\uFFFD";
    }

    /// <summary>The block as it goes back to the provider; nothing where the provider would refuse it.</summary>
    public void Write(Utf8JsonWriter json)
    {
        switch (type)
        {
            case "text":
                if (string.IsNullOrWhiteSpace(Text.ToString())) break;
                json.WriteStartObject();
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, Text.ToString());
                json.WriteEndObject();
                break;
            case "thinking":
                if (Signature.Length == 0) break;
                json.WriteStartObject();
                json.WriteString("type"u8, "thinking"u8);
                json.WriteString("thinking"u8, Text.ToString());
                json.WriteString("signature"u8, Signature);
                json.WriteEndObject();
                break;
            case "tool_use" or "server_tool_use":
                json.WriteStartObject();
                json.WriteString("type"u8, type);
                json.WriteString("id"u8, Id);
                json.WriteString("name"u8, Name);
                JsonText.WriteObject(json, "input"u8, Arguments);
                json.WriteEndObject();
                break;
            default:
                json.WriteRawValue(start, skipInputValidation: true);
                break;
        }
    }
}
