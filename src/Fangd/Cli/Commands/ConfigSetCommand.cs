using Fangd.Cli.Settings;
using Fangd.Cli.Syntax;
using Fangd.Server.Config;
using Fangd.Toml;

namespace Fangd.Cli.Commands;

/// <summary>Changes one setting in the file; comments and order stay, and a change that would not be accepted is not made.</summary>
internal sealed class ConfigSetCommand : Command
{
    private static readonly CommandOption Unset = new("--unset", "Remove the setting, so that its default applies");

    public override string Name => "config set";
    public override string Summary => "Change one setting in the configuration file";
    public override CommandGroup Group => CommandGroup.Setup;

    public override string Details => """
        Comments and order of the file stay. A value that is not accepted is refused, with the
        reason, and the file stays as it was. "-" reads the value from standard input, which
        keeps a key out of the shell's history. fangd reads the file when it starts.
        """;

    public override IReadOnlyList<CommandArgument> Arguments =>
        [new("KEY", "Such as default_model.provider or listener.0.address"), new("VALUE", "The value, or - for standard input; text needs no quotes of its own") { IsOptional = true }];

    public override IReadOnlyList<CommandOption> Options => [Unset, GlobalOptions.Json];

    public override IReadOnlyList<string> Examples =>
        ["fangd config set log_level debug", "fangd config set cors_origins '[\"https://chat.example.org\"]'", "fangd config set api_key - < key.txt", "fangd config set api_listen --unset"];

    public override Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var key = ConfigKeys.Dotted(context.Line.Arguments[0]);
        var config = ClientConfig.Read(context.Whereabouts);
        var known = ConfigKeys.Find(config.Entries, key);
        var load = Write(context, config, key, Value(context, known?.Type));
        var entry = ConfigKeys.Find(load.Entries, key);
        if (context.IsJson)
            PrintJson(context, load, key, entry);
        else
            Print(context, load, key, entry, known);
        return Task.FromResult(ExitCode.Ok);
    }

    private TomlValue? Value(CommandContext context, string? type)
    {
        var words = context.Line.Arguments;
        if (context.Line.Has(Unset))
            return words.Count == 1 ? null : throw CommandException.Usage("--unset takes no value", Name);
        if (words.Count == 1)
            throw CommandException.Usage($"\"{Name}\" needs VALUE", Name);
        return TomlText.Typed(words[1] == "-" ? context.Host.In().ReadToEnd().TrimEnd('\r', '\n') : words[1], type);
    }

    private static ConfigLoad Write(CommandContext context, ClientConfig config, string key, TomlValue? value)
    {
        ConfigLoad load;
        try
        {
            load = ConfigFile.Set(config.ConfigPath, context.Whereabouts.NamedHome, key, value, context.Host.Variable);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, $"{config.ConfigPath} cannot be written", "see: fangd doctor");
        }
        if (load.Problems.HasFaults)
            throw new CommandException(ExitCode.Usage, $"not changed: {load.Problems.Faults.First()}", string.Join('\n', load.Problems.Faults.Skip(1)) is { Length: > 0 } rest ? rest : null);
        return load;
    }

    private static void Print(CommandContext context, ConfigLoad load, string key, ConfigEntry? entry, ConfigEntry? before)
    {
        var output = context.Output;
        var was = before is { Value.Length: > 0 } && entry is not null && before.Value != entry.Value ? $" (was {before.Value})" : "";
        output.Line(output.Foreign(entry is null ? $"{key} is written to {load.File}" : $"{entry.KeyPath} = {(entry.Value.Length > 0 ? entry.Value : "(not set)")}{was}"));
        if (entry is { Origin: var origin } && origin != "default" && !origin.StartsWith("config.toml", StringComparison.Ordinal))
            output.ErrorLine($"{output.Yellow("note:")} {origin} in the environment wins over the file");
        foreach (var warning in load.Problems.Warnings.Where(warning => ConfigKeys.Dotted(warning.KeyPath) == key))
            output.ErrorLine($"{output.Yellow("note:")} {output.Foreign(warning.Message)}");
        output.Line(output.Dim("It applies when fangd starts the next time."));
    }

    private static void PrintJson(CommandContext context, ConfigLoad load, string key, ConfigEntry? entry) => context.Output.Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("key", entry?.KeyPath ?? key);
        writer.WritePropertyName("value");
        TomlText.WriteJson(writer, entry?.Value ?? "");
        writer.WriteString("origin", entry?.Origin ?? "config.toml");
        writer.WriteString("file", load.File);
        writer.WriteEndObject();
    });
}
