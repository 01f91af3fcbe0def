using Fangd.Cli.Settings;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class ConfigGetCommand : Command
{
    private static readonly CommandOption Reveal = new("--reveal", "Print a secret as it is");

    public override string Name => "config get";
    public override string Summary => "Print the value of one setting";
    public override CommandGroup Group => CommandGroup.Setup;
    public override string Details => "Strings are printed without quotes; a setting without a value prints an empty line.";
    public override IReadOnlyList<CommandArgument> Arguments => [new("KEY", "Such as default_model.provider or listener.0.address")];
    public override IReadOnlyList<CommandOption> Options => [Reveal, GlobalOptions.Json];

    public override Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var key = context.Line.Arguments[0];
        var config = ClientConfig.Read(context.Whereabouts);
        var entry = ConfigKeys.Find(config.Entries, key);
        if (entry is null && config.Problems.HasFaults)
            throw new CommandException(ExitCode.Usage, $"{config.ConfigPath} has faults", config.Problems.ToString());
        if (entry is null)
            throw ConfigKeys.Unknown(key, config.Entries);
        var isRevealed = context.Line.Has(Reveal) && entry.KeyPath == "api_key";
        if (context.IsJson)
            context.Output.Json(writer =>
            {
                if (isRevealed)
                    writer.WriteStringValue(config.ApiKey);
                else
                    TomlText.WriteJson(writer, entry.Value);
            });
        else
            context.Output.Line(isRevealed ? config.ApiKey ?? "" : TomlText.Plain(entry.Value));
        return Task.FromResult(ExitCode.Ok);
    }
}
