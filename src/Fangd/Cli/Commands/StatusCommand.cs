using System.Text.Json;
using Fangd.Cli.Api;
using Fangd.Cli.Output;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>What the daemon says about itself.</summary>
internal sealed class StatusCommand : Command
{
    public override string Name => "status";
    public override string Summary => "Show whether the daemon runs, and with what";
    public override CommandGroup Group => CommandGroup.Daemon;
    public override string Details => "Exits with 3 when the daemon does not run.";
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        using var answer = await context.Client.Get("api/status", aborted);
        if (context.IsJson)
            context.Output.Json(answer.Body);
        else
            Print(context, answer.Root);
        return ExitCode.Ok;
    }

    private static void Print(CommandContext context, JsonElement status)
    {
        var output = context.Output;
        output.Line($"fangd is {output.Green(status.Text("status"))} at {context.Address.Shown}, for {Durations.Of(status.Number("uptime_seconds"))}");
        Row(output, "model", $"{status.Text("default_provider")}/{status.Text("default_model")}".Trim('/'));
        Row(output, "home", status.Text("home_dir"));
        Row(output, "data", status.Text("data_dir"));
        Row(output, "agents", status.Text("agent_count"));
        var agents = status.Items("agents").Select(AgentEntry.Of).ToArray();
        foreach (var agent in agents.Take(10))
            output.Line(output.Foreign($"    {agent.Name}  {agent.State}  {agent.FullModel}"));
        if (agents.Length > 10)
            output.Line($"    and {agents.Length - 10} more: fangd agent list");
    }

    private static void Row(TerminalOutput output, string name, string value)
    {
        if (value.Length > 0)
            output.Line($"  {output.Dim(name.PadRight(7))} {output.Foreign(value)}");
    }
}
