using Fangd.Cli.Completions;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class CompletionCommand : Command
{
    public override string Name => "completion";
    public override string Summary => "Print a script that completes fangd's commands in a shell";
    public override CommandGroup Group => CommandGroup.Setup;
    public override IReadOnlyList<CommandArgument> Arguments => [new("SHELL", "bash, zsh or fish") { Completion = Completion.OneOf("bash", "zsh", "fish") }];

    public override IReadOnlyList<string> Examples =>
    [
        "source <(fangd completion bash)",
        "fangd completion bash > ~/.local/share/bash-completion/completions/fangd",
        "fangd completion zsh > \"${fpath[1]}/_fangd\"",
        "fangd completion fish > ~/.config/fish/completions/fangd.fish",
    ];

    public override Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var shell = context.Line.Arguments[0];
        var tree = new CompletionTree(context.Commands);
        context.Output.Write(shell switch
        {
            "bash" => BashCompletion.Script(tree),
            "zsh" => ZshCompletion.Script(tree),
            "fish" => FishCompletion.Script(tree),
            _ => throw CommandException.Usage($"no completions for \"{shell}\": take bash, zsh or fish", Name, NearestName.Of(shell, ["bash", "zsh", "fish"])),
        });
        return Task.FromResult(ExitCode.Ok);
    }
}
