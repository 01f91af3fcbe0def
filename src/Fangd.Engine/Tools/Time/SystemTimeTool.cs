using System.Globalization;
using System.Text.Json;

namespace Fangd.Engine.Tools.Time;

/// <summary>Tells the model what time it is.</summary>
public sealed class SystemTimeTool(TimeProvider time) : ITool
{
    private static readonly byte[] _schema = """{"type":"object","properties":{}}"""u8.ToArray();

    public ToolSpec Spec { get; } = new("system_time", "Tells the current date, weekday and time, in UTC and in local time.", _schema, ToolRisk.Low)
    {
        IsReadOnly = true,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var utc = time.GetUtcNow();
        var zone = time.LocalTimeZone;
        var local = TimeZoneInfo.ConvertTime(utc, zone);
        return ValueTask.FromResult(ToolOutcome.Ok(string.Create(
            CultureInfo.InvariantCulture,
            $"utc: {utc:yyyy-MM-dd'T'HH:mm:ss'Z'}\nlocal: {local:yyyy-MM-dd'T'HH:mm:sszzz} ({zone.Id})\nweekday: {local.DayOfWeek}\nunix: {utc.ToUnixTimeSeconds()}")));
    }
}
