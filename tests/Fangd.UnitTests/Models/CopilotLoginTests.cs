using System.Net;
using System.Text;
using Fangd.Server.Config;
using Fangd.Server.Http;
using Fangd.Server.Providers;
using Fangd.TestKit;
using Fangd.UnitTests.Usage;

namespace Fangd.UnitTests.Models;

public sealed class CopilotLoginTests : IDisposable
{
    private readonly MeteringRig _rig = new();
    private readonly GitHub _github = new();
    private readonly HttpClient _http;
    private readonly CopilotLogin _login;

    public CopilotLoginTests()
    {
        _http = new HttpClient(_github);
        _login = new CopilotLogin(new CopilotConfig("https://github.test", "app"), _http, _rig.Settings, new RecordingTrail(), _rig.Time, () => "poll-1");
        _github.Answers.Enqueue("""{"device_code":"dev","user_code":"ABCD-1234","verification_uri":"https://github.test/login/device","expires_in":900,"interval":5}""");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_login_waits_for_its_user_and_ends_with_the_key_in_force()
    {
        var started = await _login.Start(Stop);
        Assert.Equal(("poll-1", "ABCD-1234"), (started.PollId, started.UserCode));

        Assert.Equal("pending", (await _login.Poll("poll-1", Stop)).Status);
        Assert.Single(_github.Asked);

        _rig.Time.Advance(TimeSpan.FromSeconds(5));
        _github.Answers.Enqueue("""{"error":"authorization_pending"}""");
        Assert.Equal("pending", (await _login.Poll("poll-1", Stop)).Status);

        _rig.Time.Advance(TimeSpan.FromSeconds(5));
        _github.Answers.Enqueue("""{"access_token":"gho_secret","token_type":"bearer"}""");
        Assert.Equal("authorized", (await _login.Poll("poll-1", Stop)).Status);

        Assert.Equal("gho_secret", _rig.Settings.Keys.Find("GITHUB_TOKEN"));
        Assert.Contains("device_code=dev", _github.Asked[^1]);
        Assert.Equal(ApiFault.NotFound, (await Assert.ThrowsAsync<ApiException>(() => _login.Poll("poll-1", Stop))).Fault);
    }

    [Fact]
    public async Task GitHub_is_asked_no_faster_than_it_allows()
    {
        await _login.Start(Stop);
        _rig.Time.Advance(TimeSpan.FromSeconds(5));
        _github.Answers.Enqueue("""{"error":"slow_down","interval":10}""");
        await _login.Poll("poll-1", Stop);

        _rig.Time.Advance(TimeSpan.FromSeconds(5));
        _github.Answers.Enqueue("""{"error":"authorization_pending"}""");
        await _login.Poll("poll-1", Stop);
        _rig.Time.Advance(TimeSpan.FromSeconds(9));
        await _login.Poll("poll-1", Stop);

        Assert.Equal(3, _github.Asked.Count);
    }

    [Theory]
    [InlineData("""{"error":"expired_token"}""", "expired")]
    [InlineData("""{"error":"access_denied"}""", "denied")]
    public async Task A_login_that_came_to_nothing_says_so_once(string answer, string status)
    {
        await _login.Start(Stop);
        _rig.Time.Advance(TimeSpan.FromSeconds(5));
        _github.Answers.Enqueue(answer);

        Assert.Equal(status, (await _login.Poll("poll-1", Stop)).Status);
        await Assert.ThrowsAsync<ApiException>(() => _login.Poll("poll-1", Stop));
    }

    [Theory]
    [InlineData("<html>no</html>")]
    [InlineData("""{"error":"device_flow_disabled","error_description":"Device flow is off"}""")]
    public async Task What_is_no_code_is_GitHubs_failure(string answer)
    {
        _github.Answers.Clear();
        _github.Answers.Enqueue(answer);

        var failure = await Assert.ThrowsAsync<ApiException>(() => _login.Start(Stop));

        Assert.Equal(ApiFault.BadGateway, failure.Fault);
        Assert.Contains("GitHub (github.test)", failure.Message);
    }

    public void Dispose()
    {
        _http.Dispose();
        _github.Dispose();
        _rig.Dispose();
    }

    private sealed class GitHub : HttpMessageHandler
    {
        public Queue<string> Answers { get; } = new();

        public List<string> Asked { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add($"{request.RequestUri} {await request.Content!.ReadAsStringAsync(cancellationToken)}");
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Answers.Dequeue(), Encoding.UTF8, "application/json") };
        }
    }
}
