using System.Net;
using System.Runtime.Versioning;
using Fangd.Engine.Tools.Shell;
using Fangd.Server.Config;
using Fangd.Server.Http;
using Fangd.Server.Storage;
using Fangd.Toml;
using Microsoft.Extensions.Logging;

namespace Fangd.UnitTests.Config;

[SupportedOSPlatform("linux")]
public sealed class ConfigFileTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("fangd-config-").FullName;

    private string File => Path.Combine(_home, "config.toml");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void Without_a_file_the_defaults_hold()
    {
        var load = ConfigFile.Load(_home, null, Nothing);

        var config = Assert.IsType<FangdConfig>(load.Config);
        Assert.Empty(load.Problems.All);
        Assert.Equal(File, load.File);
        var listener = Assert.Single(config.Listeners);
        Assert.Equal((IPEndPoint.Parse("127.0.0.1:4545"), DialectName.LibreFang, 30d), (listener.Address, listener.Dialect, listener.Rates.RequestsPerSecond));
        Assert.Equal((_home, Path.Combine(_home, "data"), Path.Combine(_home, "workspaces")), (config.HomeDir, config.DataDir, config.WorkspacesDir));
        Assert.Equal(new DefaultModelConfig("openai", "gpt-4o-mini", null, null), config.DefaultModel);
        Assert.Equal(new LimitsConfig(2_097_152, 65_536, 262_144, 10_485_760), config.Limits);
        Assert.Equal((40, Durability.Normal, LogLevel.Information), (config.MaxHistoryMessages, config.Storage.Durability, config.LogLevel));
        Assert.Null(config.ApiKey);
        Assert.False(config.AllowUnauthenticated || config.NetworkEnabled || config.Security.AllowLoopbackTargets);
        Assert.Equal((0.8, 0d), (config.Budget.AlertThreshold, config.Budget.MaxDailyUsd));
    }

    [Fact]
    public void The_home_is_below_the_user_unless_something_names_it()
    {
        Assert.Equal("/home/me/.fangd/config.toml", ConfigFile.Find(null, null, Only("HOME", "/home/me")));
        Assert.Equal("/srv/f/config.toml", ConfigFile.Find(null, null, Only("FANGD_HOME", "/srv/f")));
        Assert.Equal("/opt/config.toml", ConfigFile.Find("/opt", null, Only("FANGD_HOME", "/srv/f")));
        Assert.Equal("/etc/fangd.toml", ConfigFile.Find("/opt", "/etc/fangd.toml", Nothing));
    }

    [Fact]
    public void The_text_of_a_new_file_changes_nothing()
    {
        var defaults = ConfigFile.Load(_home, null, Nothing);
        Write(ConfigText.Default);
        Assert.Equal(defaults.Entries, ConfigFile.Load(_home, null, Nothing).Entries);
    }

    [Fact]
    public void What_the_text_of_a_new_file_shows_as_defaults_is_sound_once_it_is_uncommented()
    {
        Write(string.Join('\n', ConfigText.Default.Split('\n').Select(line =>
            line.StartsWith("# ", StringComparison.Ordinal) && (line.Contains(" = ", StringComparison.Ordinal) || line.StartsWith("# [", StringComparison.Ordinal)) && !line.Contains("ollama\", ", StringComparison.Ordinal)
                ? line[2..]
                : line)));

        var load = ConfigFile.Load(_home, null, Nothing);
        Assert.Equal("", string.Join('\n', load.Problems.All));
        Assert.Equal("groq", Assert.Single(load.Config!.FallbackProviders).Provider);
    }

    [Fact]
    public void All_faults_are_reported_at_once_with_their_places()
    {
        Write("""
            log_level = "loud"
            network_enabled = "yes"
            max_history = 3

            [limits]
            max_body_bytes = 5

            [[listener]]
            address = "localhost"
            dialekt = "openfang"

            [budjet]
            alert_threshold = 2

            [[fallback_providers]]
            model = "m"

            [provider_urls]
            groq = "groq.com"
            """);

        var load = ConfigFile.Load(_home, null, Nothing);

        Assert.Null(load.Config);
        Assert.Equal(
            [
                """line 1, column 13: log_level: expected one of trace, debug, info, warn, warning, error, found "loud" """.TrimEnd(),
                "line 2, column 19: network_enabled: expected true or false, found a string",
                "line 3, column 1: max_history: unknown key, did you mean max_history_messages?",
                "line 6, column 18: limits.max_body_bytes: expected an integer from 1024 to 1073741824, found 5",
                """line 9, column 11: listener[0].address: expected an IP address and a port, like 127.0.0.1:4545 or [::1]:4545, found "localhost" """.TrimEnd(),
                "line 10, column 1: listener[0].dialekt: unknown key, did you mean dialect?",
                "line 12, column 2: budjet: unknown key, did you mean budget?",
                "line 15, column 1: fallback_providers[0].provider: a fallback provider needs a provider",
                """line 19, column 8: provider_urls.groq: expected an http:// or https:// URL, found "groq.com" """.TrimEnd(),
            ],
            load.Problems.Faults.Select(fault => fault.ToString()));
    }

    [Fact]
    public void Faults_of_the_syntax_do_not_hide_those_of_the_meaning()
    {
        Write("log_level = info\nnetwork_enabled = 1\n");

        Assert.Equal([1, 2], ConfigFile.Load(_home, null, Nothing).Problems.Faults.Select(fault => fault.Line));
    }

    [Fact]
    public void Features_that_are_not_there_yet_are_known_and_say_so_once()
    {
        Write("[budget]\nmax_daily_usd = 5\nmax_hourly_usd = 1.5\n[approval]\nrequire_approval = true\n[telemetry]\nany = 'thing'\n");

        var load = ConfigFile.Load(_home, null, Nothing);

        Assert.Equal((5d, 1.5), (load.Config!.Budget.MaxDailyUsd, load.Config.Budget.MaxHourlyUsd));
        Assert.Equal(["shell_exec"], load.Config.Approval.RequireApproval);
        Assert.Equal(["telemetry"], load.Config.Later.Keys);
        Assert.Equal(["telemetry has no effect yet"], load.Problems.Warnings.Select(warning => warning.Message));
        Assert.Equal("line 6, column 2: telemetry has no effect yet", load.Problems.Warnings.First().ToString());
    }

    [Fact]
    public void A_listener_open_to_the_network_needs_a_key()
    {
        Write("[[listener]]\naddress = \"0.0.0.0:4545\"\n");

        var fault = Assert.Single(ConfigFile.Load(_home, null, Nothing).Problems.Faults);
        Assert.Equal((2, "listener[0].address"), (fault.Line, fault.KeyPath));
        Assert.Contains("set api_key", fault.Message);
        Assert.NotNull(ConfigFile.Load(_home, null, Only("FANGD_API_KEY", "k")).Config);

        Write("allow_unauthenticated = true\napi_listen = \"[::]:4545\"\n");
        var load = ConfigFile.Load(_home, null, Nothing);
        Assert.Equal("[::]:4545", Assert.Single(load.Config!.Listeners).Address.ToString());
        Assert.Contains("without an API key", Assert.Single(load.Problems.Warnings).Message);
    }

    [Fact]
    public void Listeners_have_their_dialect_and_their_own_rates()
    {
        Write("""
            api_listen = "127.0.0.1:1"
            [rate_limit]
            requests_per_second = 100
            reads_per_hour = 7
            [[listener]]
            dialect = "OpenFang"
            [[listener]]
            address = "localhost:0"
            dialect = "agentos"
              [listener.rate_limit]
              requests_per_second = 0
            """);

        var listeners = ConfigFile.Load(_home, null, Nothing).Config!.Listeners;

        Assert.Equal(
            [("127.0.0.1:1", DialectName.LibreFang, 100d, 7d), ("127.0.0.1:4200", DialectName.OpenFang, 100, 7), ("127.0.0.1:0", DialectName.AgentOs, 0, 7)],
            listeners.Select(listener => (listener.Address.ToString(), listener.Dialect, listener.Rates.RequestsPerSecond, listener.Rates.ReadsPerHour)));
    }

    [Fact]
    public void Two_listeners_cannot_share_an_address()
    {
        Write("api_listen = '127.0.0.1:4545'\n[[listener]]\n");

        Assert.Contains("two listeners", Assert.Single(ConfigFile.Load(_home, null, Nothing).Problems.Faults).Message);
    }

    [Fact]
    public void The_environment_wins_and_is_named_as_the_origin()
    {
        Write("api_key = 'file'\nlog_level = 'warn'\n[[listener]]\naddress = '127.0.0.1:1'\ndialect = 'agentos'\n");
        var variables = new Dictionary<string, string> { ["FANGD_API_KEY"] = "secret", ["FANGD_LISTEN"] = "0.0.0.0:99", ["FANGD_HOME"] = _home };

        var load = ConfigFile.Load(null, null, variables.GetValueOrDefault);

        Assert.Equal(("secret", "***"), (load.Config!.ApiKey!.Reveal(), load.Config.ApiKey.ToString()));
        Assert.DoesNotContain("secret", load.Config.ToString());
        var listener = Assert.Single(load.Config.Listeners);
        Assert.Equal(("0.0.0.0:99", DialectName.AgentOs), (listener.Address.ToString(), listener.Dialect));
        Assert.Equal(("\"***\"", "FANGD_API_KEY"), Entry(load, "api_key"));
        Assert.Equal(("\"0.0.0.0:99\"", "FANGD_LISTEN"), Entry(load, "api_listen"));
        Assert.Equal(($"\"{_home}\"", "FANGD_HOME"), Entry(load, "home_dir"));
        Assert.Equal(("\"warn\"", "config.toml:2"), Entry(load, "log_level"));
        Assert.Equal(("40", "default"), Entry(load, "max_history_messages"));
    }

    [Fact]
    public void A_fault_of_the_environment_is_blamed_on_its_variable()
    {
        var fault = Assert.Single(ConfigFile.Load(_home, null, Only("FANGD_LOG_LEVEL", "debgu")).Problems.Faults);

        Assert.Equal(0, fault.Line);
        Assert.Contains("FANGD_LOG_LEVEL", fault.Message);
        Assert.Contains("did you mean debug?", fault.Message);
    }

    [Fact]
    public void A_file_that_was_named_has_to_be_there() =>
        Assert.Contains("there is no", Assert.Single(ConfigFile.Load(_home, Path.Combine(_home, "other.toml"), Nothing).Problems.Faults).Message);

    [Fact]
    public void Proxies_and_origins_are_checked()
    {
        Write("trusted_proxies = ['10.0.0.0/8', '::1']\ncors_origin = 'https://a.example'\ncors_origins = ['http://b.example:8080/']\n");
        var config = ConfigFile.Load(_home, null, Nothing).Config!;
        Assert.Equal(["10.0.0.0/8", "::1/128"], config.TrustedProxies.Select(network => network.ToString()));
        Assert.Equal(["https://a.example", "http://b.example:8080"], config.CorsOrigins);

        Write("trusted_proxies = ['proxy.local']\ncors_origins = ['*', 'https://x/y']\n");
        Assert.Equal(["trusted_proxies", "cors_origins", "cors_origins"], ConfigFile.Load(_home, null, Nothing).Problems.Faults.Select(fault => fault.KeyPath));
    }

    [Fact]
    public void Another_provider_needs_a_model()
    {
        Write("[default_model]\nprovider = 'ollama'\n");

        Assert.Equal("default_model.model", Assert.Single(ConfigFile.Load(_home, null, Nothing).Problems.Faults).KeyPath);
    }

    [Fact]
    public void A_key_is_set_in_place_and_the_file_keeps_its_mode()
    {
        Write("# mine\n[budget] # money\nmax_daily_usd = 1.0 # a day\n");
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var load = ConfigFile.Set(File, _home, "budget.max_daily_usd", new TomlFloat(2.5), Nothing);

        Assert.Equal(2.5, load.Config!.Budget.MaxDailyUsd);
        Assert.Equal("# mine\n[budget] # money\nmax_daily_usd = 2.5 # a day\n", System.IO.File.ReadAllText(File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal([File], Directory.GetFiles(_home));
    }

    [Fact]
    public void A_first_key_makes_a_file_for_the_owner_only()
    {
        Assert.False(ConfigFile.Set(File, _home, "api_key", new TomlString("k"), Nothing).Problems.HasFaults);

        Assert.Equal("api_key = \"k\"\n", System.IO.File.ReadAllText(File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void A_link_stays_a_link()
    {
        var real = Path.Combine(_home, "real.toml");
        System.IO.File.WriteAllText(real, "log_level = 'info'\n");
        System.IO.File.CreateSymbolicLink(File, real);

        ConfigFile.Set(File, _home, "log_level", new TomlString("debug"), Nothing);

        Assert.Equal(real, System.IO.File.ResolveLinkTarget(File, false)!.FullName);
        Assert.Equal("log_level = \"debug\"\n", System.IO.File.ReadAllText(real));
    }

    [Theory]
    [InlineData("budget.max_daily_usd", "expected a number")]
    [InlineData("no_such.key", "unknown key")]
    [InlineData("log_level.deeper", "log_level is a string")]
    [InlineData("not a key", "not a key")]
    [InlineData("api_listen", "expected an IP address")]
    public void A_value_that_would_break_the_configuration_is_not_written(string key, string reason)
    {
        Write("log_level = 'info'\n");

        var load = ConfigFile.Set(File, _home, key, new TomlString("much"), Nothing);

        Assert.Null(load.Config);
        Assert.Contains(reason, Assert.Single(load.Problems.Faults).Message);
        Assert.Equal("log_level = 'info'\n", System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void A_key_is_removed()
    {
        Write("log_level = 'warn'\napi_key = 'x'\n");

        Assert.Equal(LogLevel.Information, ConfigFile.Set(File, _home, "log_level", null, Nothing).Config!.LogLevel);
        Assert.Equal("api_key = 'x'\n", System.IO.File.ReadAllText(File));
    }

    /// <summary>The file that the checker of the HTTP contract runs against.</summary>
    [Fact]
    public void A_configuration_with_every_section_is_read()
    {
        Write("""
            api_key = "test-key"
            network_enabled = false
            [[listener]]
            address = "127.0.0.1:14547"
            dialect = "agentos"
              [listener.rate_limit]
              workflow_runs_per_hour = 5
            [default_model]
            provider = "openai"
            model = "mock-model"
            api_key_env = "OPENAI_API_KEY"
            [security]
            allow_loopback_targets = true
            [webhook_triggers]
            enabled = true
            token_env = "HOOKS"
            [a2a]
            enabled = true
            [pairing]
            enabled = true
            [approval]
            require_approval = ["shell_exec"]
            timeout_secs = 30
            second_factor = "none"
            [exec_policy]
            mode = "allowlist"
            [budget]
            alert_threshold = 0.5
            [external_auth]
            enabled = true
            redirect_url = "http://127.0.0.1:14545/api/auth/callback"
              [[external_auth.providers]]
              id = "standin"
              display_name = "Stand-in"
              issuer_url = "http://127.0.0.1:14590"
              client_id = "fangd-check"
              client_secret_env = "SECRET"
              scopes = ["openid"]
            [clawhub]
            base_url = "http://127.0.0.1:14591/api/v1"
            """);

        var load = ConfigFile.Load(_home, null, Nothing);

        Assert.Equal("", load.Problems.ToString());
        var config = load.Config!;
        Assert.True(config.Security.AllowLoopbackTargets && config.WebhookTriggers.Enabled && config.A2a.Enabled && config.Pairing.Enabled);
        Assert.Equal(("HOOKS", 30, ExecMode.Allowlist, 0.5), (config.WebhookTriggers.TokenEnv, config.Approval.TimeoutSecs, config.ExecPolicy.Mode, config.Budget.AlertThreshold));
        var provider = Assert.Single(config.ExternalAuth.Providers);
        Assert.Equal(("standin", "Stand-in", "http://127.0.0.1:14590", "fangd-check", "SECRET"), (provider.Id, provider.DisplayName, provider.IssuerUrl, provider.ClientId, provider.ClientSecretEnv));
        Assert.Equal("http://127.0.0.1:14591/api/v1", config.ClawHub.BaseUrl);
        Assert.Equal(5, config.Listeners[0].Rates.WorkflowRunsPerHour);
        Assert.Equal(("test-key", 2_097_152), (config.ToHttpSettings().ApiKey, config.ToHttpSettings().MaxBodyBytes));
    }

    private static string? Nothing(string variable) => null;

    private static Func<string, string?> Only(string name, string value) => variable => variable == name ? value : null;

    private static (string Value, string Origin) Entry(ConfigLoad load, string key)
    {
        var entry = Assert.Single(load.Entries, entry => entry.KeyPath == key);
        return (entry.Value, entry.Origin);
    }

    private void Write(string text) => System.IO.File.WriteAllText(File, text);
}
