using System.Text;

namespace Fangd.Engine.Tools.Shell;

/// <summary>
/// Reads a command line the way a POSIX shell would, as far as it says what it does: words, quotes, patterns and, where that is allowed, pipes,
/// lists and redirections. What a shell would only find out while it runs (substitutions, variables, here-documents) is refused, and so is what
/// shells read differently. XCU 2 "Shell Command Language".
/// </summary>
/// <param name="text">The line.</param>
/// <param name="home">What an unquoted <c>~</c> stands for.</param>
/// <param name="isSingle">Only one plain command: operators, redirections and the like are refused.</param>
internal sealed class ShellLineParser(string text, string home, bool isSingle)
{
    public const int MaxLength = 32 * 1024;
    private const int MaxCommands = 64;
    private const string OnlyInFull = "; only exec_policy mode \"full\" allows that";

    private readonly List<ShellCommand> _commands = [];
    private readonly List<string> _operators = [];
    private readonly List<ShellVariable> _variables = [];
    private readonly List<ShellWord> _words = [];
    private readonly List<ShellRedirection> _redirections = [];
    private int _at;

    public static ShellLine Parse(string text, string home, bool isSingle)
    {
        if (text.Length > MaxLength)
            throw new CommandRefusal($"the command is longer than {MaxLength} characters");
        ShellCharacters.Check(text);
        return new ShellLineParser(text, home, isSingle).ReadLine();
    }

    private ShellLine ReadLine()
    {
        while (true)
        {
            SkipBlanks();
            if (_at >= text.Length)
                break;
            switch (text[_at])
            {
                case '|' or ';' or '&':
                    ReadOperator();
                    break;
                case '<' or '>':
                    ReadRedirection("");
                    break;
                case '\n' or '\r':
                    throw new CommandRefusal("the command has a line break outside of quotes");
                case '(' or ')':
                    throw new CommandRefusal("the command has an unquoted parenthesis: subshells are not allowed");
                case '#':
                    throw new CommandRefusal("the command has a comment (#): put it in quotes or leave it out");
                default:
                    ReadArgument();
                    break;
            }
        }
        if (_operators.Count > 0 && _operators.Count == _commands.Count && IsCommandEmpty && _operators[^1] == ";")
            _operators.RemoveAt(_operators.Count - 1);
        else
            EndCommand();
        return new ShellLine(_commands, _operators);
    }

    private bool IsCommandEmpty => _words.Count + _variables.Count + _redirections.Count == 0;

    private void ReadOperator()
    {
        var sign = text[_at];
        var isDouble = _at + 1 < text.Length && text[_at + 1] == sign;
        if (sign == '&' && !isDouble)
            throw new CommandRefusal("the command has a single unquoted &: to run something beside other work, use process_start");
        if (isSingle)
            throw new CommandRefusal($"the command has an unquoted {sign}{OnlyInFull}");
        if (sign == ';' && isDouble)
            throw new CommandRefusal("the command has ;;");
        var found = isDouble ? $"{sign}{sign}" : sign.ToString();
        if (found == "|" && _at + 1 < text.Length && text[_at + 1] == '&')
            throw new CommandRefusal("the command has |&: write 2>&1 | instead");
        _at += found.Length;
        EndCommand();
        _operators.Add(found);
    }

    private void EndCommand()
    {
        if (_words.Count == 0)
            throw new CommandRefusal(IsCommandEmpty && _commands.Count == 0 ? "the command is empty" : "a part of the command names no program");
        if (_commands.Count == MaxCommands)
            throw new CommandRefusal($"the line has more than {MaxCommands} commands");
        _commands.Add(new ShellCommand([.. _variables], [.. _words], [.. _redirections]));
        _variables.Clear();
        _words.Clear();
        _redirections.Clear();
    }

    /// <param name="descriptor">The digit before it, or nothing.</param>
    private void ReadRedirection(string descriptor)
    {
        if (isSingle)
            throw new CommandRefusal($"the command has an unquoted {text[_at]}{OnlyInFull}");
        var rest = text.AsSpan(_at);
        if (rest.StartsWith("<<") || rest.StartsWith("<(") || rest.StartsWith(">(") || rest.StartsWith("<>"))
            throw new CommandRefusal($"the command has {rest[..2]}: here-documents and process substitutions are not allowed");
        if (rest.StartsWith(">&"))
        {
            if (rest.Length < 3 || rest[2] is not ('1' or '2') || (rest.Length > 3 && !IsBoundary(rest[3])))
                throw new CommandRefusal("the command has >& without a 1 or 2 after it: write > FILE 2>&1");
            _redirections.Add(new ShellRedirection($"{descriptor}>&{rest[2]}", null));
            _at += 3;
            return;
        }
        if (rest.StartsWith(">|") || rest.StartsWith("<&"))
            throw new CommandRefusal($"the command has {rest[..2]}");
        var sign = rest.StartsWith(">>") ? ">>" : rest[..1].ToString();
        _at += sign.Length;
        SkipBlanks();
        var file = ReadWord();
        if (file.IsPattern)
            throw new CommandRefusal("a redirection names a pattern in place of a file");
        if (file.Value.Length == 0)
            throw new CommandRefusal("a redirection names no file");
        _redirections.Add(new ShellRedirection(descriptor + sign, file));
    }

    private void ReadArgument()
    {
        // 2>file: a digit right before the sign is the descriptor.
        if (text[_at] is '0' or '1' or '2' && _at + 1 < text.Length && text[_at + 1] is '<' or '>')
        {
            var descriptor = text[_at++].ToString();
            ReadRedirection(descriptor);
            return;
        }
        var start = _at;
        var word = ReadWord();
        if (_words.Count == 0 && NameOfVariable(start) is { } name)
            _variables.Add(new ShellVariable(name, word.Value[(name.Length + 1)..]));
        else
            _words.Add(word);
    }

    /// <summary>The name when the word that starts there is NAME=…; the name has to stand without quotes.</summary>
    private string? NameOfVariable(int start)
    {
        var end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            end++;
        return end > start && end < text.Length && text[end] == '=' && !char.IsAsciiDigit(text[start]) ? text[start..end] : null;
    }

    private ShellWord ReadWord()
    {
        var (value, form) = (new StringBuilder(), new StringBuilder());
        var isPattern = false;
        if (_at < text.Length && text[_at] == '~')
            ReadHome();
        while (_at < text.Length && !IsBoundary(text[_at]))
        {
            var sign = text[_at++];
            switch (sign)
            {
                case '\'':
                    Add(Until('\''));
                    break;
                case '"':
                    ReadDoubleQuoted();
                    break;
                case '\\':
                    if (_at >= text.Length || text[_at] is '\n' or '\r')
                        throw new CommandRefusal("the command has a backslash at the end of a line");
                    _at++;
                    Add(Character());
                    break;
                case '`':
                    throw new CommandRefusal("the command has a backtick: substitutions are not allowed");
                case '$':
                    RefuseSubstitution();
                    Add("$");
                    break;
                case '{' when !isSingle && _at < text.Length && text[_at] == '}':
                    _at++;
                    Add("{}");
                    break;
                case '{' or '}':
                    throw new CommandRefusal($"the command has an unquoted {sign}");
                case '(' or ')':
                    throw new CommandRefusal("the command has an unquoted parenthesis");
                case '*' or '?' or '[':
                    if (isSingle)
                        throw new CommandRefusal($"the command has an unquoted {sign}, a pattern of names{OnlyInFull}");
                    isPattern = true;
                    value.Append(sign);
                    form.Append(sign);
                    break;
                // What may stand within brackets of a pattern has to stay bare; everything else is quoted.
                case '.' or '/' or '_' or '-' or ']' or '!' or (>= '0' and <= '9') or (>= 'A' and <= 'Z') or (>= 'a' and <= 'z'):
                    value.Append(sign);
                    form.Append(sign);
                    break;
                default:
                    Add(Character());
                    break;
            }
        }
        return isPattern ? new ShellWord(value.ToString(), form.ToString(), true) : ShellWord.Of(value.ToString());

        void Add(string part)
        {
            value.Append(part);
            form.Append(ShellWord.Quote(part));
        }

        void ReadHome()
        {
            if (_at + 1 < text.Length && text[_at + 1] != '/' && !IsBoundary(text[_at + 1]))
                throw new CommandRefusal("the command has ~ before a name: write the whole path");
            _at++;
            Add(home);
        }

        void ReadDoubleQuoted()
        {
            while (true)
            {
                if (_at >= text.Length)
                    throw new CommandRefusal("a double quote is not closed");
                var sign = text[_at++];
                if (sign == '"')
                {
                    form.Append("''");
                    return;
                }
                if (sign == '`')
                    throw new CommandRefusal("the command has a backtick: substitutions are not allowed");
                if (sign == '$')
                    RefuseSubstitution();
                if (sign == '\\' && _at < text.Length && text[_at] is '$' or '`' or '"' or '\\')
                    _at++;
                RefuseBreak(sign);
                Add(Character());
            }
        }
    }

    /// <summary>The character that was just read, whole: one beyond the basic plane is two signs.</summary>
    private string Character() => char.IsHighSurrogate(text[_at - 1]) ? text[(_at - 1)..++_at] : text[(_at - 1).._at];

    private string Until(char quote)
    {
        var end = text.IndexOf(quote, _at);
        if (end < 0)
            throw new CommandRefusal("a single quote is not closed");
        var part = text[_at..end];
        foreach (var sign in part)
            RefuseBreak(sign);
        _at = end + 1;
        return part;
    }

    private void RefuseBreak(char sign)
    {
        if (isSingle && sign is '\n' or '\r')
            throw new CommandRefusal($"the command has a line break{OnlyInFull}");
    }

    private void RefuseSubstitution()
    {
        if (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || "_({'\"?!#@*$-[".Contains(text[_at])))
        {
            throw new CommandRefusal(
                $"the command has ${text[_at]}: variables and substitutions are not allowed; write the value itself, or put the text in single quotes");
        }
    }

    private void SkipBlanks()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t')
            _at++;
    }

    private static bool IsBoundary(char sign) => sign is ' ' or '\t' or '\n' or '\r' or '|' or '&' or ';' or '<' or '>';
}
