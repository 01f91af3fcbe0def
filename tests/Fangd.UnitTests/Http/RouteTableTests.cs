using Fangd.Server.Http;

namespace Fangd.UnitTests.Http;

/// <summary>Which route a path finds, where several could.</summary>
public sealed class RouteTableTests
{
    private static readonly RouteTable _routes = Table("/t/{id}", "/t/{id}:cancel", "/t/{id}:subscribe", "/t/fixed:cancel", "/t/{id}/more", "/{tenant}/t/{id}:cancel", "/t/m:send");

    [Theory]
    [InlineData("/t/x", "/t/{id}", "x")]
    [InlineData("/t/x:cancel", "/t/{id}:cancel", "x")]
    [InlineData("/t/x:subscribe", "/t/{id}:subscribe", "x")]
    [InlineData("/t/x:other", "/t/{id}", "x:other")]
    [InlineData("/t/a:b:cancel", "/t/{id}:cancel", "a:b")]
    [InlineData("/t/:cancel", "/t/{id}", ":cancel")]
    [InlineData("/t/x:cancel/more", "/t/{id}/more", "x:cancel")]
    [InlineData("/t/fixed:cancel", "/t/fixed:cancel", null)]
    [InlineData("/t/m:send", "/t/m:send", null)]
    [InlineData("/me/t/x:cancel", "/{tenant}/t/{id}:cancel", "me")]
    public void A_verb_at_the_end_of_a_parameter_wins_over_the_parameter_alone(string path, string pattern, string? first)
    {
        var values = new Range[RouteTable.MostParameters];

        Assert.True(_routes.TryFind(path, values, out var place));

        Assert.Equal(pattern, place.For("POST")!.Pattern);
        if (first is not null)
            Assert.Equal(first, path[values[0]]);
    }

    [Fact]
    public void The_names_of_parameters_are_without_verbs()
    {
        Assert.Equal(["tenant", "id"], _routes.Routes.Single(route => route.Pattern == "/{tenant}/t/{id}:cancel").Parameters);
    }

    private static RouteTable Table(params string[] patterns)
    {
        var routes = new RouteTable();
        foreach (var pattern in patterns)
            routes.Post(pattern, _ => Task.CompletedTask);
        return routes;
    }
}
