using System.Buffers;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Anthropic;

namespace Fangd.UnitTests.Llm.Anthropic;

/// <summary>The order that the API insists on, checked on the bytes of many random conversations.</summary>
public sealed class AnthropicOrderProperties
{
    public static TheoryData<int> Seeds => [1, 2, 3, 4];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_sound_history_is_written_in_the_order_of_the_api(int seed)
    {
        var number = 0;
        foreach (var history in SoundHistories.Of(seed, 1000))
        {
            number++;
            var body = Body(history);
            Assert.True(Fault(body) is null, $"history {number}: {Fault(body)} in {body.GetRawText()}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nothing_that_was_said_is_lost(int seed)
    {
        foreach (var history in SoundHistories.Of(seed, 200))
        {
            var sent = string.Concat(Blocks(Body(history)).Where(block => Type(block) == "text").Select(block => block.GetProperty("text").GetString()!.Trim()));
            var said = string.Concat(history.Where(m => m.Role != LlmRole.System).SelectMany(m => m.Parts).OfType<LlmText>().Select(part => part.Text.Trim()));
            Assert.Equal(said.Replace(LlmTurn.Opening, "", StringComparison.Ordinal), sent.Replace(LlmTurn.Opening, "", StringComparison.Ordinal));
        }
    }

    private static JsonElement Body(IReadOnlyList<LlmMessage> history)
    {
        var bytes = new ArrayBufferWriter<byte>();
        AnthropicRequestBody.Write(bytes, new LlmRequest { Model = "m", Messages = history }, AnthropicDialect.Plain, []);
        return JsonDocument.Parse(bytes.WrittenMemory).RootElement;
    }

    private static string? Fault(JsonElement body)
    {
        var messages = body.GetProperty("messages").EnumerateArray().ToList();
        if (messages.Count == 0 || Role(messages[0]) != "user") return "it does not begin with the user";
        var marks = body.TryGetProperty("system", out var system) ? system.EnumerateArray().Count(block => block.TryGetProperty("cache_control", out _)) : 0;
        var open = new List<string?>();
        for (var i = 0; i < messages.Count; i++)
        {
            if (i > 0 && Role(messages[i]) == Role(messages[i - 1])) return $"two messages of {Role(messages[i])}";
            var blocks = messages[i].GetProperty("content").EnumerateArray().ToList();
            if (blocks.Count == 0) return "an empty message";
            if (blocks.Any(block => Type(block) == "text" && string.IsNullOrWhiteSpace(block.GetProperty("text").GetString()))) return "a blank text";
            var results = blocks.TakeWhile(block => Type(block) == "tool_result").Select(block => block.GetProperty("tool_use_id").GetString()).ToList();
            if (blocks.Count(block => Type(block) == "tool_result") != results.Count) return "a result behind something else";
            if (!results.SequenceEqual(open)) return $"the calls [{string.Join(' ', open)}] are answered by [{string.Join(' ', results)}]";
            open = blocks.Where(block => Type(block) == "tool_use").Select(block => block.GetProperty("id").GetString()).ToList();
            if (open.Any(id => !id!.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))) return "an id with other characters";
            if (blocks.Any(block => Type(block) == "tool_use" && block.GetProperty("input").ValueKind != JsonValueKind.Object)) return "an input that is no object";
            if (blocks.Any(block => Type(block) == "thinking" && block.GetProperty("signature").GetString() != "sig")) return "thinking without its signature";
            marks += blocks.Count(block => block.TryGetProperty("cache_control", out _));
        }

        if (open.Count > 0) return "the last calls are not answered";
        return marks > 4 ? "more than four cache marks" : null;
    }

    private static IEnumerable<JsonElement> Blocks(JsonElement body) =>
        body.GetProperty("messages").EnumerateArray().SelectMany(message => message.GetProperty("content").EnumerateArray());

    private static string? Role(JsonElement message) => message.GetProperty("role").GetString();

    private static string? Type(JsonElement block) => block.GetProperty("type").GetString();
}
