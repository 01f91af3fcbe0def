using Fangd.Engine.Agents;
using Fangd.Engine.Tools.Shell;
using Fangd.Server.Agents;

namespace Fangd.UnitTests.Agents;

public sealed class ManifestReaderTests
{
    [Fact]
    public void The_manifest_of_the_documents_is_read()
    {
        var manifest = Good("name = \"my-agent\"\nversion = \"0.1.0\"\ndescription = \"Test agent\"\nauthor = \"me\"\nmodule = \"builtin:chat\"\n\n[model]\nprovider = \"groq\"\nmodel = \"llama-3.3-70b-versatile\"\n\n[capabilities]\ntools = [\"file_read\", \"web_fetch\"]\nmemory_read = [\"*\"]\nmemory_write = [\"self.*\"]\n");

        Assert.Equal(("my-agent", "0.1.0", "Test agent", "me", "builtin:chat"), (manifest.Name, manifest.Version, manifest.Description, manifest.Author, manifest.Module));
        Assert.Equal(("groq", "llama-3.3-70b-versatile"), (manifest.Model.Provider, manifest.Model.Model));
        Assert.Equal(["file_read", "web_fetch"], manifest.Capabilities.Tools);
        Assert.Equal(["*"], manifest.Capabilities.MemoryRead);
        Assert.Equal(["self.*"], manifest.Capabilities.MemoryWrite);
    }

    [Fact]
    public void The_manifest_of_the_contract_checker_is_read()
    {
        var manifest = Good("name = \"check-1-a\"\nversion = \"0.1.0\"\ndescription = \"contract check agent\"\nauthor = \"contract-check\"\nmodule = \"builtin:chat\"\ntags = [\"check\"]\n\n[model]\nprovider = \"openai\"\nmodel = \"mock-model\"\nsystem_prompt = \"You are a test agent.\"\n\n[capabilities]\ntools = [\"file_read\",\"kv_get\"]\nnetwork = [\"*\"]\nshell = []\nmemory_read = [\"*\"]\nmemory_write = [\"self.*\"]\nagent_message = [\"*\"]\n");

        Assert.Equal(["check"], manifest.Tags);
        Assert.Equal("You are a test agent.", manifest.Model.SystemPrompt);
        Assert.Equal(["*"], manifest.Capabilities.AgentMessage);
        Assert.Empty(manifest.Capabilities.Shell);
    }

    [Fact]
    public void A_name_is_enough_and_the_rest_are_defaults()
    {
        var manifest = Good("name = 'a'");

        Assert.True(manifest.Model.IsDefault);
        Assert.Equal(new AgentModel(), manifest.Model);
        Assert.Equal(new AgentResources(), manifest.Resources);
        Assert.Equal(new AgentIdentity(), manifest.Identity);
        Assert.Same(AgentSchedule.Reactive, manifest.Schedule);
        Assert.Equal((AgentPriority.Normal, (int?)null, true, false), (manifest.Priority, manifest.MaxHistoryMessages, manifest.GenerateIdentityFiles, manifest.CacheContext));
        Assert.Null(manifest.Routing);
        Assert.Null(manifest.Autonomous);
        Assert.Empty(manifest.Capabilities.Tools);
    }

    [Fact]
    public void Every_field_is_read()
    {
        var read = ManifestReader.Read("""
            name = "full"
            priority = "High"
            profile = "Full"
            pinned_model = "m1"
            workspace = "w"
            state_dir = "s"
            skills = ["k"]
            mcp_servers = ["srv"]
            tool_allowlist = ["a"]
            tool_blocklist = ["b"]
            generate_identity_files = false
            cache_context = true
            max_history_messages = 7
            exec_policy = "full"
            [model]
            provider = "p"
            name = "n"
            max_tokens = 9
            temperature = 1
            system_prompt = ""
            api_key_env = "K"
            base_url = "http://h/v1"
            [[fallback_models]]
            provider = "fp"
            model = "fm"
            [capabilities]
            agent_spawn = true
            ofp_discover = true
            ofp_connect = ["c"]
            shell = ["git *"]
            [resources]
            max_memory_bytes = 1
            max_cpu_time_ms = 2
            max_tool_calls_per_minute = 3
            max_llm_tokens_per_hour = 4
            max_network_bytes_per_hour = 5
            max_cost_per_hour_usd = 6
            max_cost_per_day_usd = 7.5
            max_cost_per_month_usd = 8
            [routing]
            simple_model = "s"
            complex_threshold = 900
            [autonomous]
            quiet_hours = "22:00-07:00"
            max_iterations = 5
            heartbeat_channel = "telegram"
            [identity]
            emoji = "🦉"
            greeting_style = "warm"
            [tools.shell_exec.params]
            limit = 3
            [metadata]
            anything = { goes = [1, 2] }
            """);

        Assert.Equal("", string.Join('\n', read.Problems.All));
        var manifest = read.Manifest!;
        Assert.Equal((AgentPriority.High, "Full", "m1", "w", (int?)7, false, true), (manifest.Priority, manifest.Profile, manifest.PinnedModel, manifest.Workspace, manifest.MaxHistoryMessages, manifest.GenerateIdentityFiles, manifest.CacheContext));
        Assert.Equal(("k", "srv", "a", "b"), (manifest.Skills[0], manifest.McpServers[0], manifest.ToolAllowlist[0], manifest.ToolBlocklist[0]));
        Assert.Equal(new AgentModel { Provider = "p", Model = "n", MaxTokens = 9, Temperature = 1, SystemPrompt = "", ApiKeyEnv = "K", BaseUrl = "http://h/v1" }, manifest.Model);
        Assert.Equal([new FallbackModel("fp", "fm", null, null)], manifest.FallbackModels);
        Assert.True(manifest.Capabilities.AgentSpawn && manifest.Capabilities.OfpDiscover);
        Assert.Equal(("c", "git *"), (manifest.Capabilities.OfpConnect[0], manifest.Capabilities.Shell[0]));
        Assert.Equal(
            new AgentResources { MaxMemoryBytes = 1, MaxCpuTimeMs = 2, MaxToolCallsPerMinute = 3, MaxLlmTokensPerHour = 4, MaxNetworkBytesPerHour = 5, MaxCostPerHourUsd = 6, MaxCostPerDayUsd = 7.5, MaxCostPerMonthUsd = 8 },
            manifest.Resources);
        Assert.Equal(new AgentRouting("s", "default", "default", 100, 900), manifest.Routing);
        Assert.Equal(new AgentAutonomy { QuietHours = "22:00-07:00", MaxIterations = 5, HeartbeatChannel = "telegram" }, manifest.Autonomous);
        Assert.Equal(new AgentIdentity { Emoji = "🦉", GreetingStyle = "warm" }, manifest.Identity);
        Assert.Equal(ExecMode.Full, read.Manifest!.ExecPolicy!.Mode);
        Assert.Equal(3, read.Tools.GetTable("shell_exec")!.GetTable("params")!.GetInteger("limit"));
        Assert.True(read.Metadata.Contains("anything"));
    }

    [Theory]
    [InlineData("version = \"1\"\n[model]\nprovider = \"openai\"\nmodel = \"x\"\n")]
    [InlineData("name = ''")]
    [InlineData("name = ' x'")]
    [InlineData("name = \"a\\nb\"")]
    [InlineData("name = 5")]
    public void A_manifest_without_a_good_name_is_refused_and_told_so(string toml)
    {
        var read = ManifestReader.Read(toml);

        Assert.Null(read.Manifest);
        Assert.Equal("name", Assert.Single(read.Problems.Faults).KeyPath);
    }

    [Fact]
    public void A_fault_of_the_syntax_has_its_place_and_is_the_only_one()
    {
        var read = ManifestReader.Read("name = = \"x\"");

        Assert.Null(read.Manifest);
        var fault = Assert.Single(read.Problems.Faults);
        Assert.Equal((1, 8, "name"), (fault.Line, fault.Column, fault.KeyPath));
    }

    [Fact]
    public void Wrong_types_are_all_reported()
    {
        var read = ManifestReader.Read("name = 'a'\ntags = 'x'\n[model]\nmax_tokens = '5'\ntemperature = 3\n[capabilities]\ntools = ['a', 1]\n");

        Assert.Null(read.Manifest);
        Assert.Equal(
            [(2, 8, "tags"), (4, 14, "model.max_tokens"), (5, 15, "model.temperature"), (7, 15, "capabilities.tools")],
            read.Problems.Faults.Select(fault => (fault.Line, fault.Column, fault.KeyPath)));
    }

    [Fact]
    public void Unknown_keys_are_warnings_with_a_guess()
    {
        var read = ManifestReader.Read("name = 'a'\ndescripton = 'x'\n[model]\nsystem_promt = 'y'\n[other]\nz = 1\n");

        Assert.Equal("a", read.Manifest!.Name);
        Assert.Equal(
            ["line 2, column 1: descripton: unknown key, did you mean description?", "line 4, column 1: model.system_promt: unknown key, did you mean system_prompt?", "line 5, column 2: other: unknown key"],
            read.Problems.Warnings.Select(warning => warning.ToString()));
    }

    [Fact]
    public void An_unknown_profile_is_a_warning() =>
        Assert.Contains("did you mean coding?", Assert.Single(ManifestReader.Read("name = 'a'\nprofile = 'codng'").Problems.Warnings).Message);

    [Fact]
    public void A_list_of_tools_at_the_top_is_told_where_it_belongs() =>
        Assert.Contains("[capabilities]", Assert.Single(ManifestReader.Read("name = 'a'\ntools = ['file_read']").Problems.Faults).Message);

    [Theory]
    [InlineData("schedule = 'Reactive'")]
    [InlineData("schedule = { type = 'reactive' }")]
    public void A_reactive_schedule_is_read(string line) => Assert.Equal(new ReactiveSchedule(), Good($"name = 'a'\n{line}").Schedule);

    [Theory]
    [InlineData("schedule = { periodic = { cron = '0 9 * * *' } }")]
    [InlineData("schedule = { type = 'periodic', cron = '0 9 * * *' }")]
    [InlineData("[schedule.periodic]\ncron = '0 9 * * *'")]
    public void A_periodic_schedule_is_read(string line) => Assert.Equal(new PeriodicSchedule("0 9 * * *"), Good($"name = 'a'\n{line}").Schedule);

    [Fact]
    public void Other_schedules_are_read()
    {
        Assert.Equal(new ContinuousSchedule(5), Good("name = 'a'\nschedule = { continuous = { check_interval_secs = 5 } }").Schedule);
        Assert.Equal(new ContinuousSchedule(60), Good("name = 'a'\nschedule = 'continuous'").Schedule);
        Assert.Equal(["c1"], Assert.IsType<ProactiveSchedule>(Good("name = 'a'\nschedule = { proactive = { conditions = ['c1'] } }").Schedule).Conditions);
    }

    [Theory]
    [InlineData("schedule = 'periodik'", "did you mean periodic?")]
    [InlineData("schedule = 'periodic'", "needs settings")]
    [InlineData("schedule = 5", "a word or a table")]
    [InlineData("schedule = { periodic = {} }", "cron")]
    [InlineData("schedule = { continuous = { check_interval_secs = 0 } }", "at least 1")]
    public void A_bad_schedule_is_a_fault(string line, string reason) =>
        Assert.Contains(reason, Assert.Single(ManifestReader.Read($"name = 'a'\n{line}").Problems.Faults).Message);

    [Theory]
    [InlineData("exec_policy = 'deny'", ExecMode.Deny, 30)]
    [InlineData("exec_policy = 'allow'", ExecMode.Full, 30)]
    [InlineData("[exec_policy]\nmode = 'full'\ntimeout_secs = 5", ExecMode.Full, 5)]
    [InlineData("[exec_policy]\ntimeout_secs = 6", ExecMode.Allowlist, 6)]
    public void An_exec_policy_is_a_word_or_a_table(string line, ExecMode mode, int timeout)
    {
        var policy = ManifestReader.Read($"name = 'a'\n{line}").Manifest!.ExecPolicy!;
        Assert.Equal((mode, timeout), (policy.Mode, policy.TimeoutSecs));
    }

    [Fact]
    public void Without_an_exec_policy_the_daemons_applies() => Assert.Null(ManifestReader.Read("name = 'a'").Manifest!.ExecPolicy);

    [Theory]
    [InlineData("builtin:chat", true)]
    [InlineData("wasm:a.wasm", true)]
    [InlineData("python:a.py", true)]
    [InlineData("wasm:", false)]
    [InlineData("java:x", false)]
    public void A_module_is_one_of_three_kinds(string module, bool isGood) =>
        Assert.Equal(isGood, ManifestReader.Read($"name = 'a'\nmodule = '{module}'").Manifest is not null);

    private static AgentManifest Good(string toml)
    {
        var read = ManifestReader.Read(toml);
        Assert.Equal("", string.Join('\n', read.Problems.All));
        return read.Manifest!;
    }
}
