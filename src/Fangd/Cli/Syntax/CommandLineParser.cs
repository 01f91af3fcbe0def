namespace Fangd.Cli.Syntax;

/// <summary>
/// Turns words into a command, its options and its arguments. Options may stand anywhere, also before the command: a name takes a
/// value in all commands or in none. System.CommandLine was tried first and cost 0.92 MB of the binary.
/// </summary>
internal sealed class CommandLineParser(IReadOnlyList<Command> commands)
{
    /// <summary>Throws <see cref="CommandException"/> with exit code 2 for a line that cannot be understood.</summary>
    public ParsedLine Parse(IReadOnlyList<string> arguments)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var words = new List<string>();
        Command? command = null;
        for (var index = 0; index < arguments.Count; index++)
        {
            var word = arguments[index];
            if (word == "--")
            {
                words.AddRange(arguments.Skip(index + 1));
                break;
            }
            if (IsOption(word))
            {
                index = TakeOption(arguments, index, command, options);
                continue;
            }
            words.Add(word);
            var found = command is null ? Find(words) : words.Count == 1 ? Below(command, word) : null;
            if (found is not null)
            {
                command = found;
                words.Clear();
            }
        }
        command ??= Unfinished(words, options);
        Check(command, words, options);
        return new ParsedLine(command, options, words);
    }

    /// <summary>A dash alone is standard input and a dash with a digit is a number; both are arguments.</summary>
    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]);

    private Command? Find(List<string> path)
    {
        var name = string.Join(' ', path);
        foreach (var command in commands)
            if (command.Name == name)
                return command;
        if (commands.Any(command => command.Name.StartsWith(name + " ", StringComparison.Ordinal)))
            return null;
        throw Unknown(path);
    }

    /// <summary>A command may have others below it, as "mcp" has "mcp auth".</summary>
    private Command? Below(Command command, string word) => commands.FirstOrDefault(other => other.Name == $"{command.Name} {word}");

    private CommandException Unknown(List<string> path)
    {
        var group = string.Join(' ', path.SkipLast(1));
        var siblings = commands
            .Where(command => !command.IsHidden && (group.Length == 0 || command.Name.StartsWith(group + " ", StringComparison.Ordinal)))
            .Select(command => (group.Length == 0 ? command.Name : command.Name[(group.Length + 1)..]).Split(' ')[0]);
        var message = group.Length == 0 ? $"unknown command \"{path[^1]}\"" : $"unknown command \"{path[^1]}\" of \"{group}\"";
        return CommandException.Usage(message, group, NearestName.Of(path[^1], siblings) is { } near ? $"{group} {near}".Trim() : null);
    }

    private Command Unfinished(List<string> words, Dictionary<string, string> options)
    {
        // "fangd" and "fangd agent --help" are pages of the help.
        if (words.Count == 0 || options.ContainsKey(GlobalOptions.Help.Name))
            return commands.First(command => command.Name == "help");
        var group = string.Join(' ', words);
        var names = commands.Where(command => command.Name.StartsWith(group + " ", StringComparison.Ordinal)).Select(command => command.Name[(group.Length + 1)..]);
        throw CommandException.Usage($"\"{group}\" needs one of: {string.Join(", ", names)}", group);
    }

    private int TakeOption(IReadOnlyList<string> arguments, int index, Command? command, Dictionary<string, string> options)
    {
        var word = arguments[index];
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var name = equals < 0 ? word : word[..equals];
        var option = Known(command).FirstOrDefault(known => known.Name == name || (name.Length == 2 && known.Letter == name[1]))
            ?? throw UnknownOption(name, command);
        if (!option.TakesValue)
        {
            if (equals >= 0)
                throw CommandException.Usage($"{option.Name} takes no value", command?.Name);
            options[option.Name] = "";
            return index;
        }
        if (equals < 0 && index + 1 >= arguments.Count)
            throw CommandException.Usage($"{option.Name} needs a value: {option.Name} {option.ValueName}", command?.Name);
        options[option.Name] = equals < 0 ? arguments[index + 1] : word[(equals + 1)..];
        return equals < 0 ? index + 1 : index;
    }

    private IEnumerable<CommandOption> Known(Command? command) =>
        (command is null ? commands.SelectMany(any => any.Options) : command.Options).Concat(GlobalOptions.All);

    private CommandException UnknownOption(string name, Command? command)
    {
        var near = NearestName.Of(name, Known(command).Select(option => option.Name));
        var message = command is null ? $"unknown option {name}" : $"\"{command.Name}\" has no option {name}";
        return CommandException.Usage(message, command?.Name, near);
    }

    private void Check(Command command, List<string> words, Dictionary<string, string> options)
    {
        // Those before the command were taken before it was known.
        foreach (var name in options.Keys)
            if (!Known(command).Any(option => option.Name == name))
                throw UnknownOption(name, command);
        if (options.ContainsKey(GlobalOptions.Help.Name))
            return;
        var least = command.Arguments.Count(argument => !argument.IsOptional);
        if (words.Count < least)
            throw CommandException.Usage($"\"{command.Name}\" needs {command.Arguments.Where(argument => !argument.IsOptional).ElementAt(words.Count).Name}", command.Name);
        if (words.Count > command.Arguments.Count && !command.Arguments.Any(argument => argument.IsRepeated))
            throw CommandException.Usage($"\"{command.Name}\" does not know what to do with \"{words[command.Arguments.Count]}\"", command.Name);
    }
}
