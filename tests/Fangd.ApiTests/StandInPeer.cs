using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Something on loopback that a daemon calls: an agent of others, or a webhook. It answers what the test says and remembers what it was asked.</summary>
internal sealed class StandInPeer : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Func<PeerRequest, PeerReply> answer;
    private readonly Task serving;
    private readonly SemaphoreSlim arrived = new(0);
    private readonly ConcurrentQueue<PeerRequest> unseen = new();

    public StandInPeer(Func<PeerRequest, PeerReply> answer)
    {
        this.answer = answer;
        for (var port = FreePort(); ; port = FreePort())
        {
            Url = $"http://127.0.0.1:{port}";
            listener.Prefixes.Clear();
            listener.Prefixes.Add(Url + "/");
            try
            {
                listener.Start();
                break;
            }
            catch (HttpListenerException)
            {
                // Somebody took the port in between.
            }
        }

        serving = Serve();
    }

    public string Url { get; }

    public ConcurrentQueue<PeerRequest> Requests { get; } = new();

    /// <summary>The next request that was not taken yet.</summary>
    public async Task<PeerRequest> Next(CancellationToken cancel)
    {
        Assert.True(await arrived.WaitAsync(TimeSpan.FromSeconds(30), cancel), "no request came");
        Assert.True(unseen.TryDequeue(out var request));
        return request;
    }

    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task Serve()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
            var headers = context.Request.Headers.AllKeys.ToDictionary(name => name!, name => context.Request.Headers[name]!, StringComparer.OrdinalIgnoreCase);
            var request = new PeerRequest(context.Request.HttpMethod, context.Request.Url!.AbsolutePath, await reader.ReadToEndAsync(), headers);
            Requests.Enqueue(request);
            var reply = answer(request);
            context.Response.StatusCode = reply.Status;
            context.Response.ContentType = reply.ContentType;
            if (reply.Location is not null)
                context.Response.RedirectLocation = reply.Location;
            try
            {
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(reply.Body));
                context.Response.Close();
            }
            catch (Exception left) when (left is HttpListenerException or ObjectDisposedException)
            {
                // Who asked did not wait for the answer, or the test is over.
            }

            unseen.Enqueue(request);
            arrived.Release();
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

internal sealed record PeerRequest(string Method, string Path, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Line => $"{Method} {Path}";

    public System.Text.Json.JsonElement Json => FakeJson.Parse(Body);
}

internal sealed record PeerReply(int Status, string Body, string ContentType = "application/json", string? Location = null);
