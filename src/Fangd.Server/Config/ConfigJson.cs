using System.Text.Json;
using Fangd.Server.Http;

namespace Fangd.Server.Config;

public sealed partial record ConfigField(string Key, string Type, JsonElement Default) : IAnswer;

public sealed partial record ConfigSection(string Name, IReadOnlyList<ConfigField> Fields) : IAnswer;

public sealed partial record ConfigSchema(IReadOnlyList<ConfigSection> Sections) : IAnswer;

/// <summary>A dotted path such as <c>budget.max_daily_usd</c>, at most three levels deep.</summary>
public sealed partial record ConfigSetRequest(string? Path, JsonElement Value) : IRequest<ConfigSetRequest>;

/// <summary>The status is <c>applied</c>, or <c>restart_required</c> for a key that is read at start only.</summary>
public sealed partial record ConfigSetAnswer(string Status, string Path) : IAnswer;

public sealed partial record ConfigReloaded(
    string Status, bool RestartRequired, IReadOnlyList<string> RestartReasons, IReadOnlyList<string> HotActionsApplied, IReadOnlyList<string> NoopChanges) : IAnswer;
