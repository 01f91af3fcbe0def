using System.Text.Json;
using Fangd.Cli.Api;
using Fangd.Cli.Settings;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class AgentSpawnCommand : Command
{
    private static readonly CommandOption AgentName = new("--name", "Name of the new agent; the template's or manifest's otherwise") { ValueName = "NAME" };

    public override string Name => "agent spawn";
    public override string Summary => "Make an agent from a template or a manifest";
    public override CommandGroup Group => CommandGroup.Agents;

    public override string Details => """
        What has a slash in it, ends with .toml, or is the name of a file here is read as a
        manifest; "-" is a manifest on standard input; anything else is a template.
        """;

    public override IReadOnlyList<CommandArgument> Arguments => [new("SOURCE", "Template, manifest file, or - for standard input") { Completion = Completion.Templates }];
    public override IReadOnlyList<CommandOption> Options => [AgentName, GlobalOptions.Json];

    public override IReadOnlyList<string> Examples =>
        ["fangd agent spawn assistant", "fangd agent spawn coder --name reviewer", "fangd agent spawn ./agent.toml", "generate-manifest | fangd agent spawn -"];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var source = context.Line.Arguments[0];
        var name = context.Line.Value(AgentName);
        using var answer = await context.Client.Post("api/agents", await Request(context, source, name, aborted), aborted);
        if (context.IsJson)
        {
            context.Output.Json(answer.Body);
            return ExitCode.Ok;
        }
        var spawned = answer.Root.Text("name");
        context.Output.Line(context.Output.Foreign($"{spawned} is ready ({answer.Root.Text("agent_id")})"));
        context.Output.Line(context.Output.Dim(context.Output.Foreign($"talk to it with: fangd chat {spawned}")));
        return ExitCode.Ok;
    }

    private static async Task<Action<Utf8JsonWriter>> Request(CommandContext context, string source, string? name, CancellationToken aborted)
    {
        if (source == "-")
            return FromManifest(await context.Host.In().ReadToEndAsync(aborted), "standard input", name);
        if (source.Contains('/') || source.EndsWith(".toml", StringComparison.Ordinal) || File.Exists(source))
            return FromManifest(await ReadManifest(source, aborted), source, name);
        return writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("template", source);
            if (name is not null)
                writer.WriteString("name", name);
            writer.WriteEndObject();
        };
    }

    private static async Task<string> ReadManifest(string path, CancellationToken aborted)
    {
        try
        {
            return await File.ReadAllTextAsync(path, aborted);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            var reason = failure is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : "it cannot be read";
            throw new CommandException(ExitCode.Usage, $"{path}: {reason}", "templates are listed by: fangd agent templates");
        }
    }

    private static Action<Utf8JsonWriter> FromManifest(string toml, string source, string? name)
    {
        if (string.IsNullOrWhiteSpace(toml))
            throw new CommandException(ExitCode.Usage, $"the manifest from {source} is empty");
        var manifest = name is null ? toml : TomlText.WithValue(toml, "name", name, source);
        return writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("manifest_toml", manifest);
            writer.WriteEndObject();
        };
    }
}
