using Fangd.Server.Http;

namespace Fangd.Server.Security;

/// <summary>Each protection's word is <c>active</c> or <c>inactive</c>; <paramref name="Details"/> says what it does, or why not.</summary>
public sealed partial record SecurityView(
    IReadOnlyDictionary<string, string> SecuritySystems, int TotalSystems, int ActiveSystems, bool AllActive, IReadOnlyDictionary<string, string> Details) : IAnswer;
