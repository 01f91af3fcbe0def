using System.Net;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.Media;

namespace Fangd.UnitTests.Llm.Media;

/// <summary>Speech and pictures over HTTP, against a handler that answers as the real servers do.</summary>
public sealed class OpenAiMediaTests
{
    private static readonly LlmTarget _target = new() { Provider = "Stand-in", BaseUrl = "http://media.test", ApiKey = "sk-key" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recording_is_sent_as_a_form_and_comes_back_as_text()
    {
        var server = new Server(_ => Json("""{"text": "hello there"}"""));

        var text = await server.Client.Transcribe(_target, "whisper-1", new MediaFile("a.ogg", "audio/ogg", new byte[] { 1, 2, 3 }), "en", Cancel);

        Assert.Equal(new MediaAnswer<string>("hello there", null), text);
        Assert.Equal("http://media.test/v1/audio/transcriptions", server.Url);
        Assert.Equal("Bearer sk-key", server.Authorization);
        Assert.Contains("name=file; filename=a.ogg", server.Body);
        Assert.Contains("name=model\r\n\r\nwhisper-1", server.Body);
        Assert.Contains("name=language\r\n\r\nen", server.Body);
    }

    [Fact]
    public async Task Speech_is_the_bytes_of_the_answer()
    {
        var server = new Server(_ => new HttpResponseMessage { Content = new ByteArrayContent([0xFF, 0xFB, 7]) });

        Assert.Equal([0xFF, 0xFB, 7], (await server.Client.Speak(_target, "tts-1", "hi", "alloy", "mp3", Cancel)).Value);
        using var sent = JsonDocument.Parse(server.Body);
        Assert.Equal(("tts-1", "hi", "alloy", "mp3"), (Field("model"), Field("input"), Field("voice"), Field("response_format")));
        string? Field(string name) => sent.RootElement.GetProperty(name).GetString();
    }

    [Theory]
    [InlineData("dall-e-3", true)]
    [InlineData("gpt-image-1", false)]
    public async Task Pictures_are_decoded_and_only_older_models_are_asked_for_data(string model, bool asks)
    {
        var server = new Server(_ => Json($$"""{"data": [{"b64_json": "{{Convert.ToBase64String([0x89, 0x50])}}"}, {"b64_json": "AAE="}], "usage": {"input_tokens": 4, "output_tokens": 1056} }"""));

        var pictures = await server.Client.Draw(_target, model, new PictureWish("a fox", "512x512", null, 2), Cancel);

        Assert.Equal([[0x89, 0x50], [0, 1]], pictures.Value);
        Assert.Equal(new LlmUsage(4, 1056), pictures.Usage);
        Assert.Equal(asks, server.Body.Contains("b64_json", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(401, LlmFault.Auth)]
    [InlineData(429, LlmFault.RateLimit)]
    [InlineData(404, LlmFault.ModelNotFound)]
    public async Task Refusals_are_classified(int status, LlmFault fault)
    {
        var server = new Server(_ => Json("""{"error": {"message": "no", "code": "model_not_found"}}""", (HttpStatusCode)status));

        var failed = await Assert.ThrowsAsync<LlmException>(() => server.Client.Speak(_target, "m", "x", "v", "mp3", Cancel));

        Assert.Equal(fault, failed.Fault);
    }

    [Theory]
    [InlineData("""{"data": [{"url": "http://elsewhere"}]}""")]
    [InlineData("""{"data": 1}""")]
    [InlineData("no json")]
    public async Task An_answer_of_another_shape_is_garbage(string answer)
    {
        var server = new Server(_ => Json(answer));

        Assert.Equal(LlmFault.Garbage, (await Assert.ThrowsAsync<LlmException>(() => server.Client.Draw(_target, "m", new PictureWish("x", null, null, 1), Cancel))).Fault);
    }

    private static HttpResponseMessage Json(string text, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(text, Encoding.UTF8, "application/json") };

    private sealed class Server(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        public OpenAiMedia Client => new(new HttpClient(this, disposeHandler: false), TimeProvider.System);

        public string Url { get; private set; } = "";

        public string? Authorization { get; private set; }

        public string Body { get; private set; } = "";

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Url = request.RequestUri!.AbsoluteUri;
            Authorization = request.Headers.Authorization?.ToString();
            Body = await request.Content!.ReadAsStringAsync(cancellationToken);
            return answer(request);
        }
    }
}
