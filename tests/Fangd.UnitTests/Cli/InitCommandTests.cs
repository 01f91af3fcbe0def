using System.Runtime.Versioning;
using System.Text.Json;
using Fangd.Cli;
using Fangd.Cli.Settings;

namespace Fangd.UnitTests.Cli;

[SupportedOSPlatform("linux")]
public sealed class InitCommandTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static ClientConfig Read(CliRun cli) => ClientConfig.Read(new Whereabouts(cli.Home, null, _ => null));

    [Fact]
    public async Task A_first_configuration_is_private_sound_and_without_a_key()
    {
        using var cli = new CliRun();
        var home = Path.Combine(cli.Home, "new", "home");

        Assert.Equal(ExitCode.Ok, await cli.Run("init", "--home", home));

        var file = Path.Combine(home, "config.toml");
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(home));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
        Assert.Contains("#", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        var config = ClientConfig.Read(new Whereabouts(home, null, _ => null));
        Assert.Empty(config.Problems.All);
        Assert.Null(config.ApiKey);
        Assert.Contains("fangd start", cli.Out);
    }

    [Fact]
    public async Task An_existing_configuration_is_only_replaced_by_force_and_then_kept()
    {
        using var cli = new CliRun();
        await File.WriteAllTextAsync(cli.ConfigFile, "log_level = \"debug\"\n", TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Conflict, await cli.Run("init"));
        Assert.Equal("log_level = \"debug\"\n", File.ReadAllText(cli.ConfigFile));

        Assert.Equal(ExitCode.Ok, await cli.Run("init", "--force"));
        Assert.Equal("log_level = \"debug\"\n", File.ReadAllText(cli.ConfigFile + ".old"));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(cli.ConfigFile));
    }

    [Theory]
    [InlineData("--with-key")]
    [InlineData("--listen=0.0.0.0:4545")]
    [InlineData("--listen=[::]:4545")]
    public async Task A_key_is_made_when_asked_for_or_needed(string option)
    {
        using var cli = new CliRun();

        Assert.Equal(ExitCode.Ok, await cli.Run("init", option));
        var first = Read(cli).ApiKey;
        await cli.Run("init", "--force", option);

        Assert.Matches("^[0-9a-f]{48}$", first);
        Assert.NotEqual(first, Read(cli).ApiKey);
        Assert.DoesNotContain(first!, cli.Out);
    }

    [Fact]
    public async Task A_provider_whose_key_is_in_the_environment_becomes_the_default()
    {
        using var cli = new CliRun().With("GROQ_API_KEY", "gsk");

        await cli.Run("init", "--json");

        using var json = JsonDocument.Parse(cli.Out);
        Assert.Equal("groq", json.RootElement.GetProperty("provider").GetString());
        Assert.Equal("groq", Read(cli).DefaultModel!.Provider);
        Assert.DoesNotContain("gsk", File.ReadAllText(cli.ConfigFile));
    }

    [Fact]
    public async Task A_model_server_of_ones_own_can_be_named()
    {
        using var cli = new CliRun();

        Assert.Equal(ExitCode.Ok, await cli.Run("init", "--provider", "lmstudio", "--model", "qwen", "--base-url", "http://127.0.0.1:1234/v1"));

        Assert.Equal(("lmstudio", "qwen", "http://127.0.0.1:1234/v1"), (Read(cli).DefaultModel!.Provider, Read(cli).DefaultModel!.Model, Read(cli).DefaultModel!.BaseUrl));
    }

    [Theory]
    [InlineData("--listen", "everywhere")]
    [InlineData("--listen", "0.0.0.0")]
    [InlineData("--model", "qwen")]
    [InlineData("--provider", "unheard-of")]
    public async Task What_cannot_work_is_refused_and_nothing_is_written(params string[] options)
    {
        using var cli = new CliRun();

        Assert.Equal(ExitCode.Usage, await cli.Run(["init", .. options]));

        Assert.False(File.Exists(cli.ConfigFile));
    }

    [Fact]
    public async Task A_base_url_that_is_none_leaves_no_file_behind()
    {
        using var cli = new CliRun();

        Assert.Equal(ExitCode.Usage, await cli.Run("init", "--provider", "ollama", "--base-url", "not a url"));

        Assert.False(File.Exists(cli.ConfigFile));
    }
}
