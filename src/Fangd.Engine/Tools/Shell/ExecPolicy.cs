namespace Fangd.Engine.Tools.Shell;

/// <summary>
/// The one rule for every process that an agent starts: what the command runs, through however many wrappers, has to be allowed by the rules in
/// force and by the agent's shell capability. What passes is run as it was read: the paths that were found, the words that were parsed; where it
/// takes a shell (pipes, lists, patterns; mode full), the shell gets the parsed line with every word quoted.
/// </summary>
public sealed class ExecPolicy
{
    private const int MaxDepth = 8;
    private const string Shell = "/bin/sh";
    private readonly ProgramFinder _programs;

    /// <param name="folders">Where programs are looked up by name.</param>
    /// <param name="daemon">The daemon's own binary; null when it is not known.</param>
    public ExecPolicy(IReadOnlyList<string> folders, string? daemon) => _programs = new ProgramFinder(folders, daemon);

    /// <summary>What a command line runs; <see cref="CommandRefusal"/> says why it does not.</summary>
    public ExecPlan Admit(string command, ExecGrant grant)
    {
        DemandShell(grant);
        var line = Admit(ShellLineParser.Parse(command, grant.Workspace, grant.Rules.Mode != ExecMode.Full), grant, 0);
        if (line.Commands is [{ IsPlain: true } only] && only.Words[0].Value.StartsWith('/'))
            return Plan(only);
        return new ExecPlan(Shell, ["-c", line.ToString()]);
    }

    /// <summary>The same for a program with its arguments, none of which is read as syntax.</summary>
    public ExecPlan Admit(string program, IReadOnlyList<string> arguments, ExecGrant grant)
    {
        DemandShell(grant);
        foreach (var text in arguments.Prepend(program))
            ShellCharacters.Check(text);
        return Plan(Admit(new ShellCommand([], [ShellWord.Of(program), .. arguments.Select(ShellWord.Of)], []), grant, 0));
    }

    private static ExecPlan Plan(ShellCommand command) => new(command.Words[0].Value, [.. command.Words.Skip(1).Select(word => word.Value)]);

    private static void DemandShell(ExecGrant grant)
    {
        if (grant.Rules.Mode == ExecMode.Deny)
            throw new CommandRefusal("exec_policy mode is \"deny\", so nothing runs");
        if (grant.Shell.Count == 0)
            throw new CommandRefusal("the agent's [capabilities] shell list is empty, so nothing runs");
    }

    private ShellLine Admit(ShellLine line, ExecGrant grant, int depth) =>
        line with { Commands = [.. line.Commands.Select(command => Admit(command, grant, depth))] };

    private ShellCommand Admit(ShellCommand command, ExecGrant grant, int depth, bool isFed = false)
    {
        if (depth > MaxDepth)
            throw new CommandRefusal("the command wraps commands too deep");
        var words = command.Words;
        if (words[0].IsPattern)
            throw new CommandRefusal("a pattern stands in place of a program");
        foreach (var set in command.Variables)
            ShellVariables.Check(set.Name);
        if (words[0].Value == "cd" && grant.Rules.Mode == ExecMode.Full && depth == 0)
            return words.Count <= 2 ? command : throw new CommandRefusal("cd takes one folder");

        var program = _programs.Find(words[0].Value, grant.Workspace, grant.Rules.Mode != ExecMode.Full);
        var wrapper = CommandWrapper.Of(program);
        if (wrapper.Kind is WrapperKind.Elevator)
            throw new CommandRefusal($"\"{program.Name}\" would run something with other rights");
        if (wrapper.Kind is WrapperKind.Shell or WrapperKind.ForeignShell && isFed)
            throw new CommandRefusal($"what \"{program.Name}\" would run is only known while it runs");
        if (wrapper.Kind is WrapperKind.Shell && ShellScript.Of(words) is { } script)
            return Inner(script, command, grant, depth);
        if (isFed && words.Count == 1 && CommandWrapper.IsManyInOne(program.Name))
            throw new CommandRefusal($"what \"{program.Name}\" would run is only known while it runs");
        // "busybox ls" is ls.
        if (CommandWrapper.IsManyInOne(program.Name) && words.Count > 1)
            return Admit(command with { Words = [.. words.Skip(1)] }, grant, depth + 1, isFed);
        ExecRule.Demand(program, words, grant);

        IReadOnlyList<ShellWord> admitted = wrapper.Kind switch
        {
            WrapperKind.Prefix or WrapperKind.Feeder => Prefixed(wrapper, program, words, grant, depth, isFed),
            WrapperKind.Finder => Found(words, grant, depth),
            WrapperKind.ForeignShell when words.Count > 1 && words[1].Value is ['-', ..] or [] => throw new CommandRefusal(
                $"the text for \"{program.Name}\" cannot be checked: use sh -c"),
            _ => words,
        };
        return command with { Words = [ShellWord.Of(program.Path), .. admitted.Skip(1)] };
    }

    /// <summary><c>sh -c TEXT</c>: the text is a line like any other. A single command needs no shell then.</summary>
    private ShellCommand Inner(string script, ShellCommand outer, ExecGrant grant, int depth)
    {
        var line = ShellLineParser.Parse(script, grant.Workspace, grant.Rules.Mode != ExecMode.Full);
        var inner = Admit(line, grant, depth + 1);
        if (inner.Commands is [{ IsPlain: true } only] && only.Words[0].Value.StartsWith('/'))
            return outer with { Words = only.Words };
        return outer with { Words = [ShellWord.Of(Shell), ShellWord.Of("-c"), ShellWord.Of(inner.ToString())] };
    }

    private List<ShellWord> Prefixed(CommandWrapper wrapper, ShellProgram program, IReadOnlyList<ShellWord> words, ExecGrant grant, int depth, bool isFed)
    {
        var start = wrapper.InnerStart(words);
        if (start >= words.Count)
        {
            // "xargs env" runs whatever comes first over the input.
            return isFed ? throw new CommandRefusal($"what \"{program.Name}\" would run is only known while it runs") : [.. words];
        }
        if (wrapper.Kind == WrapperKind.Feeder)
            FeederOptions.Check(words.Take(start));
        var inner = Admit(new ShellCommand([], [.. words.Skip(start)], []), grant, depth + 1, isFed || wrapper.Kind == WrapperKind.Feeder);
        return [ShellWord.Of(program.Path), .. words.Take(start).Skip(1), .. inner.Words];
    }

    private List<ShellWord> Found(IReadOnlyList<ShellWord> words, ExecGrant grant, int depth)
    {
        List<ShellWord> all = [];
        for (var at = 0; at < words.Count; at++)
        {
            all.Add(words[at]);
            if (words[at].Value is not ("-exec" or "-execdir" or "-ok" or "-okdir"))
                continue;
            var end = at + 1;
            while (end < words.Count && words[end].Value is not (";" or "+"))
                end++;
            if (end == at + 1)
                throw new CommandRefusal($"find {words[at].Value} names no program");
            all.AddRange(Admit(new ShellCommand([], [.. words.Skip(at + 1).Take(end - at - 1)], []), grant, depth + 1, isFed: true).Words);
            at = end - 1;
        }
        return all;
    }
}
