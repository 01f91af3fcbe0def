using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Starts the daemon under test: in this process, or the published binary when <c>FANGD_BIN</c> names it.</summary>
internal static class Daemons
{
    public const string Key = "test-key-0123456789";

    public static bool IsBinary { get; } = Environment.GetEnvironmentVariable("FANGD_BIN") is { Length: > 0 };

    public static async Task<IDaemonUnderTest> Start(DaemonSetup setup, CancellationToken cancel) =>
        IsBinary ? await FangdProcess.Start(setup, cancel) : await InProcessDaemon.Start(setup, cancel);

    /// <summary>A daemon with one listener whose agents talk to the model; <paramref name="config"/> stands before everything else.</summary>
    public static DaemonSetup With(FakeModel model, string config = "", string sections = "") => new()
    {
        ApiKey = Key,
        Time = new BriefPauses(),
        Config = $"{config}\n{ModelSections(model)}\n{Unlimited}\n{sections}",
    };

    /// <summary>Three listeners, one a dialect.</summary>
    public static DaemonSetup WithAllDialects(FakeModel model) => With(
        model,
        sections: """
            [[listener]]
            address = "127.0.0.1:{port}"
            [[listener]]
            address = "127.0.0.1:{port1}"
            dialect = "openfang"
            [[listener]]
            address = "127.0.0.1:{port2}"
            dialect = "agentos"
            """);

    public static string ModelSections(FakeModel model) => $"""
        [default_model]
        provider = "openai"
        model = "fake-model"
        [provider_urls]
        openai = "{model.BaseUrl}"
        """;

    /// <summary>Another provider's address beside the model's.</summary>
    public static DaemonSetup WithProviderUrl(this DaemonSetup setup, string provider, string url) => setup with
    {
        Config = setup.Config.Replace("[provider_urls]\n", $"[provider_urls]\n{provider} = \"{url}\"\n", StringComparison.Ordinal),
    };

    private const string Unlimited = """
        [rate_limit]
        requests_per_second = 0
        reads_per_hour = 0
        writes_per_hour = 0
        messages_per_hour = 0
        workflow_runs_per_hour = 0
        [resilience]
        failures_to_open = 1000
        """;
}
