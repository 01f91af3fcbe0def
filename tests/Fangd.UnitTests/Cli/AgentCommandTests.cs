using System.Text.Json;
using Fangd.Cli;

namespace Fangd.UnitTests.Cli;

public sealed class AgentCommandTests
{
    private const string Spawned = """{"agent_id":"a1b2c3d0-0000-4000-8000-000000000000","name":"reviewer"}""";

    [Fact]
    public async Task The_list_has_columns_and_the_json_is_the_daemons()
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder", "日本語");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("agent", "list"));
        Assert.Equal(
            $"NAME    STATE    MODEL       ID\ncoder   Running  groq/llama  {ScriptedDaemon.Id(0)}\n日本語  Running  groq/llama  {ScriptedDaemon.Id(1)}\n", cli.Out);

        Assert.Equal(ExitCode.Ok, await cli.Run("agent", "list", "--names"));
        Assert.Equal("coder\n日本語\n", cli.Out);

        await cli.Run("agent", "list", "--json");
        using var json = JsonDocument.Parse(cli.Out);
        Assert.Equal(2, json.RootElement.GetArrayLength());
    }

    [Fact]
    public async Task An_empty_list_says_what_to_do()
    {
        await using var daemon = new ScriptedDaemon().WithAgents();
        using var cli = new CliRun().At(daemon);

        await cli.Run("agent", "list");

        Assert.Contains("fangd agent spawn", cli.Out);
    }

    [Theory]
    [InlineData("coder")]
    [InlineData("CODER")]
    [InlineData("a1b2c3d0")]
    [InlineData("A1B2C3D0-0000-4000-8000-000000000000")]
    public async Task An_agent_is_found_by_name_id_or_beginning_of_its_id(string named)
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder", "writer").On(
            $"GET /api/agents/{ScriptedDaemon.Id(0)}",
            """{"id":"x","name":"coder","state":"Running","model":{"provider":"groq","model":"llama"},"capabilities":{"tools":["file_read"],"network":[],"agent_spawn":true}}""");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("agent", "show", named));

        Assert.Contains("tools: file_read", cli.Out);
        Assert.Contains("agent_spawn", cli.Out);
        Assert.DoesNotContain("network", cli.Out);
    }

    [Theory]
    [InlineData("codr", ExitCode.NotFound, "there is no agent \"codr\"; did you mean \"coder\"?")]
    [InlineData("a1b2", ExitCode.Usage, "several agents have an id that begins with \"a1b2\"")]
    public async Task An_agent_that_is_not_there_is_asked_back(string named, int code, string sentence)
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder", "writer");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(code, await cli.Run("agent", "show", named));

        Assert.Contains(sentence, cli.Error);
    }

    [Fact]
    public async Task A_word_spawns_from_a_template()
    {
        await using var daemon = new ScriptedDaemon().On("POST /api/agents", new ScriptedAnswer(201, Spawned));
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("agent", "spawn", "coder", "--name", "reviewer"));

        Assert.Equal("""{"template":"coder","name":"reviewer"}""", daemon.Seen.Single().Body);
        Assert.Contains("fangd chat reviewer", cli.Out);
    }

    [Fact]
    public async Task A_file_spawns_from_its_manifest_and_a_given_name_is_written_into_it()
    {
        await using var daemon = new ScriptedDaemon().On("POST /api/agents", new ScriptedAnswer(201, Spawned));
        using var cli = new CliRun().At(daemon);
        var path = Path.Combine(cli.Home, "agent.toml");
        await File.WriteAllTextAsync(path, "# mine\nname = \"coder\" # short\n\n[model]\nprovider = \"groq\"\n", TestContext.Current.CancellationToken);

        Assert.Equal(ExitCode.Ok, await cli.Run("agent", "spawn", path, "--name", "reviewer", "--json"));

        using var body = JsonDocument.Parse(daemon.Seen.Single().Body);
        Assert.Equal("# mine\nname = \"reviewer\" # short\n\n[model]\nprovider = \"groq\"\n", body.RootElement.GetProperty("manifest_toml").GetString());
        Assert.Equal(Spawned + "\n", cli.Out);
    }

    [Fact]
    public async Task A_dash_spawns_from_standard_input()
    {
        await using var daemon = new ScriptedDaemon().On("POST /api/agents", new ScriptedAnswer(201, Spawned));
        using var cli = new CliRun { Input = "name = \"piped\"\n" }.At(daemon);

        await cli.Run("agent", "spawn", "-");

        Assert.Equal("""{"manifest_toml":"name = \"piped\"\n"}""", daemon.Seen.Single().Body);
    }

    [Fact]
    public async Task A_manifest_that_is_not_there_or_not_toml_is_refused_before_it_is_sent()
    {
        await using var daemon = new ScriptedDaemon();
        using var cli = new CliRun { Input = "name = \n" }.At(daemon);

        Assert.Equal(ExitCode.Usage, await cli.Run("agent", "spawn", "./none.toml"));
        Assert.Contains("./none.toml: there is no such file", cli.Error);
        Assert.Equal(ExitCode.Usage, await cli.Run("agent", "spawn", "-", "--name", "x"));
        Assert.Contains("standard input, line 1, column", cli.Error);
        Assert.Empty(daemon.Seen);
    }

    [Fact]
    public async Task A_taken_name_is_a_conflict()
    {
        await using var daemon = new ScriptedDaemon().On("POST /api/agents", new ScriptedAnswer(409, """{"error":"an agent of this name exists"}"""));
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Conflict, await cli.Run("agent", "spawn", "coder"));
    }

    [Fact]
    public async Task No_agent_dies_when_one_of_the_names_is_wrong()
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder", "writer");
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.NotFound, await cli.Run("agent", "kill", "coder", "writre"));

        Assert.DoesNotContain(daemon.Seen, request => request.Method == "DELETE");
    }

    [Theory]
    [InlineData(200, """{"status":"killed"}""")]
    [InlineData(204, "")]
    public async Task Killed_agents_are_named(int status, string body)
    {
        await using var daemon = new ScriptedDaemon().WithAgents("coder", "writer");
        daemon.On($"DELETE /api/agents/{ScriptedDaemon.Id(0)}", new ScriptedAnswer(status, body)).On($"DELETE /api/agents/{ScriptedDaemon.Id(1)}", new ScriptedAnswer(status, body));
        using var cli = new CliRun().At(daemon);

        Assert.Equal(ExitCode.Ok, await cli.Run("agent", "kill", "coder", "writer", "coder"));

        Assert.Equal("coder is gone\nwriter is gone\n", cli.Out);
    }

    [Fact]
    public async Task Templates_are_listed()
    {
        await using var daemon = new ScriptedDaemon().On("GET /api/templates", """{"templates":[{"name":"coder","description":"Writes code"}],"total":1}""");
        using var cli = new CliRun().At(daemon);

        await cli.Run("agent", "templates");

        Assert.Equal("NAME   DESCRIPTION\ncoder  Writes code\n", cli.Out);
    }
}
