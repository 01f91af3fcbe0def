namespace Fangd.Engine.Tools.Shell;

/// <summary>Options of <c>xargs</c> that say which text is replaced: with <c>-I ls ls</c> the input would name the program.</summary>
internal static class FeederOptions
{
    private const string Usual = "{}";

    public static void Check(IEnumerable<ShellWord> options)
    {
        var isNext = false;
        foreach (var option in options)
        {
            var value = isNext ? option.Value : ValueOf(option.Value);
            isNext = !isNext && value is "" && option.Value is not "-i" and not "--replace";
            if (value is not (null or "" or Usual))
                throw new CommandRefusal("xargs replaces {} only");
        }
    }

    /// <summary>The replaced text when the option names one, nothing when it is the next word, null for other options.</summary>
    private static string? ValueOf(string option)
    {
        if (option.StartsWith("--r", StringComparison.Ordinal) && !option.StartsWith("--no", StringComparison.Ordinal))
            return option.Contains('=') ? option[(option.IndexOf('=', StringComparison.Ordinal) + 1)..] : "";
        if (option.StartsWith("--", StringComparison.Ordinal) || !option.StartsWith('-'))
            return null;
        // Letters may stand together: -rI{} and -0I.
        var at = option.AsSpan(1).IndexOfAny('I', 'i');
        return at < 0 ? null : option[(at + 2)..];
    }
}
