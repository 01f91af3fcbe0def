using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class MemoryListCommand : Command
{
    private const int LongestValue = 100;

    public override string Name => "memory list";
    public override string Summary => "List the values that an agent keeps";
    public override CommandGroup Group => CommandGroup.Agents;
    public override IReadOnlyList<CommandArgument> Arguments => [MemoryArguments.Agent];
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var agent = await context.Client.AgentId(context.Line.Arguments[0], aborted);
        using var answer = await context.Client.Get(MemoryArguments.PathOf(agent), aborted);
        if (context.IsJson)
        {
            context.Output.Json(answer.Body);
            return ExitCode.Ok;
        }

        var rows = answer.Root.Items("kv_pairs").Select(pair => (string[])[pair.Text("key"), Short(pair.Field("value")?.GetRawText() ?? "")]).ToArray();
        if (rows.Length == 0)
            context.Output.Line("It keeps no values yet. Set one with: fangd memory set AGENT KEY VALUE");
        else
            context.Output.Table(["KEY", "VALUE"], rows);
        return ExitCode.Ok;
    }

    private static string Short(string value) =>
        value.Length <= LongestValue ? value : string.Concat(value.AsSpan(0, char.IsHighSurrogate(value[LongestValue - 1]) ? LongestValue - 1 : LongestValue), "…");
}
