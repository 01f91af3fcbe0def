using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools;

/// <summary>The tools of one run, behind the gate: what is offered, and the only way to run it.</summary>
public interface IToolbox
{
    /// <summary>What the model is offered, in a stable order.</summary>
    IReadOnlyList<LlmTool> Offered { get; }

    /// <summary>Whether there is a tool of this name, granted or not.</summary>
    bool IsKnown(string name);

    /// <summary>Whether calls of this tool may run beside others; false for a name that is not offered.</summary>
    bool IsReadOnly(string name);

    /// <summary>
    /// Runs one call, under the name the model used. A denied, unknown or failing call is an outcome that says why in one
    /// sentence; only cancellation of the run throws.
    /// </summary>
    ValueTask<ToolOutcome> Run(LlmToolCall call, CancellationToken run);
}
