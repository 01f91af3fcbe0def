using Fangd.Engine.Agents;
using Fangd.Server.Config;

namespace Fangd.Server.Agents;

/// <summary>What a manifest grants and what it limits.</summary>
internal static class ManifestLimits
{
    public static AgentCapabilities ReadCapabilities(SectionReader section)
    {
        var read = new AgentCapabilities
        {
            Tools = section.Strings("tools"),
            Network = section.Strings("network"),
            Shell = section.Strings("shell"),
            MemoryRead = section.Strings("memory_read"),
            MemoryWrite = section.Strings("memory_write"),
            AgentMessage = section.Strings("agent_message"),
            AgentSpawn = section.Boolean("agent_spawn", false),
            OfpDiscover = section.Boolean("ofp_discover", false),
            OfpConnect = section.Strings("ofp_connect"),
        };
        section.Finish();
        return read;
    }

    public static AgentResources ReadResources(SectionReader section)
    {
        var usual = new AgentResources();
        var read = new AgentResources
        {
            MaxMemoryBytes = section.Long("max_memory_bytes", usual.MaxMemoryBytes),
            MaxCpuTimeMs = section.Long("max_cpu_time_ms", usual.MaxCpuTimeMs),
            MaxToolCallsPerMinute = section.Integer("max_tool_calls_per_minute", usual.MaxToolCallsPerMinute),
            MaxLlmTokensPerHour = section.Long("max_llm_tokens_per_hour", usual.MaxLlmTokensPerHour),
            MaxNetworkBytesPerHour = section.Long("max_network_bytes_per_hour", usual.MaxNetworkBytesPerHour),
            MaxCostPerHourUsd = section.Number("max_cost_per_hour_usd", usual.MaxCostPerHourUsd),
            MaxCostPerDayUsd = section.Number("max_cost_per_day_usd", usual.MaxCostPerDayUsd),
            MaxCostPerMonthUsd = section.Number("max_cost_per_month_usd", usual.MaxCostPerMonthUsd),
        };
        section.Finish();
        return read;
    }

    public static AgentAutonomy ReadAutonomy(SectionReader section)
    {
        var usual = new AgentAutonomy();
        var read = new AgentAutonomy
        {
            QuietHours = section.OptionalString("quiet_hours"),
            MaxIterations = section.Integer("max_iterations", usual.MaxIterations, 1),
            MaxRestarts = section.Integer("max_restarts", usual.MaxRestarts),
            HeartbeatIntervalSecs = section.Integer("heartbeat_interval_secs", usual.HeartbeatIntervalSecs, 1),
            HeartbeatChannel = section.OptionalString("heartbeat_channel"),
        };
        section.Finish();
        return read;
    }
}
