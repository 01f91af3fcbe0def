using Fangd.Engine.Agents;
using Fangd.Engine.Tools;
using Fangd.Engine.Tools.Shell;
using Fangd.Server.Config;
using Fangd.Toml;

namespace Fangd.Server.Agents;

/// <summary>
/// What an <c>agent.toml</c> says: null with faults. <paramref name="Tools"/> are settings by tool, and <paramref name="Metadata"/> is for
/// others and never looked at.
/// </summary>
public sealed record ManifestRead(AgentManifest? Manifest, Problems Problems, TomlTable Tools, TomlTable Metadata);

/// <summary>
/// Reads <c>agent.toml</c>. The text stays the stored truth (<see cref="ManifestText"/>), so a key that is unknown
/// here is a warning and is not lost: manifests of other systems have to load.
/// </summary>
public static class ManifestReader
{
    private const int MaxNameLength = 128;
    private static readonly TomlTable _none = new();

    public static ManifestRead Read(string toml)
    {
        var problems = new Problems();
        var document = TomlReader.Read(toml);
        problems.AddFaultsOf(document);

        var root = new SectionReader(document.Root, new ReadScope(problems));
        var manifest = new AgentManifest
        {
            Name = ReadName(root, isNeeded: document.Faults.Count == 0),
            Version = root.String("version", "0.1.0"),
            Description = root.String("description", ""),
            Author = root.String("author", ""),
            Module = ReadModule(root),
            Priority = root.Choice(
                "priority",
                AgentPriority.Normal,
                ("low", AgentPriority.Low),
                ("normal", AgentPriority.Normal),
                ("high", AgentPriority.High),
                ("critical", AgentPriority.Critical)),
            Profile = ReadProfile(root),
            Schedule = ManifestSchedule.Read(root),
            Model = ManifestModel.Read(root.Section("model")),
            FallbackModels = [.. root.Sections("fallback_models").Select(ManifestModel.ReadFallback)],
            PinnedModel = root.OptionalString("pinned_model"),
            Capabilities = ManifestLimits.ReadCapabilities(root.Section("capabilities")),
            Resources = ManifestLimits.ReadResources(root.Section("resources")),
            ExecPolicy = ReadExecPolicy(root),
            Routing = root.Has("routing") ? ManifestModel.ReadRouting(root.Section("routing")) : null,
            Memory = ReadMemory(root.Section("memory")),
            Autonomous = root.Has("autonomous") ? ManifestLimits.ReadAutonomy(root.Section("autonomous")) : null,
            Skills = root.Strings("skills"),
            McpServers = root.Strings("mcp_servers"),
            Tags = root.Strings("tags"),
            ToolAllowlist = root.Strings("tool_allowlist"),
            ToolBlocklist = root.Strings("tool_blocklist"),
            Workspace = root.OptionalString("workspace"),
            MaxHistoryMessages = root.Has("max_history_messages") ? root.Integer("max_history_messages", 40, 2, 10_000) : null,
            GenerateIdentityFiles = root.Boolean("generate_identity_files", true),
            CacheContext = root.Boolean("cache_context", false),
            Identity = ReadIdentity(root.Section("identity")),
        };
        var tools = ReadTable(root, "tools", "to grant tools, list them under [capabilities] as tools = [...]");
        var metadata = ReadTable(root, "metadata", "");
        root.OptionalString("state_dir");
        root.Finish();
        problems.Sort();
        return new ManifestRead(problems.HasFaults ? null : manifest, problems, tools, metadata);
    }

    private static string ReadName(SectionReader root, bool isNeeded)
    {
        var name = root.String("name", "");
        if (root.Find("name") is not { } value)
        {
            // After a fault of the syntax the name may be there, unread.
            if (isNeeded)
                root.Missing("name", "an agent needs a name");
        }
        else if (value is TomlString && (name.Length is 0 or > MaxNameLength || name.Trim() != name || name.Any(char.IsControl)))
        {
            root.Fault("name", value, $"expected 1 to {MaxNameLength} visible characters, without blanks around them");
        }

        return name;
    }

    private static string ReadModule(SectionReader root)
    {
        const string usual = "builtin:chat";
        var module = root.String("module", usual);
        if (module != usual && !IsPath(module, "wasm:") && !IsPath(module, "python:") && root.Find("module") is { } value)
            root.Fault("module", value, $"expected {usual}, wasm:PATH or python:PATH, found \"{module}\"");
        return module;
    }

    private static bool IsPath(string module, string kind) => module.StartsWith(kind, StringComparison.Ordinal) && module.Length > kind.Length;

    private static string? ReadProfile(SectionReader root)
    {
        var profile = root.OptionalString("profile");
        if (profile is not null && ToolProfiles.Find(profile) is null && root.Find("profile") is { } value)
            root.Problems.Warn(value.Position, "profile", $"\"{profile}\" is not a profile{Nearest.Hint(profile, ToolProfiles.All.Select(known => known.Name))}");
        return profile;
    }

    private static ExecRules? ReadExecPolicy(SectionReader root)
    {
        const string key = "exec_policy";
        switch (root.Find(key))
        {
            case null:
                return null;
            case TomlString:
                var mode = root.Choice(key, ExecMode.Allowlist, ExecRulesReader.Words);
                return ExecRulesReader.Read(new SectionReader(new TomlTable(), new ReadScope(root.Problems), key)) with { Mode = mode };
            default:
                return ExecRulesReader.Read(root.Section(key));
        }
    }

    private static TomlTable ReadTable(SectionReader root, string key, string hint)
    {
        var value = root.Find(key);
        if (value is not null and not TomlTable)
            root.Fault(key, value, $"expected a table, found {value.Kind}{(hint.Length > 0 ? $": {hint}" : "")}");
        return value as TomlTable ?? _none;
    }

    private static AgentMemory ReadMemory(SectionReader section)
    {
        var read = new AgentMemory { Recall = section.Boolean("recall", true), Episodes = section.Boolean("episodes", true) };
        section.Finish();
        return read;
    }

    private static AgentIdentity ReadIdentity(SectionReader section)
    {
        var read = new AgentIdentity
        {
            Emoji = section.OptionalString("emoji"),
            AvatarUrl = section.OptionalString("avatar_url"),
            Color = section.OptionalString("color"),
            Archetype = section.OptionalString("archetype"),
            Vibe = section.OptionalString("vibe"),
            GreetingStyle = section.OptionalString("greeting_style"),
        };
        section.Finish();
        return read;
    }
}
