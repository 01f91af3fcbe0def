using System.Text.Json;
using Fangd.Engine.Agents;
using Fangd.Engine.Approvals;
using Fangd.Engine.Taint;
using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Approvals;
using Fangd.Server.Events;
using Fangd.Server.Storage;
using Fangd.TestKit;
using Fangd.UnitTests.Tools;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fangd.UnitTests.Approvals;

/// <summary>The check at the gate over a database of its own, with a clock that a test moves.</summary>
internal sealed class ApprovalRig : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _stopping = new();
    private int _ids;

    public ApprovalRig()
    {
        Open();
    }

    public ManualTime Time { get; } = new();
    public Database Database { get; private set; } = null!;
    public ApprovalStore Store { get; private set; } = null!;
    public ApprovalWaiters Waiters { get; private set; } = null!;
    public ApprovalCheck Check { get; private set; } = null!;
    public ApprovalContext Context { get; private set; } = null!;
    public RecordingSink Sink { get; } = new();

    public string Home => _folder.Root;

    /// <summary>The database as the daemon's next start finds it after a death.</summary>
    public async Task Restart()
    {
        Database.Dispose();
        Open();
        await Store.Reopen();
    }

    public void Stop() => _stopping.Cancel();

    public Task<string?> Ask(string callId = "call_1", string? session = "s", string arguments = """{"x": 1}""", CancellationToken run = default) =>
        Check.Refuse(Call(callId, session, arguments), run).AsTask();

    /// <summary>The request that waits now; it is there as soon as the call sleeps.</summary>
    public async Task<ApprovalRow> Waiting(int timers = 1)
    {
        await Time.WaitForTimers(timers, TestContext.Current.CancellationToken);
        return Store.List().Last(row => row.Status == ApprovalStatus.Pending);
    }

    public async Task Decide(ApprovalRow row, ApprovalStatus status, string? feedback = null)
    {
        var decision = new ApprovalDecision(status, feedback, null);
        Assert.NotNull(await Store.Decide(row.Id, decision));
        Waiters.Wake(row.Id, decision);
    }

    public ApprovalRow Row(string id, string agent = "agent", ApprovalCall? call = null) => new()
    {
        Id = id,
        AgentId = agent,
        AgentName = agent,
        Call = call,
        ToolName = "deploy",
        Description = "deploy",
        ActionSummary = "deploy",
        Payload = "{}",
        Risk = ToolRisk.High,
        RequestedAt = Time.GetUtcNow(),
        TimeoutSecs = 60,
        ExpiresAt = Time.GetUtcNow().AddSeconds(60),
    };

    public void Dispose()
    {
        Database.Dispose();
        _stopping.Dispose();
        _folder.Dispose();
    }

    /// <summary>What becomes of a call of another tool, by an agent that has seen the message.</summary>
    public ValueTask<string?> Refuse(ITool tool, string arguments, LlmMessage seen)
    {
        var call = Call("call-9", null, arguments);
        return Check.Refuse(call with { Tool = tool, Scope = call.Scope with { Conversation = new ListConversation(seen) } }, CancellationToken.None);
    }

    private GatedCall Call(string callId, string? session, string arguments)
    {
        var scope = new ToolScope
        {
            AgentId = "agent",
            Agent = new AgentManifest { Name = "agent" },
            RunId = "run",
            SessionId = session,
            Workspace = "/tmp",
            Sink = Sink,
        };
        return new GatedCall(new ScriptedTool("shell_exec"), new LlmToolCall(callId, "shell_exec", arguments), JsonDocument.Parse(arguments).RootElement, scope);
    }

    private void Open()
    {
        Database = Database.Open(_folder["fangd.db"], Durability.Normal, NullLogger.Instance);
        Store = new ApprovalStore(Database, Time);
        Waiters = new ApprovalWaiters();
        var rules = new ApprovalRules { Tools = ["shell_exec"], Timeout = TimeSpan.FromSeconds(60) };
        Context = new ApprovalContext(rules, new TaintTracker(new SecretWords(() => [])), Time, () => $"id-{Interlocked.Increment(ref _ids)}", _stopping.Token);
        Check = new ApprovalCheck(Store, Waiters, new AgentRegistry(), new EventLog(Database, Time), Context);
    }
}
