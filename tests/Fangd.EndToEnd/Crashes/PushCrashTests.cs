using System.Text.Json;
using System.Threading.Channels;
using Fangd.TestKit;

namespace Fangd.EndToEnd.Crashes;

/// <summary>A daemon that is killed while a webhook does not take what it is told.</summary>
public sealed class PushCrashTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task What_a_webhook_was_not_told_before_the_kill_it_is_told_after_it()
    {
        var told = Channel.CreateBounded<JsonElement>(100);
        var isUp = false;
        await using var hook = new WebStandIn(request =>
        {
            if (Volatile.Read(ref isUp))
                told.Writer.TryWrite(FakeJson.Parse(request.Body));
            return new WebAnswer(Volatile.Read(ref isUp) ? 200 : 503, "", []);
        });
        await using var daemon = await DaemonWithModel.Start(Cancel, "[security]\nallow_loopback_targets = true\n");
        await daemon.Spawn("agent", Cancel);
        var sent = await daemon.Api.Do("POST /a2a", Cancel, $$$"""
            {"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": {"message": {"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "<<say done>>"}]},
             "configuration": {"taskPushNotificationConfig": {"url": "{{{hook.Url}}}/", "token": "t"} } } }
            """);
        var id = sent.GetProperty("result").GetProperty("task").GetProperty("id").GetString();

        await daemon.Process.Kill(Cancel);
        Volatile.Write(ref isUp, true);
        await daemon.Process.Restart(Cancel);

        var last = await told.Reader.ReadAsync(Cancel);
        while (!last.TryGetProperty("task", out _))
            last = await told.Reader.ReadAsync(Cancel);
        var task = last.GetProperty("task");
        Assert.Equal((id, "TASK_STATE_COMPLETED"), (task.GetProperty("id").GetString(), task.GetProperty("status").GetProperty("state").GetString()));
        Assert.Contains(hook.Requests, request => request.Headers.TryGetValue("X-A2A-Notification-Token", out var token) && token == "t");
    }
}
