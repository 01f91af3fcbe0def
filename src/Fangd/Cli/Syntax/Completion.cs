namespace Fangd.Cli.Syntax;

/// <summary>What a shell offers for a value.</summary>
internal sealed record Completion(CompletionKind Kind, IReadOnlyList<string> Words)
{
    public static readonly Completion Nothing = new(CompletionKind.Nothing, []);
    public static readonly Completion Files = new(CompletionKind.Files, []);
    public static readonly Completion Directories = new(CompletionKind.Directories, []);
    public static readonly Completion Agents = new(CompletionKind.Agents, []);
    public static readonly Completion Templates = new(CompletionKind.Templates, []);

    public static Completion OneOf(params string[] words) => new(CompletionKind.Words, words);
}

internal enum CompletionKind
{
    Nothing,
    Words,
    Files,
    Directories,
    /// <summary>Names of agents, asked from the daemon.</summary>
    Agents,
    /// <summary>Names of templates, asked from the daemon, or a manifest file.</summary>
    Templates,
}
