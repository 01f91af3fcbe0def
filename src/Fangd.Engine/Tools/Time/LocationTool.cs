using System.Globalization;
using System.Text.Json;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Time;

/// <summary>A place; degrees, north and east positive.</summary>
public sealed record Place(string? Name, double? Latitude, double? Longitude);

/// <summary>Tells where the machine is, as its owner configured it: an address on the network does not tell, and asking a stranger would.</summary>
public sealed class LocationTool(Place? configured, TimeProvider time) : ITool
{
    private static readonly byte[] _schema = """{"type":"object","properties":{}}"""u8.ToArray();

    public ToolSpec Spec { get; } = new("location_get", "Tells where this machine is: place, coordinates and time zone.", _schema, ToolRisk.Low)
    {
        IsReadOnly = true,
    };

    public ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        var zone = time.LocalTimeZone.Id;
        if (configured is null)
        {
            return ValueTask.FromResult(ToolOutcome.Error(
                $"The location is not known: set name, latitude and longitude under [location] in config.toml. The time zone is {zone}."));
        }
        var text = string.Create(CultureInfo.InvariantCulture, $"place: {configured.Name ?? "not named"}\n");
        if (configured is { Latitude: { } latitude, Longitude: { } longitude })
            text += string.Create(CultureInfo.InvariantCulture, $"latitude: {latitude}\nlongitude: {longitude}\n");
        return ValueTask.FromResult(ToolOutcome.Ok($"{text}time zone: {zone}") with { Labels = TaintLabels.Pii });
    }
}
