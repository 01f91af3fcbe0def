namespace Fangd.Cli.Syntax;

/// <summary>A word that a command takes by its place. <paramref name="Name"/>: in capitals, as the help prints it.</summary>
internal sealed record CommandArgument(string Name, string Help)
{
    public bool IsOptional { get; init; }

    /// <summary>Takes all words that are left; only the last argument may.</summary>
    public bool IsRepeated { get; init; }

    public Completion Completion { get; init; } = Completion.Nothing;

    /// <summary>As the usage line shows it.</summary>
    public string Usage
    {
        get
        {
            var name = IsRepeated ? Name + "..." : Name;
            return IsOptional ? $"[{name}]" : name;
        }
    }
}
