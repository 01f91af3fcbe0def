using Fangd.Protocols.Llm;

namespace Fangd.Server.Providers.Resilience;

/// <summary>
/// Local servers answer 500 when a small model writes a tool call that they cannot parse, or when its template cannot hold tools. Without
/// tools the same model answers.
/// </summary>
internal static class ToolTrouble
{
    private static readonly string[] Signs = ["EOF", "tool", "function call", "unexpected end of JSON", "XML syntax error", "unmarshal"];

    public static bool Explains(LlmException failure, LlmRequest request)
    {
        if (failure.Fault != LlmFault.Overloaded || failure.RetryAfter is not null || request.Tools.Count == 0)
            return false;
        foreach (var sign in Signs)
        {
            if (failure.Message.Contains(sign, sign == "EOF" ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    public static LlmRequest WithoutTools(LlmRequest request) => request with
    {
        Tools = [],
        Options = [.. request.Options.Where(option => option.Key is not ("tool_choice" or "parallel_tool_calls"))],
    };
}
