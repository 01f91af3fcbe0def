using System.Net;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Agents from spawn to kill.</summary>
public sealed class AgentTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_spawned_agent_is_told_by_its_id_in_every_spelling()
    {
        var name = shared.NewName();

        var spawned = await new ApiCase("spawn", "POST /api/agents", 201, $$"""{"agent_id": "*", "agentId": "*", "id": "*", "name": "{{name}}"}""", Requests.Manifest($"name = \"{name}\"")).Run(api, Cancel);

        Assert.Equal(spawned.Json.Text("agent_id"), spawned.Json.Text("id"));
        Assert.Equal(spawned.Json.Text("agent_id"), spawned.Json.Text("agentId"));
    }

    [Fact]
    public async Task Keys_of_a_manifest_that_nobody_reads_are_warnings_of_the_answer()
    {
        var spawned = await api.Do("POST /api/agents", Cancel, Requests.Manifest($"name = \"{shared.NewName()}\"\ncolour = \"red\""));

        Assert.Contains("colour", Assert.Single(spawned.GetProperty("warnings").EnumerateArray()).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_of_agentos_form_has_its_model_and_prompt()
    {
        var name = shared.NewName();
        var spawned = await api.Do("POST /api/agents", Cancel, $$"""{"name": "{{name}}", "description": "d", "model": {"provider": "openai", "model": "m", "maxTokens": 77}, "systemPrompt": "Be brief.", "tags": ["a"]}""");

        await new ApiCase("detail", $"GET /api/agents/{spawned.Text("agent_id")}", 200,
            $$$"""{"name": "{{{name}}}", "description": "d", "tags": ["a"], "model": {"provider": "openai", "model": "m", "max_tokens": 77, "system_prompt": "Be brief.", "*": "*"}, "*": "*"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_detail_has_the_whole_agent()
    {
        var name = shared.NewName();
        var id = await shared.Spawn("""
            version = "1.2.3"
            description = "An agent"
            author = "me"
            module = "builtin:chat"
            tags = ["x", "y"]
            [model]
            provider = "openai"
            model = "gpt-x"
            max_tokens = 512
            temperature = 0.25
            system_prompt = "You test."
            [capabilities]
            tools = ["file_read"]
            network = ["*"]
            shell = []
            memory_read = ["*"]
            memory_write = ["self.*"]
            agent_message = ["*"]
            """, name);

        await new ApiCase("detail", $"GET /api/agents/{id}", 200, $$$"""
            {
              "id": "{{{id}}}", "name": "{{{name}}}", "state": "Running", "mode": "Normal", "created_at": "20*", "updated_at": "20*", "session_id": "*",
              "version": "1.2.3", "author": "me", "module": "builtin:chat", "description": "An agent", "tags": ["x", "y"], "skills": [], "mcp_servers": [],
              "model": {"provider": "openai", "model": "gpt-x", "max_tokens": 512, "temperature": 0.25, "system_prompt": "You test."},
              "capabilities": {"tools": ["file_read"], "network": ["*"], "shell": [], "memory_read": ["*"], "memory_write": ["self.*"], "agent_message": ["*"], "agent_spawn": false},
              "identity": {}, "offered_tools": ["file_read", "*"], "manifest_toml": "name = *", "*": "*"
            }
            """).Run(api, Cancel);
    }

    public static TheoryData<ApiCase> Refused { get; } =
    [
        new ApiCase("no manifest at all", "POST /api/agents", 400, """{"error": "manifest_toml is missing*"}""", "{}"),
        new ApiCase("a manifest that is a number", "POST /api/agents", 400, """{"error": "manifest_toml must be a string"}""", """{"manifest_toml": 7}"""),
        new ApiCase("a body that is a list", "POST /api/agents", 400, """{"error": "the body must be a JSON object"}""", "[]"),
        new ApiCase("a body that ends early", "POST /api/agents", 400, """{"error": "the body is not valid JSON (line 1, byte *"}""", "{\"manifest_toml\": "),
        new ApiCase("TOML that breaks on the second line", "POST /api/agents", 400, """{"error": "manifest_toml: line 2, column 9: author: *"}""", Requests.Manifest("name = \"x\"\nauthor= \n")),
        new ApiCase("a field of another type", "POST /api/agents", 400, """{"error": "manifest_toml: line 2, column *: model.max_tokens: *"}""", Requests.Manifest("name = \"x\"\nmodel = { max_tokens = \"many\" }")),
        new ApiCase("a manifest without a name", "POST /api/agents", 400, """{"error": "manifest_toml: *name*"}""", Requests.Manifest("version = \"1\"")),
        new ApiCase("an empty name", "POST /api/agents", 400, """{"error": "manifest_toml: *name*"}""", Requests.Manifest("name = \"\"")),
        new ApiCase("a template that is not there", "POST /api/agents", 404, """{"error": "Template 'nope' not found"}""", """{"template": "nope"}"""),
        new ApiCase("a signature that is not verified", "POST /api/agents", 400, """{"error": "signed_manifest: *"}""", """{"manifest_toml": "name = 'x'", "signed_manifest": "s"}"""),
        new ApiCase("a limit of nothing", "GET /api/agents?limit=0", 400, """{"error": "limit must be a whole number from 1 to 1000"}"""),
        new ApiCase("a limit that is a word", "GET /api/agents?limit=all", 400, """{"error": "limit must be a whole number from 1 to 1000"}"""),
        new ApiCase("a page after nobody", "GET /api/agents?after=x", 400, """{"error": "after: no agent has the id 'x'"}"""),
    ];

    [Theory]
    [MemberData(nameof(Refused))]
    public Task What_is_wrong_is_refused_and_named(ApiCase refused) => refused.Run(api, Cancel);

    [Fact]
    public async Task A_manifest_that_is_too_large_is_413()
    {
        var manifest = $"name = \"{shared.NewName()}\"\ndescription = \"{new string('x', 256 * 1024)}\"";

        await new ApiCase("large", "POST /api/agents", 413, """{"error": "manifest_toml is larger than 262144 bytes"}""", Requests.Manifest(manifest)).Run(api, Cancel);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_a_conflict_and_changes_nothing()
    {
        var name = shared.NewName();
        var id = await shared.Spawn("description = \"first\"", name);
        var other = await shared.Spawn();

        await new ApiCase("spawn", "POST /api/agents", 409, $$"""{"error": "an agent named '{{name}}' exists already"}""", Requests.Manifest($"name = \"{name}\"\ndescription = \"second\"")).Run(api, Cancel);
        await new ApiCase("rename", $"PATCH /api/agents/{other}", 409, $$"""{"error": "an agent named '{{name}}' exists already"}""", $$"""{"name": "{{name}}"}""").Run(api, Cancel);
        await new ApiCase("clone", $"POST /api/agents/{other}/clone", 409, null, $$"""{"new_name": "{{name}}"}""").Run(api, Cancel);

        Assert.Equal("first", (await api.Do($"GET /api/agents/{id}", Cancel)).Text("description"));
        Assert.Contains("first", await File.ReadAllTextAsync(Path.Combine(shared.Daemon.Home, "agents", name, "agent.toml"), Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_paged_in_the_order_of_birth_and_counts_them_all()
    {
        string[] ids = [await shared.Spawn(), await shared.Spawn(), await shared.Spawn()];

        var whole = await api.Send("GET /api/agents", Cancel);
        var all = whole.Json.EnumerateArray().Select(agent => agent.Text("id")).ToList();
        var page = await api.Send($"GET /api/agents?limit=1&after={ids[0]}", Cancel);

        Assert.Equal(ids, all.Where(ids.Contains));
        Assert.Equal(all.Count.ToString(), whole.Headers["X-Total-Count"]);
        Assert.Equal(ids[1], Assert.Single(page.Json.EnumerateArray()).Text("id"));
        Assert.Equal(int.Parse(whole.Headers["X-Total-Count"]), int.Parse(page.Headers["X-Total-Count"]));
    }

    [Fact]
    public async Task An_element_of_the_list_tells_name_state_and_model()
    {
        var name = shared.NewName();
        var id = await shared.Spawn("description = \"in the list\"", name);

        var listed = (await api.Do("GET /api/agents", Cancel)).EnumerateArray().Single(agent => agent.Text("id") == id);

        JsonPattern.Matches($$"""{"id": "{{id}}", "name": "{{name}}", "state": "Running", "mode": "Normal", "created_at": "20*", "model_provider": "openai", "model_name": "fake-model", "description": "in the list"}""", listed);
    }

    [Fact]
    public async Task An_update_keeps_the_comments_of_the_manifest()
    {
        var id = await shared.Spawn("# mine\ndescription = \"before\" # why\n[model]\nsystem_prompt = \"old\"");

        await new ApiCase("update", $"PUT /api/agents/{id}/update", 200, $$"""{"status": "updated", "agent_id": "{{id}}", "name": "*"}""",
            """{"description": "after", "system_prompt": "new", "unknown": 1}""").Run(api, Cancel);

        var detail = await api.Do($"GET /api/agents/{id}", Cancel);
        Assert.Equal(("after", "new"), (detail.Text("description"), detail.GetProperty("model").Text("system_prompt")));
        Assert.Contains("# mine\ndescription = \"after\" # why", detail.Text("manifest_toml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_patch_merges_and_null_takes_away()
    {
        var id = await shared.Spawn("description = \"d\"\n[identity]\nemoji = \"A\"\ncolor = \"#112233\"");

        await api.Do($"PATCH /api/agents/{id}/identity", Cancel, """{"color": "#445566", "vibe": "calm"}""");
        await api.Do($"PATCH /api/agents/{id}", Cancel, """{"identity": {"greeting_style": "warm"}, "description": null}""");
        await api.Do($"PATCH /api/agents/{id}/config", Cancel, """{"temperature": 0.5, "max_tokens": 99}""");

        await new ApiCase("detail", $"GET /api/agents/{id}", 200, """
            {"description": "", "identity": {"emoji": "A", "color": "#445566", "vibe": "calm", "greeting_style": "warm"},
             "model": {"temperature": 0.5, "max_tokens": 99, "*": "*"}, "*": "*"}
            """).Run(api, Cancel);
    }

    [Theory]
    [InlineData("""{"color": "red"}""", "color")]
    [InlineData("""{"avatar_url": "javascript:alert(1)"}""", "avatar_url")]
    [InlineData("""{"base_url": "ftp://x"}""", "base_url")]
    [InlineData("""{"name": " "}""", "name")]
    [InlineData("""{"emoji": 7}""", "emoji")]
    [InlineData("""{"temperature": "hot"}""", "temperature")]
    [InlineData("""{"identity": "x"}""", "identity")]
    [InlineData("""{"model": {"max_tokens": null, "temperature": [1]}}""", "temperature")]
    [InlineData("""{"tags": [null]}""", "tags")]
    [InlineData("""{"capabilities": {"tools": {"x": 1}}}""", "tools")]
    public async Task A_change_that_is_wrong_names_its_field_and_changes_nothing(string body, string field)
    {
        var id = await shared.Spawn();
        var before = (await api.Do($"GET /api/agents/{id}", Cancel)).Text("manifest_toml");

        var answer = await new ApiCase("change", $"PATCH /api/agents/{id}", 400, null, body).Run(api, Cancel);
        await new ApiCase("change", $"PUT /api/agents/{id}/update", 400, null, body).Run(api, Cancel);

        Assert.Contains(field, answer.Error(), StringComparison.Ordinal);
        Assert.Equal(before, (await api.Do($"GET /api/agents/{id}", Cancel)).Text("manifest_toml"));
    }

    [Theory]
    [InlineData("""{"resources": {"max_llm_tokens_per_hour": 1, "max_llm_tokens_per_hour": 2}}""")]
    [InlineData("""{"description": "a", "description": "b"}""")]
    public async Task A_key_that_comes_twice_has_its_last_value(string body)
    {
        var id = await shared.Spawn();

        await api.Do($"PATCH /api/agents/{id}", Cancel, body);
        await api.Do($"PUT /api/agents/{id}/update", Cancel, body);
    }

    [Fact]
    public async Task A_model_in_an_inline_table_can_be_changed()
    {
        var id = await shared.Spawn("model = { provider = \"openai\", model = \"a\" }\ncapabilities = { tools = [] }");

        await api.Do($"PUT /api/agents/{id}/model", Cancel, """{"model": "b"}""");
        await api.Do($"PATCH /api/agents/{id}", Cancel, """{"capabilities": {"tools": ["file_read"]}}""");

        var detail = await api.Do($"GET /api/agents/{id}", Cancel);
        Assert.Equal("b", detail.GetProperty("model").Text("model"));
        Assert.Equal("file_read", detail.GetProperty("capabilities").GetProperty("tools")[0].GetString());
    }

    [Fact]
    public async Task A_rename_moves_the_agent_and_its_file()
    {
        var (before, after) = (shared.NewName(), shared.NewName());
        var id = await shared.Spawn("", before);

        await api.Do($"PATCH /api/agents/{id}", Cancel, $$"""{"name": "{{after}}"}""");

        Assert.Equal(after, (await api.Do($"GET /api/agents/{id}", Cancel)).Text("name"));
        Assert.True(File.Exists(Path.Combine(shared.Daemon.Home, "agents", after, "agent.toml")));
        Assert.False(Directory.Exists(Path.Combine(shared.Daemon.Home, "agents", before)));
        await shared.Spawn("", before);
    }

    [Fact]
    public async Task A_mode_and_a_model_are_set()
    {
        var id = await shared.Spawn();

        await new ApiCase("mode", $"PUT /api/agents/{id}/mode", 200, $$"""{"status": "updated", "mode": "observe", "agent_id": "{{id}}"}""", """{"mode": "observe"}""").Run(api, Cancel);
        await new ApiCase("no mode", $"PUT /api/agents/{id}/mode", 400, """{"error": "mode must be one of *"}""", """{"mode": "fast"}""").Run(api, Cancel);
        await new ApiCase("model", $"PUT /api/agents/{id}/model", 200, """{"status": "updated", "model": "m2", "provider": "openai"}""", """{"model": "m2"}""").Run(api, Cancel);
        await new ApiCase("no model", $"PUT /api/agents/{id}/model", 400, """{"error": "model is missing"}""", """{"provider": "openai"}""").Run(api, Cancel);

        await new ApiCase("detail", $"GET /api/agents/{id}", 200, """{"mode": "observe", "model": {"provider": "openai", "model": "m2", "*": "*"}, "*": "*"}""").Run(api, Cancel);
        Assert.Equal("m2", (await shared.Say(id, "hello")).Text("model"));
    }

    [Fact]
    public async Task A_clone_is_another_agent_with_the_same_manifest()
    {
        var name = shared.NewName();
        var id = await shared.Spawn("description = \"same\" # kept", name);

        var first = await api.Do($"POST /api/agents/{id}/clone", Cancel);
        var second = await api.Do($"POST /api/agents/{id}/clone", Cancel, """{"new_name": "clone of mine", "overrides": {"description": "other"}}""");

        Assert.Equal((name + "-2", "clone of mine"), (first.Text("name"), second.Text("name")));
        Assert.Contains("description = \"same\" # kept", (await api.Do($"GET /api/agents/{first.Text("agent_id")}", Cancel)).Text("manifest_toml"), StringComparison.Ordinal);
        Assert.Equal("other", (await api.Do($"GET /api/agents/{second.Text("agent_id")}", Cancel)).Text("description"));
        await new ApiCase("empty", $"POST /api/agents/{id}/clone", 400, """{"error": "new_name must not be empty"}""", """{"new_name": ""}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_killed_agent_is_gone_with_all_it_had()
    {
        var name = shared.NewName();
        var id = await shared.Spawn("", name);
        var session = (await shared.Say(id, "hello")).Text("session_id");
        await api.Do($"PUT /api/memory/agents/{id}/kv/k", Cancel, """{"value": 1}""");

        await new ApiCase("kill", $"DELETE /api/agents/{id}", 200, $$"""{"status": "killed", "agent_id": "{{id}}"}""").Run(api, Cancel);

        foreach (var path in new[] { $"GET /api/agents/{id}", $"DELETE /api/agents/{id}", $"GET /api/memory/agents/{id}/kv", $"DELETE /api/sessions/{session}" })
            await new ApiCase("gone", path, 404).Run(api, Cancel);
        Assert.False(Directory.Exists(Path.Combine(shared.Daemon.Home, "agents", name)));
        var again = await shared.Spawn("", name);
        await new ApiCase("nothing is inherited", $"GET /api/memory/agents/{again}/kv", 200, """{"kv_pairs": []}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_kill_ends_the_run_that_is_under_way()
    {
        var id = await shared.Spawn();
        var asked = api.Send($"POST /api/agents/{id}/message", Cancel, Requests.Message("kill me <<silence>>"));
        var call = await shared.Model.CallWith("kill me", Cancel);

        await api.Do($"DELETE /api/agents/{id}", Cancel);

        Assert.Equal(HttpStatusCode.Conflict, (await asked).Status);
        await call.Aborted.WaitAsync(Cancel);
    }

    [Fact]
    public async Task Of_many_spawns_with_one_name_one_succeeds()
    {
        var manifest = Requests.Manifest($"name = \"{shared.NewName()}\"");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => api.Send("POST /api/agents", Cancel, manifest)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(19, answers.Count(answer => answer.Status == HttpStatusCode.Conflict));
    }

    [Theory]
    [InlineData("Ärztin für Straße")]
    [InlineData("a/../../b")]
    [InlineData("日本語 🦊")]
    public async Task Any_name_has_its_folder_below_the_agents_folder(string name)
    {
        var id = await shared.Spawn("", name);

        Assert.Equal(name, (await api.Do($"GET /api/agents/{id}", Cancel)).Text("name"));
        Assert.Equal("echo: hi", (await shared.Say(id, "hi")).Text("response"));
        Assert.All(Directory.GetDirectories(shared.Daemon.Home), folder => Assert.Contains(Path.GetFileName(folder), new[] { "agents", "data", "workspaces" }));
        await api.Do($"DELETE /api/agents/{id}", Cancel);
    }
}
