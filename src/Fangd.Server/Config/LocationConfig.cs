using Fangd.Engine.Tools.Time;

namespace Fangd.Server.Config;

/// <summary>Where the machine stands; agents with <c>location_get</c> are told.</summary>
internal static class LocationConfig
{
    public static Place Read(SectionReader section)
    {
        var read = new Place(
            section.OptionalString("name"),
            section.Has("latitude") ? section.Number("latitude", 0, -90, 90) : null,
            section.Has("longitude") ? section.Number("longitude", 0, -180, 180) : null);
        section.Finish();
        return read;
    }
}
