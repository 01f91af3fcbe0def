using Fangd.Engine.Tools.Time;

namespace Fangd.UnitTests.Tools.Time;

public sealed class SystemTimeToolTests
{
    [Fact]
    public async Task It_tells_utc_local_weekday_and_unix_time()
    {
        var zone = TimeZoneInfo.CreateCustomTimeZone("Test/East", TimeSpan.FromHours(2), "East", "East");
        var clock = new StoppedClock(new DateTimeOffset(2026, 3, 1, 23, 30, 5, TimeSpan.Zero), zone);

        var outcome = await ToolBench.Open(ToolBench.Agent("*"), new SystemTimeTool(clock)).Call("get_current_time");

        Assert.False(outcome.IsError);
        Assert.Equal(
            "utc: 2026-03-01T23:30:05Z\nlocal: 2026-03-02T01:30:05+02:00 (Test/East)\nweekday: Monday\nunix: 1772407805",
            outcome.Text);
    }
}
