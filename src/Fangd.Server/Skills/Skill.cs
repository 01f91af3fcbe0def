namespace Fangd.Server.Skills;

/// <summary>A skill that consists of words: what an agent that has it is told. <paramref name="IsBundled"/> tells it from the user's own.</summary>
internal sealed record Skill(string Name, string Version, string Description, string Text, bool IsBundled);
