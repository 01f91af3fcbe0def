using System.Text.Json;
using Fangd.Server.Config;
using Fangd.Server.Http;

namespace Fangd.Server.Models;

/// <summary>
/// Where <c>POST /api/catalog/update</c> gets its models: an http(s) URL or a file, named in <c>[catalog] source</c>. What comes is
/// checked as a whole before any of it counts.
/// </summary>
internal sealed class CatalogSource(string? source, HttpClient http, TimeProvider time)
{
    public const int MostModels = 10_000;

    private const int MostBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The source as it may be shown: without the query, where tokens like to be. Null when none is configured.</summary>
    public string? Name { get; } = Shown(source);

    /// <summary>Reads the models. 503 when no source is configured, 502 when it cannot be read or is not what it should be.</summary>
    public async Task<List<ModelInfo>> Read(CancellationToken aborted)
    {
        if (source is null)
        {
            throw new ApiException(
                ApiFault.Unavailable,
                "no catalog source is configured: set source under [catalog] in config.toml to an http(s) URL or a file with models as JSON or TSV");
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, patience.Token);
        try
        {
            return Parse(await Bytes(source, either.Token));
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw Unreachable($"it did not answer within {Patience.TotalSeconds} s");
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            throw Unreachable(failed is HttpRequestException web ? Words(web.HttpRequestError) : $"the file cannot be read: {FileTrouble.Of(failed)}");
        }
        catch (Exception wrong) when (wrong is InvalidDataException or JsonException)
        {
            throw new ApiException(ApiFault.BadGateway, $"the catalog source {Name} is not a list of models: {(wrong is JsonException ? "broken JSON" : wrong.Message)}; nothing was changed");
        }
    }

    private static string Words(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "the name of its host was not found",
        HttpRequestError.ConnectionError => "nothing accepts connections at its address",
        HttpRequestError.SecureConnectionError => "no secure connection could be made",
        HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded => "its answer was not HTTP or broke off",
        _ => "the connection failed",
    };

    /// <summary>JSON when it begins with a brace or bracket, else tab-separated lines. Throws <see cref="InvalidDataException"/> or <see cref="JsonException"/>.</summary>
    internal static List<ModelInfo> Parse(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        var models = bytes.Span.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..] ? FromJson(bytes) : FromTable(bytes);
        if (models.Count == 0)
            throw new InvalidDataException("it lists no models");
        return models.Count <= MostModels ? models : throw new InvalidDataException($"it lists more than {MostModels} models");
    }

    private static List<ModelInfo> FromTable(ReadOnlyMemory<byte> bytes)
    {
        using var reader = new StreamReader(new MemoryStream(bytes.ToArray(), writable: false));
        return ModelTable.Read(reader, ModelOrigin.Catalog);
    }

    private static List<ModelInfo> FromJson(ReadOnlyMemory<byte> bytes)
    {
        var entries = bytes.Span.TrimStart(" \t\r\n"u8)[0] == '['
            ? JsonFields.ReadAll<ModelEntry>(bytes)
            : JsonFields.Read<ModelEntries>(bytes).Models;
        if (entries is null)
            throw new InvalidDataException("models is missing");
        var models = new List<ModelInfo>(entries.Count);
        for (var i = 0; i < entries.Count; i++)
            models.Add(ModelShape.Read(entries[i] ?? throw new InvalidDataException($"models[{i}] is null"), ModelOrigin.Catalog, $"models[{i}]"));
        return models;
    }

    private async Task<ReadOnlyMemory<byte>> Bytes(string from, CancellationToken run)
    {
        if (!IsUrl(from))
        {
            if (new FileInfo(from) is not { Exists: true } file)
                throw new FileNotFoundException();
            if (file.Length > MostBytes)
                throw new InvalidDataException($"it is larger than {MostBytes} bytes");
            return await File.ReadAllBytesAsync(from, run);
        }

        using var response = await http.GetAsync(from, HttpCompletionOption.ResponseHeadersRead, run);
        if (!response.IsSuccessStatusCode)
            throw Unreachable($"HTTP {(int)response.StatusCode}");
        await using var stream = await response.Content.ReadAsStreamAsync(run);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, run)) > 0)
        {
            body.Write(buffer, 0, count);
            if (body.Length > MostBytes)
                throw new InvalidDataException($"it is larger than {MostBytes} bytes");
        }

        return body.ToArray();
    }

    private ApiException Unreachable(string why) => new(ApiFault.BadGateway, $"the catalog source {Name} cannot be reached: {why}");

    private static bool IsUrl(string source) =>
        source.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static string? Shown(string? source)
    {
        if (source is null)
            return null;
        if (!IsUrl(source))
            return Path.GetFileName(source);
        return Uri.TryCreate(source, UriKind.Absolute, out var url) ? url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : "(not a URL)";
    }
}
