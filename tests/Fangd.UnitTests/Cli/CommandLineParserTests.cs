using Fangd.Cli;
using Fangd.Cli.Commands;
using Fangd.Cli.Syntax;

namespace Fangd.UnitTests.Cli;

public sealed class CommandLineParserTests
{
    private static ParsedLine Parse(params string[] words) => new CommandLineParser(CommandTable.All()).Parse(words);

    private static CommandException Refusal(params string[] words) => Assert.Throws<CommandException>(() => Parse(words));

    [Fact]
    public void A_command_of_two_words_is_found_with_options_anywhere()
    {
        var line = Parse("--url", "http://pi:4545", "agent", "--json", "spawn", "coder", "--name=reviewer");

        Assert.Equal("agent spawn", line.Command.Name);
        Assert.Equal(["coder"], line.Arguments);
        Assert.Equal("http://pi:4545", line.Value(GlobalOptions.Url));
        Assert.True(line.Has(GlobalOptions.Json));
        Assert.Contains(line.Command.Options, option => option.Name == "--name" && line.Value(option) == "reviewer");
    }

    [Fact]
    public void A_command_may_have_others_below_it()
    {
        Assert.Equal("mcp", Parse("mcp").Command.Name);
        Assert.Equal(("mcp auth", "notes"), (Parse("mcp", "auth", "notes").Command.Name, Parse("mcp", "auth", "notes").Arguments[0]));
        Assert.Equal(2, Refusal("mcp", "notes").ExitCode);
    }

    [Fact]
    public void Behind_two_dashes_everything_is_text()
    {
        var line = Parse("message", "coder", "--", "--json", "-x");

        Assert.Equal(["coder", "--json", "-x"], line.Arguments);
        Assert.False(line.Has(GlobalOptions.Json));
    }

    [Theory]
    [InlineData("-")]
    [InlineData("-5")]
    public void A_dash_alone_and_a_negative_number_are_arguments(string word) =>
        Assert.Equal(["coder", word], Parse("message", "coder", word).Arguments);

    [Fact]
    public void An_option_has_a_value_in_every_command_or_in_none()
    {
        foreach (var same in CommandTable.All().SelectMany(command => command.Options).Concat(GlobalOptions.All).GroupBy(option => option.Name))
            Assert.Single(same.Select(option => option.TakesValue).Distinct());
    }

    [Fact]
    public void The_last_value_of_an_option_counts() =>
        Assert.Equal("b", Parse("status", "--url", "a", "--url=b").Value(GlobalOptions.Url));

    [Theory]
    [InlineData("unknown command \"stauts\"; did you mean \"status\"?", "stauts")]
    [InlineData("unknown command \"lsit\" of \"agent\"; did you mean \"agent list\"?", "agent", "lsit")]
    [InlineData("unknown command \"frobnicate\"", "frobnicate")]
    [InlineData("\"status\" has no option --jsno; did you mean \"--json\"?", "status", "--jsno")]
    [InlineData("unknown option --hlep; did you mean \"--help\"?", "--hlep")]
    [InlineData("\"status\" has no option --session", "--session", "x", "status")]
    [InlineData("--url needs a value: --url URL", "status", "--url")]
    [InlineData("--json takes no value", "status", "--json=yes")]
    [InlineData("\"agent show\" needs AGENT", "agent", "show")]
    [InlineData("\"message\" needs TEXT", "message", "coder")]
    [InlineData("\"status\" does not know what to do with \"now\"", "status", "now")]
    [InlineData("\"agent\" needs one of: list, spawn, show, kill, templates", "agent")]
    public void What_cannot_be_understood_is_a_usage_error_that_says_why(string message, params string[] words)
    {
        var refusal = Refusal(words);

        Assert.Equal(message, refusal.Message);
        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
        Assert.StartsWith("see: fangd help", refusal.Hint);
    }

    [Fact]
    public void Help_needs_none_of_the_arguments() => Assert.True(Parse("message", "--help").Has(GlobalOptions.Help));

    [Theory]
    [InlineData("spwan", "spawn")]
    [InlineData("STATUS", "status")]
    [InlineData("stat", "status")]
    [InlineData("x", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_near(string word, string? expected) =>
        Assert.Equal(expected, NearestName.Of(word, ["start", "spawn", "status"]));
}
