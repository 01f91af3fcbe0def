using System.Net;
using System.Text.Json;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Webhooks that want to hear of the changes of tasks.</summary>
public sealed class A2aPushTests : IAsyncLifetime
{
    private const string Loopback = "[security]\nallow_loopback_targets = true\n";

    private FakeModel model = null!;
    private IDaemonUnderTest daemon = null!;
    private ApiClient api = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        model = FakeModel.Start();
        daemon = await Daemons.Start(Daemons.With(model, sections: Loopback), Cancel);
        api = new ApiClient(daemon);
        await api.Do("POST /api/agents", Cancel, Requests.Manifest("name = \"one\""));
    }

    public async ValueTask DisposeAsync()
    {
        api.Dispose();
        await daemon.DisposeAsync();
        await model.DisposeAsync();
    }

    [Fact]
    public async Task A_webhook_hears_that_the_task_is_under_way_and_then_all_of_it()
    {
        await using var hook = new StandInPeer(_ => new PeerReply(200, "{}"));

        var sent = await Rpc("SendMessage", $$$"""
            {"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "<<say done>>"}]},
             "configuration": {"taskPushNotificationConfig": {"url": "{{{hook.Url}}}/hook", "token": "tok", "authentication": {"scheme": "Bearer", "credentials": "cred"} } } }
            """);

        var id = sent.GetProperty("task").Text("id");
        var (first, second) = (await hook.Next(Cancel), await hook.Next(Cancel));
        Assert.Equal(("POST /hook", "tok", "Bearer cred"), (first.Line, first.Headers["X-A2A-Notification-Token"], first.Headers["Authorization"]));
        Assert.Equal("application/a2a+json", first.Headers["Content-Type"]);
        JsonPattern.Matches($$$"""{"statusUpdate": {"taskId": "{{{id}}}", "contextId": "*", "status": {"state": "TASK_STATE_WORKING", "timestamp": "*"} } }""", first.Json);
        Assert.Equal(("TASK_STATE_COMPLETED", "done"), (second.Json.GetProperty("task").GetProperty("status").Text("state"), second.Json.GetProperty("task").GetProperty("artifacts")[0].GetProperty("parts")[0].Text("text")));
    }

    [Fact]
    public async Task A_webhook_of_0_3_gets_the_task_itself()
    {
        await using var hook = new StandInPeer(_ => new PeerReply(200, "{}"));

        await Rpc("message/send", $$$"""
            {"message": {"messageId": "m", "role": "user", "parts": [{"kind": "text", "text": "<<say done>>"}]},
             "configuration": {"pushNotificationConfig": {"url": "{{{hook.Url}}}/", "authentication": {"schemes": ["Basic"], "credentials": "abc"} } } }
            """);

        await hook.Next(Cancel);
        var last = await hook.Next(Cancel);
        Assert.Equal(("task", "completed", "Basic abc"), (last.Json.Text("kind"), last.Json.GetProperty("status").Text("state"), last.Headers["Authorization"]));
    }

    [Fact]
    public async Task What_a_webhook_could_not_take_is_sent_again_and_what_it_refuses_is_not()
    {
        var asked = 0;
        await using var hook = new StandInPeer(_ => Interlocked.Increment(ref asked) == 1 ? new PeerReply(503, "") : new PeerReply(asked == 2 ? 200 : 410, ""));

        await Rpc("SendMessage", $$$"""
            {"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "x"}]}, "configuration": {"taskPushNotificationConfig": {"url": "{{{hook.Url}}}/"} } }
            """);

        var (first, again, last) = (await hook.Next(Cancel), await hook.Next(Cancel), await hook.Next(Cancel));
        Assert.Equal(first.Body, again.Body);
        Assert.Contains("TASK_STATE_COMPLETED", last.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_not_told_before_a_restart_is_told_after_it()
    {
        var (isUp, refused) = (false, new TaskCompletionSource());
        await using var hook = new StandInPeer(_ =>
        {
            refused.TrySetResult();
            return new PeerReply(Volatile.Read(ref isUp) ? 200 : 503, "");
        });
        var id = (await Rpc("SendMessage", $$$"""
            {"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "<<say done>>"}]},
             "configuration": {"taskPushNotificationConfig": {"url": "{{{hook.Url}}}/", "token": "t-1"} } }
            """)).GetProperty("task").Text("id");
        await refused.Task.WaitAsync(Cancel);
        api.Dispose();
        await daemon.Stop(Cancel);
        while (hook.Requests.TryDequeue(out _))
            await hook.Next(Cancel);

        Volatile.Write(ref isUp, true);
        await daemon.Restart(Cancel);
        api = new ApiClient(daemon);

        var (working, completed) = (await hook.Next(Cancel), await hook.Next(Cancel));
        JsonPattern.Matches($$$"""{"statusUpdate": {"taskId": "{{{id}}}", "contextId": "*", "status": {"state": "TASK_STATE_WORKING", "timestamp": "*"} } }""", working.Json);
        Assert.Equal(("TASK_STATE_COMPLETED", "t-1"), (completed.Json.GetProperty("task").GetProperty("status").Text("state"), completed.Headers["X-A2A-Notification-Token"]));
    }

    [Fact]
    public async Task Tokens_do_not_lie_open_in_the_database()
    {
        await using var hook = new StandInPeer(_ => new PeerReply(200, "{}"));
        var id = (await Rpc("SendMessage", $$$"""
            {"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "x"}]},
             "configuration": {"taskPushNotificationConfig": {"id": "c", "url": "{{{hook.Url}}}/", "token": "tok-secret", "authentication": {"scheme": "Bearer", "credentials": "cred-secret"} } } }
            """)).GetProperty("task").Text("id");
        await hook.Next(Cancel);

        var bytes = string.Concat(Directory.GetFiles(Path.Combine(daemon.Home, "data"), "fangd.db*").Select(file =>
        {
            using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var text = new StreamReader(open, System.Text.Encoding.Latin1);
            return text.ReadToEnd();
        }));

        Assert.Contains(id, bytes);
        Assert.DoesNotContain("-secret", bytes);
        var shown = await api.Do($"GET /a2a/rest/tasks/{id}/pushNotificationConfigs/c", Cancel);
        Assert.Equal(("tok-secret", "cred-secret"), (shown.Text("token"), shown.GetProperty("authentication").Text("credentials")));
    }

    [Fact]
    public async Task Configs_are_made_read_listed_replaced_and_deleted_in_both_bindings_and_versions()
    {
        var id = (await Rpc("SendMessage", """{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "x"}]}}""")).GetProperty("task").Text("id");
        var configs = $"/a2a/rest/tasks/{id}/pushNotificationConfigs";

        var made = await Rpc("CreateTaskPushNotificationConfig", $$$"""{"taskId": "{{{id}}}", "id": "a", "url": "https://example.com/1", "token": "t"}""");
        await api.Do($"POST {configs}", Cancel, """{"id": "a", "url": "https://example.com/2", "authentication": {"scheme": "Bearer", "credentials": "c"}}""");
        var old = await Rpc("tasks/pushNotificationConfig/set", $$$"""{"taskId": "{{{id}}}", "pushNotificationConfig": {"url": "https://example.com/3"} }""");

        JsonPattern.Matches($$$"""{"taskId": "{{{id}}}", "id": "a", "url": "https://example.com/1", "token": "t"}""", made);
        JsonPattern.Matches($$$"""{"taskId": "{{{id}}}", "pushNotificationConfig": {"id": "*", "url": "https://example.com/3"} }""", old);
        JsonPattern.Matches($$$"""{"taskId": "{{{id}}}", "id": "a", "url": "https://example.com/2", "authentication": {"scheme": "Bearer", "credentials": "c"} }""", await api.Do($"GET {configs}/a", Cancel));
        Assert.Equal(2, (await api.Do($"GET {configs}", Cancel)).GetProperty("configs").GetArrayLength());
        Assert.Equal(2, (await Rpc("tasks/pushNotificationConfig/list", $$$"""{"id": "{{{id}}}"}""")).GetArrayLength());
        JsonPattern.Matches(
            $$$"""{"taskId": "{{{id}}}", "pushNotificationConfig": {"id": "a", "url": "*", "authentication": {"schemes": ["Bearer"], "credentials": "c"} } }""",
            await Rpc("tasks/pushNotificationConfig/get", $$$"""{"id": "{{{id}}}", "pushNotificationConfigId": "a"}"""));
        await api.Do($"DELETE {configs}/a", Cancel);
        Assert.Equal(JsonValueKind.Null, (await Rpc("tasks/pushNotificationConfig/delete", $$$"""{"id": "{{{id}}}", "pushNotificationConfigId": "{{{old.GetProperty("pushNotificationConfig").Text("id")}}}"}""")).ValueKind);
        JsonPattern.Matches("""{"configs": [], "nextPageToken": ""}""", await Rpc("ListTaskPushNotificationConfigs", $$$"""{"taskId": "{{{id}}}"}"""));
        await new ApiCase("gone", $"GET {configs}/a", 404, """{"error": {"code": 404, "*": "*"}}""").Run(api, Cancel);
        await new ApiCase("unknown", "GET /a2a/rest/tasks/none/pushNotificationConfigs", 404).Run(api, Cancel);
        await new ApiCase("unknown", "POST /a2a/rest/tasks/none/pushNotificationConfigs", 404, null, """{"url": "https://example.com"}""").Run(api, Cancel);
    }

    [Theory]
    [InlineData("""{}""", "url is missing")]
    [InlineData("""{"url": "ftp://example.com"}""", "url: The URL \"ftp://example.com\" is refused: only http:// and https:// are fetched")]
    [InlineData("""{"url": "http://169.254.169.254/latest"}""", "url: The target 169.254.169.254 is blocked: it hands out the credentials of cloud machines, and nothing can allow that")]
    [InlineData("""{"url": 5}""", "url must be a string")]
    public async Task An_address_that_is_not_called_is_refused(string config, string why)
    {
        var id = (await Rpc("SendMessage", """{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "x"}]}}""")).GetProperty("task").Text("id");

        var answer = await api.Send($"POST /a2a/rest/tasks/{id}/pushNotificationConfigs", Cancel, config);

        Assert.Equal((HttpStatusCode.BadRequest, why), (answer.Status, answer.Json.GetProperty("error").Text("message")));
    }

    [Fact]
    public async Task A_task_takes_sixteen_configs()
    {
        var id = (await Rpc("SendMessage", """{"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "x"}]}}""")).GetProperty("task").Text("id");
        for (var n = 0; n < 16; n++)
            await api.Do($"POST /a2a/rest/tasks/{id}/pushNotificationConfigs", Cancel, """{"url": "https://example.com"}""");

        await new ApiCase("17", $"POST /a2a/rest/tasks/{id}/pushNotificationConfigs", 400, """{"error": {"code": 400, "message": "*at most 16*", "*": "*"}}""", """{"url": "https://example.com"}""").Run(api, Cancel);
    }

    private async Task<JsonElement> Rpc(string method, string parameters)
    {
        var answer = await api.Do("POST /a2a", Cancel, $$$"""{"jsonrpc": "2.0", "id": 1, "method": "{{{method}}}", "params": {{{parameters}}}}""");
        Assert.True(answer.TryGetProperty("result", out var result), answer.GetRawText());
        return result;
    }
}
