using Fangd.Protocols.OAuth;
using Fangd.Server.Http;
using Fangd.Server.Mcp.Authorization;
using Fangd.TestKit;

namespace Fangd.UnitTests.Mcp;

public sealed class PendingAuthorizationsTests
{
    private readonly ManualTime time = new();

    [Fact]
    public void A_question_takes_one_answer()
    {
        var (pending, request) = (new PendingAuthorizations(time), Request());
        pending.Add("a", request);

        Assert.Null(pending.Take("b", request.State));
        Assert.Null(pending.Take("a", "another"));
        Assert.Same(request, pending.Take("a", request.State));
        Assert.Null(pending.Take("a", request.State));
    }

    [Fact]
    public void A_question_ends_after_ten_minutes()
    {
        var (pending, request) = (new PendingAuthorizations(time), Request());
        pending.Add("a", request);
        time.Advance(TimeSpan.FromMinutes(9));
        Assert.True(pending.Has("a"));

        time.Advance(TimeSpan.FromMinutes(1));

        Assert.False(pending.Has("a"));
        Assert.Null(pending.Take("a", request.State));
    }

    [Fact]
    public void There_are_not_more_questions_than_anybody_could_answer()
    {
        var pending = new PendingAuthorizations(time);
        for (var i = 0; i < 32; i++)
            pending.Add("a", Request());

        Assert.Equal(429, Assert.Throws<ApiException>(() => pending.Add("b", Request())).Status);
        pending.Drop("a");
        pending.Add("b", Request());
    }

    private static AuthorizationRequest Request() => new()
    {
        Offer = new OAuthOffer("https://a.example", AuthorizationServer.ByDefault(new Uri("https://a.example")), null),
        Client = new OAuthClient("i", null, OAuthMethods.None),
        RedirectUri = "http://127.0.0.1/cb",
    };
}
