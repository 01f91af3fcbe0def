using System.Text;

namespace Fangd.Engine.Processes.Confinement;

/// <summary>
/// The daemon's binary in its other role: it is started in place of the program that is wanted, gives up what that program must not have, and
/// becomes it. In a daemon with threads nothing of that can be done safely between fork and exec, and a second binary would be a second file.
/// It only ever takes rights away, so whoever else starts it gains nothing.
/// </summary>
public static class ChildEntry
{
    /// <summary>The first word of the command line that means this role.</summary>
    public const string Word = "--exec-child";

    /// <summary>Reported when everything is given up and only the program is left to begin; silence is no success.</summary>
    internal const byte Ready = (byte)'\n';

    private const int MemoryLimit = 2;
    private const int CpuLimit = 0;
    private const int FileLimit = 1;
    private const int CoreLimit = 4;
    private const int ProcessLimit = 6;
    private const int OpenFileLimit = 7;

    /// <summary>EINVAL: the kernel was built without them.</summary>
    private const int NoFilters = 22;

    /// <summary>Returns an exit code only when the program could not be started; the report says why.</summary>
    public static int Run(ReadOnlySpan<string> words)
    {
        if (ChildOrder.Read(words) is not { } order)
            return 125;
        try
        {
            return Begin(order);
        }
        catch (ConfinementException fault)
        {
            ConfinementCalls.Tell(Encoding.UTF8.GetBytes($"the sandbox could not be put up: {fault.Message}"));
            return 125;
        }
    }

    private static int Begin(ChildOrder order)
    {
        ConfinementCalls.DieWithParent();
        // The daemon may have died before the line above; and nobody but the daemon has to start this.
        if (ConfinementCalls.Parent() != order.Parent)
            return 125;
        ConfinementCalls.KeepStandardFilesOnly();
        ConfinementCalls.HearOfBrokenPipes();
        if (!ConfinementCalls.Enter(order.Folder))
            return Fail("the working folder", 125);
        if (!ConfinementCalls.RefuseNewRights())
            throw new ConfinementException("no_new_privs");

        var path = order.Command[0];
        using var arguments = new NativeStrings(order.Command);
        var filter = order.IsConfined ? SystemCallFilter.For(order) : null;
        if (order.IsConfined)
        {
            Landlock.Confine(order);
            ConfinementCalls.DropCapabilities();
        }
        Limit(order);
        // Last: from here on only what a confined program may do.
        if (filter is not null && !ConfinementCalls.Filter(filter) && ConfinementCalls.LastError() != NoFilters)
            throw new ConfinementException("seccomp");
        ConfinementCalls.Tell([Ready]);
        ConfinementCalls.Become(path, arguments);
        return Fail(null, 127);
    }

    private static void Limit(ChildOrder order)
    {
        ConfinementCalls.Limit(CoreLimit, 0);
        ConfinementCalls.Limit(OpenFileLimit, order.OpenFiles);
        ConfinementCalls.Limit(ProcessLimit, order.Processes);
        if (order.CpuSeconds is { } cpu)
            ConfinementCalls.Limit(CpuLimit, cpu);
        if (order.FileBytes is { } file)
            ConfinementCalls.Limit(FileLimit, file);
        // After this the runtime of this very process may not get more memory either, so it comes last.
        if (order.MemoryBytes is { } memory)
            ConfinementCalls.Limit(MemoryLimit, memory);
    }

    private static int Fail(string? what, int code)
    {
        var words = ErrorWords.Of(ConfinementCalls.LastError());
        ConfinementCalls.Tell(Encoding.UTF8.GetBytes(what is null ? words : $"{what}: {words}"));
        return code;
    }
}
