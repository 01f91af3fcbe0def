using System.Text.Json;

namespace Fangd.Engine.Tools;

/// <summary>A tool whose arguments are subject to the agent's capabilities. The gate asks before it runs the call.</summary>
public interface IGuardedTool : ITool
{
    /// <summary>Why this call is denied, in one sentence that the model reads, or null when the capabilities cover it.</summary>
    string? Denial(JsonElement arguments, ToolScope scope);
}
