using Fangd.Engine.Agents;
using Fangd.Engine.Audit;
using Fangd.Engine.Tools;
using Fangd.Server.Config;
using Fangd.Server.Events;
using Fangd.Server.Http;
using Fangd.Server.Runs;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Agents;

/// <summary>Birth, change and end of agents: the one place that keeps row, file and memory in step.</summary>
internal sealed partial class AgentLifecycle(
    AgentStore store,
    AgentRegistry registry,
    AgentFolders folders,
    AgentWorkspaces workspaces,
    EventLog events,
    LifecycleContext context)
{
    private readonly ILogger _log = context.Log;
    // One change at a time: names must stay unique across row, file and memory.
    private readonly SemaphoreSlim _changing = new(1);

    // What ends with an agent beside its runs.
    private readonly List<Func<string, Task>> _onEnd = [];

    /// <summary>Has <paramref name="end"/> called with the id of each agent that is killed. Before the first request.</summary>
    public void OnEnd(Func<string, Task> end) => _onEnd.Add(end);

    /// <summary>Loads all agents. Their manifests stay unparsed.</summary>
    public void Load() => registry.AddAll(store.Load(ParseStored));

    /// <summary>
    /// Brings a new agent to life; 400 for a bad manifest, 409 for a name that is taken. A request that is repeated with its key gets the
    /// agent that it made the first time; another request with that key is a 409. A child that would have more than its parent is a 403:
    /// this is the only way to life, so no entrance can forget to ask.
    /// </summary>
    public async Task<Agent> Spawn(string manifestText, string? parentId = null, SpawnKey? request = null)
    {
        var manifest = ManifestCheck.Parse(manifestText);
        await _changing.WaitAsync();
        try
        {
            if (parentId is not null)
                DemandNoMoreThan(parentId, manifest);
            if (request is not null && store.OfRequest(request.Key) is { } made && registry.Find(made.AgentId) is { } before)
            {
                return made.Hash == request.Hash
                    ? before
                    : throw ApiException.Conflict("this Idempotency-Key was used for another request");
            }

            if (registry.Named(manifest.Name) is not null)
                throw ApiException.Conflict($"an agent named '{manifest.Name}' exists already");
            return await Insert(manifest, new AgentBirth(context.NewId(), manifestText, parentId, folders.Write(manifest.Name, manifestText), request));
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Changes the manifest by <paramref name="edit"/>, which gets its text and gives the new one.</summary>
    public async Task Change(Agent agent, Func<string, string> edit)
    {
        await _changing.WaitAsync();
        try
        {
            var before = store.ManifestText(agent.Id) ?? throw ApiException.NotFound($"Agent '{agent.Id}' not found");
            var text = edit(before);
            if (text == before)
                return;
            var manifest = ManifestCheck.Parse(text);
            var oldName = agent.Name;
            if (manifest.Name != oldName && registry.Named(manifest.Name) is not null)
                throw ApiException.Conflict($"an agent named '{manifest.Name}' exists already");
            await Apply(agent, manifest, text, folders.Write(manifest.Name, text));
            if (manifest.Name != oldName)
            {
                registry.Rename(agent, oldName);
                folders.Delete(oldName);
            }

            await Changed(agent, oldName == manifest.Name ? $"Manifest of agent '{oldName}' changed" : $"Agent '{oldName}' changed and renamed to '{manifest.Name}'");
        }
        finally
        {
            _changing.Release();
        }
    }

    public async Task SetMode(Agent agent, string mode)
    {
        var now = Now();
        await store.SetMode(agent.Id, mode, now);
        agent.Change(agent.Summary with { Mode = mode, UpdatedAt = now }, null);
        await Changed(agent, $"Agent '{agent.Name}' set to mode {mode}");
    }

    /// <summary>Ends an agent: its runs are cancelled, its sessions and keys are gone, its files are set aside.</summary>
    public async Task Kill(Agent agent, RunQueue runs)
    {
        await _changing.WaitAsync();
        try
        {
            if (registry.Find(agent.Id) is null)
                throw ApiException.NotFound($"Agent '{agent.Id}' not found");
            registry.Remove(agent);
            runs.StopAgent(agent.Id);
            foreach (var end in _onEnd)
                await end(agent.Id);
            folders.Delete(agent.Name);
            await store.Delete(agent.Id);
            workspaces.SetAside(agent.Name, context.Time.GetUtcNow());
        }
        finally
        {
            _changing.Release();
        }

        Killed(agent.Name, agent.Id);
        var detail = $"Agent '{agent.Name}' killed";
        context.Audit.RecordLater(new AuditEntry(AuditAction.AgentKill, agent.Id, detail, "ok"));
        await events.Append("agent_killed", agent.Id, detail);
    }

    /// <summary>A name like the given one that nobody has: <c>coder-2</c>, <c>coder-3</c>, …</summary>
    public string FreeName(string like)
    {
        for (var n = 2; ; n++)
        {
            if (registry.Named($"{like}-{n}") is null)
                return $"{like}-{n}";
        }
    }

    /// <summary>
    /// Takes over what the user changed in <c>agent.toml</c> while the daemon was away, and brings to life what they put there. A file that
    /// does not parse changes nothing and is reported. Unchanged files cost one stat each.
    /// </summary>
    public async Task ReconcileFiles()
    {
        var stamps = store.FileStamps();
        var byFile = registry.All.ToDictionary(a => folders.FileOf(a.Name), StringComparer.Ordinal);
        foreach (var file in folders.Files())
        {
            var stamp = FileStamp.Of(file);
            if (byFile.TryGetValue(file, out var agent) && stamps.GetValueOrDefault(agent.Id) == stamp)
                continue;
            try
            {
                await TakeOver(file, stamp, agent);
            }
            catch (Exception refused) when (refused is ApiException or IOException or UnauthorizedAccessException)
            {
                FileRefused(file, FileTrouble.Of(refused));
            }
        }
    }

    private void DemandNoMoreThan(string parentId, AgentManifest child)
    {
        var parent = registry.Find(parentId) ?? throw new ApiException(ApiFault.Forbidden, "the parent is gone, so nothing can be inherited from it");
        if (CapabilityInheritance.Excess(parent.Manifest, child) is { } excess)
            throw new ApiException(ApiFault.Forbidden, excess);
    }

    private async Task TakeOver(string file, FileStamp stamp, Agent? agent)
    {
        var text = await File.ReadAllTextAsync(file);
        var manifest = ManifestCheck.Parse(text);
        if (agent is null)
        {
            if (registry.Named(manifest.Name) is not null)
                throw ApiException.Conflict($"an agent named '{manifest.Name}' exists already");
            await Insert(manifest, new AgentBirth(context.NewId(), text, null, stamp, null));
            return;
        }

        if (manifest.Name != agent.Name)
            throw ApiException.BadRequest($"it names '{manifest.Name}': rename agents over the API");
        var isChanged = text != store.ManifestText(agent.Id);
        await Apply(agent, manifest, text, stamp);
        if (!isChanged)
            return;
        FileTaken(file, agent.Name);
        await Changed(agent, $"Manifest of agent '{agent.Name}' changed on disk");
    }

    private async Task<Agent> Insert(AgentManifest manifest, AgentBirth birth)
    {
        var id = birth.Id;
        var now = Now();
        var summary = Summarise(manifest, AgentModes.Default, now);
        var session = await store.Insert(birth, summary, context.NewId());
        var agent = new Agent(id, now, birth.ParentId, summary, session, ParseStored);
        agent.Change(summary, manifest);
        registry.Add(agent);
        Spawned(agent.Name, agent.Id);
        var detail = $"Agent '{agent.Name}' spawned with model {summary.Provider}/{summary.Model}";
        context.Audit.RecordLater(new AuditEntry(AuditAction.AgentSpawn, id, birth.ParentId is { } parent ? $"{detail} by agent {parent}" : detail, "ok"));
        await events.Append("agent_spawned", id, detail);
        return agent;
    }

    private async Task Apply(Agent agent, AgentManifest manifest, string text, FileStamp stamp)
    {
        var summary = Summarise(manifest, agent.Mode, Now());
        await store.Update(agent.Id, text, summary, stamp);
        agent.Change(summary, manifest);
    }

    private ValueTask Changed(Agent agent, string detail) => context.Audit.Record(new AuditEntry(AuditAction.ConfigChange, agent.Id, detail, "ok"));

    /// <summary>In whole milliseconds, as rows keep it: what is told now is told after a restart.</summary>
    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(context.Time.GetUtcNow().ToUnixTimeMilliseconds());

    private AgentManifest ParseStored(string id)
    {
        var text = store.ManifestText(id) ?? throw ApiException.NotFound($"Agent '{id}' not found");
        return ManifestCheck.Parse(text);
    }

    private static AgentSummary Summarise(AgentManifest manifest, string mode, DateTimeOffset now) => new()
    {
        Name = manifest.Name,
        Provider = manifest.Model.Provider,
        Model = manifest.Model.Model,
        Profile = manifest.Profile,
        Description = manifest.Description,
        Mode = mode,
        State = "Running",
        UpdatedAt = now,
    };

    [LoggerMessage(LogLevel.Information, "Agent {Name} spawned ({Id}).")]
    private partial void Spawned(string name, string id);

    [LoggerMessage(LogLevel.Information, "Agent {Name} killed ({Id}).")]
    private partial void Killed(string name, string id);

    [LoggerMessage(LogLevel.Information, "{File} changed on disk: agent {Name} follows it.")]
    private partial void FileTaken(string file, string name);

    [LoggerMessage(LogLevel.Warning, "{File} was not taken over: {Reason}")]
    private partial void FileRefused(string file, string reason);
}

/// <summary>Clock, ids, audit trail and log of the lifecycle.</summary>
internal sealed record LifecycleContext(TimeProvider Time, Func<string> NewId, IAuditTrail Audit, ILogger<AgentLifecycle> Log);
