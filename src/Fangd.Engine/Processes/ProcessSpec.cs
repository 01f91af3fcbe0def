namespace Fangd.Engine.Processes;

/// <summary>A process to start: one program with its arguments, never a line for a shell.</summary>
public sealed record ProcessSpec
{
    /// <summary>An absolute path; nothing is looked up.</summary>
    public required string FileName { get; init; }

    /// <summary>What follows the program's own name.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>An absolute path of a folder that exists.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Added to the cleared environment; wins over what passes through.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of the daemon's own variables that pass beside the usual ones.</summary>
    public IReadOnlyList<string> PassThrough { get; init; } = [];

    public ProcessLimits Limits { get; init; } = new();

    /// <summary>Null: only the rights of the user count. For programs that the administrator chose.</summary>
    public Sandbox? Sandbox { get; init; }

    /// <summary>Standard input is a pipe; otherwise it is empty.</summary>
    public bool HasInput { get; init; }
}

/// <summary>What a sandboxed process reaches beside the system's programs, libraries and public settings.</summary>
public sealed record Sandbox
{
    /// <summary>Files and folders that may be read and run; ones that do not exist are passed over.</summary>
    public IReadOnlyList<string> Readable { get; init; } = [];

    /// <summary>Files and folders that may be changed too.</summary>
    public IReadOnlyList<string> Writable { get; init; } = [];

    /// <summary>Internet sockets of any kind may be opened.</summary>
    public bool IsNetworkAllowed { get; init; }

    /// <summary>
    /// Sockets of this machine (AF_UNIX) may be opened. Whatever listens on one that the user may connect to is reached then, wherever its file is.
    /// </summary>
    public bool HasLocalSockets { get; init; }
}

/// <summary>What a process may use up. Null is no limit.</summary>
public sealed record ProcessLimits
{
    /// <summary>
    /// Written-to memory of each process in bytes (<c>RLIMIT_DATA</c>). Not the address space: Node, Java and Go reserve far more of that
    /// than they use, and would not start.
    /// </summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Of each process.</summary>
    public int? CpuSeconds { get; init; }

    /// <summary>Size of each file that is written.</summary>
    public long? FileBytes { get; init; }

    public int OpenFiles { get; init; } = 1024;

    /// <summary>Processes and threads of the user altogether: against fork bombs, not for accounting.</summary>
    public int Processes { get; init; } = 2048;

    /// <summary>From start to end.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Without any output.</summary>
    public TimeSpan? SilenceTimeout { get; init; }

    /// <summary>What is kept of each of the two outputs, at least 2; the middle of a longer one is dropped.</summary>
    public int MaxOutputBytes { get; init; } = 102_400;
}
