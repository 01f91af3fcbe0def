using System.Text;
using Fangd.Server.Logs;
using Fangd.TestKit;
using Microsoft.Extensions.Logging;

namespace Fangd.UnitTests.Logs;

public sealed class LogHubTests
{
    private const int Queued = 2048;

    [Fact]
    public async Task Lines_that_a_slow_output_loses_are_counted()
    {
        using var output = new StuckWriter();
        using var hub = new LogHub(LogLevel.Information, output, isJournal: false, new ManualTime());
        var log = hub.CreateLogger("Fangd.Test");
        log.LogInformation("the line that is being written");
        await output.Reached.WaitAsync(TestContext.Current.CancellationToken);

        for (var line = 0; line < Queued + 10; line++)
            log.LogInformation("line {Number}", line);

        Assert.Equal(10, hub.Dropped);
        output.Release();
        await hub.Drain();
        Assert.Equal(Queued + 1, output.Lines);
    }

    /// <summary>Takes nothing until it is released.</summary>
    private sealed class StuckWriter : TextWriter
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Encoding Encoding => Encoding.UTF8;

        public Task Reached => _reached.Task;

        public int Lines { get; private set; }

        public void Release() => _released.TrySetResult();

        public override async Task WriteLineAsync(string? value)
        {
            _reached.TrySetResult();
            await _released.Task;
            Lines++;
        }
    }
}
