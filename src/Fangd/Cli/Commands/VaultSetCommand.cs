using Fangd.Cli.Api;
using Fangd.Cli.Chat;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>Keeps a secret. Never from the command line: other users see that, and the shell's history keeps it.</summary>
internal sealed class VaultSetCommand : Command
{
    public override string Name => "vault set";
    public override string Summary => "Keep a secret, read from standard input or, hidden, from the terminal";
    public override CommandGroup Group => CommandGroup.Setup;

    public override string Details => """
        What the configuration and manifests name as ..._env is looked up in the environment of
        fangd first, then in the vault. No command and no endpoint gives a value back.
        """;

    public override IReadOnlyList<CommandArgument> Arguments => [new("NAME", "Such as GROQ_API_KEY")];
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];
    public override IReadOnlyList<string> Examples => ["fangd vault set GROQ_API_KEY < key.txt", "pass show groq | fangd vault set GROQ_API_KEY"];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var name = context.Line.Arguments[0];
        var value = await Value(context, name, aborted);
        if (string.IsNullOrEmpty(value))
            throw CommandException.Usage("the value is empty", Name);
        using var answer = await context.Client.Send(
            HttpMethod.Put,
            $"api/vault/{Uri.EscapeDataString(name)}",
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("value", value);
                writer.WriteEndObject();
            },
            TimeSpan.FromSeconds(30),
            aborted);
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            context.Output.Line(context.Output.Foreign($"{name} is kept"));
        if (answer.Root.Text("warning") is { Length: > 0 } warning)
            context.Output.ErrorLine($"{context.Output.Yellow("note:")} {context.Output.Foreign(warning)}");
        return ExitCode.Ok;
    }

    private static async Task<string> Value(CommandContext context, string name, CancellationToken aborted)
    {
        if (context.Host.Keyboard is not { } keyboard)
            return (await context.Host.In().ReadToEndAsync(aborted)).TrimEnd('\r', '\n');
        context.Output.ErrorLine(context.Output.Foreign($"value of {name} (it does not show), then Enter:"));
        return HiddenLine.Read(keyboard());
    }
}
