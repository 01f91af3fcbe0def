using System.Globalization;
using System.Text;

namespace Fangd.Toml;

/// <summary>Writes values as TOML 1.0 text that reads back to the same values.</summary>
public static class TomlWriter
{
    /// <summary>A value on one line; tables are inline.</summary>
    public static string WriteValue(TomlValue value)
    {
        var target = new StringBuilder();
        AppendValue(target, value);
        return target.ToString();
    }

    /// <summary>A whole document with LF line ends: scalars first, then <c>[tables]</c> and <c>[[arrays of tables]]</c>; long texts as multi-line strings.</summary>
    public static string WriteDocument(TomlTable root)
    {
        var target = new StringBuilder();
        AppendSection(target, root, [], "\n");
        return target.ToString();
    }

    /// <summary>A string between double quotes.</summary>
    public static string Quote(string text)
    {
        var target = new StringBuilder(text.Length + 2);
        AppendQuoted(target, text);
        return target.ToString();
    }

    /// <summary>The value of a line of its own: like <see cref="WriteValue"/>, but a text of several lines stays readable.</summary>
    internal static void AppendLineValue(StringBuilder target, TomlValue value, string newline)
    {
        // With CR LF around it, a raw line end inside the string would be another one than the value has.
        if (value is TomlString { Value: var text } && newline == "\n" && text.Contains('\n'))
            AppendMultiLine(target, text);
        else
            AppendValue(target, value);
    }

    /// <summary>The keys of a table, then its sub-tables as sections below <paramref name="path"/>.</summary>
    internal static void AppendSection(StringBuilder target, TomlTable table, IReadOnlyList<string> path, string newline)
    {
        foreach (var entry in table)
        {
            if (IsSection(entry.Value))
                continue;
            target.Append(TomlKey.Write(entry.Key)).Append(" = ");
            AppendLineValue(target, entry.Value, newline);
            target.Append(newline);
        }

        foreach (var entry in table)
        {
            if (!IsSection(entry.Value))
                continue;
            string[] below = [.. path, entry.Key];
            if (entry.Value is TomlTable child)
                AppendHeaded(target, child, below, newline);
            else
                AppendElements(target, (TomlArray)entry.Value, below, newline);
        }
    }

    /// <summary>A header and what stands under it.</summary>
    internal static void AppendHeaded(StringBuilder target, TomlTable table, IReadOnlyList<string> path, string newline)
    {
        var hasOwnLines = table.Count == 0 || table.Any(entry => !IsSection(entry.Value));
        if (hasOwnLines)
        {
            if (target.Length > 0)
                target.Append(newline);
            target.Append('[').Append(TomlKey.Join(path)).Append(']').Append(newline);
        }

        AppendSection(target, table, path, newline);
    }

    internal static void AppendElements(StringBuilder target, TomlArray array, IReadOnlyList<string> path, string newline)
    {
        foreach (var item in array.Items)
        {
            if (target.Length > 0)
                target.Append(newline);
            target.Append("[[").Append(TomlKey.Join(path)).Append("]]").Append(newline);
            AppendSection(target, (TomlTable)item, path, newline);
        }
    }

    /// <summary>Does a value stand under a header of its own when there is room for one?</summary>
    internal static bool IsSection(TomlValue value) =>
        value is TomlTable || (value is TomlArray { Items.Count: > 0 } array && array.Items.All(item => item is TomlTable));

    private static void AppendValue(StringBuilder target, TomlValue value)
    {
        switch (value)
        {
            case TomlString text:
                AppendQuoted(target, text.Value);
                break;
            case TomlInteger integer:
                target.Append(integer.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case TomlFloat number:
                target.Append(Float(number.Value));
                break;
            case TomlBoolean boolean:
                target.Append(boolean.Value ? "true" : "false");
                break;
            case TomlDateTime moment:
                AppendDateTime(target, moment);
                break;
            case TomlArray array:
                AppendArray(target, array);
                break;
            case TomlTable table:
                AppendInline(target, table);
                break;
        }
    }

    private static void AppendArray(StringBuilder target, TomlArray array)
    {
        target.Append('[');
        for (var i = 0; i < array.Items.Count; i++)
        {
            if (i > 0)
                target.Append(", ");
            AppendValue(target, array.Items[i]);
        }

        target.Append(']');
    }

    private static void AppendInline(StringBuilder target, TomlTable table)
    {
        var separator = "{ ";
        foreach (var entry in table)
        {
            target.Append(separator).Append(TomlKey.Write(entry.Key)).Append(" = ");
            AppendValue(target, entry.Value);
            separator = ", ";
        }

        target.Append(table.Count == 0 ? "{}" : " }");
    }

    private static string Float(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";

        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text;
    }

    private static void AppendDateTime(StringBuilder target, TomlDateTime moment)
    {
        if (moment.DateTimeKind != TomlDateTimeKind.Time)
            target.Append(moment.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (moment.DateTimeKind is TomlDateTimeKind.Offset or TomlDateTimeKind.Local)
            target.Append('T');
        if (moment.DateTimeKind != TomlDateTimeKind.Date)
            target.Append(moment.Time.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture));
        if (moment.DateTimeKind == TomlDateTimeKind.Offset)
        {
            var offset = moment.Offset;
            target.Append(offset == TimeSpan.Zero ? "Z" : (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString(@"hh\:mm", CultureInfo.InvariantCulture));
        }
    }

    private static void AppendQuoted(StringBuilder target, string text)
    {
        target.Append('"');
        foreach (var c in text)
            AppendCharacter(target, c, escapesQuote: true);
        target.Append('"');
    }

    private static void AppendMultiLine(StringBuilder target, string text)
    {
        target.Append("\"\"\"\n");
        for (var i = 0; i < text.Length; i++)
        {
            // A quote needs an escape only where it could be taken for the end.
            if (text[i] == '\n')
                target.Append('\n');
            else
                AppendCharacter(target, text[i], escapesQuote: i + 1 == text.Length || text[i + 1] == '"');
        }

        target.Append("\"\"\"");
    }

    private static void AppendCharacter(StringBuilder target, char c, bool escapesQuote)
    {
        switch (c)
        {
            case '"' when escapesQuote:
                target.Append("\\\"");
                break;
            case '\\':
                target.Append("\\\\");
                break;
            case '\n':
                target.Append("\\n");
                break;
            case '\r':
                target.Append("\\r");
                break;
            case '\b':
                target.Append("\\b");
                break;
            case '\f':
                target.Append("\\f");
                break;
            default:
                if (TomlScanner.IsControl(c))
                    target.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
                else
                    target.Append(c);
                break;
        }
    }
}
