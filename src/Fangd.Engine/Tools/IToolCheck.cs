using System.Text.Json;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools;

/// <summary>A call that is granted and well formed, before it runs. <paramref name="Arguments"/> is a JSON object.</summary>
public sealed record GatedCall(ITool Tool, LlmToolCall Call, JsonElement Arguments, ToolScope Scope);

/// <summary>One of the things that the gate asks, in order, before a call runs: a policy, an approval, the taint of its arguments.</summary>
public interface IToolCheck
{
    /// <summary>
    /// Why the call is denied, as the end of a sentence that the model and the user read, or null to let it pass. May wait, as for a
    /// person's approval. Completes synchronously for the calls it has nothing to say to.
    /// </summary>
    ValueTask<string?> Refuse(GatedCall call, CancellationToken run);
}
