using Fangd.Engine.Memory;
using Fangd.Protocols.Llm;

namespace Fangd.UnitTests.Memory;

public sealed class GraphStoreTests
{
    [Fact]
    public async Task A_walk_goes_as_far_as_it_is_allowed()
    {
        using var rig = new MemoryRig();
        await Chain(rig, "ann", "a", "b", "c", "d");

        Assert.Equal(["a>b"], await Paths(rig, new GraphQuery { Source = "a" }));
        Assert.Equal(["a>b", "a>b b>c"], await Paths(rig, new GraphQuery { Source = "a", MaxDepth = 2 }));
        Assert.Equal(["a>b b>c c>d"], await Paths(rig, new GraphQuery { Source = "a", Target = "D", MaxDepth = 3 }));
        Assert.Empty(await Paths(rig, new GraphQuery { Source = "a", Target = "d", MaxDepth = 2 }));
    }

    [Fact]
    public async Task Directions_and_types_choose_the_way()
    {
        using var rig = new MemoryRig();
        await Chain(rig, "ann", "a", "b", "c");
        await rig.Graph.AddRelation("ann", GraphScope.Own, "x", "uses", "b", 0.5, TaintLabels.None);

        Assert.Equal(["x>b", "a>b"], await Paths(rig, new GraphQuery { Source = "b", Direction = GraphDirection.Incoming }, ordered: false));
        Assert.Equal(["a>b", "b>c", "x>b"], (await Paths(rig, new GraphQuery { Source = "b", Direction = GraphDirection.Both })).Order(StringComparer.Ordinal));
        Assert.Equal(["x>b"], await Paths(rig, new GraphQuery { Target = "b", Relation = "uses", MaxDepth = 4 }));
        Assert.Equal(["b>c", "a>b b>c", "x>b b>c"], (await Paths(rig, new GraphQuery { Target = "c", MaxDepth = 2 })).OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal));
        Assert.Equal(["x>b"], await Paths(rig, new GraphQuery { Relation = "uses" }));
        Assert.Equal(3, (await Paths(rig, new GraphQuery())).Length);
    }

    [Fact]
    public async Task A_cycle_ends()
    {
        using var rig = new MemoryRig();
        await Chain(rig, "ann", "a", "b", "c", "a");
        await rig.Graph.AddRelation("ann", GraphScope.Own, "a", "knows_about", "a", 1, TaintLabels.None);

        Assert.Equal(["a>b", "a>b b>c"], await Paths(rig, new GraphQuery { Source = "a", MaxDepth = 6 }));
        Assert.Equal(
            ["a>b", "a>b b>c", "c>a", "c>a b>c"],
            (await Paths(rig, new GraphQuery { Source = "a", MaxDepth = 6, Direction = GraphDirection.Both })).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_dense_graph_is_walked_within_bounds()
    {
        using var rig = new MemoryRig();
        for (var i = 0; i < 30; i++)
        {
            for (var j = 0; j < 30; j++)
            {
                if (i != j)
                    await rig.Graph.AddRelation("ann", GraphScope.Own, $"n{i}", "related_to", $"n{j}", 1, TaintLabels.None);
            }
        }

        var paths = await rig.Graph.Query("ann", new GraphQuery { Source = "n0", MaxDepth = GraphQuery.Deepest, Direction = GraphDirection.Both });

        Assert.Equal(100, paths.Count);
    }

    [Fact]
    public async Task Each_agent_has_its_own_part_and_what_is_shared_is_seen_only_if_asked_for()
    {
        using var rig = new MemoryRig();
        await Chain(rig, "ann", "a", "b");
        await rig.Graph.AddRelation("ben", GraphScope.Shared, "b", "part_of", "world", 1, TaintLabels.None);

        Assert.Empty(await Paths(rig, new GraphQuery { Source = "a" }, "ben"));
        Assert.Empty(await Paths(rig, new GraphQuery { Source = "world", Direction = GraphDirection.Both }, "ann"));
        Assert.Equal(["b>world"], await Paths(rig, new GraphQuery { Target = "world", IncludesShared = true }, "ann"));
        // The b that is shared is not the b of Ann, so nothing of hers leads there.
        Assert.Empty(await Paths(rig, new GraphQuery { Source = "a", Target = "world", MaxDepth = 3, IncludesShared = true }, "ann"));
    }

    [Fact]
    public async Task An_own_relation_may_lead_to_what_is_shared()
    {
        using var rig = new MemoryRig();
        await rig.Graph.AddEntity("ben", GraphScope.Shared, "organization", "Acme", """{"city":"Bonn"}""", TaintLabels.None);
        var relation = await rig.Graph.AddRelation("ann", GraphScope.Own, "Ann", "works_at", "acme", 1, TaintLabels.None);

        Assert.Equal((null, "organization"), (relation.Target.AgentId, relation.Target.Type));
        Assert.Equal(["Ann>Acme"], await Paths(rig, new GraphQuery { Source = "ann" }));
        Assert.Empty(await Paths(rig, new GraphQuery { Source = "acme", Direction = GraphDirection.Incoming, IncludesShared = true }, "ben"));
    }

    [Fact]
    public async Task An_entity_that_is_there_takes_the_new_properties()
    {
        using var rig = new MemoryRig();
        var first = await rig.Graph.AddEntity("ann", GraphScope.Own, "person", "Zoë", """{"age":30,"likes":"tea"}""", TaintLabels.None);
        rig.Time.Advance(TimeSpan.FromHours(1));
        var second = await rig.Graph.AddEntity("ann", GraphScope.Own, "person", "ZOË", """{"age":31}""", TaintLabels.None);
        var other = await rig.Graph.AddEntity("ann", GraphScope.Own, "project", "Zoë", "{}", TaintLabels.None);

        Assert.Equal(first.Id, second.Id);
        Assert.NotEqual(first.Id, other.Id);
        Assert.Equal("""{"likes":"tea","age":31}""", second.Properties);
        Assert.True(second.UpdatedAt > second.CreatedAt);
    }

    [Fact]
    public async Task A_relation_that_is_there_takes_the_new_confidence()
    {
        using var rig = new MemoryRig();
        var first = await rig.Graph.AddRelation("ann", GraphScope.Own, "a", "uses", "b", 0.4, TaintLabels.None);
        var second = await rig.Graph.AddRelation("ann", GraphScope.Own, "A", "uses", "B", 0.9, TaintLabels.None);

        Assert.Equal((first.Id, 0.9), (second.Id, second.Confidence));
        Assert.Equal((2L, 1L), rig.Graph.Count("ann"));
    }

    [Fact]
    public async Task A_killed_agents_part_goes_and_the_shared_one_stays()
    {
        using var rig = new MemoryRig();
        await Chain(rig, "ann", "a", "b");
        await rig.Graph.AddRelation("ann", GraphScope.Shared, "x", "uses", "y", 1, TaintLabels.None);

        await rig.Kill("ann");

        Assert.Equal((2L, 1L), rig.Graph.Count(null));
        Assert.Equal(["x>y"], await Paths(rig, new GraphQuery { Source = "x", IncludesShared = true }, "ben"));
    }

    [Theory]
    [InlineData("Works At", "works_at")]
    [InlineData("works-at", "works_at")]
    [InlineData("custom(Pet Of)", "pet_of")]
    [InlineData("  ПАРА  ", "пара")]
    [InlineData("__x__", "x")]
    [InlineData("", null)]
    [InlineData("custom()", null)]
    [InlineData("!!!", null)]
    public void Types_come_to_one_form(string written, string? type) => Assert.Equal(type, GraphTypes.Normalise(written));

    private static async Task Chain(MemoryRig rig, string agent, params string[] names)
    {
        for (var i = 1; i < names.Length; i++)
            await rig.Graph.AddRelation(agent, GraphScope.Own, names[i - 1], "related_to", names[i], 1, TaintLabels.None);
    }

    private static async Task<string[]> Paths(MemoryRig rig, GraphQuery query, string agent = "ann", bool ordered = true)
    {
        var paths = (await rig.Graph.Query(agent, query)).Select(path => string.Join(' ', path.Steps.Select(step => $"{step.Source.Name}>{step.Target.Name}")));
        return [.. ordered ? paths : paths.OrderDescending(StringComparer.Ordinal)];
    }
}
