using System.Text;
using System.Text.Json;

namespace Fangd.Engine.Tools.Shell;

/// <summary>Types into a process.</summary>
public sealed class ProcessWriteTool(ProcessTable table) : ITool
{
    private const int MaxBytes = 256 * 1024;

    public ToolSpec Spec { get; } = ProcessCall.Spec(
        "process_write",
        "Writes text to the standard input of a process. End lines with a line break.",
        ToolRisk.High,
        ""","data":{"type":"string","description":"The text"}""",
        ",\"data\"") with
    {
        // It may well be a shell or an interpreter that reads it.
        Refuses = CommandWords.Refused,
        Timeout = TimeSpan.FromSeconds(10),
    };

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        if (ProcessCall.Find(table, arguments, scope, out var missing) is not { } process)
            return missing;
        var bytes = Encoding.UTF8.GetBytes(arguments.GetProperty("data").GetString() ?? "");
        if (bytes.Length > MaxBytes)
            return ToolOutcome.Error($"The argument \"data\" is longer than {MaxBytes} bytes.");
        try
        {
            await process.Child.Input.WriteAsync(bytes, run);
            return ToolOutcome.Ok($"Wrote {bytes.Length} bytes.");
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            return ToolOutcome.Error("The process does not read its input any more; process_poll says how it stands.");
        }
    }
}
