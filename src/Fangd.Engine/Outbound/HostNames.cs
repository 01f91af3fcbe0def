namespace Fangd.Engine.Outbound;

/// <summary>Names that mean this machine or the metadata of a cloud, whatever they resolve to.</summary>
internal static class HostNames
{
    private static readonly string[] _local = ["localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"];

    private static readonly string[] _metadata =
    [
        "metadata", "metadata.google.internal", "metadata.goog", "metadata.aws.internal", "metadata.azure.internal", "instance-data",
        "instance-data.ec2.internal", "metadata.tencentyun.com", "metadata.platformequinix.com", "metadata.packet.net",
    ];

    public static bool IsLocal(string host) => Array.IndexOf(_local, host) >= 0 || host.EndsWith(".localhost", StringComparison.Ordinal);

    public static bool IsMetadata(string host) => Array.IndexOf(_metadata, host) >= 0;
}
