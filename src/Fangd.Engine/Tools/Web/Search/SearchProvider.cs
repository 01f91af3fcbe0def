using System.Text.Json;
using Fangd.Engine.Outbound;

namespace Fangd.Engine.Tools.Web.Search;

/// <summary>One search engine.</summary>
internal abstract class SearchProvider(HttpClient http)
{
    private const int MaxBytes = 2 * 1024 * 1024;

    /// <summary>The engine's name as people know it.</summary>
    public abstract string Name { get; }

    /// <summary>What keeps the engine from being asked, as the end of "NAME: …", or null.</summary>
    public abstract string? Missing { get; }

    /// <summary>Each answer is paid for.</summary>
    public virtual bool IsPaid => false;

    /// <summary>How many results are asked for when the call does not say.</summary>
    public virtual int UsualResults => 5;

    /// <summary>Throws <see cref="OutboundRefusal"/> or <see cref="JsonException"/> when the engine gives no usable answer.</summary>
    public abstract Task<SearchAnswer> Search(string query, int maxResults, CancellationToken cancel);

    /// <summary>Sends a request and returns the body of a success.</summary>
    protected async Task<byte[]> Ask(HttpRequestMessage request, CancellationToken cancel)
    {
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (response.IsSuccessStatusCode)
            return await BoundedBody.Read(response.Content, MaxBytes, cancel);
        throw new OutboundRefusal((int)response.StatusCode switch
        {
            401 or 403 => $"it refused the request ({(int)response.StatusCode}){Hint}",
            402 or 429 => $"its quota is used up ({(int)response.StatusCode})",
            var status => $"it answered {status}",
        });
    }

    protected async Task<JsonElement> AskJson(HttpRequestMessage request, CancellationToken cancel)
    {
        using var document = JsonDocument.Parse(await Ask(request, cancel));
        return document.RootElement.Clone();
    }

    /// <summary>What a refusal usually means, from the parenthesis on.</summary>
    protected virtual string Hint => ": is the key valid?";

    /// <summary>A text of the answer; empty where there is none.</summary>
    protected static string Text(JsonElement item, string name) =>
        item.ValueKind is JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "";

    /// <summary>A list of the answer; none where there is none.</summary>
    protected static IEnumerable<JsonElement> List(JsonElement item, string name) =>
        item.ValueKind is JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Array ? value.EnumerateArray() : [];
}
