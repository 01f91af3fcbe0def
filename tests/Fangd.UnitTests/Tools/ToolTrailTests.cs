using Fangd.Engine.Audit;
using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;
using Fangd.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fangd.UnitTests.Tools;

/// <summary>What of a run's tool calls is taken down.</summary>
public sealed class ToolTrailTests
{
    private readonly RecordingTrail _trail = new();

    [Fact]
    public async Task Reading_what_is_harmless_leaves_no_trace()
    {
        await Open(new ScriptedTool("file_read") { IsReadOnly = true }).Call("file_read");
        Assert.Empty(_trail.Entries);
    }

    [Fact]
    public async Task A_call_that_changes_something_is_there_before_it_runs_and_gets_its_outcome_after()
    {
        var seen = 0;
        var tool = new ScriptedTool("file_write")
        {
            AuditedAs = AuditAction.FileAccess,
            Answer = _ =>
            {
                seen = _trail.Entries.Count;
                return ValueTask.FromResult(ToolOutcome.Ok("done"));
            },
        };
        await Open(tool).Call("file_write", """{"path": "notes.md", "content": "secret"}""");

        Assert.Equal(1, seen);
        const string detail = "file_write: notes.md (run run-1, call call-1)";
        Assert.Equal(
            [new AuditEntry(AuditAction.FileAccess, "agent-1", detail, "started"), new AuditEntry(AuditAction.FileAccess, "agent-1", detail, "ok")],
            _trail.Entries);
    }

    [Fact]
    public async Task Failure_fault_and_cancellation_are_outcomes_too()
    {
        await Open(new ScriptedTool("a") { Answer = _ => ValueTask.FromResult(ToolOutcome.Error("no")) }).Call("a");
        await Open(new ScriptedTool("b") { Answer = _ => throw new InvalidOperationException("bug") }).Call("b");
        using var stop = new CancellationTokenSource();
        var stuck = Open(new ScriptedTool("c")
        {
            Answer = async run =>
            {
                await stop.CancelAsync();
                run.ThrowIfCancellationRequested();
                return ToolOutcome.Ok("late");
            },
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stuck.Run(new LlmToolCall("call-1", "c", "{}"), stop.Token));

        Assert.Equal(["started", "failed", "started", "failed", "started", "cancelled"], _trail.Entries.Select(entry => entry.Outcome));
    }

    [Fact]
    public async Task A_tool_that_only_reads_but_may_do_harm_has_one_entry()
    {
        await Open(new ScriptedTool("peek") { IsReadOnly = true, Risk = ToolRisk.Medium }).Call("peek", """{"url": "http://host/page?token=secret"}""");
        Assert.Equal(new AuditEntry(AuditAction.ToolInvoke, "agent-1", "peek: http://host/page (run run-1, call call-1)", "ok"), Assert.Single(_trail.Entries));
    }

    [Fact]
    public async Task What_the_manifest_does_not_grant_is_a_denied_capability()
    {
        var box = Open(ToolBench.Agent("other"), [], new ScriptedTool("file_read") { IsReadOnly = true });
        await box.Call("file_read", """{"path": "x"}""");
        Assert.Equal(
            new AuditEntry(AuditAction.CapabilityCheck, "agent-1", "file_read (run run-1): it is not granted by the agent's capabilities", "denied"),
            Assert.Single(_trail.Entries));
    }

    [Fact]
    public async Task What_a_check_refuses_is_denied_and_never_started()
    {
        var tool = new ScriptedTool("shell") { AuditedAs = AuditAction.ShellExec };
        await Open(ToolBench.Agent("*"), [new Never()], tool).Call("shell", """{"command": "rm -rf\n/"}""");
        Assert.Equal(new AuditEntry(AuditAction.ShellExec, "agent-1", "shell: rm -rf / (run run-1, call call-1): never", "denied"), Assert.Single(_trail.Entries));
        Assert.Empty(tool.Calls);
    }

    private IToolbox Open(ITool tool) => Open(ToolBench.Agent("*"), [], tool);

    private IToolbox Open(Fangd.Engine.Agents.AgentManifest agent, IReadOnlyList<IToolCheck> checks, ITool tool) =>
        new ToolGate(new ToolCatalog([tool]), checks, [], new StoppedClock(), NullLogger<ToolGate>.Instance) { Trail = new ToolTrail(_trail) }
            .Open(ToolBench.Scope(agent), "Normal");

    private sealed class Never : IToolCheck
    {
        public ValueTask<string?> Refuse(GatedCall call, CancellationToken run) => ValueTask.FromResult<string?>("never");
    }
}
