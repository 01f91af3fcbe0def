using System.Globalization;
using System.Text.RegularExpressions;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Commands that agents run, from the message to what the model reads.</summary>
public sealed partial class ShellTests : DaemonTest
{
    private const string Shell = """
        [capabilities]
        tools = ["shell_exec", "process_*", "agent_spawn"]
        shell = ["*"]
        agent_spawn = true
        """;

    protected override DaemonSetup Setup => Daemons.With(Model, sections: "[approval]\nrequire_approval = []");

    [Fact]
    public async Task A_safe_command_runs_in_the_workspace()
    {
        var agent = await Spawn("a", Shell);

        Assert.Equal($"result: {Daemon.Home}/workspaces/a", await Call(agent, "shell_exec", """{"command": "pwd"}"""));
        Assert.Equal("result: hello | world", await Call(agent, "shell_exec", """{"command": "echo 'hello | world'"}"""));
        Assert.StartsWith("result: [exit code 1]\n", await Call(agent, "shell_exec", """{"command": "false"}"""), StringComparison.Ordinal);
        Assert.StartsWith("result: [stopped: it took longer than 1 s]\n", await Call(agent, "shell_exec", """{"command": "sleep 100", "timeout_seconds": 1}"""), StringComparison.Ordinal);
    }

    [Trait("suite", "escape")]
    [Theory]
    [InlineData("rm -rf x", "\"rm\" is neither among safe_bins nor allowed_commands of exec_policy")]
    [InlineData("echo a | cat", "the command has an unquoted |; only exec_policy mode \"full\" allows that")]
    [InlineData("cat ../../config.toml", "\"cat\" keeps to the workspace here, and \"../../config.toml\" leads out of it")]
    public async Task A_refusal_is_one_sentence_that_says_why(string command, string reason)
    {
        var agent = await Spawn("a", Shell);

        Assert.StartsWith($"result: The tool \"shell_exec\" is denied: {reason}", await Call(agent, "shell_exec", $$"""{"command": "{{command}}"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_manifest_decides_for_its_agent()
    {
        var free = await Spawn("free", "exec_policy = \"full\"\n" + Shell);
        var none = await Spawn("none", "exec_policy = \"deny\"\n" + Shell);
        var some = await Spawn("some", Shell.Replace("[\"*\"]", "[\"echo *\"]", StringComparison.Ordinal));
        var empty = await Spawn("empty", Shell.Replace("[\"*\"]", "[]", StringComparison.Ordinal));

        Assert.Equal("result: 3", await Call(free, "shell_exec", """{"command": "printf 'a\\nb\\nc\\n' > f && cat f | wc -l"}"""));
        Assert.Contains("exec_policy mode is \"deny\"", await Call(none, "shell_exec", """{"command": "echo a"}"""), StringComparison.Ordinal);
        Assert.Equal("result: a", await Call(some, "shell_exec", """{"command": "echo a"}"""));
        Assert.Contains("not covered by the agent's [capabilities] shell list (echo *)", await Call(some, "shell_exec", """{"command": "pwd"}"""), StringComparison.Ordinal);
        Assert.Contains("shell list is empty", await Call(empty, "shell_exec", """{"command": "echo a"}"""), StringComparison.Ordinal);
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task The_daemons_secrets_are_out_of_reach()
    {
        var agent = await Spawn("free", "exec_policy = \"full\"\n" + Shell);
        var secret = Path.Combine(Daemon.Home, "secret.txt");
        await File.WriteAllTextAsync(secret, "s3cret", Cancel);

        foreach (var command in new[] { $"cat {secret}", $"ls {Daemon.Home}", "env", "cat /proc/*/environ", $"cp {secret} ." })
            Assert.DoesNotContain("s3cret", await Call(agent, "shell_exec", $$"""{"command": {{FakeJson.Quote(command)}}}"""), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_process_is_started_written_to_read_and_ended()
    {
        var agent = await Spawn("a", Shell);
        Assert.Equal("result: Started with process_id p1. It ends with the daemon.", await Call(agent, "process_start", """{"command": "cat"}"""));
        Assert.Equal("result: Wrote 6 bytes.", await Call(agent, "process_write", """{"process_id": "p1", "data": "hello\n"}"""));
        string said;
        do
            said = await Call(agent, "process_poll", """{"process_id": "p1"}""");
        while (said == "result: [running]");
        Assert.Equal("result: hello\n[running]", said);
        Assert.Matches(ListLine(), await Call(agent, "process_list", "{}"));

        Assert.Equal("result: [ended by signal 15]", await Call(agent, "process_kill", """{"process_id": "p1"}"""));
        Assert.Contains("There is no such process of yours", await Call(agent, "process_poll", """{"process_id": "p1"}"""), StringComparison.Ordinal);
        Assert.Equal("result: You have no processes. They end when the daemon stops and are not started again.", await Call(agent, "process_list", "{}"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Processes_belong_to_their_agent_are_counted_and_end_with_it()
    {
        var agent = await Spawn("a", Shell);
        var other = await Spawn("b", Shell);
        for (var i = 1; i <= 8; i++)
            Assert.Contains("process_id p", await Call(agent, "process_start", """{"command": "sleep", "args": ["1000.0625"]}"""), StringComparison.Ordinal);

        Assert.Contains("the agent has 8 processes already", await Call(agent, "process_start", """{"command": "sleep 1000"}"""), StringComparison.Ordinal);
        Assert.Contains("There is no such process", await Call(other, "process_kill", """{"process_id": "p1"}"""), StringComparison.Ordinal);
        Assert.Equal(8, Sleepers());

        await Api.Do($"DELETE /api/agents/{agent}", Cancel);

        Assert.Equal(0, Sleepers());
        Assert.Contains("process_id p9", await Call(other, "process_start", """{"command": "sleep 1000"}"""), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task After_a_restart_the_list_is_empty_and_says_why()
    {
        var agent = await Spawn("a", Shell);
        await Call(agent, "process_start", """{"command": "sleep 1000.03125"}""");

        await Daemon.Stop(Cancel);
        Assert.Equal(0, Count("1000.03125"));
        await Daemon.Restart(Cancel);
        using var again = new ApiClient(Daemon);

        var answer = await again.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message("<<call process_list {}>>"));
        Assert.Equal("result: You have no processes. They end when the daemon stops and are not started again.", answer.Text("response"));
    }

    [Trait("suite", "escape")]
    [Fact]
    public async Task An_agent_cannot_spawn_one_that_runs_more()
    {
        var agent = await Spawn("a", Shell);
        var manifest = "name = 'b'\\nexec_policy = 'full'\\n[capabilities]\\ntools = ['shell_exec']\\nshell = ['*']";

        Assert.Contains("the parent does not have an exec_policy as wide as the child's itself", await Call(agent, "agent_spawn", $$"""{"manifest_toml": "{{manifest}}"}"""), StringComparison.Ordinal);
    }

    private static int Sleepers() => Count("1000.0625");

    private static int Count(string argument) => Directory.EnumerateDirectories("/proc").Count(folder =>
    {
        try
        {
            return int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out _)
                && File.ReadAllText(folder + "/cmdline").Split('\0') is [_, var first, ..] && first == argument;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    private async Task<string> Spawn(string name, string manifest) =>
        (await Api.Do("POST /api/agents", Cancel, Requests.Manifest($"name = \"{name}\"\n{manifest}"))).Text("agent_id");

    private async Task<string> Call(string agent, string tool, string arguments) =>
        (await Api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message($"<<call {tool} {arguments}>>"))).Text("response");

    [GeneratedRegex(@"^result: p1  running  since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  cat$")]
    private static partial Regex ListLine();
}
