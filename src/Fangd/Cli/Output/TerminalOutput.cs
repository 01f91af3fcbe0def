using System.Text;
using System.Text.Json;

namespace Fangd.Cli.Output;

/// <summary>Writes for people: with colours only on a terminal that has them and a user who did not say NO_COLOR.</summary>
internal sealed class TerminalOutput(TextWriter output, TextWriter error, bool isStyled, bool isTerminal)
{
    /// <summary>Standard output is a terminal, not a file or a pipe.</summary>
    public bool IsTerminal => isTerminal;

    public bool IsStyled => isStyled;

    public void Line(string text = "") => output.Write(text + "\n");

    public void Write(string text) => output.Write(text);

    public void ErrorLine(string text) => error.Write(text + "\n");

    public string Bold(string text) => Styled("1", text);

    public string Dim(string text) => Styled("2", text);

    public string Red(string text) => Styled("31", text);

    public string Green(string text) => Styled("32", text);

    public string Yellow(string text) => Styled("33", text);

    /// <summary>
    /// Text that came from elsewhere. On a terminal, control characters other than line breaks and tabs are left out: an answer of a
    /// model must not move the cursor, set the title or write to the clipboard. Into a file or a pipe it goes as it is.
    /// </summary>
    public string Foreign(string text) => isTerminal ? PlainText.Of(text) : text;

    /// <summary>JSON that came over the wire: indented on a terminal, as it came otherwise.</summary>
    public void Json(ReadOnlyMemory<byte> json)
    {
        if (!isTerminal)
        {
            Line(Encoding.UTF8.GetString(json.Span).TrimEnd());
            return;
        }
        using var document = JsonDocument.Parse(json);
        Json(writer => document.RootElement.WriteTo(writer));
    }

    public void Json(Action<Utf8JsonWriter> write) =>
        Line(Encoding.UTF8.GetString(JsonText.Of(write, isTerminal).Span));

    /// <summary>Rows in columns as wide as their widest cell; the last column is not padded.</summary>
    public void Table(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = new int[headings.Count];
        foreach (var row in rows.Prepend(headings))
            for (var column = 0; column < widths.Length; column++)
                widths[column] = Math.Max(widths[column], CharacterWidth.Of(row[column]));
        Line(Bold(Row(headings, widths)));
        foreach (var row in rows)
            Line(Foreign(Row(row, widths)));
    }

    private static string Row(IReadOnlyList<string> cells, int[] widths)
    {
        var row = new StringBuilder();
        for (var column = 0; column < cells.Count; column++)
        {
            row.Append(cells[column]);
            if (column < cells.Count - 1)
                row.Append(' ', widths[column] - CharacterWidth.Of(cells[column]) + 2);
        }
        return row.ToString();
    }

    private string Styled(string code, string text) => isStyled && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
