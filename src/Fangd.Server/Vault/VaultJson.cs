using System.Text.Json.Serialization;

namespace Fangd.Server.Vault;

/// <summary>
/// How the vault is: <c>empty</c> (nothing was kept yet), <c>open</c>, <c>locked</c> (then <paramref name="Error"/> says why) or <c>off</c>.
/// <paramref name="KeySource"/>: where its key comes from.
/// </summary>
public sealed record VaultStatus(string State, string? KeySource, string? Error);

/// <summary>Names only: no endpoint gives a value away.</summary>
public sealed record VaultView(IReadOnlyList<string> Names, int Total, VaultStatus Status);

public sealed record VaultValue(string? Value);

public sealed record VaultChanged(string Status, string Name, string? Warning);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(VaultView))]
[JsonSerializable(typeof(VaultValue), GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(VaultChanged))]
internal sealed partial class VaultJson : JsonSerializerContext;
