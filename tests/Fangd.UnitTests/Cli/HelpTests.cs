using System.Diagnostics;
using System.Text.RegularExpressions;
using Fangd.Cli;
using Fangd.Cli.Commands;
using Fangd.Cli.Syntax;

namespace Fangd.UnitTests.Cli;

public sealed class HelpTests
{
    [Fact]
    public async Task Without_a_command_the_overview_lists_every_command_and_exit_code()
    {
        using var cli = new CliRun();

        Assert.Equal(ExitCode.Ok, await cli.Run());

        foreach (var command in CommandTable.All())
            Assert.Contains($"  {command.Name} ", cli.Out);
        foreach (var (code, meaning) in ExitCode.All)
            Assert.Matches($@"(?m)^  {code} +{meaning}$", cli.Out);
    }

    [Fact]
    public async Task Every_command_explains_its_own_arguments_and_options()
    {
        using var cli = new CliRun();
        foreach (var command in CommandTable.All().Where(command => command.Name != "help"))
        {
            Assert.Equal(ExitCode.Ok, await cli.Run([.. command.Name.Split(' '), "--help"]));

            Assert.StartsWith(command.Summary + ".\n\nUsage: fangd " + command.Name, cli.Out);
            foreach (var option in command.Options)
                Assert.Contains($"  {option.Name}", cli.Out);
            foreach (var argument in command.Arguments)
                Assert.Contains($"  {argument.Name} ", cli.Out);
        }
    }

    [Fact]
    public async Task Help_and_the_help_option_say_the_same()
    {
        using var cli = new CliRun();
        await cli.Run("help", "agent", "spawn");
        var byCommand = cli.Out;

        await cli.Run("agent", "spawn", "-h");

        Assert.Equal(byCommand, cli.Out);
    }

    [Fact]
    public async Task A_family_of_commands_has_a_page()
    {
        using var cli = new CliRun();

        await cli.Run("agent", "--help");

        Assert.Contains("agent templates", cli.Out);
        Assert.DoesNotContain("doctor", cli.Out);
    }

    [Fact]
    public void Every_example_is_a_command_line_that_is_understood()
    {
        var commands = CommandTable.All();
        foreach (var example in commands.SelectMany(command => command.Examples).Where(example => example.StartsWith("fangd ", StringComparison.Ordinal)))
        {
            var line = Regex.Split(example, " [<>|] ")[0];
            string[] words = [.. Regex.Matches(line, """'([^']*)'|"([^"]*)"|([^ ]+)""").Select(word => word.Groups.Values.Skip(1).First(part => part.Success).Value)];
            Assert.Contains(new CommandLineParser(commands).Parse(words[1..]).Command, commands);
        }
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Completions_offer_every_command_and_option(string shell)
    {
        using var cli = new CliRun();

        Assert.Equal(ExitCode.Ok, await cli.Run("completion", shell));

        foreach (var command in CommandTable.All())
        {
            foreach (var word in command.Name.Split(' '))
                Assert.Contains(word, cli.Out);
            foreach (var option in command.Options)
                Assert.Contains(shell == "fish" ? $"-l {option.Name[2..]}" : option.Name, cli.Out);
        }
        Assert.Contains("fangd agent list --names", cli.Out);
    }

    [Theory]
    [InlineData("fangd st", "start|stop|status")]
    [InlineData("fangd --url http://x age", "agent")]
    [InlineData("fangd agent sp", "spawn")]
    [InlineData("fangd status --js", "--json")]
    [InlineData("fangd completion z", "zsh")]
    public async Task Bash_completes_what_was_begun(string line, string expected)
    {
        using var cli = new CliRun();
        await cli.Run("completion", "bash");
        var script = Path.Combine(cli.Home, "fangd.bash");
        await File.WriteAllTextAsync(script, cli.Out, TestContext.Current.CancellationToken);
        var words = string.Join(' ', line.Split(' ').Select(word => $"'{word}'"));
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", $"source {script}; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _fangd; IFS='|'; echo \"${{COMPREPLY[*]}}\""])
        { RedirectStandardOutput = true })!;

        var offered = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.Equal(expected, offered.Trim());
    }

    [Fact]
    public async Task The_version_needs_no_home_and_no_daemon()
    {
        using var cli = new CliRun();

        Assert.Equal(ExitCode.Ok, await cli.Run("version", "--home", "/nonexistent", "--url", "not an address"));

        Assert.Equal($"fangd {BuildInfo.Version}\n", cli.Out);
    }
}
