using System.Text;
using System.Text.Json;
using Fangd.Engine.Processes;

namespace Fangd.Engine.Tools.Shell;

/// <summary>Runs one command to its end.</summary>
public sealed class ShellExecTool(CommandLauncher launcher) : IGuardedTool
{
    private const int MaxSeconds = 600;

    private static readonly byte[] _schema = """
        {"type":"object","properties":{
          "command":{"type":"string","description":"The command line; it runs in your workspace"},
          "timeout_seconds":{"type":"integer","minimum":1,"maximum":600,"description":"When to give up; 30 when left out"}},"required":["command"]}
        """u8.ToArray();

    public ToolSpec Spec { get; } = new(
        "shell_exec",
        "Runs a command in your workspace and returns what it prints and its exit code. "
        + "Quote arguments as in a shell; variables and substitutions ($, backticks) are not available.",
        _schema,
        ToolRisk.Critical)
    {
        Refuses = CommandWords.Refused,
        // The command has limits of its own; this one only has to be longer.
        Timeout = TimeSpan.FromSeconds(MaxSeconds + 30),
    };

    public string? Denial(JsonElement arguments, ToolScope scope) => CommandWords.Denial(() => Admit(arguments, launcher.GrantOf(scope)));

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var grant = launcher.GrantOf(scope);
        try
        {
            // Once more: it may have waited long for its approval, and what it names may be another file by now.
            var spec = launcher.Prepare(Admit(arguments, grant), grant);
            var seconds = Math.Clamp(arguments.Whole("timeout_seconds") ?? grant.Rules.TimeoutSecs, 1, MaxSeconds);
            var limits = spec.Limits with
            {
                Timeout = TimeSpan.FromSeconds(seconds),
                SilenceTimeout = grant.Rules.NoOutputTimeoutSecs > 0 ? TimeSpan.FromSeconds(grant.Rules.NoOutputTimeoutSecs) : null,
            };
            return Tell(await launcher.Runner.Run(spec with { Limits = limits }, run), limits);
        }
        catch (CommandRefusal refusal)
        {
            return ToolOutcome.Error($"The command was not run: {refusal.Message}.");
        }
        catch (ProcessException failed)
        {
            return ToolOutcome.Error($"The command was not run: {failed.Message}.");
        }
    }

    private ExecPlan Admit(JsonElement arguments, ExecGrant grant) => launcher.Policy.Admit(arguments.GetProperty("command").GetString() ?? "", grant);

    private static ToolOutcome Tell(ProcessResult result, ProcessLimits limits)
    {
        var text = new StringBuilder(result.Output.Text);
        if (result.Error.Text.Length > 0)
            Line(text).Append("[stderr]\n").Append(result.Error.Text);
        var end = result.Ending switch
        {
            ProcessEnding.TimedOut => $"[stopped: it took longer than {limits.Timeout?.TotalSeconds} s]",
            ProcessEnding.Silent => $"[stopped: it printed nothing for {limits.SilenceTimeout?.TotalSeconds} s]",
            _ => CommandWords.End(result.Exit),
        };
        if (end.Length > 0)
            Line(text).Append(end);
        if (text.Length == 0)
            text.Append("[it printed nothing]");
        return new ToolOutcome(text.ToString().TrimEnd('\n'), result.Ending != ProcessEnding.Own || result.Exit.Status != 0);
    }

    private static StringBuilder Line(StringBuilder text) => text.Length > 0 && text[^1] != '\n' ? text.Append('\n') : text;
}
