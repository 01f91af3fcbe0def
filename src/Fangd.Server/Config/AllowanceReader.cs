using Fangd.Engine.Outbound;

namespace Fangd.Server.Config;

/// <summary>Lists of hosts that are opened to outgoing requests.</summary>
internal static class AllowanceReader
{
    public static IReadOnlyList<HostAllowance> Read(SectionReader section, string key)
    {
        var read = new List<HostAllowance>();
        foreach (var text in section.Strings(key))
        {
            if (HostAllowance.Parse(text) is { } allowance)
                read.Add(allowance);
            else
                section.Fault(key, section.Find(key)!, $"expected a host, *.domain, an address or a network like 192.168.1.0/24, each with or without :port, found \"{text}\"");
        }

        return read;
    }
}
