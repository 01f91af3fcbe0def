using System.Buffers;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Gemini;

namespace Fangd.UnitTests.Llm.Gemini;

/// <summary>The order that the API insists on, checked on the bytes of many random conversations.</summary>
public sealed class GeminiOrderProperties
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
            foreach (var dialect in (GeminiDialect[])[GeminiDialect.Plain, GeminiDialect.NoSystem | GeminiDialect.MarkUnsigned])
            {
                var body = Body(history, dialect);
                Assert.True(Fault(body, dialect) is null, $"history {number}: {Fault(body, dialect)} in {body.GetRawText()}");
            }
        }
    }

    private static JsonElement Body(IReadOnlyList<LlmMessage> history, GeminiDialect dialect)
    {
        var bytes = new ArrayBufferWriter<byte>();
        GeminiRequestBody.Write(bytes, new LlmRequest { Model = "m", Messages = history }, dialect);
        return JsonDocument.Parse(bytes.WrittenMemory).RootElement;
    }

    private static string? Fault(JsonElement body, GeminiDialect dialect)
    {
        var contents = body.GetProperty("contents").EnumerateArray().ToList();
        if (contents.Count == 0 || Role(contents[0]) != "user") return "it does not begin with the user";
        if (body.TryGetProperty("systemInstruction", out _) && dialect != GeminiDialect.Plain) return "a system instruction";
        var open = new List<(string?, string?)>();
        for (var i = 0; i < contents.Count; i++)
        {
            if (i > 0 && Role(contents[i]) == Role(contents[i - 1])) return $"two contents of {Role(contents[i])}";
            var parts = contents[i].GetProperty("parts").EnumerateArray().ToList();
            if (parts.Count == 0) return "an empty content";
            if (parts.Any(part => part.TryGetProperty("text", out var text) && string.IsNullOrWhiteSpace(text.GetString()))) return "a blank text";
            var results = parts.TakeWhile(part => part.TryGetProperty("functionResponse", out _)).Select(part => Pair(part, "functionResponse")).ToList();
            if (parts.Count(part => part.TryGetProperty("functionResponse", out _)) != results.Count) return "a result behind something else";
            if (!results.SequenceEqual(open)) return $"the calls [{string.Join(' ', open)}] are answered by [{string.Join(' ', results)}]";
            var calls = parts.Where(part => part.TryGetProperty("functionCall", out _)).ToList();
            open = calls.ConvertAll(part => Pair(part, "functionCall"));
            if (calls.Any(part => part.GetProperty("functionCall").GetProperty("args").ValueKind != JsonValueKind.Object)) return "arguments that are no object";
            var signed = calls.Count(part => part.TryGetProperty("thoughtSignature", out _));
            if (signed != (dialect == GeminiDialect.Plain ? 0 : Math.Min(1, calls.Count))) return $"{signed} signatures";
        }

        return open.Count > 0 ? "the last calls are not answered" : null;
    }

    private static (string?, string?) Pair(JsonElement part, string name) =>
        (part.GetProperty(name).GetProperty("id").GetString(), part.GetProperty(name).GetProperty("name").GetString());

    private static string? Role(JsonElement content) => content.GetProperty("role").GetString();
}
