namespace Fangd.Bench;

/// <summary>What is measured, one method a topic; each starts the daemons that it needs.</summary>
internal sealed class Scenarios(string binary, InstantModel model, Sizes sizes, Report report)
{
    private const int Connections = 32;
    private const int ManyAgents = 1_000;
    private const int Streams = 500;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    /// <summary>Size, commands, start, idle memory and stop without any agent.</summary>
    public void Empty()
    {
        report.Add("binary_mb", "MB", new FileInfo(binary).Length / 1e6);
        var home = BenchDaemon.NewHome();
        try
        {
            report.Add("version_ms", "ms", [.. Enumerable.Range(0, sizes.VersionRuns).Select(_ => Version(home))]);
            using (var first = BenchDaemon.Start(binary, home))
            {
                // With a database to be made.
                report.Add("first_start_ms", "ms", first.StartedIn.TotalMilliseconds);
                first.Stop();
            }
            Starts(home, "0_agents", stops: true);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>Start and idle memory of the daemon, without the programs themselves, with ten MCP servers that do nothing.</summary>
    public async Task McpServers()
    {
        const int servers = 10;
        var home = BenchDaemon.NewHomeWithMcpServers(servers);
        try
        {
            using (var daemon = BenchDaemon.Start(binary, home))
            {
                var start = TimeProvider.System.GetTimestamp();
                while (await daemon.ConnectedMcpServers() < servers)
                {
                    if (TimeProvider.System.GetElapsedTime(start) > Idle * 4)
                        throw new TimeoutException("the MCP servers did not connect");
                    await Task.Delay(TimeSpan.FromMilliseconds(5));
                }
                report.Add("connect_ms_10_mcp_servers", "ms", TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
                daemon.Stop();
            }
            Starts(home, "10_mcp_servers", stops: false);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>One message's overhead, what goes upstream for it, the first token, and throughput.</summary>
    public async Task Messages()
    {
        var home = BenchDaemon.NewHome();
        try
        {
            using var daemon = BenchDaemon.Start(binary, home);
            await daemon.UseModel(model);
            await Upstream(daemon);
            await Sequential(daemon);
            await Tools(daemon);
            await Parallel(daemon);
            report.Add("rss_after_load_mb", "MB", daemon.Process.ResidentMegabytes);
            report.Add("rss_anon_after_load_mb", "MB", daemon.Process.AnonymousMegabytes);
            daemon.Stop();
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>Thousands of messages in one session: does the last cost what the first did, in time and memory?</summary>
    public async Task LongSession()
    {
        var home = BenchDaemon.NewHome();
        try
        {
            using var daemon = BenchDaemon.Start(binary, home);
            await daemon.UseModel(model);
            var warm = await daemon.Spawn("warm", 1);
            using var connection = new HttpConnection(daemon.Address);
            await Load.Sequence(connection, Load.Message(warm[0]), 200);
            var agent = await daemon.Spawn("long", 1);
            var request = Load.Message(agent[0]);

            var early = await Load.Sequence(connection, request, 100);
            var middle = await Load.Sequence(connection, request, sizes.LongSession / 5);
            var before = daemon.Process.ResidentMegabytes;
            var rest = await Load.Sequence(connection, request, sizes.LongSession - sizes.LongSession / 5 - 200);
            var late = await Load.Sequence(connection, request, 100);

            report.Add("long_session_first_100_ms", "ms", Statistics.MedianMilliseconds(early));
            report.Add("long_session_last_100_ms", "ms", Statistics.MedianMilliseconds(late));
            report.Add("long_session_all_ms", "ms", Statistics.MedianMilliseconds(middle.Concat(rest)));
            report.Add("long_session_last_to_first", "x", Statistics.MedianMilliseconds(late) / Statistics.MedianMilliseconds(early));
            report.Add("long_session_rss_mb", "MB", daemon.Process.ResidentMegabytes);
            report.Add("long_session_rss_growth_mb", "MB", daemon.Process.ResidentMegabytes - before);
            daemon.Stop();
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>500 streams at once, then start, memory and the list with a thousand agents.</summary>
    public async Task ManyAgentsAndStreams()
    {
        var home = BenchDaemon.NewHome();
        try
        {
            string[] agents;
            using (var daemon = BenchDaemon.Start(binary, home))
            {
                await daemon.UseModel(model);
                agents = await daemon.Spawn("many", Streams);
                daemon.Stop();
            }
            using (var daemon = BenchDaemon.Start(binary, home))
            {
                await daemon.UseModel(model);
                await PacedStreams(daemon, agents);
                var start = TimeProvider.System.GetTimestamp();
                await daemon.Spawn("more", ManyAgents + 1 - Streams);
                report.Add("spawned_per_second", "/s", (ManyAgents + 1 - Streams) / TimeProvider.System.GetElapsedTime(start).TotalSeconds);
                daemon.Stop();
            }
            Starts(home, "1000_agents", stops: false);
            using (var daemon = BenchDaemon.Start(binary, home))
            {
                var request = HttpConnection.Request("GET", "/api/agents?limit=500");
                await Load.PerSecond(daemon.Address, request, Connections, 0.3);
                var rates = new List<double>();
                for (var round = 0; round < sizes.Rounds; round++)
                    rates.Add(await Load.PerSecond(daemon.Address, request, Connections, sizes.ListSeconds));
                report.Add("list_1001_agents_per_second", "/s", [.. rates]);
                report.Add("rss_after_lists_mb", "MB", daemon.Process.ResidentMegabytes);
                daemon.Stop();
            }
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>Searches among many memories of one agent: by words, then by words and vectors; and what that leaves in memory.</summary>
    public async Task Recall()
    {
        await Recall(BenchDaemon.NewHome(), "words");
        await Recall(BenchDaemon.NewHomeWithVectors(), "hybrid");
    }

    private async Task Recall(string home, string what)
    {
        try
        {
            using var daemon = BenchDaemon.Start(binary, home);
            await daemon.UseModel(model);
            var agent = (await daemon.Spawn("recall", 1))[0];
            await daemon.Remember(agent, sizes.Memories);
            while (await daemon.Unembedded(agent) > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            // The collector and the writer of chunks come to rest.
            await Task.Delay(Idle * 2);

            var chance = new Random(9);
            var took = new List<TimeSpan>();
            using var connection = new HttpConnection(daemon.Address);
            for (var search = 0; search < sizes.Searches; search++)
            {
                var request = HttpConnection.Request("GET", $"/api/memory/agents/{agent}/search?limit=5&q={BenchDaemon.Words(chance, 10).Replace(' ', '+')}");
                took.AddRange(await Load.Sequence(connection, request, 1));
            }

            report.Add($"recall_{what}_ms", "ms", Statistics.MedianMilliseconds(took));
            report.Add($"recall_{what}_rss_anon_mb", "MB", daemon.Process.AnonymousMegabytes);
            daemon.Stop();
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private double Version(string home)
    {
        var start = TimeProvider.System.GetTimestamp();
        var code = SpawnedProcess.Start(binary, ["version"], ["FANGD_HOME=" + home, "HOME=" + home], Path.Combine(home, "version.log")).Wait();
        var took = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
        return code == 0 ? took : throw new InvalidOperationException("fangd version ended with " + code);
    }

    private void Starts(string home, string what, bool stops)
    {
        var started = new List<double>();
        var stopped = new List<double>();
        var resident = new List<double>();
        var anonymous = new List<double>();
        for (var run = 0; run < sizes.Starts; run++)
        {
            using var daemon = BenchDaemon.Start(binary, home);
            started.Add(daemon.StartedIn.TotalMilliseconds);
            if (run < sizes.IdleRuns)
            {
                Thread.Sleep(Idle);
                resident.Add(daemon.Process.ResidentMegabytes);
                anonymous.Add(daemon.Process.AnonymousMegabytes);
            }
            stopped.Add(daemon.Stop().TotalMilliseconds);
        }
        report.Add("start_ms_" + what, "ms", [.. started]);
        report.Add("rss_idle_mb_" + what, "MB", [.. resident]);
        report.Add("rss_anon_idle_mb_" + what, "MB", [.. anonymous]);
        if (stops)
            report.Add("sigterm_ms", "ms", [.. stopped]);
    }

    private async Task Upstream(BenchDaemon daemon)
    {
        var agent = await daemon.Spawn("up", 1);
        using var connection = new HttpConnection(daemon.Address);
        var (calls, bytes) = (model.Calls, model.Bytes);
        await Load.Sequence(connection, Load.Message(agent[0]), 1);
        // A daemon that asks the model for more behind the answer does so by now.
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        report.Add("upstream_calls_per_message", "calls", model.Calls - calls);
        report.Add("upstream_bytes_per_message", "bytes", model.Bytes - bytes);
    }

    private async Task Sequential(BenchDaemon daemon)
    {
        using var direct = new HttpConnection(model.Address);
        using var connection = new HttpConnection(daemon.Address);
        var ask = HttpConnection.Request("POST", "/v1/chat/completions", """{"model":"bench-model","stream":true,"messages":[{"role":"user","content":"ping"}]}""");
        var overheads = new List<double>();
        var messages = new List<double>();
        var own = new List<double>();
        var tokens = new List<double>();
        for (var round = 0; round <= sizes.Rounds; round++)
        {
            // A new agent each round, so that all rounds have the same history.
            var agent = await daemon.Spawn("seq" + round, 1);
            var alone = Statistics.MedianMilliseconds(await Load.Sequence(direct, ask, sizes.SequentialMessages));
            var message = Statistics.MedianMilliseconds(await Load.Sequence(connection, Load.Message(agent[0]), sizes.SequentialMessages));
            var first = Statistics.MedianMilliseconds(await Load.FirstTokens(connection, Load.Stream(agent[0]), sizes.SequentialMessages / 5));
            if (round == 0)
                continue; // the first warms this program up, which is compiled as it runs
            own.Add(alone);
            messages.Add(message);
            overheads.Add(message - alone);
            tokens.Add(first);
        }
        report.Add("model_alone_ms", "ms", [.. own]);
        report.Add("message_ms", "ms", [.. messages]);
        report.Add("message_overhead_ms", "ms", [.. overheads]);
        report.Add("first_token_ms", "ms", [.. tokens]);
    }

    /// <summary>What it costs a message that calls none that its agent has all tools.</summary>
    private async Task Tools(BenchDaemon daemon)
    {
        using var connection = new HttpConnection(daemon.Address);
        var costs = new List<double>();
        for (var round = 0; round < sizes.Rounds; round++)
        {
            var without = Load.Message((await daemon.Spawn("bare" + round, 1))[0]);
            var with = Load.Message((await daemon.Spawn("armed" + round, 1, "\"*\""))[0]);
            await Load.Sequence(connection, with, 20);
            await Load.Sequence(connection, without, 20);
            var (bare, armed) = (new List<TimeSpan>(), new List<TimeSpan>());
            // In turns, so that whatever else happens on the machine meets both.
            for (var turn = 0; turn < 10; turn++)
            {
                bare.AddRange(await Load.Sequence(connection, without, sizes.SequentialMessages / 10));
                armed.AddRange(await Load.Sequence(connection, with, sizes.SequentialMessages / 10));
            }
            costs.Add(Statistics.MedianMilliseconds(armed) - Statistics.MedianMilliseconds(bare));
        }
        report.Add("tools_cost_ms", "ms", [.. costs]);
    }

    private async Task Parallel(BenchDaemon daemon)
    {
        var agents = await daemon.Spawn("par", Connections);
        var requests = agents.Select(Load.Message).ToArray();
        var rates = new List<double>();
        for (var round = 0; round <= sizes.Rounds; round++)
        {
            await daemon.Reset(agents);
            var rate = await Load.Spread(daemon.Address, requests, sizes.ParallelMessages);
            if (round > 0)
                rates.Add(rate);
        }
        report.Add("messages_per_second", "/s", [.. rates]);
    }

    private async Task PacedStreams(BenchDaemon daemon, string[] agents)
    {
        // Warms both programs up on a few.
        await Load.Paced(daemon.Address, agents[..20]);
        var walls = new List<double>();
        var failed = new List<double>();
        var memory = new List<double>();
        for (var round = 0; round < sizes.StreamRounds; round++)
        {
            await daemon.Reset(agents);
            var peak = 0.0;
            var run = Load.Paced(daemon.Address, agents);
            while (!run.IsCompleted)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50));
                peak = Math.Max(peak, daemon.Process.ResidentMegabytes);
            }
            var (wall, bad) = await run;
            walls.Add(wall.TotalSeconds);
            failed.Add(bad);
            memory.Add(peak);
        }
        report.Add("streams_wall_s", "s", [.. walls]);
        report.Add("streams_failed", "", [.. failed]);
        report.Add("streams_rss_mb", "MB", [.. memory]);
    }
}
