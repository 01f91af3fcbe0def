namespace Fangd.Cli.Syntax;

/// <summary>One command: what it is called, what it takes, what it does.</summary>
internal abstract class Command
{
    /// <summary>The words that call it, such as <c>agent spawn</c>.</summary>
    public abstract string Name { get; }

    /// <summary>One line, without a full stop.</summary>
    public abstract string Summary { get; }

    /// <summary>Under which heading the overview lists it.</summary>
    public abstract CommandGroup Group { get; }

    /// <summary>More than the summary, for <c>fangd help NAME</c>; empty when there is nothing to add.</summary>
    public virtual string Details => "";

    public virtual IReadOnlyList<CommandOption> Options => [];

    public virtual IReadOnlyList<CommandArgument> Arguments => [];

    /// <summary>Whole command lines.</summary>
    public virtual IReadOnlyList<string> Examples => [];

    public virtual bool IsHidden => false;

    /// <summary>Does it and returns an <see cref="ExitCode"/>. Throws <see cref="CommandException"/> for what the user can mend.</summary>
    public abstract Task<int> Run(CommandContext context, CancellationToken aborted);
}

/// <summary>Headings of the overview, in its order.</summary>
internal enum CommandGroup
{
    Daemon,
    Agents,
    Setup,
    Other,
}
