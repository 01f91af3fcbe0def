using Fangd.Engine.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Agents;

/// <summary>Reads manifests that come from outside; what is wrong with one is a refusal that names each place.</summary>
internal static class ManifestCheck
{
    private const int MostFaults = 8;

    public static AgentManifest Parse(string text)
    {
        var read = ManifestReader.Read(text);
        if (read.Manifest is { } manifest)
            return manifest;
        var faults = read.Problems.Faults.Take(MostFaults).Select(f => f.ToString());
        throw ApiException.BadRequest("manifest_toml: " + string.Join("; ", faults));
    }

    /// <summary>What is odd about a manifest that was taken: keys that nobody reads. Null for none.</summary>
    public static IReadOnlyList<string>? Warnings(string text)
    {
        var warnings = ManifestReader.Read(text).Problems.Warnings.Select(w => w.ToString()).ToList();
        return warnings.Count == 0 ? null : warnings;
    }
}
