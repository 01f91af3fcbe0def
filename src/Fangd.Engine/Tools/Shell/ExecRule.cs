namespace Fangd.Engine.Tools.Shell;

/// <summary>Whether one program with its arguments is allowed.</summary>
internal static class ExecRule
{
    public static void Demand(ShellProgram program, IReadOnlyList<ShellWord> words, ExecGrant grant)
    {
        var rules = grant.Rules;
        if (!Covers(grant.Shell, program, words))
            throw new CommandRefusal($"\"{program.Name}\" is not covered by the agent's [capabilities] shell list ({string.Join(", ", grant.Shell)})");
        if (rules.Mode == ExecMode.Full || Covers(rules.AllowedCommands, program, words))
            return;
        if (!rules.SafeBins.Contains(program.Name))
        {
            throw new CommandRefusal(
                $"\"{program.Name}\" is neither among safe_bins nor allowed_commands of exec_policy (safe: {string.Join(", ", rules.SafeBins)}); "
                + "the administrator can add it to allowed_commands or set mode = \"full\"");
        }
        SafeArguments.Check(program.Name, [.. words.Skip(1).Select(word => word.Value)], grant.Workspace);
    }

    private static bool Covers(IReadOnlyList<string> patterns, ShellProgram program, IReadOnlyList<ShellWord> words)
    {
        string? whole = null;
        foreach (var pattern in patterns)
        {
            // "git" and "g*" are about the program, "git log*" is about the whole command; "git *" is meant for git alone too.
            if (pattern == "*" || pattern == program.Path)
                return true;
            if (!pattern.Contains(' '))
            {
                if (CapabilityPattern.Matches(pattern, program.Name))
                    return true;
                continue;
            }
            whole ??= string.Join(' ', words.Skip(1).Select(word => word.Value).Prepend(program.Name));
            if (CapabilityPattern.Matches(pattern, whole) || (pattern.EndsWith(" *", StringComparison.Ordinal) && pattern[..^2] == whole))
                return true;
        }
        return false;
    }
}
