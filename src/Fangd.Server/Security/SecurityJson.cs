using System.Text.Json.Serialization;

namespace Fangd.Server.Security;

/// <summary>Each protection's word is <c>active</c> or <c>inactive</c>; <paramref name="Details"/> says what it does, or why not.</summary>
public sealed record SecurityView(
    IReadOnlyDictionary<string, string> SecuritySystems, int TotalSystems, int ActiveSystems, bool AllActive, IReadOnlyDictionary<string, string> Details);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(SecurityView))]
internal sealed partial class SecurityJson : JsonSerializerContext;
