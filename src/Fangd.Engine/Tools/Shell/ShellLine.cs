using System.Text;

namespace Fangd.Engine.Tools.Shell;

/// <summary>A command line, taken apart: commands with what stands between them (<c>|</c>, <c>&amp;&amp;</c>, <c>||</c>, <c>;</c>).</summary>
internal sealed record ShellLine(IReadOnlyList<ShellCommand> Commands, IReadOnlyList<string> Operators)
{
    /// <summary>As text for a shell in which nothing is left to interpretation.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Commands.Count; i++)
            text.Append(i > 0 ? $" {Operators[i - 1]} " : "").Append(Commands[i]);
        return text.ToString();
    }
}

/// <summary>One program with its arguments, the variables set for it and where its files lead.</summary>
internal sealed record ShellCommand(IReadOnlyList<ShellVariable> Variables, IReadOnlyList<ShellWord> Words, IReadOnlyList<ShellRedirection> Redirections)
{
    /// <summary>The words alone mean the same without a shell.</summary>
    public bool IsPlain => Variables.Count == 0 && Redirections.Count == 0 && !Words.Any(word => word.IsPattern);

    public override string ToString() => string.Join(' ',
    [
        .. Variables.Select(set => $"{set.Name}={ShellWord.Quote(set.Value)}"),
        .. Words.Select(word => word.Text),
        .. Redirections.Select(way => way.ToString()),
    ]);
}

internal sealed record ShellVariable(string Name, string Value);

/// <summary>
/// A redirection: its operator with the descriptor before it, as in <c>2&gt;&gt;</c>, and the file; null where the operator is whole, as in
/// <c>2&gt;&amp;1</c>.
/// </summary>
internal sealed record ShellRedirection(string Operator, ShellWord? File)
{
    public override string ToString() => Operator + File?.Text;
}

/// <summary>A word: what it says, and how a shell has to read it to mean just that.</summary>
/// <param name="Value">Without quotes.</param>
/// <param name="Text">With quotes around everything but the signs of a pattern.</param>
/// <param name="IsPattern">It has unquoted <c>*</c>, <c>?</c> or <c>[</c>, which stand for names of files.</param>
internal sealed record ShellWord(string Value, string Text, bool IsPattern)
{
    public static ShellWord Of(string value) => new(value, Quote(value), false);

    public static string Quote(string value) => $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
