using Fangd.Engine.Tools.Shell;

namespace Fangd.Engine.Agents;

/// <summary>What an agent is: the parsed <c>agent.toml</c>. Immutable; an update makes a new one.</summary>
public sealed record AgentManifest
{
    public required string Name { get; init; }
    public string Version { get; init; } = "0.1.0";
    public string Description { get; init; } = "";
    public string Author { get; init; } = "";

    /// <summary><c>builtin:chat</c>, <c>wasm:PATH</c> or <c>python:PATH</c>.</summary>
    public string Module { get; init; } = "builtin:chat";

    public AgentPriority Priority { get; init; } = AgentPriority.Normal;

    /// <summary>A tool bundle (<c>minimal</c>, <c>coding</c>, …), or null.</summary>
    public string? Profile { get; init; }

    public AgentSchedule Schedule { get; init; } = AgentSchedule.Reactive;
    public AgentModel Model { get; init; } = new();
    public IReadOnlyList<FallbackModel> FallbackModels { get; init; } = [];
    public string? PinnedModel { get; init; }
    public AgentCapabilities Capabilities { get; init; } = new();
    public AgentResources Resources { get; init; } = new();

    /// <summary>What it may run; null for the daemon's rules.</summary>
    public ExecRules? ExecPolicy { get; init; }
    public AgentRouting? Routing { get; init; }
    public AgentMemory Memory { get; init; } = new();
    public AgentAutonomy? Autonomous { get; init; }

    /// <summary>Skill names; empty means all installed ones.</summary>
    public IReadOnlyList<string> Skills { get; init; } = [];

    /// <summary>MCP server names; empty means all connected ones.</summary>
    public IReadOnlyList<string> McpServers { get; init; } = [];

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>When not empty, only these of the granted tools are offered.</summary>
    public IReadOnlyList<string> ToolAllowlist { get; init; } = [];

    /// <summary>Never offered; wins over the allowlist.</summary>
    public IReadOnlyList<string> ToolBlocklist { get; init; } = [];

    /// <summary>A folder under the home, or null for the agent's own.</summary>
    public string? Workspace { get; init; }

    /// <summary>How many of the newest messages go into the context, at least 2; null for the daemon's default.</summary>
    public int? MaxHistoryMessages { get; init; }

    public bool GenerateIdentityFiles { get; init; } = true;
    public bool CacheContext { get; init; }
    public AgentIdentity Identity { get; init; } = new();
}

public enum AgentPriority
{
    Low,
    Normal,
    High,
    Critical,
}

/// <summary>When an agent acts by itself.</summary>
public abstract record AgentSchedule
{
    public static readonly AgentSchedule Reactive = new ReactiveSchedule();
}

public sealed record ReactiveSchedule : AgentSchedule;

public sealed record PeriodicSchedule(string Cron) : AgentSchedule;

public sealed record ProactiveSchedule(IReadOnlyList<string> Conditions) : AgentSchedule;

public sealed record ContinuousSchedule(int CheckIntervalSecs = 60) : AgentSchedule;

/// <summary>
/// Which model and how. An empty or <c>default</c> provider and model stand for the daemon's default model,
/// looked up anew for every call.
/// </summary>
public sealed record AgentModel
{
    public string Provider { get; init; } = "default";
    public string Model { get; init; } = "default";
    public int MaxTokens { get; init; } = 4096;
    public double Temperature { get; init; } = 0.7;
    public string SystemPrompt { get; init; } = "You are a helpful AI agent.";
    public string? ApiKeyEnv { get; init; }
    public string? BaseUrl { get; init; }

    public bool IsDefault => Provider is "" or "default" && Model is "" or "default";
}

public sealed record FallbackModel(string Provider, string Model, string? ApiKeyEnv, string? BaseUrl);

/// <summary>What an agent may touch. Everything is closed unless granted; patterns take one <c>*</c>.</summary>
public sealed record AgentCapabilities
{
    public IReadOnlyList<string> Tools { get; init; } = [];
    public IReadOnlyList<string> Network { get; init; } = [];
    public IReadOnlyList<string> Shell { get; init; } = [];
    public IReadOnlyList<string> MemoryRead { get; init; } = [];
    public IReadOnlyList<string> MemoryWrite { get; init; } = [];
    public IReadOnlyList<string> AgentMessage { get; init; } = [];
    public bool AgentSpawn { get; init; }
    public bool OfpDiscover { get; init; }
    public IReadOnlyList<string> OfpConnect { get; init; } = [];
}

/// <summary>Limits; 0 means unlimited where a comment says so.</summary>
public sealed record AgentResources
{
    public long MaxMemoryBytes { get; init; } = 268_435_456;
    public long MaxCpuTimeMs { get; init; } = 30_000;
    public int MaxToolCallsPerMinute { get; init; } = 60;

    /// <summary>0 is unlimited.</summary>
    public long MaxLlmTokensPerHour { get; init; }

    /// <summary>Bytes that the tools of the web and MCP servers over HTTP may bring in; 0 is none.</summary>
    public long MaxNetworkBytesPerHour { get; init; } = 104_857_600;

    /// <summary>USD; 0 is unlimited.</summary>
    public double MaxCostPerHourUsd { get; init; }

    /// <summary>USD; 0 is unlimited.</summary>
    public double MaxCostPerDayUsd { get; init; }

    /// <summary>USD; 0 is unlimited.</summary>
    public double MaxCostPerMonthUsd { get; init; }
}

public sealed record AgentRouting(string SimpleModel, string MediumModel, string ComplexModel, int SimpleThreshold = 100, int ComplexThreshold = 500);

/// <summary>What happens around a turn by itself; the tools are granted among the capabilities.</summary>
public sealed record AgentMemory
{
    /// <summary>What fits a message is recalled into the context of kept sessions.</summary>
    public bool Recall { get; init; } = true;

    /// <summary>Turns are noted, for agents that <c>memory_write</c> grants anything.</summary>
    public bool Episodes { get; init; } = true;
}

public sealed record AgentAutonomy
{
    public string? QuietHours { get; init; }
    public int MaxIterations { get; init; } = 50;
    public int MaxRestarts { get; init; } = 10;
    public int HeartbeatIntervalSecs { get; init; } = 30;
    public string? HeartbeatChannel { get; init; }
}

/// <summary>How an agent looks to people.</summary>
public sealed record AgentIdentity
{
    public string? Emoji { get; init; }
    public string? AvatarUrl { get; init; }
    public string? Color { get; init; }
    public string? Archetype { get; init; }
    public string? Vibe { get; init; }
    public string? GreetingStyle { get; init; }
}
