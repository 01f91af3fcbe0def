using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>The knowledge graph and the board of tasks, over the API and by tools.</summary>
public sealed class KnowledgeTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entities_and_relations_are_added_walked_listed_and_deleted()
    {
        var agent = await shared.Spawn();
        var ann = (await new ApiCase(
            "entity", "POST /api/memory/entities", 201,
            $$"""{"id": "*", "agent_id": "{{agent}}", "entity_type": "person", "name": "Ann", "properties": {"age": 30}, "created_at": "*", "updated_at": "*"}""",
            $$$"""{"agent_id": "{{{agent}}}", "name": "Ann", "entity_type": "Person", "properties": {"age": 30}}""").Run(api, Cancel)).Json.Text("id");
        await Entity(agent, "Acme", "organization");
        await Entity(agent, "Bonn", "location");
        var works = (await Relation(agent, "Ann", "works_at", "Acme")).Json.Text("id");
        await Relation(agent, "Acme", "located_in", "Bonn");

        await new ApiCase("get", $"GET /api/memory/entities/{ann}", 200, """{"name": "Ann", "*": "*"}""").Run(api, Cancel);
        await new ApiCase(
            "walk", $"GET /api/memory/query?agent_id={agent}&source=ann&target=bonn&max_depth=3", 200,
            """
            {"items": [{"depth": 2, "path": [
              {"source": {"name": "Ann", "*": "*"}, "relation_type": "works_at", "target": {"name": "Acme", "*": "*"}, "confidence": 1, "*": "*"},
              {"source": {"name": "Acme", "*": "*"}, "relation_type": "located_in", "target": {"name": "Bonn", "*": "*"}, "*": "*"}]}], "total": 1}
            """).Run(api, Cancel);
        await new ApiCase("too near", "POST /api/memory/query", 200, """{"items": [], "total": 0}""", $$"""{"agent_id": "{{agent}}", "source": "Ann", "target": "Bonn"}""").Run(api, Cancel);
        await new ApiCase("entities", $"GET /api/memory/entities?agent_id={agent}&limit=2", 200, """{"items": [{"name": "Bonn", "*": "*"}, {"name": "Acme", "*": "*"}], "total": 3, "next": "*"}""").Run(api, Cancel);
        await new ApiCase("relations", $"GET /api/memory/relations?agent_id={agent}", 200, """{"items": [{"relation_type": "located_in", "*": "*"}, {"relation_type": "works_at", "*": "*"}], "total": 2}""").Run(api, Cancel);

        await new ApiCase("delete", $"DELETE /api/memory/relations/{works}", 200, $$"""{"status": "deleted", "id": "{{works}}"}""").Run(api, Cancel);
        await new ApiCase("delete", $"DELETE /api/memory/entities/{ann}", 200).Run(api, Cancel);
        await new ApiCase("gone", $"GET /api/memory/entities/{ann}", 404).Run(api, Cancel);
        await new ApiCase("gone", $"DELETE /api/memory/entities/{ann}", 404).Run(api, Cancel);
        await new ApiCase("gone", $"DELETE /api/memory/relations/{works}", 404).Run(api, Cancel);
    }

    [Theory]
    [InlineData("entities", """{"entity_type": "person"}""", 400, "name is missing")]
    [InlineData("entities", """{"name": "x"}""", 400, "entity_type is missing")]
    [InlineData("entities", """{"name": "x", "entity_type": "!"}""", 400, "entity_type must be a word *")]
    [InlineData("entities", """{"name": " ", "entity_type": "tool"}""", 400, "name must be 1 to 256 *")]
    [InlineData("entities", """{"name": "x", "entity_type": "tool", "properties": 1}""", 400, "properties must be a JSON object")]
    [InlineData("entities", """{"agent_id": "ghost", "name": "x", "entity_type": "tool"}""", 404, "Agent 'ghost' not found")]
    [InlineData("relations", """{"source": "a", "relation_type": "uses"}""", 400, "target is missing")]
    [InlineData("relations", """{"source": "nope-1", "relation": "uses", "target": "nope-2"}""", 404, "Entity 'nope-1' or 'nope-2' not found")]
    [InlineData("relations", """{"source": "a", "relation": "uses", "target": "b", "confidence": -1}""", 400, "confidence must be *")]
    [InlineData("query", """{"max_depth": 7}""", 400, "max_depth must be a whole number from 1 to 6")]
    [InlineData("query", """{"direction": "up"}""", 400, "direction must be outgoing, incoming or both")]
    public async Task What_is_wrong_is_named(string path, string body, int status, string error) =>
        await new ApiCase(path, $"POST /api/memory/{path}", status, $$"""{"error": {{FakeJson.Quote(error)}}}""", body).Run(api, Cancel);

    [Fact]
    public async Task The_tools_note_and_query_and_what_is_shared_has_to_be_granted()
    {
        var writer = await Agent("memory_read = [\"*\"]\nmemory_write = [\"*\"]");
        var reader = await Agent("memory_read = [\"shared.*\"]");
        var other = await Agent("memory_read = [\"self.*\"]\nmemory_write = [\"self.*\"]");

        await shared.Say(writer, """<<call knowledge_add_entity {"name": "Pump 7", "entity_type": "tool", "properties": {"made": 1999}, "scope": "shared"}>>""");
        await shared.Say(writer, """<<call knowledge_add_relation {"source": "Pump 7", "relation": "part of", "target": "Waterworks", "scope": "shared"}>>""");
        const string ask = """<<call knowledge_query {"source": "pump 7", "max_depth": 2}>>""";

        var seen = (await shared.Say(reader, ask)).Text("response");
        Assert.Contains("Pump 7 (tool) part_of Waterworks (concept)", seen, StringComparison.Ordinal);
        Assert.Contains("""Pump 7: {"made": 1999}""", seen, StringComparison.Ordinal);
        Assert.Contains("Nothing that is noted fits", (await shared.Say(other, ask)).Text("response"), StringComparison.Ordinal);
        Assert.Contains("shared knowledge is not covered", (await shared.Say(other, """<<call knowledge_add_entity {"name": "x", "entity_type": "tool", "scope": "shared"}>>""")).Text("response"), StringComparison.Ordinal);
        Assert.Contains("memory_write", (await shared.Say(await Agent("memory_write = [\"notes\"]"), """<<call knowledge_add_entity {"name": "x", "entity_type": "tool"}>>""")).Text("response"), StringComparison.Ordinal);
        Assert.Contains("1 to 6", (await shared.Say(writer, """<<call knowledge_query {"max_depth": 9}>>""")).Text("response"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_goes_from_one_agent_over_the_board_to_another()
    {
        var name = shared.NewName();
        var boss = await Agent("");
        var worker = await Agent("", name);

        var posted = (await shared.Say(boss, $$"""<<call task_post {"title": "Weed", "description": "The beds in the north", "assigned_to": "{{name}}"}>>""")).Text("response");
        Assert.Contains("Posted as task", posted, StringComparison.Ordinal);
        Assert.Contains("There is no agent", (await shared.Say(boss, """<<call task_post {"title": "x", "description": "y", "assigned_to": "ghost"}>>""")).Text("response"), StringComparison.Ordinal);
        var claimed = (await shared.Say(worker, "<<call task_claim {}>>")).Text("response");
        Assert.Contains("Weed\nThe beds in the north", claimed, StringComparison.Ordinal);
        var id = claimed[(claimed.IndexOf("Task ", StringComparison.Ordinal) + 5)..][..36];

        Assert.Contains($"{id} [in_progress] Weed", (await shared.Say(boss, """<<call task_list {"status": "in_progress"}>>""")).Text("response"), StringComparison.Ordinal);
        Assert.Contains("Another agent", (await shared.Say(boss, $$"""<<call task_complete {"task_id": "{{id}}", "result": "me"}>>""")).Text("response"), StringComparison.Ordinal);
        Assert.Contains("is completed", (await shared.Say(worker, $$"""<<call task_complete {"task_id": "{{id}}", "result": "All weeded."}>>""")).Text("response"), StringComparison.Ordinal);
        Assert.Contains("Result: All weeded.", (await shared.Say(boss, $$"""<<call task_status {"task_id": "{{id}}"}>>""")).Text("response"), StringComparison.Ordinal);
    }

    private Task<string> Agent(string grants, string? name = null) =>
        shared.Spawn($"[capabilities]\ntools = [\"knowledge_*\", \"task_*\"]\n{grants}\n[memory]\nepisodes = false", name);

    private Task<ApiResponse> Relation(string agent, string source, string type, string target) => new ApiCase(
        "relation", "POST /api/memory/relations", 201, null,
        $$"""{"agent_id": "{{agent}}", "source": "{{source}}", "relation_type": "{{type}}", "target": "{{target}}"}""").Run(api, Cancel);

    private Task Entity(string agent, string name, string type) => new ApiCase(
        "entity", "POST /api/memory/entities", 201, null, $$"""{"agent_id": "{{agent}}", "name": "{{name}}", "type": "{{type}}"}""").Run(api, Cancel);
}
