using Fangd.Server.Http;

namespace Fangd.Server.Vault;

/// <summary>
/// How the vault is: <c>empty</c> (nothing was kept yet), <c>open</c>, <c>locked</c> (then <paramref name="Error"/> says why) or <c>off</c>.
/// <paramref name="KeySource"/>: where its key comes from.
/// </summary>
public sealed partial record VaultStatus(string State, string? KeySource, string? Error) : IAnswer;

/// <summary>Names only: no endpoint gives a value away.</summary>
public sealed partial record VaultView(IReadOnlyList<string> Names, int Total, VaultStatus Status) : IAnswer;

public sealed partial record VaultValue(string? Value) : IRequest<VaultValue>;

public sealed partial record VaultChanged(string Status, string Name, string? Warning) : IAnswer;
