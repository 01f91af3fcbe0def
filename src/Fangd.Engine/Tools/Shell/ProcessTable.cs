using System.Globalization;
using Fangd.Engine.Processes;

namespace Fangd.Engine.Tools.Shell;

/// <summary>
/// The processes that agents left running. Each agent sees its own; they end with their agent and with the daemon, and are not started again.
/// </summary>
public sealed class ProcessTable(ProcessRunner runner, TimeProvider time)
{
    public const int MaxPerAgent = 8;
    public const int MaxInAll = 64;

    private readonly Lock _guard = new(); // guards _processes and _starting
    private readonly List<BackgroundProcess> _processes = [];
    private readonly List<string> _starting = []; // agents, one entry a start under way
    private int _count;

    /// <summary>Starts it; <see cref="CommandRefusal"/> when there are too many.</summary>
    internal async Task<BackgroundProcess> Start(string agentId, string command, ProcessSpec spec, CancellationToken run)
    {
        await MakeRoom(agentId);
        try
        {
            var child = await runner.Start(spec, run);
            var id = string.Create(CultureInfo.InvariantCulture, $"p{Interlocked.Increment(ref _count)}");
            var process = new BackgroundProcess(id, agentId, command, child, time.GetUtcNow());
            lock (_guard)
                _processes.Add(process);
            // The agent may have been ended meanwhile, and with it what it had until then.
            if (run.IsCancellationRequested)
            {
                await Remove(process);
                run.ThrowIfCancellationRequested();
            }
            return process;
        }
        finally
        {
            lock (_guard)
                _starting.Remove(agentId);
        }
    }

    /// <summary>Null when the agent has none of this id.</summary>
    internal BackgroundProcess? Find(string agentId, string id)
    {
        lock (_guard)
            return _processes.Find(process => process.AgentId == agentId && process.Id == id);
    }

    internal IReadOnlyList<BackgroundProcess> Of(string agentId)
    {
        lock (_guard)
            return _processes.FindAll(process => process.AgentId == agentId);
    }

    /// <summary>Ends and forgets one.</summary>
    internal ValueTask Remove(BackgroundProcess process)
    {
        lock (_guard)
            _processes.Remove(process);
        return process.End();
    }

    /// <summary>Ends all of an agent's.</summary>
    public async Task EndAgent(string agentId)
    {
        foreach (var process in Of(agentId))
            await Remove(process);
    }

    /// <summary>Ends all.</summary>
    public async Task EndAll()
    {
        List<BackgroundProcess> all;
        lock (_guard)
        {
            all = [.. _processes];
            _processes.Clear();
        }
        foreach (var process in all)
            await process.End();
    }

    /// <summary>Counts this start. Ended processes that nobody asked about give way, oldest first.</summary>
    private async Task MakeRoom(string agentId)
    {
        BackgroundProcess? old = null;
        lock (_guard)
        {
            var own = _processes.Count(process => process.AgentId == agentId) + _starting.Count(starting => starting == agentId);
            var all = _processes.Count + _starting.Count;
            if (own >= MaxPerAgent || all >= MaxInAll)
            {
                old = _processes.Find(process => process.Exit is not null && (own < MaxPerAgent || process.AgentId == agentId))
                    ?? throw new CommandRefusal(
                        own >= MaxPerAgent ? $"the agent has {MaxPerAgent} processes already: end one first" : $"the daemon has {MaxInAll} processes already");
                _processes.Remove(old);
            }
            _starting.Add(agentId);
        }
        if (old is not null)
            await old.End();
    }
}
