using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class AgentTemplatesCommand : Command
{
    public override string Name => "agent templates";
    public override string Summary => "List what agents can be spawned from";
    public override CommandGroup Group => CommandGroup.Agents;
    public override IReadOnlyList<CommandOption> Options => [AgentListCommand.Names, GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        using var answer = await context.Client.Get("api/templates", aborted);
        var templates = answer.Root.Items("templates").ToArray();
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else if (context.Line.Has(AgentListCommand.Names))
            foreach (var template in templates)
                context.Output.Line(context.Output.Foreign(template.Text("name")));
        else
            context.Output.Table(["NAME", "DESCRIPTION"], [.. templates.Select(template => (string[])[template.Text("name"), template.Text("description")])]);
        return ExitCode.Ok;
    }
}
