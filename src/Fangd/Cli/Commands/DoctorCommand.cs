using Fangd.Cli.Doctor;
using Fangd.Cli.Output;
using Fangd.Cli.Settings;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>Looks at everything that may keep fangd from working, and says how to mend it.</summary>
internal sealed class DoctorCommand : Command
{
    public override string Name => "doctor";
    public override string Summary => "Look for what is wrong and say how to mend it";
    public override CommandGroup Group => CommandGroup.Daemon;
    public override string Details => "Looks at home, configuration, daemon, database, ports, provider key, clock and disk.\nChanges nothing. Exits with 1 when something does not work.";
    public override IReadOnlyList<CommandOption> Options => [GlobalOptions.Json];

    public override async Task<int> Run(CommandContext context, CancellationToken aborted)
    {
        var findings = await Examine(context, aborted);
        if (context.IsJson)
            PrintJson(context.Output, findings);
        else
            Print(context.Output, findings);
        return findings.Any(finding => finding.Level == FindingLevel.Problem) ? ExitCode.Failed : ExitCode.Ok;
    }

    private static async Task<List<Finding>> Examine(CommandContext context, CancellationToken aborted)
    {
        var config = ClientConfig.Read(context.Whereabouts);
        var daemon = new DaemonCheck(context, config);
        var aboutDaemon = await daemon.Look(aborted);
        var findings = new List<Finding>();
        if (context.Address.IsLoopback)
        {
            findings.AddRange(HomeCheck.Look(config.Home, daemon.IsRunning));
            findings.AddRange(ConfigCheck.Look(config));
        }
        findings.AddRange(aboutDaemon);
        if (context.Address.IsLoopback)
            findings.AddRange(await PortCheck.Look(config, context, aborted));
        if (await ProviderCheck.Look(context, config, daemon, aborted) is { } aboutProvider)
            findings.Add(aboutProvider);
        findings.Add(MachineCheck.Clock(context.Host.Time.GetUtcNow(), daemon.ClockLead));
        if (context.Address.IsLoopback)
            findings.Add(MachineCheck.Disk(config.Home));
        return findings;
    }

    private static void Print(TerminalOutput output, List<Finding> findings)
    {
        foreach (var finding in findings)
        {
            var mark = finding.Level switch
            {
                FindingLevel.Ok => output.Green("ok  "),
                FindingLevel.Warning => output.Yellow("warn"),
                _ => output.Red("FAIL"),
            };
            output.Line($"{mark}  {finding.Check,-8}  {output.Foreign(finding.Message)}");
            if (finding.Fix is { } fix)
                output.Line($"                {output.Dim("mend:")} {output.Foreign(fix)}");
        }
        var problems = findings.Count(finding => finding.Level == FindingLevel.Problem);
        output.Line();
        output.Line(problems == 0 ? "Nothing keeps fangd from working." : $"{problems} to mend.");
    }

    private static void PrintJson(TerminalOutput output, List<Finding> findings) => output.Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteBoolean("ok", findings.All(finding => finding.Level != FindingLevel.Problem));
        writer.WriteStartArray("findings");
        foreach (var finding in findings)
        {
            writer.WriteStartObject();
            writer.WriteString("check", finding.Check);
            writer.WriteString("level", finding.Level switch { FindingLevel.Ok => "ok", FindingLevel.Warning => "warning", _ => "problem" });
            writer.WriteString("message", finding.Message);
            writer.WriteString("fix", finding.Fix);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    });
}
