using System.Net;
using Fangd.Server.Http;
using Fangd.TestKit;

namespace Fangd.UnitTests.Http;

public sealed class RateLimiterTests
{
    private const int MostClients = 16_384;

    private static readonly IPAddress Client = IPAddress.Parse("203.0.113.1");

    private readonly ManualTime _time = new();

    [Fact]
    public void Of_racing_requests_exactly_the_burst_passes()
    {
        var limiter = new RateLimiter(10, 100, _time);

        Assert.Equal(100, Race(limiter, 8, 500));
    }

    [Fact]
    public void What_comes_back_is_exact_however_many_race_for_it()
    {
        var limiter = new RateLimiter(10, 50, _time);
        Race(limiter, 4, 100);

        var passed = 0;
        for (var second = 0; second < 20; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            passed += Race(limiter, 4, 50);
        }

        // The clock counts in ticks of about a microsecond: over twenty seconds at most one token is still on its way.
        Assert.InRange(passed, 199, 200);
    }

    [Fact]
    public void A_bucket_never_holds_more_than_the_burst()
    {
        var limiter = new RateLimiter(1, 3, _time);
        Take(limiter, 1);

        _time.Advance(TimeSpan.FromDays(400));

        Assert.Equal(3, Race(limiter, 1, 10));
    }

    [Fact]
    public void A_cost_is_paid_whole_or_not_at_all()
    {
        var limiter = new RateLimiter(1, 5, _time);

        Assert.Equal((true, 2L), (Take(limiter, 3).IsAllowed, limiter.Take(Client, 0).Remaining));
        Assert.Equal((false, 2L, 1L), (Take(limiter, 3) is var refused && refused.IsAllowed, refused.Remaining, refused.RetryAfterSeconds));
        Assert.True(Take(limiter, 2).IsAllowed);
    }

    [Fact]
    public void A_cost_above_the_burst_takes_the_whole_bucket()
    {
        var limiter = new RateLimiter(1, 2, _time);

        Assert.Equal((true, 0L), (Take(limiter, 5) is var taken && taken.IsAllowed, taken.Remaining));
        Assert.Equal(2, Take(limiter, 5).RetryAfterSeconds);
    }

    [Fact]
    public void The_pause_that_is_told_is_enough()
    {
        var limiter = new RateLimiter(0.3, 1, _time);
        Take(limiter, 1);

        var pause = Take(limiter, 1).RetryAfterSeconds;
        _time.Advance(TimeSpan.FromSeconds(pause));

        Assert.Equal(4, pause);
        Assert.True(Take(limiter, 1).IsAllowed);
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::ffff:203.0.113.1", "203.0.113.1", true)]
    [InlineData("203.0.113.1", "203.0.113.2", false)]
    [InlineData("::", "0.0.0.0", false)]
    public void A_host_is_one_client_with_all_its_addresses(string first, string second, bool isSame)
    {
        var limiter = new RateLimiter(1, 1, _time);
        limiter.Take(IPAddress.Parse(first), 1);

        Assert.Equal(!isSame, limiter.Take(IPAddress.Parse(second), 1).IsAllowed);
    }

    [Fact]
    public void The_table_is_bounded_and_what_does_not_fit_shares_one_bucket()
    {
        var limiter = new RateLimiter(1, 2, _time);
        for (var client = 0; client < MostClients; client++)
            Assert.True(limiter.Take(Numbered(client), 2).IsAllowed);

        Assert.True(limiter.Take(Numbered(MostClients), 2).IsAllowed);
        Assert.False(limiter.Take(Numbered(MostClients + 1), 2).IsAllowed);

        Assert.Equal(MostClients, limiter.Clients);
        Assert.False(limiter.Take(Numbered(0), 2).IsAllowed);
    }

    [Fact]
    public void Clients_whose_bucket_is_full_again_make_room_and_others_keep_what_they_owe()
    {
        var limiter = new RateLimiter(1, 4, _time);
        for (var client = 0; client < MostClients; client++)
            limiter.Take(Numbered(client), client == 7 ? 4 : 1);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(limiter.Take(Numbered(MostClients), 4).IsAllowed);

        Assert.Equal(2, limiter.Clients);
        Assert.Equal((true, false), (limiter.Take(Numbered(7), 2).IsAllowed, limiter.Take(Numbered(7), 1).IsAllowed));
    }

    [Fact]
    public void Racing_newcomers_at_a_full_table_cannot_pass_more_than_their_share()
    {
        var limiter = new RateLimiter(1, 1, _time);
        for (var client = 0; client < MostClients - 2; client++)
            limiter.Take(Numbered(client), 1);
        _time.Advance(TimeSpan.FromSeconds(2));

        var passed = new int[64];
        Parallel.For(0, 64 * 20, new ParallelOptions { MaxDegreeOfParallelism = 8 }, index =>
        {
            if (limiter.Take(Numbered(MostClients + (index % 64)), 1).IsAllowed)
                Interlocked.Increment(ref passed[index % 64]);
        });

        Assert.All(passed, count => Assert.Equal(1, count));
        Assert.InRange(limiter.Clients, 64, MostClients);
    }

    private static IPAddress Numbered(int number) => new([10, (byte)(number >> 16), (byte)(number >> 8), (byte)number]);

    private static RateVerdict Take(RateLimiter limiter, int cost) => limiter.Take(Client, cost);

    private static int Race(RateLimiter limiter, int threads, int each)
    {
        var passed = 0;
        Parallel.For(0, threads * each, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            if (limiter.Take(Client, 1).IsAllowed)
                Interlocked.Increment(ref passed);
        });
        return passed;
    }
}
