using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Fangd.TestKit;

namespace Fangd.ApiTests;

/// <summary>Identity files, uploads and what messages bring along.</summary>
public sealed class FileTests(SharedDaemon shared) : IClassFixture<SharedDaemon>
{
    private static readonly byte[] _png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];

    private readonly ApiClient api = shared.Api;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_identity_file_is_written_read_listed_and_told_to_the_model()
    {
        var agent = await shared.Spawn();

        await new ApiCase("put", $"PUT /api/agents/{agent}/files/SOUL.md", 200, """{"status": "ok", "name": "SOUL.md", "size_bytes": 15}""", """{"content": "Speak as a fox."}""").Run(api, Cancel);
        await new ApiCase("get", $"GET /api/agents/{agent}/files/SOUL.md", 200, """{"name": "SOUL.md", "content": "Speak as a fox.", "size_bytes": 15}""").Run(api, Cancel);
        var files = (await api.Do($"GET /api/agents/{agent}/files", Cancel)).GetProperty("files").EnumerateArray().ToList();
        Assert.Equal(8, files.Count);
        Assert.Equal(["SOUL.md"], files.Where(file => file.GetProperty("exists").GetBoolean()).Select(file => file.Text("name")));
        await shared.Say(agent, $"who are you, {agent}");

        var call = await shared.Model.CallWith($"who are you, {agent}", Cancel);
        Assert.Contains("## SOUL.md\nSpeak as a fox.", call.Transcript[0]);
    }

    [Theory]
    [InlineData("GET", "agent.toml", 400)]
    [InlineData("GET", "..%2f..%2fconfig.toml", 400)]
    [InlineData("GET", "%2fetc%2fpasswd", 400)]
    [InlineData("GET", "USER.md", 404)]
    [InlineData("PUT", "..%2fSOUL.md", 400)]
    public async Task Other_names_are_no_identity_files(string method, string name, int status)
    {
        var agent = await shared.Spawn();

        Assert.Equal(status, (int)(await api.Send($"{method} /api/agents/{agent}/files/{name}", Cancel, method == "PUT" ? """{"content": "x"}""" : null)).Status);
    }

    [Fact]
    public async Task An_identity_file_has_a_content_and_a_limit()
    {
        var agent = await shared.Spawn();

        await new ApiCase("none", $"PUT /api/agents/{agent}/files/SOUL.md", 400, """{"error": "content is missing"}""", "{}").Run(api, Cancel);
        await new ApiCase("large", $"PUT /api/agents/{agent}/files/SOUL.md", 413, """{"error": "content has 40000 bytes; *"}""", $$"""{"content": "{{new string('x', 40_000)}}"}""").Run(api, Cancel);
    }

    [Fact]
    public async Task An_upload_comes_back_with_safe_headers()
    {
        var agent = await shared.Spawn();

        var answer = await Upload(agent, "<script>alert(1)</script>"u8.ToArray(), "text/html", "..%2F..%2Fe%CC%81vil%22.html");

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal("e\u0301vil.html", answer.Json.Text("filename"));
        var back = await api.Send($"GET /api/uploads/{answer.Json.Text("file_id")}", Cancel);
        Assert.Equal("<script>alert(1)</script>", back.Text);
        Assert.StartsWith("attachment;", back.Headers["Content-Disposition"]);
        Assert.Equal("nosniff", back.Headers["X-Content-Type-Options"]);
        Assert.StartsWith("text/html", back.Headers["Content-Type"]);
    }

    [Fact]
    public async Task A_form_brings_its_file()
    {
        var agent = await shared.Spawn();
        using var form = new MultipartFormDataContent("some-boundary");
        form.Add(new StringContent("not the file"), "note");
        var part = new ByteArrayContent(_png);
        part.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        form.Add(part, "file", "dot.png");

        var answer = await Post(agent, form);

        JsonPattern.Matches("""{"file_id": "*", "filename": "dot.png", "content_type": "image/png", "size": 11}""", answer.Json);
    }

    [Theory]
    [InlineData("application/x-msdownload", "MZ", 415)]
    [InlineData("image/png", "<html>", 415)]
    [InlineData("application/pdf", "MZ", 415)]
    [InlineData("text/plain", "", 400)]
    [InlineData("multipart/form-data", "x", 400)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nv\r\n--b--\r\n", 400)]
    public async Task What_is_no_file_of_a_taken_type_is_refused(string type, string body, int status)
    {
        var answer = await Upload(await shared.Spawn(), Encoding.UTF8.GetBytes(body), type, "a.bin");

        Assert.Equal(status, (int)answer.Status);
        Assert.NotEmpty(answer.Error());
    }

    [Fact]
    public async Task More_than_ten_mebibytes_are_413()
    {
        var answer = await Upload(await shared.Spawn(), new byte[(10 * 1024 * 1024) + 1], "text/plain", "big.txt");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
    }

    [Fact]
    public async Task Pictures_and_texts_go_to_the_model_and_other_files_into_the_workspace()
    {
        var agent = await shared.Spawn("[capabilities]\ntools = [\"file_list\"]");
        var picture = (await Upload(agent, _png, "image/png", "dot.png")).Json.Text("file_id");
        var note = (await Upload(agent, "remember the milk"u8.ToArray(), "text/plain", "note.txt")).Json.Text("file_id");
        var paper = (await Upload(agent, "%PDF-1.7 x"u8.ToArray(), "application/pdf", "paper.pdf")).Json.Text("file_id");

        await api.Do($"POST /api/agents/{agent}/message", Cancel, $$"""
            {"message": "see what I brought", "attachments": [{"file_id": "{{picture}}"}, {"file_id": "{{note}}"}, {"file_id": "{{paper}}"}]}
            """);

        var call = await shared.Model.CallWith("see what I brought", Cancel);
        var body = call.Body.GetRawText();
        Assert.Contains($"data:image/png;base64,{Convert.ToBase64String(_png)}", body);
        Assert.Contains("remember the milk", body);
        Assert.Contains($"uploads/{paper[^8..]}-paper.pdf in your workspace", body);
        Assert.Contains("paper.pdf", (await shared.Say(agent, """<<call file_list {"path": "uploads"}>>""")).Text("content"));
    }

    [Fact]
    public async Task An_attachment_has_to_be_an_upload_of_this_agent()
    {
        var agent = await shared.Spawn();
        var others = (await Upload(await shared.Spawn(), _png, "image/png", "dot.png")).Json.Text("file_id");

        await new ApiCase("others", $"POST /api/agents/{agent}/message", 404, """{"error": "attachments[0]: upload * not found"}""", $$"""{"message": "x", "attachments": [{"file_id": "{{others}}"}]}""").Run(api, Cancel);
        await new ApiCase("none", $"POST /api/agents/{agent}/message", 400, """{"error": "attachments[0].file_id is missing"}""", """{"message": "x", "attachments": [{}]}""").Run(api, Cancel);
        await new ApiCase("strange", $"POST /api/agents/{agent}/message", 400, """{"error": "attachments[0].file_id is not a UUID"}""", """{"message": "x", "attachments": [{"file_id": "1"}]}""").Run(api, Cancel);
        await new ApiCase("shape", $"POST /api/agents/{agent}/message", 400, """{"error": "attachments must be an array"}""", """{"message": "x", "attachments": {}}""").Run(api, Cancel);
    }

    [Fact]
    public async Task Receipts_are_listed_for_an_agent()
    {
        var agent = await shared.Spawn();

        await new ApiCase("none", $"GET /api/agents/{agent}/deliveries", 200, $$"""{"agent_id": "{{agent}}", "count": 0, "receipts": []}""").Run(api, Cancel);
    }

    [Fact]
    public async Task A_picture_tool_shows_the_picture_to_the_agents_model()
    {
        var agent = await shared.Spawn("[capabilities]\ntools = [\"image_analyze\"]");
        var picture = (await Upload(agent, "%PDF-1.7 x"u8.ToArray(), "application/pdf", "p.pdf")).Json.Text("file_id");
        await api.Do($"POST /api/agents/{agent}/message", Cancel, $$"""{"message": "keep it", "attachments": [{"file_id": "{{picture}}"}]}""");

        var refused = (await shared.Say(agent, $$"""<<call image_analyze {"path": "uploads/{{picture[^8..]}}-p.pdf"}>>""")).Text("content");

        Assert.Contains("is no PNG, JPEG, GIF or WebP picture", refused);
    }

    private Task<ApiResponse> Upload(string agent, byte[] bytes, string type, string name)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        content.Headers.TryAddWithoutValidation("X-Filename", name);
        return Post(agent, content);
    }

    private async Task<ApiResponse> Post(string agent, HttpContent content)
    {
        using var http = new HttpClient { BaseAddress = api.Address };
        using var message = new HttpRequestMessage(HttpMethod.Post, $"api/agents/{agent}/upload") { Content = content };
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Daemons.Key);
        // Asked first, because what is refused by its length is not read.
        message.Headers.ExpectContinue = true;
        using var response = await http.SendAsync(message, Cancel);
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value));
        return new ApiResponse("POST upload", response.StatusCode, headers, await response.Content.ReadAsStringAsync(Cancel));
    }
}
