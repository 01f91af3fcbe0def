using System.Globalization;

namespace Fangd.Engine.Processes.Confinement;

/// <summary>
/// What the daemon tells its own binary to do before it becomes another program, as a command line:
/// <c>fangd --exec-child parent=1 dir=/w … -- /usr/bin/git status</c>. Both sides are this class.
/// </summary>
internal sealed record ChildOrder
{
    public required int Parent { get; init; }
    public required string Folder { get; init; }
    public long? MemoryBytes { get; init; }
    public long? CpuSeconds { get; init; }
    public long? FileBytes { get; init; }
    public long OpenFiles { get; init; }
    public long Processes { get; init; }
    public bool IsConfined { get; init; }
    public bool IsNetworkAllowed { get; init; }
    public bool HasLocalSockets { get; init; }
    public IReadOnlyList<string> Readable { get; init; } = [];
    public IReadOnlyList<string> Writable { get; init; } = [];

    /// <summary>The program's path, which is also its name, and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    public static IReadOnlyList<string> Write(string helper, ProcessSpec spec)
    {
        List<string> line = [helper, ChildEntry.Word];
        Add("parent", Environment.ProcessId);
        line.Add("dir=" + spec.WorkingDirectory);
        var limits = spec.Limits;
        Add("memory", limits.MemoryBytes);
        Add("cpu", limits.CpuSeconds);
        Add("file", limits.FileBytes);
        Add("files", limits.OpenFiles);
        Add("processes", limits.Processes);
        if (spec.Sandbox is { } sandbox)
        {
            line.Add(sandbox.IsNetworkAllowed ? "confined=network" : "confined=");
            if (sandbox.HasLocalSockets)
                line.Add("local=");
            line.AddRange(sandbox.Readable.Select(path => "read=" + path));
            line.AddRange(sandbox.Writable.Select(path => "write=" + path));
        }
        return [.. line, "--", spec.FileName, .. spec.Arguments];

        void Add(string key, long? value)
        {
            if (value is { } number)
                line.Add(string.Create(CultureInfo.InvariantCulture, $"{key}={number}"));
        }
    }

    /// <summary>Null when it is not such a command line.</summary>
    public static ChildOrder? Read(ReadOnlySpan<string> words)
    {
        var end = words.IndexOf("--");
        if (end < 0 || end + 1 >= words.Length)
            return null;
        var readable = new List<string>();
        var writable = new List<string>();
        var order = new ChildOrder { Parent = 0, Folder = "/", Command = words[(end + 1)..].ToArray(), Readable = readable, Writable = writable };
        foreach (var word in words[..end])
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                return null;
            var value = word[(equals + 1)..];
            _ = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
            switch (word[..equals])
            {
                case "parent": order = order with { Parent = (int)number }; break;
                case "dir": order = order with { Folder = value }; break;
                case "memory": order = order with { MemoryBytes = number }; break;
                case "cpu": order = order with { CpuSeconds = number }; break;
                case "file": order = order with { FileBytes = number }; break;
                case "files": order = order with { OpenFiles = number }; break;
                case "processes": order = order with { Processes = number }; break;
                case "confined": order = order with { IsConfined = true, IsNetworkAllowed = value == "network" }; break;
                case "local": order = order with { HasLocalSockets = true }; break;
                case "read": readable.Add(value); break;
                case "write": writable.Add(value); break;
                default: return null;
            }
        }
        return order;
    }
}
