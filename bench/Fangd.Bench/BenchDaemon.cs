using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Fangd.Bench;

/// <summary>The published binary on a home of its own.</summary>
internal sealed class BenchDaemon : IDisposable
{
    private const string Config = """
        log_level = "warn"

        [rate_limit]
        requests_per_second = 0

        [default_model]
        provider = "openai"
        model = "bench-model"
        """;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly SpawnedProcess process;
    private readonly string log;

    private BenchDaemon(SpawnedProcess process, IPEndPoint address, string log)
    {
        this.process = process;
        Address = address;
        this.log = log;
    }

    public IPEndPoint Address { get; }

    /// <summary>From the call of posix_spawn to the first 200 on /api/health.</summary>
    public TimeSpan StartedIn { get; private init; }

    public SpawnedProcess Process => process;

    public static string NewHome()
    {
        var home = Directory.CreateTempSubdirectory("fangd-bench-").FullName;
        File.WriteAllText(Path.Combine(home, "config.toml"), Config);
        return home;
    }

    /// <summary>As <see cref="NewHome"/>, with an embedding model.</summary>
    public static string NewHomeWithVectors()
    {
        var home = NewHome();
        File.AppendAllText(Path.Combine(home, "config.toml"), "\n[memory]\nembedding_provider = \"openai\"\nembedding_model = \"bench-embedding\"\n");
        return home;
    }

    /// <summary>As <see cref="NewHome"/>, with MCP servers: programs that answer and do nothing else.</summary>
    public static string NewHomeWithMcpServers(int count)
    {
        const string program = """
            while read -r line; do
              id=${line#*'"id":'}
              id=${id%%,*}
              case "$line" in
                *'"initialize"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"bench","version":"1"}}}';;
                *'"tools/list"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"tools":[{"name":"work","inputSchema":{"type":"object"}}]}}';;
                *'"id":'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{}}';;
              esac
            done
            """;
        var home = NewHome();
        var file = Path.Combine(home, "server.sh");
        File.WriteAllText(file, program);
        for (var number = 0; number < count; number++)
            File.AppendAllText(Path.Combine(home, "config.toml"), string.Create(CultureInfo.InvariantCulture, $"\n\n[[mcp_servers]]\nname = \"server-{number}\"\ntransport = \"stdio\"\ncommand = \"sh\"\nargs = [\"{file}\"]\n"));
        return home;
    }

    public static BenchDaemon Start(string binary, string home)
    {
        var address = new IPEndPoint(IPAddress.Loopback, FreePort());
        var log = Path.Combine(home, "bench.log");
        string[] environment = ["FANGD_HOME=" + home, "HOME=" + home, "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "FANGD_LISTEN=" + address];
        var start = TimeProvider.System.GetTimestamp();
        var process = SpawnedProcess.Start(binary, ["start"], environment, log);
        try
        {
            while (!AnswersHealth(address))
            {
                if (process.HasExited)
                    throw new InvalidOperationException($"fangd ended with {process.Wait()}: {File.ReadAllText(log)}");
                if (TimeProvider.System.GetElapsedTime(start) > StartLimit)
                    throw new TimeoutException("fangd did not answer: " + File.ReadAllText(log));
                Thread.Sleep(TimeSpan.FromMilliseconds(0.25));
            }
            return new BenchDaemon(process, address, log) { StartedIn = TimeProvider.System.GetElapsedTime(start) };
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>SIGTERM to the end of the process.</summary>
    public TimeSpan Stop()
    {
        var start = TimeProvider.System.GetTimestamp();
        process.Terminate();
        var code = process.Wait();
        var took = TimeProvider.System.GetElapsedTime(start);
        if (code != 0)
            throw new InvalidOperationException($"fangd ended with {code} on SIGTERM: {File.ReadAllText(log)}");
        return took;
    }

    public async Task UseModel(InstantModel model)
    {
        using var connection = new HttpConnection(Address);
        await Ask(connection, "POST", "/api/providers/openai/key", """{"api_key":"sk-bench"}""");
        await Ask(connection, "PUT", "/api/providers/openai/url", $$"""{"base_url":"http://{{model.Address}}/v1"}""");
    }

    /// <summary>Spawns agents and returns their ids.</summary>
    public async Task<string[]> Spawn(string prefix, int count, string tools = "")
    {
        var ids = new string[count];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(8, count)).Select(async _ =>
        {
            using var connection = new HttpConnection(Address);
            for (var index = Interlocked.Increment(ref next); index < count; index = Interlocked.Increment(ref next))
            {
                var manifest = string.Create(CultureInfo.InvariantCulture, $"""
                    name = "{prefix}-{index:d4}"
                    version = "0.1.0"
                    description = "answers"
                    author = "bench"
                    module = "builtin:chat"

                    [model]
                    provider = "openai"
                    model = "bench-model"
                    system_prompt = "You answer in one word."

                    [capabilities]
                    tools = [{tools}]
                    """);
                var body = "{\"manifest_toml\":\"" + JsonEncodedText.Encode(manifest) + "\"}";
                using var answer = await Ask(connection, "POST", "/api/agents", body);
                ids[index] = answer.RootElement.GetProperty("agent_id").GetString()!;
            }
        }));
        return ids;
    }

    /// <summary>Gives an agent so many memories of some thirty words each, frequent and rare ones.</summary>
    public async Task Remember(string agent, int count)
    {
        const int batch = 2_000;
        var chance = new Random(5);
        using var connection = new HttpConnection(Address);
        for (var from = 0; from < count; from += batch)
        {
            var items = Enumerable.Range(from, Math.Min(batch, count - from))
                .Select(number => string.Create(CultureInfo.InvariantCulture, $"{{\"content\":\"{number} {Words(chance, 30)}\"}}"));
            using var answer = await Ask(connection, "POST", $"/api/memory/agents/{agent}/import", $"{{\"items\":[{string.Join(',', items)}]}}");
        }
    }

    /// <summary>MCP servers that are connected.</summary>
    public async Task<int> ConnectedMcpServers()
    {
        using var connection = new HttpConnection(Address);
        using var answer = await Ask(connection, "GET", "/api/mcp/health", "");
        return answer.RootElement.GetProperty("health").EnumerateArray().Count(server => server.GetProperty("status").GetString() == "Ready");
    }

    /// <summary>Memories of an agent that have no vector yet.</summary>
    public async Task<int> Unembedded(string agent)
    {
        using var connection = new HttpConnection(Address);
        using var answer = await Ask(connection, "GET", $"/api/memory/agents/{agent}/stats", "");
        return answer.RootElement.GetProperty("waiting_for_embedding").GetInt32();
    }

    /// <summary>Words of a language of 20,000, the first ones far more frequent than the last.</summary>
    public static string Words(Random chance, int count) =>
        string.Join(' ', Enumerable.Range(0, count).Select(_ => "w" + (int)Math.Min(19_999, Math.Pow(1 - chance.NextDouble(), -1.6))));

    public async Task Reset(string[] agents)
    {
        using var connection = new HttpConnection(Address);
        foreach (var agent in agents)
            await Ask(connection, "POST", $"/api/agents/{agent}/session/reset", "{}");
    }

    public void Dispose() => process.Kill();

    private static async Task<JsonDocument> Ask(HttpConnection connection, string method, string path, string body)
    {
        var answer = await connection.Exchange(HttpConnection.Request(method, path, body));
        var text = connection.LastAnswer;
        if (!answer.IsGood)
            throw new InvalidOperationException($"{method} {path} answered {text}");
        // From the first brace: the body of a chunked answer starts with its length.
        return JsonDocument.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..(text.LastIndexOf('}') + 1)]);
    }

    private static bool AnswersHealth(IPEndPoint address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(address);
            socket.Send("GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"u8);
            Span<byte> answer = stackalloc byte[64];
            var count = socket.Receive(answer);
            return answer[..count].StartsWith("HTTP/1.1 200"u8);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
