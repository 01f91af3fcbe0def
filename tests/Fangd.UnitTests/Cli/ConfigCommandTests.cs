using System.Runtime.Versioning;
using System.Text.Json;
using Fangd.Cli;

namespace Fangd.UnitTests.Cli;

[SupportedOSPlatform("linux")]
public sealed class ConfigCommandTests
{
    private static void Write(CliRun cli, string toml) => File.WriteAllText(cli.ConfigFile, toml);

    [Fact]
    public async Task Show_says_where_each_value_comes_from_and_hides_the_key()
    {
        using var cli = new CliRun().With("FANGD_LOG_LEVEL", "debug");
        Write(cli, "# mine\napi_key = \"very-secret\"\n\n[default_model]\nprovider = \"groq\"\nmodel = \"llama\"\n");

        Assert.Equal(ExitCode.Ok, await cli.Run("config", "show"));

        Assert.Matches("""(?m)^api_key +"\*\*\*" +config.toml:2$""", cli.Out);
        Assert.Matches("""(?m)^log_level +"debug" +FANGD_LOG_LEVEL$""", cli.Out);
        Assert.Matches("""(?m)^default_model\.provider +"groq" +config.toml:5$""", cli.Out);
        Assert.Matches("""(?m)^max_history_messages +40 +default$""", cli.Out);
        Assert.DoesNotContain("very-secret", cli.Out + cli.Error);
    }

    [Fact]
    public async Task Show_as_json_has_typed_values_and_a_section_narrows_it()
    {
        using var cli = new CliRun();
        Write(cli, "[default_model]\nprovider = \"groq\"\nmodel = \"llama\"\n");

        Assert.Equal(ExitCode.Ok, await cli.Run("config", "show", "default_model", "--changed", "--json"));

        using var json = JsonDocument.Parse(cli.Out);
        Assert.Equal(["default_model.provider", "default_model.model"], json.RootElement.EnumerateArray().Select(entry => entry.GetProperty("key").GetString()));
        Assert.Equal("groq", json.RootElement[0].GetProperty("value").GetString());
        Assert.Equal("openai", json.RootElement[0].GetProperty("default").GetString());

        await cli.Run("config", "get", "max_history_messages", "--json");
        Assert.Equal("40\n", cli.Out);
    }

    [Fact]
    public async Task Show_with_a_fault_says_line_and_column_and_exits_with_2()
    {
        using var cli = new CliRun();
        Write(cli, "log_levle = \"info\"\n");

        Assert.Equal(ExitCode.Usage, await cli.Run("config", "show"));

        Assert.Contains("line 1, column 1: log_levle: unknown key, did you mean log_level?", cli.Error);
    }

    [Theory]
    [InlineData("default_model.provider", "groq\n")]
    [InlineData("listener.0.address", "127.0.0.1:14545\n")]
    [InlineData("listener[0].address", "127.0.0.1:14545\n")]
    [InlineData("default_model.base_url", "\n")]
    [InlineData("api_key", "***\n")]
    public async Task Get_prints_a_bare_value(string key, string expected)
    {
        using var cli = new CliRun();
        Write(cli, "api_key = \"k\"\n[[listener]]\naddress = \"127.0.0.1:14545\"\n[default_model]\nprovider = \"groq\"\nmodel = \"llama\"\n");

        Assert.Equal(ExitCode.Ok, await cli.Run("config", "get", key));

        Assert.Equal(expected, cli.Out);
    }

    [Fact]
    public async Task The_key_is_printed_only_when_asked_for()
    {
        using var cli = new CliRun();
        Write(cli, "api_key = \"k-123\"\n");

        await cli.Run("config", "get", "api_key", "--reveal");

        Assert.Equal("k-123\n", cli.Out);
    }

    [Fact]
    public async Task A_setting_that_is_not_there_is_asked_back()
    {
        using var cli = new CliRun();

        Assert.Equal(ExitCode.NotFound, await cli.Run("config", "get", "default_model.providr"));

        Assert.Contains("did you mean \"default_model.provider\"?", cli.Error);
    }

    [Fact]
    public async Task Set_keeps_comments_and_order()
    {
        using var cli = new CliRun();
        Write(cli, "# top\nlog_level = \"info\" # quiet\n\n# the model\n[default_model]\nprovider = \"groq\"\nmodel = \"llama\" # small\n");

        Assert.Equal(ExitCode.Ok, await cli.Run("config", "set", "default_model.model", "mixtral"));

        Assert.Equal("# top\nlog_level = \"info\" # quiet\n\n# the model\n[default_model]\nprovider = \"groq\"\nmodel = \"mixtral\" # small\n", File.ReadAllText(cli.ConfigFile));
        Assert.Contains("default_model.model = \"mixtral\" (was \"llama\")", cli.Out);
    }

    [Theory]
    [InlineData("max_history_messages", "25", "max_history_messages = 25")]
    [InlineData("api_key", "12345", "api_key = \"12345\"")]
    [InlineData("api_key", "\"quoted\"", "api_key = \"quoted\"")]
    [InlineData("cors_origins", "[\"https://a.example\"]", "cors_origins = [\"https://a.example\"]")]
    [InlineData("allow_unauthenticated", "true", "allow_unauthenticated = true")]
    public async Task A_value_is_written_as_its_type_asks(string key, string value, string line)
    {
        using var cli = new CliRun();

        Assert.Equal(ExitCode.Ok, await cli.Run("config", "set", key, value));

        Assert.Contains(line, File.ReadAllText(cli.ConfigFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(cli.ConfigFile));
    }

    [Theory]
    [InlineData("log_levle", "info", "did you mean log_level?")]
    [InlineData("max_history_messages", "many", "max_history_messages")]
    [InlineData("log_level", "loud", "expected one of")]
    [InlineData("api_listen", "0.0.0.0:4545", "there is no api_key")]
    [InlineData("log_level.deeper", "info", "log_level")]
    public async Task A_change_that_would_not_be_accepted_is_not_made(string key, string value, string reason)
    {
        using var cli = new CliRun();
        Write(cli, "log_level = \"info\"\n");

        Assert.Equal(ExitCode.Usage, await cli.Run("config", "set", key, value));

        Assert.Contains(reason, cli.Error);
        Assert.Equal("log_level = \"info\"\n", File.ReadAllText(cli.ConfigFile));
    }

    [Fact]
    public async Task A_key_from_standard_input_is_not_echoed()
    {
        using var cli = new CliRun { Input = "s3cret\n" };

        Assert.Equal(ExitCode.Ok, await cli.Run("config", "set", "api_key", "-"));

        Assert.Contains("api_key = \"s3cret\"", File.ReadAllText(cli.ConfigFile));
        Assert.DoesNotContain("s3cret", cli.Out + cli.Error);
    }

    [Fact]
    public async Task Unset_brings_the_default_back()
    {
        using var cli = new CliRun();
        Write(cli, "log_level = \"debug\"\nmax_history_messages = 7\n");

        Assert.Equal(ExitCode.Ok, await cli.Run("config", "set", "log_level", "--unset"));

        Assert.Equal("max_history_messages = 7\n", File.ReadAllText(cli.ConfigFile));
        Assert.Equal(ExitCode.Usage, await cli.Run("config", "set", "log_level"));
        Assert.Equal(ExitCode.Usage, await cli.Run("config", "set", "log_level", "info", "--unset"));
    }

    [Fact]
    public async Task A_value_that_the_environment_overrides_is_pointed_out()
    {
        using var cli = new CliRun().With("FANGD_LOG_LEVEL", "error");

        await cli.Run("config", "set", "log_level", "debug");

        Assert.Contains("FANGD_LOG_LEVEL in the environment wins", cli.Error);
    }
}
