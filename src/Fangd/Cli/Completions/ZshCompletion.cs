using System.Text;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Completions;

/// <summary>For zsh with compinit; shows what each word does.</summary>
internal static class ZshCompletion
{
    public static string Script(CompletionTree tree)
    {
        var script = new StringBuilder();
        script.Append($$"""
            #compdef fangd
            # zsh completion of fangd; save it as _fangd in a folder of $fpath
            _fangd() {
                local line="" word i
                local -a offered
                for ((i = 2; i < CURRENT; i++)); do
                    word="${words[i]}"
                    case "$word" in
                        {{string.Join('|', tree.OptionsWithValue)}}) ((i++)) ;;
                        -*) ;;
                        *) line="${line:+$line }$word" ;;
                    esac
                done
                case "${words[CURRENT-1]}" in

            """);
        foreach (var option in tree.Commands.SelectMany(CompletionTree.OptionsOf).Where(option => option.TakesValue).DistinctBy(option => option.Name))
            script.Append($"        {option.Name}) {Offer(option.Completion)}; return ;;\n");
        script.Append("    esac\n    case \"$line\" in\n");
        script.Append($"        \"\") {Describe(tree.FirstWords.Concat(Pairs(GlobalOptions.All)))} ;;\n");
        foreach (var family in tree.Families)
            script.Append($"        {family}) {Describe(tree.SecondWords(family))} ;;\n");
        foreach (var command in tree.Commands)
        {
            var options = Describe(Pairs(CompletionTree.OptionsOf(command)));
            var offer = command.Arguments.Count == 0 || command.Arguments[0].Completion.Kind == CompletionKind.Nothing
                ? options
                : $"if [[ ${{words[CURRENT]}} == -* ]]; then {options}; else {Offer(command.Arguments[0].Completion)}; fi";
            script.Append($"        \"{command.Name}\"|\"{command.Name} \"*) {offer} ;;\n");
        }
        script.Append("""
                esac
            }
            if [[ "${funcstack[1]}" == _fangd ]]; then _fangd "$@"; else compdef _fangd fangd; fi

            """);
        return script.ToString();
    }

    private static IEnumerable<(string, string)> Pairs(IEnumerable<CommandOption> options) => options.Select(option => (option.Name, option.Help));

    private static string Offer(Completion completion) => completion.Kind switch
    {
        CompletionKind.Words => $"compadd -- {string.Join(' ', completion.Words)}",
        CompletionKind.Files => "_files",
        CompletionKind.Directories => "_files -/",
        CompletionKind.Agents => "compadd -- ${(f)\"$(fangd agent list --names 2>/dev/null)\"}",
        CompletionKind.Templates => "compadd -- ${(f)\"$(fangd agent templates --names 2>/dev/null)\"}; _files",
        _ => "_message 'a value'",
    };

    private static string Describe(IEnumerable<(string Word, string About)> pairs) =>
        $"offered=({string.Join(' ', pairs.Select(pair => $"'{pair.Word}:{Quoted(pair.About)}'"))}); _describe fangd offered";

    private static string Quoted(string text) => text.Replace("'", "'\\''", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal);
}
