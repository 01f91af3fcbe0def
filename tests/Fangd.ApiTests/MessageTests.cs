using System.Net;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Messages that are answered in one piece.</summary>
public sealed class MessageTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_has_text_tokens_and_session_in_every_spelling()
    {
        var agent = await shared.Spawn();
        var session = (await api.Do($"GET /api/agents/{agent}", Cancel)).Text("session_id");

        await new ApiCase("message", $"POST /api/agents/{agent}/message", 200, $$"""
            {
              "response": "Hello.", "content": "Hello.", "input_tokens": 12, "output_tokens": 3, "iterations": 1, "cost_usd": 0, "model": "fake-model",
              "session_id": "{{session}}", "usage": {"input": 12, "output": 3, "total": 15, "input_tokens": 12, "output_tokens": 3}
            }
            """, Requests.Message("<<say Hello.>><<usage 12 3>>")).Run(api, Cancel);
    }

    [Fact]
    public async Task A_tool_runs_between_question_and_answer()
    {
        var agent = await shared.Spawn("[capabilities]\ntools = [\"file_write\", \"file_read\"]");

        var answer = await shared.Say(agent, """<<call file_write {"path": "a.txt", "content": "from the tool"}>>""");
        var read = await shared.Say(agent, """<<call file_read {"path": "a.txt"}>>""");

        Assert.Equal((2, true), (answer.Number("iterations"), answer.Text("response").StartsWith("result: ", StringComparison.Ordinal)));
        Assert.Contains("from the tool", read.Text("response"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_call_brings_the_history_and_the_system_prompt()
    {
        var agent = await shared.Spawn("[model]\nsystem_prompt = \"You are Ada.\"");
        await shared.Say(agent, "first of two");

        await shared.Say(agent, "second of two");

        var call = await shared.Model.CallWith("second of two", Cancel);
        Assert.Contains("You are Ada.", call.Transcript[0], StringComparison.Ordinal);
        Assert.Equal(["user: first of two", "assistant: echo: first of two", "user: second of two"], call.Transcript.Skip(1));
    }

    [Fact]
    public async Task A_session_that_is_named_gets_the_message()
    {
        var agent = await shared.Spawn();
        var first = (await api.Do($"GET /api/agents/{agent}", Cancel)).Text("session_id");
        var second = (await api.Do($"POST /api/agents/{agent}/sessions", Cancel)).Text("session_id");

        var answer = await api.Do($"POST /api/agents/{agent}/message", Cancel, Requests.Message("to the first", first));

        Assert.Equal(first, answer.Text("session_id"));
        Assert.Equal(second, (await shared.Say(agent, "to the active one")).Text("session_id"));
        Assert.Equal(["user: to the active one"], (await shared.Model.CallWith("to the active one", Cancel)).Transcript.Where(line => line.StartsWith("user", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("nope", 400, "session_id is not a UUID")]
    [InlineData(Requests.NoAgent, 404, "Session '*' of agent '*' not found")]
    public async Task A_session_that_is_not_the_agents_is_refused(string session, int status, string error)
    {
        var agent = await shared.Spawn();

        await new ApiCase("message", $"POST /api/agents/{agent}/message", status, $$"""{"error": "{{error}}"}""", Requests.Message("x", session)).Run(api, Cancel);
    }

    [Fact]
    public async Task A_session_of_another_agent_is_404()
    {
        var (mine, other) = (await shared.Spawn(), await shared.Spawn());
        var session = (await api.Do($"GET /api/agents/{other}", Cancel)).Text("session_id");

        await new ApiCase("message", $"POST /api/agents/{mine}/message", 404, null, Requests.Message("x", session)).Run(api, Cancel);
    }

    [Theory]
    [InlineData("{}", "message is missing or empty")]
    [InlineData("""{"message": "  "}""", "message is missing or empty")]
    [InlineData("""{"message": 7}""", "message: the value has the wrong type")]
    [InlineData("""{"message": "x", "attachments": [{"file_id": "f"}]}""", "attachments[0].file_id is not a UUID")]
    public async Task A_message_that_is_none_is_refused_by_name(string body, string error)
    {
        var agent = await shared.Spawn();

        foreach (var path in new[] { "message", "message/stream" })
            await new ApiCase("message", $"POST /api/agents/{agent}/{path}", 400, $$"""{"error": "{{error}}"}""", body).Run(api, Cancel);
    }

    [Fact]
    public async Task A_text_of_64_KiB_passes_and_one_byte_more_is_413()
    {
        var agent = await shared.Spawn();
        var text = "<<say ok>>" + new string('x', (64 * 1024) - 10);

        Assert.Equal("ok", (await shared.Say(agent, text)).Text("response"));
        await new ApiCase("message", $"POST /api/agents/{agent}/message", 413, """{"error": "message is larger than 65536 bytes"}""", Requests.Message(text + "x")).Run(api, Cancel);
    }

    [Fact]
    public async Task An_agent_that_says_no_reply_is_silent()
    {
        var agent = await shared.Spawn();

        var answer = await shared.Say(agent, "<<say NO_REPLY>>");

        Assert.Equal(("", true), (answer.Text("response"), answer.GetProperty("silent").GetBoolean()));
    }

    public static TheoryData<string, int, string, string?> Failures => new()
    {
        { "<<fail 500>>", 503, "OpenAI is overloaded or failing (HTTP 500): *", "5" },
        { "<<html>>", 503, "OpenAI is overloaded or failing (HTTP 502): *", "5" },
        { "<<fail 429>>", 503, "*", "5" },
        { "<<fail 401>>", 503, "OpenAI refused the API key*", null },
        { "<<fail 400>>", 502, "*", null },
        { "<<garbage>>", 502, "*", null },
        { "<<say a|b>><<cut 1>>", 502, "*", null },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_provider_that_fails_is_told_with_its_status(string message, int status, string error, string? pause)
    {
        var agent = await shared.Spawn();

        var answer = await new ApiCase(message, $"POST /api/agents/{agent}/message", status, $$"""{"error": "{{error}}"}""", Requests.Message(message)).Run(api, Cancel);

        Assert.DoesNotContain("127.0.0.1", answer.Text, StringComparison.Ordinal);
        Assert.Equal(pause, answer.Headers.GetValueOrDefault("Retry-After"));
        Assert.Equal("echo: well again", (await shared.Say(agent, "well again")).Text("response"));
    }

    [Fact]
    public async Task A_provider_that_asks_for_too_long_a_pause_has_it_told_on()
    {
        var agent = await shared.Spawn();

        var answer = await new ApiCase("busy", $"POST /api/agents/{agent}/message", 503, null, Requests.Message("<<fail 429 77>>")).Run(api, Cancel);

        Assert.Equal("77", answer.Headers["Retry-After"]);
        Assert.Single(shared.Model.Calls, call => call.LastUserText == "<<fail 429 77>>");
    }

    [Fact]
    public async Task A_provider_that_recovers_is_not_told()
    {
        var agent = await shared.Spawn();

        Assert.Equal("there", (await shared.Say(agent, "<<fail-first 2 503>><<say there>>")).Text("response"));
    }

    [Fact]
    public async Task A_run_that_hangs_can_be_stopped()
    {
        var agent = await shared.Spawn();
        var asked = api.Send($"POST /api/agents/{agent}/message", Cancel, Requests.Message("stop me <<silence>>"));
        var call = await shared.Model.CallWith("stop me", Cancel);

        await new ApiCase("stop", $"POST /api/agents/{agent}/stop", 200, """{"status": "stopped", "message": "Agent run cancelled"}""").Run(api, Cancel);

        Assert.Equal(HttpStatusCode.Conflict, (await asked).Status);
        await call.Aborted.WaitAsync(Cancel);
        await new ApiCase("again", $"POST /api/agents/{agent}/stop", 200, """{"status": "ok", "message": "No active run"}""").Run(api, Cancel);
        Assert.Equal("echo: next", (await shared.Say(agent, "next")).Text("response"));
    }

    [Fact]
    public async Task Messages_to_one_agent_run_one_after_the_other_in_their_order()
    {
        var agent = await shared.Spawn();
        var gate = shared.Model.Gate("first in line");
        var first = shared.Say(agent, "one <<gate first in line>><<say 1>>");
        await gate.Reached(1, Cancel);
        var second = shared.Say(agent, "two in line");
        var third = api.Send($"POST /api/agents/{await shared.Spawn()}/message", Cancel, Requests.Message("another agent"));

        Assert.Equal(HttpStatusCode.OK, (await third).Status);
        Assert.DoesNotContain(shared.Model.Calls, call => call.LastUserText == "two in line");
        gate.Open();

        Assert.Equal(("1", "echo: two in line"), ((await first).Text("response"), (await second).Text("response")));
        var call = await shared.Model.CallWith("two in line", Cancel);
        Assert.Equal("assistant: 1", call.Transcript[^2]);
    }

    [Fact]
    public async Task A_client_that_leaves_finds_the_answer_in_the_session()
    {
        var agent = await shared.Spawn();
        var gate = shared.Model.Gate("left alone");
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var asked = api.Send($"POST /api/agents/{agent}/message", leaving.Token, Requests.Message("<<gate left alone>><<say still here>>"));
        await gate.Reached(1, Cancel);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        gate.Open();

        // The next message waits for the run before it.
        await shared.Say(agent, "are you there");
        var session = await api.Do($"GET /api/agents/{agent}/session", Cancel);
        Assert.Equal("still here", session.GetProperty("messages")[1].Text("content"));
    }

    [Fact]
    public async Task A_failed_message_stays_in_the_session_and_the_next_one_goes_on()
    {
        var agent = await shared.Spawn();
        await api.Send($"POST /api/agents/{agent}/message", Cancel, Requests.Message("<<fail 400>>"));

        await shared.Say(agent, "after the failure");

        var call = await shared.Model.CallWith("after the failure", Cancel);
        Assert.DoesNotContain(call.Transcript, line => line.StartsWith("assistant: error", StringComparison.OrdinalIgnoreCase));
        Assert.StartsWith("user: ", call.Transcript[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hundred_messages_to_one_agent_at_once_are_all_answered()
    {
        var agent = await shared.Spawn("max_history_messages = 4");

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(index => shared.Say(agent, $"<<say {index}>>")));

        Assert.Equal(Enumerable.Range(0, 100).Select(index => index.ToString()), answers.Select(answer => answer.Text("response")));
        Assert.Equal(200, (await api.Do($"GET /api/agents/{agent}/session?limit=1", Cancel)).Number("message_count"));
    }
}
