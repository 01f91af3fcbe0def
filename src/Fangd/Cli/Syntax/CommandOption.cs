namespace Fangd.Cli.Syntax;

/// <summary>
/// An option: a flag, or a name that takes a value. Parser, help and completions read the same table. <paramref name="Name"/>: with its
/// two dashes. <paramref name="Help"/>: one line, without a full stop.
/// </summary>
internal sealed record CommandOption(string Name, string Help)
{
    public char? Letter { get; init; }

    /// <summary>What the help calls the value; null for a flag.</summary>
    public string? ValueName { get; init; }

    /// <summary>The environment variable that stands in for it.</summary>
    public string? Variable { get; init; }

    public Completion Completion { get; init; } = Completion.Nothing;

    public bool TakesValue => ValueName is not null;
}
