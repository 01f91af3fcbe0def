using Fangd.Engine.Tools;

namespace Fangd.Engine.Turns;

/// <summary>
/// One run of an agent: context → model → tools → … → final. A function of its arguments; everything that lasts goes through
/// <see cref="IConversation"/> before the next step begins, so that a crash at any moment leaves a conversation that can go on.
/// </summary>
public sealed class TurnLoop
{
    /// <summary>How deep agents may call one another.</summary>
    public const int MaxDepth = 5;

    /// <summary>
    /// Runs to the final answer. Emits what happens in between, in order; <see cref="RunStarted"/>, <see cref="RunFinished"/> and
    /// <see cref="RunFailed"/> are the caller's. Throws <see cref="TurnException"/> for every failure of the run, cancellation
    /// included; other exceptions are faults of storage or bugs.
    /// </summary>
    public async ValueTask<TurnResult> Run(
        TurnInput input, IConversation conversation, IChatModel model, IToolbox tools, IRunSink sink, CancellationToken run)
    {
        if (input.Depth > MaxDepth)
            throw new TurnException(RunFault.LoopLimit, $"Agents may call one another at most {MaxDepth} deep; this call was not made.");
        return await new TurnRun(input, conversation, model, tools, sink).Run(run);
    }
}
