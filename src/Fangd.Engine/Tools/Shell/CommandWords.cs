using System.Globalization;
using Fangd.Engine.Processes;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Shell;

/// <summary>What the tools that run commands say alike.</summary>
internal static class CommandWords
{
    /// <summary>What strangers wrote does not become a command.</summary>
    public const TaintLabels Refused = TaintLabels.ExternalNetwork | TaintLabels.UserInput | TaintLabels.UntrustedAgent;

    public static string? Denial(Func<ExecPlan> admit)
    {
        try
        {
            admit();
            return null;
        }
        catch (CommandRefusal refusal)
        {
            return refusal.Message;
        }
    }

    /// <summary>Nothing for success.</summary>
    public static string End(ProcessExit exit) =>
        exit.Signal is { } signal ? string.Create(CultureInfo.InvariantCulture, $"[ended by signal {signal}]")
        : exit.Code is not 0 ? string.Create(CultureInfo.InvariantCulture, $"[exit code {exit.Code}]")
        : "";
}
