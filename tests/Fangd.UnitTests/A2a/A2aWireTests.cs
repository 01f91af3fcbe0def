using System.Buffers;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.A2a;
using Fangd.TestKit;

namespace Fangd.UnitTests.A2a;

/// <summary>The model in the words of both versions.</summary>
public sealed class A2aWireTests
{
    private static readonly DateTimeOffset _at = new(2026, 3, 12, 10, 30, 0, 5, TimeSpan.FromHours(2));

    private static readonly A2aTask _task = new()
    {
        Id = "t",
        ContextId = "c",
        Status = new A2aStatus(A2aState.Failed, _at, new A2aMessage { Id = "s", IsFromAgent = true, Parts = [A2aPart.Of("why")], ContextId = "c", TaskId = "t" }),
        Artifacts = [new A2aArtifact("answer", "answer", [A2aPart.Of("hi"), new A2aPart { Raw = "AAAA", MediaType = "image/png", Filename = "a.png" }])],
        History = [new A2aMessage { Id = "m", IsFromAgent = false, Parts = [new A2aPart { Data = JsonDocument.Parse("[1]").RootElement }, new A2aPart { Url = "https://x/y" }] }],
    };

    [Fact]
    public void A_task_of_1_0_has_no_kinds_and_words_with_prefixes()
    {
        JsonPattern.Matches(
            """
            {"id": "t", "contextId": "c",
             "status": {"state": "TASK_STATE_FAILED", "timestamp": "2026-03-12T08:30:00.005Z",
                        "message": {"messageId": "s", "contextId": "c", "taskId": "t", "role": "ROLE_AGENT", "parts": [{"text": "why"}]}},
             "artifacts": [{"artifactId": "answer", "name": "answer", "parts": [{"text": "hi"}, {"raw": "AAAA", "mediaType": "image/png", "filename": "a.png"}]}],
             "history": [{"messageId": "m", "role": "ROLE_USER", "parts": [{"data": [1]}, {"url": "https://x/y"}]}]}
            """,
            Written(A2aVersion.V10, writer => writer.Task(_task)));
    }

    [Fact]
    public void A_task_of_0_3_says_the_kind_of_everything()
    {
        JsonPattern.Matches(
            """
            {"kind": "task", "id": "t", "contextId": "c",
             "status": {"state": "failed", "timestamp": "2026-03-12T08:30:00.005Z",
                        "message": {"kind": "message", "messageId": "s", "contextId": "c", "taskId": "t", "role": "agent", "parts": [{"kind": "text", "text": "why"}]}},
             "artifacts": [{"artifactId": "answer", "name": "answer", "parts": [{"kind": "text", "text": "hi"}, {"kind": "file", "file": {"bytes": "AAAA", "mimeType": "image/png", "name": "a.png"}}]}],
             "history": [{"kind": "message", "messageId": "m", "role": "user", "parts": [{"kind": "data", "data": [1]}, {"kind": "file", "file": {"uri": "https://x/y"}}]}]}
            """,
            Written(A2aVersion.V03, writer => writer.Task(_task)));
    }

    [Fact]
    public void Updates_are_wrapped_in_1_0_and_named_in_0_3()
    {
        var status = new StatusUpdate("t", "c", new A2aStatus(A2aState.Canceled, _at));
        var piece = new ArtifactUpdate("t", "c", new A2aArtifact("answer", null, [A2aPart.Of("x")]), Append: true, IsLast: false);

        JsonPattern.Matches("""{"statusUpdate": {"taskId": "t", "contextId": "c", "status": {"state": "TASK_STATE_CANCELED", "timestamp": "*"}}}""", Written(A2aVersion.V10, w => w.Update(status)));
        JsonPattern.Matches("""{"kind": "status-update", "taskId": "t", "contextId": "c", "status": {"state": "canceled", "timestamp": "*"}, "final": true}""", Written(A2aVersion.V03, w => w.Update(status)));
        JsonPattern.Matches("""{"artifactUpdate": {"taskId": "t", "contextId": "c", "artifact": {"artifactId": "answer", "parts": [{"text": "x"}]}, "append": true, "lastChunk": false}}""", Written(A2aVersion.V10, w => w.Update(piece)));
        JsonPattern.Matches("""{"kind": "artifact-update", "taskId": "t", "contextId": "c", "artifact": {"artifactId": "answer", "parts": [{"kind": "text", "text": "x"}]}, "append": true, "lastChunk": false}""", Written(A2aVersion.V03, w => w.Update(piece)));
        Assert.False(Written(A2aVersion.V03, w => w.Update(status with { Status = new A2aStatus(A2aState.Working, _at) })).GetProperty("final").GetBoolean());
    }

    [Theory]
    [InlineData(A2aVersion.V10)]
    [InlineData(A2aVersion.V03)]
    public void What_is_written_is_read_as_the_same(A2aVersion version)
    {
        var read = Assert.IsType<TaskUpdate>(A2aReader.Update(Written(version, writer => writer.Result(_task)))).Task;

        Assert.Equal(Written(version, writer => writer.Task(_task)).GetRawText(), Written(version, writer => writer.Task(read)).GetRawText());
        Assert.Equal("hi", read.Answer);
    }

    [Theory]
    [InlineData(A2aState.Submitted)]
    [InlineData(A2aState.InputRequired)]
    [InlineData(A2aState.AuthRequired)]
    [InlineData(A2aState.Rejected)]
    [InlineData(A2aState.Unknown)]
    public void A_state_is_read_from_either_versions_word(A2aState state)
    {
        Assert.Equal((state, state), (A2aStates.Read(state.Word(A2aVersion.V10)), A2aStates.Read(state.Word(A2aVersion.V03))));
    }

    [Theory]
    [InlineData("""{"text": "x"}""")]
    [InlineData("""{"kind": "text", "text": "x"}""")]
    [InlineData("""{"type": "text", "text": "x"}""")]
    public void A_text_part_is_understood_in_every_shape(string part)
    {
        Assert.Equal("x", Message($$"""{"messageId": "m", "role": "user", "parts": [{{part}}]}""").Text);
    }

    [Theory]
    [InlineData("""{"raw": "AAAA", "mediaType": "image/png", "filename": "f"}""")]
    [InlineData("""{"kind": "file", "file": {"bytes": "AAAA", "mimeType": "image/png", "name": "f"}}""")]
    [InlineData("""{"type": "file", "file": {"fileWithBytes": "AAAA", "mimeType": "image/png", "name": "f"}}""")]
    public void A_file_is_understood_in_every_shape(string part)
    {
        var read = Message($$"""{"messageId": "m", "role": "ROLE_USER", "parts": [{{part}}]}""").Parts[0];

        Assert.Equal(("AAAA", "image/png", "f"), (read.Raw, read.MediaType, read.Filename));
    }

    [Theory]
    [InlineData("""[]""", "message must be an object")]
    [InlineData("""{"role": "user", "parts": [{"text": "x"}]}""", "message.messageId is missing")]
    [InlineData("""{"messageId": 1, "role": "user", "parts": [{"text": "x"}]}""", "message.messageId must be a string")]
    [InlineData("""{"messageId": "m", "parts": [{"text": "x"}]}""", "message.role is missing")]
    [InlineData("""{"messageId": "m", "role": "system", "parts": [{"text": "x"}]}""", "message.role 'system' is neither ROLE_USER nor ROLE_AGENT")]
    [InlineData("""{"messageId": "m", "role": "user"}""", "message.parts must be a non-empty array")]
    [InlineData("""{"messageId": "m", "role": "user", "parts": []}""", "message.parts must be a non-empty array")]
    [InlineData("""{"messageId": "m", "role": "user", "parts": [{}]}""", "message.parts[0] has none of text, raw, url and data")]
    [InlineData("""{"messageId": "m", "role": "user", "parts": [{"text": 1}]}""", "message.parts[0].text must be a string")]
    [InlineData("""{"messageId": "m", "role": "user", "parts": [{"raw": "a b!"}]}""", "message.parts[0].raw is not base64")]
    [InlineData("""{"messageId": "m", "role": "user", "parts": [{"text": "x"}], "metadata": 1}""", "message.metadata must be an object")]
    public void What_cannot_be_understood_is_named(string message, string why)
    {
        var fault = Assert.Throws<A2aFault>(() => Message(message));

        Assert.Equal((A2aFault.InvalidParamsCode, why), (fault.Code, fault.Message));
    }

    [Fact]
    public void A_fault_is_an_array_of_details_in_json_rpc_and_a_status_in_http()
    {
        var fault = A2aFault.TaskNotFound("x");

        JsonPattern.Matches(
            """{"code": -32001, "message": "Task 'x' not found", "data": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "TASK_NOT_FOUND", "domain": "a2a-protocol.org", "metadata": {}}]}""",
            Json(fault.WriteRpc));
        JsonPattern.Matches(
            """{"error": {"code": 404, "status": "NOT_FOUND", "message": "Task 'x' not found", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "TASK_NOT_FOUND", "domain": "a2a-protocol.org", "metadata": {}}]}}""",
            Json(fault.WriteStatus));
    }

    private static A2aMessage Message(string json) => A2aReader.Message(JsonDocument.Parse(json).RootElement);

    private static JsonElement Written(A2aVersion version, Action<A2aWriter> write) => Json(json => write(new A2aWriter(json, version)));

    private static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        return JsonDocument.Parse(Encoding.UTF8.GetString(buffer.WrittenSpan)).RootElement;
    }
}
