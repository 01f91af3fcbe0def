using System.Globalization;
using System.Net;
using Fangd.Server.Http;
using Fangd.Toml;

namespace Fangd.Server.Config;

/// <summary><c>api_listen</c> and <c>[[listener]]</c>, with their rate limits, as the listeners to open.</summary>
internal static class ListenerReader
{
    private static readonly (string Word, DialectName Name)[] _dialects =
        [("librefang", DialectName.LibreFang), ("openfang", DialectName.OpenFang), ("agentos", DialectName.AgentOs)];

    /// <summary>At least one. An address in the environment is that of the first, which keeps its dialect.</summary>
    public static IReadOnlyList<ListenerSettings> Read(SectionReader root)
    {
        var rates = ReadRates(root.Section("rate_limit"), new RateSettings());
        var listeners = new List<ListenerSettings>();
        var places = new List<(SectionReader Section, string Key)>();
        var sections = root.Sections("listener");
        var single = root.OptionalString("api_listen");
        var isFirstMoved = single is not null && sections.Count > 0 && !root.Table.Contains("api_listen");

        if (single is not null && !isFirstMoved)
            Add(root, "api_listen", single, DialectName.LibreFang, rates);

        foreach (var section in sections)
        {
            var dialect = section.Choice("dialect", DialectName.LibreFang, _dialects);
            var own = section.String("address", DefaultAddress(dialect));
            var ownRates = ReadRates(section.Section("rate_limit"), rates);
            section.Finish();
            if (isFirstMoved && section == sections[0])
                Add(root, "api_listen", single!, dialect, ownRates);
            else
                Add(section, "address", own, dialect, ownRates);
        }

        if (listeners.Count == 0)
            listeners.Add(new ListenerSettings(IPEndPoint.Parse(DefaultAddress(DialectName.LibreFang)), DialectName.LibreFang, rates));
        RefuseOpenOnes(root, listeners, places);
        return listeners;

        void Add(SectionReader section, string key, string text, DialectName dialect, RateSettings own)
        {
            if (Parse(section, key, text) is not { } address)
                return;

            // Port 0 is any free one, so two of them are not the same.
            if (address.Port != 0 && listeners.Exists(other => other.Address.Equals(address)))
                section.Fault(key, section.Find(key) ?? section.Table, $"two listeners have the address {address}");
            listeners.Add(new ListenerSettings(address, dialect, own));
            places.Add((section, key));
        }
    }

    private static void RefuseOpenOnes(SectionReader root, List<ListenerSettings> listeners, List<(SectionReader Section, string Key)> places)
    {
        var hasKey = root.Find("api_key") is TomlString { Value.Length: > 0 };
        var isAllowed = root.Find("allow_unauthenticated") is TomlBoolean { Value: true };
        if (hasKey)
            return;

        for (var i = 0; i < places.Count; i++)
        {
            var endpoint = listeners[i].Address;
            if (IPAddress.IsLoopback(endpoint.Address))
                continue;

            var (section, key) = places[i];
            var value = section.Find(key) ?? section.Table;
            if (isAllowed)
                section.Problems.Warn(value.Position, section.PathOf(key), $"{endpoint} is open to the network without an API key (allow_unauthenticated)");
            else
                section.Fault(key, value, $"{endpoint} is open to the network and there is no api_key: set api_key (or FANGD_API_KEY), listen on 127.0.0.1, or set allow_unauthenticated = true");
        }
    }

    private static RateSettings ReadRates(SectionReader section, RateSettings fallback)
    {
        var read = new RateSettings
        {
            RequestsPerSecond = section.Number("requests_per_second", fallback.RequestsPerSecond),
            ReadsPerHour = section.Number("reads_per_hour", fallback.ReadsPerHour),
            WritesPerHour = section.Number("writes_per_hour", fallback.WritesPerHour),
            MessagesPerHour = section.Number("messages_per_hour", fallback.MessagesPerHour),
            WorkflowRunsPerHour = section.Number("workflow_runs_per_hour", fallback.WorkflowRunsPerHour),
        };
        section.Finish();
        return read;
    }

    private static string DefaultAddress(DialectName dialect) => dialect switch
    {
        DialectName.OpenFang => "127.0.0.1:4200",
        DialectName.AgentOs => "127.0.0.1:3111",
        _ => "127.0.0.1:4545",
    };

    private static IPEndPoint? Parse(SectionReader section, string key, string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? text : text[..colon];
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            host = "127.0.0.1";
        if (colon >= 0
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port <= IPEndPoint.MaxPort
            && (host.StartsWith('[') == host.Contains(':'))
            && IPAddress.TryParse(host, out var address))
            return new IPEndPoint(address, port);

        section.Fault(key, section.Find(key) ?? section.Table, $"expected an IP address and a port, like 127.0.0.1:4545 or [::1]:4545, found \"{text}\"");
        return null;
    }
}
