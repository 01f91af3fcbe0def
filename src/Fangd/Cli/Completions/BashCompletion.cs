using System.Text;
using Fangd.Cli.Syntax;

namespace Fangd.Cli.Completions;

/// <summary>For bash 3.2 and later, without the bash-completion package.</summary>
internal static class BashCompletion
{
    public static string Script(CompletionTree tree)
    {
        var script = new StringBuilder();
        script.Append($$"""
            # bash completion of fangd; load it with: source <(fangd completion bash)
            _fangd() {
                local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" line="" word i IFS=$' \t\n'
                for ((i = 1; i < COMP_CWORD; i++)); do
                    word="${COMP_WORDS[i]}"
                    case "$word" in
                        {{string.Join('|', tree.OptionsWithValue)}}) ((i++)) ;;
                        -*) ;;
                        *) line="${line:+$line }$word" ;;
                    esac
                done
                case "$prev" in

            """);
        foreach (var option in tree.Commands.SelectMany(CompletionTree.OptionsOf).Where(option => option.TakesValue).DistinctBy(option => option.Name))
            script.Append($"        {option.Name}) {Offer(option.Completion, "")} return ;;\n");
        script.Append("    esac\n    case \"$line\" in\n");
        script.Append($"        \"\") {Words([.. tree.FirstWords.Select(pair => pair.Word), .. GlobalOptions.All.Select(option => option.Name)])} ;;\n");
        foreach (var family in tree.Families)
            script.Append($"        {family}) {Words([.. tree.SecondWords(family).Select(pair => pair.Word)])} ;;\n");
        foreach (var command in tree.Commands)
            script.Append($"        {Quoted(command.Name)}|{Quoted(command.Name + " ")}*) {Case(command)} ;;\n");
        script.Append("    esac\n}\ncomplete -F _fangd fangd\n");
        return script.ToString();
    }

    private static string Case(Command command)
    {
        var options = string.Join(' ', CompletionTree.OptionsOf(command).Select(option => option.Name));
        return command.Arguments.Count == 0
            ? Words([options])
            : $"if [[ $cur == -* ]]; then {Words([options])}; else {Offer(command.Arguments[0].Completion, options)} fi";
    }

    private static string Offer(Completion completion, string otherwise) => completion.Kind switch
    {
        CompletionKind.Words => Words(completion.Words) + ";",
        CompletionKind.Files => "COMPREPLY=($(compgen -f -- \"$cur\"));",
        CompletionKind.Directories => "COMPREPLY=($(compgen -d -- \"$cur\"));",
        CompletionKind.Agents => "COMPREPLY=($(compgen -W \"$(fangd agent list --names 2>/dev/null)\" -- \"$cur\"));",
        CompletionKind.Templates => "COMPREPLY=($(compgen -W \"$(fangd agent templates --names 2>/dev/null)\" -f -- \"$cur\"));",
        _ when otherwise.Length > 0 => Words([otherwise]) + ";",
        _ => "",
    };

    private static string Words(IReadOnlyList<string> words) => $"COMPREPLY=($(compgen -W \"{string.Join(' ', words)}\" -- \"$cur\"))";

    private static string Quoted(string text) => $"\"{text}\"";
}
