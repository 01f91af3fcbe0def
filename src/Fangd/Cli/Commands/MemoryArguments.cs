using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>What the memory commands take alike.</summary>
internal static class MemoryArguments
{
    public static readonly CommandArgument Agent = new("AGENT", "Name, id or beginning of an id") { Completion = Completion.Agents };
    public static readonly CommandArgument Key = new("KEY", "The name of a value");

    public static string PathOf(string agent) => $"api/memory/agents/{agent}/kv";

    public static string PathOf(string agent, string key) => $"{PathOf(agent)}/{Uri.EscapeDataString(key)}";
}
