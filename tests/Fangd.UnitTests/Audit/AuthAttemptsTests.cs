using System.Net;
using Fangd.Engine.Audit;
using Fangd.Server.Audit;
using Fangd.TestKit;

namespace Fangd.UnitTests.Audit;

public sealed class AuthAttemptsTests
{
    private readonly RecordingTrail _trail = new();
    private readonly AuthAttempts _attempts;

    public AuthAttemptsTests() => _attempts = new AuthAttempts(_trail);

    [Fact]
    public void The_first_refusal_is_told_at_once_and_the_others_as_one_number()
    {
        for (var i = 0; i < 1000; i++)
            _attempts.Refused(IPAddress.Parse("192.0.2.7"), "Invalid API key");
        Assert.Equal(new AuditEntry(AuditAction.AuthAttempt, null, "from 192.0.2.7: Invalid API key", "denied"), Assert.Single(_trail.Entries));

        _attempts.Flush();
        _attempts.Flush();
        Assert.Equal("from 192.0.2.7: 999 more within the hour", _trail.Entries[1].Detail);
        Assert.Equal(2, _trail.Entries.Count);
    }

    [Fact]
    public void A_flood_from_everywhere_stays_within_its_bounds()
    {
        for (var i = 0; i < 100_000; i++)
        {
            var address = new IPAddress((long)i);
            _attempts.Refused(address, "Missing API key");
            _attempts.Refused(address, "Missing API key");
            _attempts.Passed(address);
            _attempts.Passed(address);
        }

        _attempts.Flush();
        Assert.Equal((3 * AuthAttempts.MostAddresses) + 3, _trail.Entries.Count);
        Assert.Contains(_trail.Entries, entry => entry.Detail == "from further addresses: 199871 more within the hour");
    }

    [Fact]
    public void Who_comes_in_is_told_once_an_hour()
    {
        for (var hour = 0; hour < 3; hour++)
        {
            _attempts.Passed(IPAddress.Loopback);
            _attempts.Passed(IPAddress.Loopback);
            _attempts.Flush();
        }

        Assert.Equal(Enumerable.Repeat("API key accepted from 127.0.0.1", 3), _trail.Entries.Select(entry => entry.Detail));
    }
}
