using System.Text.Json;
using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Memory.Items;

/// <summary>What the fields of memories may be; a fault is a 400 that names the field.</summary>
internal static class MemoryFields
{
    /// <summary>Most characters of a memory.</summary>
    public const int LongestContent = 16_000;

    private const int LongestMetadata = 16_000;
    private const int LongestWord = 64;

    /// <summary>An agent by id or name; 404 when there is none.</summary>
    public static Agent Agent(AgentRegistry registry, string named) =>
        registry.ByIdOrName(named) ?? throw ApiException.NotFound($"Agent '{named}' not found");

    public static NewMemory New(AddMemoryRequest asked, string where = "")
    {
        if (asked.Content is null)
            throw ApiException.BadRequest($"{where}content is missing");
        var usual = new NewMemory(Content(asked.Content, where)!);
        return usual with
        {
            Source = Word(asked.Source, where + "source") ?? usual.Source,
            Scope = Word(asked.Scope, where + "scope") ?? usual.Scope,
            Confidence = Share(asked.Confidence, where + "confidence") ?? usual.Confidence,
            Metadata = Metadata(asked.Metadata, where),
            CreatedAt = asked.CreatedAt,
        };
    }

    public static MemoryChange Change(ChangeMemoryRequest asked) => new(
        asked.Content is null ? null : Content(asked.Content, ""),
        Word(asked.Source, "source"),
        Word(asked.Scope, "scope"),
        Share(asked.Confidence, "confidence"),
        Metadata(asked.Metadata, ""));

    public static string? Word(string? word, string field) => word switch
    {
        null => null,
        { Length: 0 or > LongestWord } => throw ApiException.BadRequest($"{field} must be 1 to {LongestWord} characters"),
        _ when word.Any(char.IsControl) => throw ApiException.BadRequest($"{field} must be without control characters"),
        _ => word,
    };

    public static double? Share(double? number, string field) =>
        number is null or (>= 0 and <= 1) ? number : throw ApiException.BadRequest($"{field} must be a number from 0 to 1");

    private static string Content(string content, string where) => string.IsNullOrWhiteSpace(content) || content.Length > LongestContent
        ? throw ApiException.BadRequest($"{where}content must be 1 to {LongestContent} characters and not blank")
        : content;

    private static string? Metadata(JsonElement? metadata, string where)
    {
        if (metadata is not { } given || given.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return null;
        if (given.ValueKind != JsonValueKind.Object)
            throw ApiException.BadRequest($"{where}metadata must be a JSON object");
        var text = given.GetRawText();
        return text.Length <= LongestMetadata ? text : throw ApiException.BadRequest($"{where}metadata must be at most {LongestMetadata} characters");
    }
}
