using Fangd.Server.Storage;

namespace Fangd.Server.Config;

/// <summary>Most bytes of what clients send; more is answered with 413.</summary>
public sealed record LimitsConfig(int MaxBodyBytes, int MaxMessageBytes, int MaxManifestBytes, int MaxUploadBytes)
{
    private const int Kibibyte = 1024;
    private const int Most = 1024 * 1024 * 1024;

    internal static LimitsConfig Read(SectionReader section)
    {
        var read = new LimitsConfig(
            section.Integer("max_body_bytes", 2 * Kibibyte * Kibibyte, Kibibyte, Most),
            section.Integer("max_message_bytes", 64 * Kibibyte, 1, Most),
            section.Integer("max_manifest_bytes", 256 * Kibibyte, 1, Most),
            section.Integer("max_upload_bytes", 10 * Kibibyte * Kibibyte, 1, Most));
        section.Finish();
        return read;
    }
}

/// <summary>How the database is kept.</summary>
public sealed record StorageConfig(Durability Durability)
{
    internal static StorageConfig Read(SectionReader section)
    {
        var read = new StorageConfig(section.Choice("durability", Durability.Normal, ("normal", Durability.Normal), ("full", Durability.Full)));
        section.Finish();
        return read;
    }
}
