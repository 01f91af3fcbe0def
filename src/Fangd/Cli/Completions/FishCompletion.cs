using System.Text;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Completions;

/// <summary>For fish 3 and later.</summary>
internal static class FishCompletion
{
    public static string Script(CompletionTree tree)
    {
        var script = new StringBuilder("# fish completion of fangd; save it as ~/.config/fish/completions/fangd.fish\ncomplete -c fangd -f\n");
        foreach (var (word, about) in tree.FirstWords)
            script.Append($"complete -c fangd -n __fish_use_subcommand -a {word} -d {Quoted(about)}\n");
        foreach (var family in tree.Families)
        {
            var words = tree.SecondWords(family).ToArray();
            var none = $"__fish_seen_subcommand_from {family}; and not __fish_seen_subcommand_from {string.Join(' ', words.Select(pair => pair.Word))}";
            foreach (var (word, about) in words)
                script.Append($"complete -c fangd -n {Quoted(none)} -a {word} -d {Quoted(about)}\n");
        }
        foreach (var option in GlobalOptions.All)
            script.Append($"complete -c fangd {Option(option)}\n");
        foreach (var command in tree.Commands)
        {
            var condition = Quoted(string.Join("; and ", command.Name.Split(' ').Select(word => $"__fish_seen_subcommand_from {word}")));
            foreach (var option in command.Options)
                script.Append($"complete -c fangd -n {condition} {Option(option)}\n");
            if (command.Arguments.Count > 0 && Offer(command.Arguments[0].Completion) is { } offer)
                script.Append($"complete -c fangd -n {condition} {offer}\n");
        }
        return script.ToString();
    }

    private static string Option(CommandOption option)
    {
        var letter = option.Letter is { } brief ? $" -s {brief}" : "";
        var value = option.TakesValue ? " -r" : "";
        var offer = option.TakesValue && Offer(option.Completion) is { } words ? " " + words : "";
        return $"-l {option.Name[2..]}{letter}{value}{offer} -d {Quoted(option.Help)}";
    }

    private static string? Offer(Completion completion) => completion.Kind switch
    {
        CompletionKind.Words => $"-a {Quoted(string.Join(' ', completion.Words))}",
        CompletionKind.Files => "-F",
        CompletionKind.Directories => "-a '(__fish_complete_directories)'",
        CompletionKind.Agents => "-a '(fangd agent list --names 2>/dev/null)'",
        CompletionKind.Templates => "-F -a '(fangd agent templates --names 2>/dev/null)'",
        _ => null,
    };

    private static string Quoted(string text) => "'" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";
}
