using Fangd.Engine.Tools.Files;

namespace Fangd.Server.Files;

/// <summary>
/// The files of a workspace that say who its agent is. What is in them goes into the agent's prompt, so that editing SOUL.md is all it takes to
/// change it; <c>context.md</c> does too.
/// </summary>
internal static class IdentityFiles
{
    /// <summary>Most bytes of one.</summary>
    public const int MaxBytes = 32 * 1024;

    /// <summary>The names that clients may read and write.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["SOUL.md", "IDENTITY.md", "USER.md", "TOOLS.md", "MEMORY.md", "AGENTS.md", "BOOTSTRAP.md", "HEARTBEAT.md"];

    /// <summary>HEARTBEAT.md is for heartbeats, and TOOLS.md would name tools that are not offered.</summary>
    private static readonly string[] _inPrompt = ["SOUL.md", "IDENTITY.md", "USER.md", "MEMORY.md", "AGENTS.md", "BOOTSTRAP.md", "context.md"];

    /// <summary>What the prompt gets, each file under its name; null when there is none. Costs one look when the workspace was never used.</summary>
    public static string? Prompt(string workspace)
    {
        if (!Directory.Exists(workspace))
            return null;
        List<string>? sections = null;
        foreach (var name in _inPrompt)
        {
            // Most agents have none of them, and this is asked for every message: look before opening.
            if (File.Exists(Path.Combine(workspace, name)) && Read(workspace, name) is { Length: > 0 } text)
                (sections ??= []).Add($"## {name}\n{text}");
        }

        return sections is null ? null : string.Join("\n\n", sections);
    }

    private static string? Read(string workspace, string name)
    {
        try
        {
            return WorkspaceFiles.Find(workspace, name, MaxBytes) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes).Trim() : null;
        }
        catch (FileRefusal)
        {
            // A link, a folder or a file that is too large is no identity file; the endpoint says so to whoever asks.
            return null;
        }
    }
}
