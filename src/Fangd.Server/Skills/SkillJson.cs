using System.Text.Json.Serialization;

namespace Fangd.Server.Skills;

public sealed record SkillItem(string Name, string Version, string Runtime, string Description, bool Bundled);

public sealed record SkillList(IReadOnlyList<SkillItem> Skills, int Total);

public sealed record AgentSkills(IReadOnlyList<string> Assigned, IReadOnlyList<string> Available, string Mode);

public sealed record AgentSkillsRequest(IReadOnlyList<string>? Skills);

public sealed record SkillsAssigned(string Status, IReadOnlyList<string> Skills);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(SkillList))]
[JsonSerializable(typeof(AgentSkills))]
[JsonSerializable(typeof(AgentSkillsRequest), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SkillsAssigned))]
internal sealed partial class SkillJson : JsonSerializerContext;
