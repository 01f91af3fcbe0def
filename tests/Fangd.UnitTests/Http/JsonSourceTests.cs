using System.Text.Json;
using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.UnitTests.Http;

/// <summary>What the generator makes of records.</summary>
public sealed class JsonSourceTests
{
    private static readonly DateTimeOffset _noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Names_are_in_snake_case_and_what_is_null_is_left_out()
    {
        var page = new Page { ItemCount = 2, CostUsd = 0.5, IPAddress = "::1", Sha256Sum = "ab", Top5 = true, NextPage = null };

        Assert.Equal("""{"item_count":2,"cost_usd":0.5,"ip_address":"::1","sha256_sum":"ab","top5":true}""", page.ToString());
    }

    [Fact]
    public void A_property_can_have_another_name_be_written_as_null_or_not_at_all()
    {
        Assert.Equal("""{"agentId":"a","label":null}""", new Labelled("a", null, "never told").ToString());
        Assert.Equal("""{"agentId":"a","label":"l"}""", new Labelled("a", "l", "never told").ToString());
    }

    [Fact]
    public void Lists_maps_objects_times_and_raw_values_are_written_as_what_they_are()
    {
        var tree = new Tree(["a", "ü\"\n"], new Dictionary<string, string> { ["K"] = "v" }, _noon, JsonValues.Parse("[1, null]"), [new Tree([], null, null, null, null)]);

        Assert.Equal(
            """{"names":["a","ü\"\n"],"map":{"K":"v"},"at":"2026-01-02T12:00:00+00:00","raw":[1,null],"parts":[{"names":[]}]}""",
            tree.ToString());
    }

    [Fact]
    public void What_is_written_can_be_read()
    {
        const string json = """{"names":["a"],"map":{"K":"v"},"at":"2026-01-02T12:00:00+00:00","raw":{"x":[1.50]},"parts":[{"names":[]}]}""";

        Assert.Equal(json, JsonFields.Read<Tree>(json).ToString());
    }

    [Fact]
    public void An_absent_field_is_null_or_zero_and_an_unknown_one_is_passed_over()
    {
        var page = JsonFields.Read<Page>("""{"unknown":{"item_count":9},"next_page":null}""");

        Assert.Equal("""{"item_count":0,"cost_usd":0,"top5":false}""", page.ToString());
        Assert.Null(page.NextPage);
        Assert.Equal(7, JsonFields.Read<Defaults>("{}").Count);
    }

    [Fact]
    public void Null_is_a_value_where_the_property_says_so()
    {
        Assert.Equal(JsonValueKind.Null, JsonFields.Read<Any>("""{"value":null}""").Value.ValueKind);
        Assert.Equal(JsonValueKind.Undefined, JsonFields.Read<Any>("{}").Value.ValueKind);
    }

    [Theory]
    [InlineData("""{"names":"a"}""", "names")]
    [InlineData("""{"names":[1]}""", "names[0]")]
    [InlineData("""{"names":["\ud800"]}""", "names[0]")]
    [InlineData("""{"map":{"K":1}}""", "map.K")]
    [InlineData("""{"at":"noon"}""", "at")]
    [InlineData("""{"parts":{}}""", "parts")]
    [InlineData("""{"parts":[{},{"parts":[{"at":1}]}]}""", "parts[1].parts[0].at")]
    [InlineData("""[]""", "")]
    public void A_wrong_type_is_told_with_the_place(string json, string path) =>
        Assert.Equal(path, Assert.Throws<JsonException>(() => JsonFields.Read<Tree>(json)).Path);

    [Theory]
    [InlineData("""{"item_count":1.5}""", "item_count")]
    [InlineData("""{"item_count":3000000000}""", "item_count")]
    [InlineData("""{"cost_usd":"1"}""", "cost_usd")]
    [InlineData("""{"top5":0}""", "top5")]
    public void A_number_out_of_range_or_another_type_is_told_too(string json, string path) =>
        Assert.Equal(path, Assert.Throws<JsonException>(() => JsonFields.Read<Page>(json)).Path);

    [Fact]
    public void Two_bodies_are_equal_only_when_they_are_one()
    {
        var one = new Labelled("a", null, "");

        Assert.NotEqual(one, one with { });
        Assert.Equal(one, one);
    }
}

public sealed partial record Page : IAnswer, IRequest<Page>
{
    public int ItemCount { get; init; }
    public double CostUsd { get; init; }
    public string? IPAddress { get; init; }
    public string? Sha256Sum { get; init; }
    public bool Top5 { get; init; }
    public string? NextPage { get; init; }
    public static string Shared => "";
    internal string Hidden => "";
}

public sealed partial record Labelled(
    [property: JsonPropertyName("agentId")] string Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Label,
    [property: JsonIgnore] string Secret) : IAnswer;

public sealed partial record Tree(
    IReadOnlyList<string> Names,
    IReadOnlyDictionary<string, string>? Map,
    DateTimeOffset? At,
    JsonElement? Raw,
    IReadOnlyList<Tree>? Parts) : IAnswer, IRequest<Tree>;

public sealed partial record Any(JsonElement Value) : IRequest<Any>;

public sealed partial record Defaults(int Count = 7) : IRequest<Defaults>;
