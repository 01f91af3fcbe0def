using System.Text.Json;
using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class MemoryGetCommand : Command
{
    public override string Name => "memory get";
    public override string Summary => "Print a value that an agent keeps";
    public override CommandGroup Group => CommandGroup.Agents;
    public override string Details => "A text is printed without quotes, everything else as JSON.";
    public override IReadOnlyList<CommandArgument> Arguments => [MemoryArguments.Agent, MemoryArguments.Key];
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var agent = await context.Client.AgentId(context.Line.Arguments[0], aborted);
        using var answer = await context.Client.Get(MemoryArguments.PathOf(agent, context.Line.Arguments[1]), aborted);
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            context.Output.Line(context.Output.Foreign(answer.Root.Field("value") is { ValueKind: JsonValueKind.String } text ? text.GetString()! : answer.Root.Field("value")?.GetRawText() ?? ""));
        return ExitCode.Ok;
    }
}
