namespace Fangd.Engine.Tools.Shell;

/// <summary>Variables with which a command would make an allowed program load or run something else.</summary>
internal static class ShellVariables
{
    private static readonly string[] _prefixes =
        ["LD_", "DYLD_", "GLIBC_", "BASH_", "GIT_", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONHOME", "PERL5", "RUBYOPT", "RUBYLIB", "DOTNET_", "CORECLR_", "COMPlus_"];

    private static readonly HashSet<string> _names = new(StringComparer.Ordinal)
    {
        "PATH", "IFS", "ENV", "SHELLOPTS", "BASHOPTS", "PS4", "PROMPT_COMMAND", "CDPATH", "SHELL", "HOME", "GCONV_PATH", "LOCPATH", "NLSPATH", "HOSTALIASES",
        "RESOLV_HOST_CONF", "RES_OPTIONS", "LOCALDOMAIN", "TERMINFO", "TERMCAP", "PAGER", "MANPAGER", "EDITOR", "VISUAL", "BROWSER", "LESSOPEN", "LESSCLOSE",
        "NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "MALLOC_TRACE", "TMPDIR", "GETCONF_DIR", "POSIXLY_CORRECT",
    };

    public static void Check(string name)
    {
        if (_names.Contains(name) || _prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            throw new CommandRefusal($"the variable {name} may not be set for a command: it changes which code runs");
        if (name.Length == 0 || !name.All(sign => char.IsAsciiLetterOrDigit(sign) || sign == '_'))
            throw new CommandRefusal("the name of a variable has other characters than letters, digits and _");
    }
}
