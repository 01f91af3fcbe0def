using System.Globalization;
using System.Net.Sockets;
using Fangd.Bench;

// Fangd.Bench --binary FILE --budget FILE [--smoke] [--only empty|mcp|messages|session|agents|recall]
// Fangd.Bench --selftest      how fast the model and the load generator are without a daemon between them
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

using var model = new InstantModel();
if (args.Contains("--selftest"))
{
    var ask = HttpConnection.Request("POST", "/v1/chat/completions", """{"model":"bench-model","stream":true,"messages":[{"role":"user","content":"ping"}]}""");
    await Load.PerSecond(model.Address, ask, 32, 1);
    var rate = await Load.PerSecond(model.Address, ask, 32, 3);
    using var connection = new HttpConnection(model.Address);
    var single = Statistics.MedianMilliseconds(await Load.Sequence(connection, ask, 5_000));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"streamed completions: {rate:0}/s over 32 connections, p50 {single * 1000:0} µs over one"));
    return 0;
}
if (Option("--binary") is not { } binary || Option("--budget") is not { } budgetFile)
{
    Console.Error.WriteLine("usage: Fangd.Bench --binary FILE --budget FILE [--smoke] [--only empty|mcp|messages|session|agents|recall]");
    return 2;
}

var smoke = args.Contains("--smoke");
var only = Option("--only");
var report = new Report(Budget.Read(budgetFile), smoke);
var scenarios = new Scenarios(Path.GetFullPath(binary), model, smoke ? Sizes.Smoke : Sizes.Full, report);

try
{
    if (only is null or "empty")
        scenarios.Empty();
    if (only is null or "mcp")
        await scenarios.McpServers();
    if (only is null or "messages")
        await scenarios.Messages();
    if (only is null or "session")
        await scenarios.LongSession();
    if (only is null or "agents")
        await scenarios.ManyAgentsAndStreams();
    if (only is null or "recall")
        await scenarios.Recall();
}
catch (Exception failure) when (failure is InvalidOperationException or IOException or SocketException or TimeoutException or KeyNotFoundException)
{
    Console.Error.WriteLine("bench: " + failure.Message);
    return 1;
}

using (var output = Console.OpenStandardOutput())
    report.Write(output, binary);
var broken = report.Broken.ToArray();
foreach (var line in broken)
    Console.Error.WriteLine("over budget: " + line);
return broken.Length == 0 ? 0 : 1;
