using System.Text.Json;
using Fangd.Toml;

namespace Fangd.Cli.Settings;

/// <summary>TOML values as users type and read them, and edits that keep comments and order.</summary>
internal static class TomlText
{
    /// <summary>
    /// The text with a top-level string set. Throws <see cref="CommandException"/> when the text is not TOML; <paramref name="source"/>
    /// is what the message calls it.
    /// </summary>
    public static string WithValue(string toml, string key, string value, string source)
    {
        var faults = TomlReader.Read(toml).Faults;
        if (faults.Count > 0)
            throw new CommandException(ExitCode.Usage, $"{source}, line {faults[0].Line}, column {faults[0].Column}: {faults[0].Message}");
        var editor = new TomlEditor(toml);
        editor.Set([key], new TomlString(value));
        return editor.Text;
    }

    /// <summary>
    /// What a user typed: for a key that holds a string everything is text, for others what reads as TOML is taken as such, so that
    /// neither <c>25</c> nor <c>true</c> needs thought and no text needs quotes.
    /// </summary>
    public static TomlValue Typed(string text, string? type)
    {
        var value = Read(text);
        return type == "string" && value is not TomlString ? new TomlString(text) : value ?? new TomlString(text);
    }

    /// <summary>A TOML value as a plain word: a string without its quotes, anything else as it is written.</summary>
    public static string Plain(string toml) => Read(toml) is TomlString text ? text.Value : toml;

    /// <summary>A TOML value as JSON; null for an empty text.</summary>
    public static void WriteJson(Utf8JsonWriter writer, string toml)
    {
        if (Read(toml) is { } value)
            WriteJson(writer, value);
        else
            writer.WriteNullValue();
    }

    private static void WriteJson(Utf8JsonWriter writer, TomlValue value)
    {
        switch (value)
        {
            case TomlBoolean boolean:
                writer.WriteBooleanValue(boolean.Value);
                break;
            case TomlInteger integer:
                writer.WriteNumberValue(integer.Value);
                break;
            case TomlFloat number when double.IsFinite(number.Value):
                writer.WriteNumberValue(number.Value);
                break;
            case TomlArray array:
                writer.WriteStartArray();
                foreach (var item in array.Items)
                    WriteJson(writer, item);
                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue(value is TomlString text ? text.Value : value.ToString());
                break;
        }
    }

    private static TomlValue? Read(string toml)
    {
        if (toml.Length == 0 || toml.Contains('\n'))
            return null;
        var document = TomlReader.Read("value = " + toml);
        return document.Faults.Count == 0 && document.Root.TryGet("value", out var value) ? value : null;
    }
}
