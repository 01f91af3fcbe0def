namespace Fangd.Engine.Processes.Confinement;

/// <summary>
/// The filter on system calls: a program for seccomp's virtual machine (classic BPF over <c>struct seccomp_data</c>). A refused call fails
/// with an error that programs know how to handle.
/// </summary>
internal sealed class SystemCallFilter
{
    private const int LoadWord = 0x20;
    private const int JumpIfEqual = 0x15;
    private const int JumpIfAtLeast = 0x35;
    private const int JumpIfAnyBit = 0x45;
    private const int Return = 0x06;

    private const uint Allowed = 0x7FFF0000;
    private const uint Killed = 0x80000000;
    private const uint NotPermitted = 0x00050001;
    private const uint NotAllowedHere = 0x0005000D;
    private const uint NotThere = 0x00050026;

    private const uint NumberAt = 0;
    private const uint ArchitectureAt = 4;
    private const uint FirstArgumentAt = 16;
    private const uint SecondArgumentAt = 24;

    /// <summary>All CLONE_NEW… flags: with a user namespace a process would get rights that the kernel's rarely used parts trust.</summary>
    private const uint Namespaces = 0x7E020000;

    /// <summary>Calls of the x32 ABI have this bit and would pass by the other numbers.</summary>
    private const uint OtherAbi = 0x40000000;

    /// <summary>TIOCSTI types into a terminal that others read.</summary>
    private const uint TypeIntoTerminal = 0x5412;

    /// <summary>AF_INET, AF_INET6, and AF_NETLINK for the names of interfaces.</summary>
    private static readonly (int, uint)[] _internet = [(JumpIfEqual, 2), (JumpIfEqual, 10), (JumpIfEqual, 16)];

    /// <summary>AF_UNIX.</summary>
    private static readonly (int, uint)[] _local = [(JumpIfEqual, 1)];

    private readonly List<ulong> _program = [];

    /// <summary>Null where there is no table for the architecture.</summary>
    public static ulong[]? For(ChildOrder order) =>
        SystemCallNumbers.Own is { } numbers ? new SystemCallFilter().Write(numbers, order) : null;

    private ulong[] Write(SystemCallNumbers calls, ChildOrder order)
    {
        var daemon = (uint)order.Parent;
        Add(LoadWord, ArchitectureAt);
        Add(JumpIfEqual, calls.Architecture, yes: 1);
        Add(Return, Killed);
        Add(LoadWord, NumberAt);
        Add(JumpIfAtLeast, OtherAbi, no: 1);
        Add(Return, NotPermitted);
        foreach (var call in calls.Refused)
            Answer(call, NotPermitted);
        // The arguments of clone3 lie in memory, where no filter can read: without it the C library takes clone.
        Answer(SystemCallNumbers.Clone3, NotThere);

        WhenCalled(calls.NewProcess, FirstArgumentAt, [(JumpIfAnyBit, Namespaces)], NotPermitted, Allowed);
        WhenCalled(calls.Control, SecondArgumentAt, [(JumpIfEqual, TypeIntoTerminal)], NotPermitted, Allowed);
        // Also without Landlock's scopes (Linux 6.12) the daemon is out of reach: by its number, its group, and everybody at once.
        foreach (var call in calls.Signalling)
            WhenCalled(call, FirstArgumentAt, [(JumpIfEqual, daemon), (JumpIfEqual, 0u - daemon), (JumpIfEqual, uint.MaxValue)], NotPermitted, Allowed);
        // 0 is the caller itself. By another number the limits of the daemon could be set, and one of a second of CPU time kills it.
        foreach (var call in calls.Steering)
            OnlyWith(call, FirstArgumentAt, 0);
        OnlyWith(calls.SetPriority, FirstArgumentAt, 0); // PRIO_PROCESS: not those of a group or a user
        OnlyWith(calls.SetPriority, SecondArgumentAt, 0);
        OnlyWith(calls.SetIoPriority, FirstArgumentAt, 1); // IOPRIO_WHO_PROCESS
        OnlyWith(calls.SetIoPriority, SecondArgumentAt, 0);
        // Without AF_UNIX as a rule: the walls are not asked when a path is connected to, and a session bus or a container daemon behind it
        // starts programs outside of them. Pairs of connected sockets (socketpair) are another call and stay.
        (int, uint)[] families =
        [
            .. order.IsNetworkAllowed ? _internet : [],
            .. order.HasLocalSockets ? _local : [],
        ];
        WhenCalled(calls.Socket, FirstArgumentAt, families, Allowed, NotAllowedHere);
        Add(Return, Allowed);
        return [.. _program];
    }

    private void Answer(int call, uint answer)
    {
        Add(JumpIfEqual, (uint)call, no: 1);
        Add(Return, answer);
    }

    /// <summary>For one call: any other value of the argument is refused, and with this one the program goes on.</summary>
    private void OnlyWith(int call, uint argument, uint value)
    {
        Add(JumpIfEqual, (uint)call, no: 4);
        Add(LoadWord, argument);
        Add(JumpIfEqual, value, yes: 1);
        Add(Return, NotPermitted);
        Add(LoadWord, NumberAt);
    }

    /// <summary>For one call: when one of the conditions holds for the argument, this answer, otherwise that one.</summary>
    private void WhenCalled(int call, uint argument, (int Jump, uint Value)[] conditions, uint then, uint otherwise)
    {
        Add(JumpIfEqual, (uint)call, no: (byte)(conditions.Length + 3));
        Add(LoadWord, argument);
        for (var i = 0; i < conditions.Length; i++)
            Add(conditions[i].Jump, conditions[i].Value, yes: (byte)(conditions.Length - i));
        Add(Return, otherwise);
        Add(Return, then);
    }

    private void Add(int code, uint value, byte yes = 0, byte no = 0) =>
        _program.Add((ushort)code | ((ulong)yes << 16) | ((ulong)no << 24) | ((ulong)value << 32));
}
