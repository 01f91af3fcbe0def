using Fangd.Cli.Api;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

internal sealed class ApprovalsListCommand : Command
{
    private static readonly CommandOption All = new("--all", "The recent decisions too");

    public override string Name => "approvals list";
    public override string Summary => "List the tool calls that wait for your approval";
    public override CommandGroup Group => CommandGroup.Agents;
    public override IReadOnlyList<CommandOption> Options => [All, GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        using var answer = await context.Client.Get(context.Line.Has(All) ? "api/approvals" : "api/approvals?status=pending", aborted);
        if (context.IsJson)
        {
            context.Output.Json(answer.Body);
            return ExitCode.Ok;
        }
        var rows = answer.Root.Items("approvals").Select(row => (string[])[row.Text("id"), row.Text("status"), row.Text("risk_level"), row.Text("agent_name"), row.Text("description")]).ToArray();
        if (rows.Length == 0)
            context.Output.Line("Nothing waits for approval.");
        else
            context.Output.Table(["ID", "STATUS", "RISK", "AGENT", "CALL"], rows);
        return ExitCode.Ok;
    }
}
