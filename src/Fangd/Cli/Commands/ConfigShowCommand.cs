using Fangd.Cli.Settings;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class ConfigShowCommand : Command
{
    private static readonly CommandOption Changed = new("--changed", "Only what differs from the defaults");

    public override string Name => "config show";
    public override string Summary => "Show every setting, its value and where it comes from";
    public override CommandGroup Group => CommandGroup.Setup;
    public override string Details => "Read from the file and the environment of this shell. Secrets show as ***.";
    public override IReadOnlyList<CommandArgument> Arguments => [new("SECTION", "Only the keys below it, such as default_model") { IsOptional = true }];
    public override IReadOnlyList<CommandOption> Options => [Changed, GlobalOptions.Json];

    public override Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var config = ClientConfig.Read(context.Whereabouts);
        var section = context.Line.Arguments.Count > 0 ? context.Line.Arguments[0] : "";
        var entries = ConfigKeys.Below(config.Entries, section).Where(entry => !context.Line.Has(Changed) || entry.Origin != "default").ToArray();
        if (entries.Length == 0 && section.Length > 0 && !context.Line.Has(Changed))
            throw ConfigKeys.Unknown(section, config.Entries);
        if (context.IsJson)
            context.Output.Json(writer =>
            {
                writer.WriteStartArray();
                foreach (var entry in entries)
                {
                    writer.WriteStartObject();
                    writer.WriteString("key", entry.KeyPath);
                    writer.WriteString("type", entry.Type);
                    writer.WritePropertyName("value");
                    TomlText.WriteJson(writer, entry.Value);
                    writer.WritePropertyName("default");
                    TomlText.WriteJson(writer, entry.Default);
                    writer.WriteString("origin", entry.Origin);
                    writer.WriteEndObject();
                }
                writer.WriteEndArray();
            });
        else
            context.Output.Table(["KEY", "VALUE", "FROM"], [.. entries.Select(entry => (string[])[entry.KeyPath, entry.Value, entry.Origin])]);
        foreach (var problem in config.Problems.All)
            context.Output.ErrorLine($"{config.ConfigPath}: {problem}");
        return Task.FromResult(config.Problems.HasFaults ? ExitCode.Usage : ExitCode.Ok);
    }
}
