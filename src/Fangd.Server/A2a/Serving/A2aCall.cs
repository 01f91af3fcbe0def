using System.Globalization;
using System.Text.Json;
using Fangd.Protocols.A2a;

namespace Fangd.Server.A2a.Serving;

/// <summary>One call of a client in either binding.</summary>
/// <param name="Params">The parameters, an object.</param>
/// <param name="Version">Whose words it came in and is answered in.</param>
/// <param name="BaseUrl">Where the client found us, without a slash at the end.</param>
internal readonly record struct A2aCall(JsonElement Params, A2aVersion Version, string BaseUrl)
{
    public string? Tenant => A2aReader.Id(Params, "tenant");

    /// <summary>The id of the task that is meant.</summary>
    public string TaskId => A2aReader.Text(Params, "id") ?? throw A2aFault.Params("id is missing");

    public int? HistoryLength => A2aReader.Whole(Params, "historyLength", 0, int.MaxValue);

    public DateTimeOffset Since
    {
        get
        {
            if (A2aReader.Text(Params, "statusTimestampAfter") is not { } text)
                return DateTimeOffset.UnixEpoch;
            return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
                ? since
                : throw A2aFault.Params("statusTimestampAfter must be an ISO 8601 time");
        }
    }

    public A2aState? State => A2aReader.Text(Params, "status") switch
    {
        null or "TASK_STATE_UNSPECIFIED" => null,
        var word => A2aStates.Read(word) ?? throw A2aFault.Params($"status '{word}' is no state of a task"),
    };
}

/// <summary>Writes the result of a call.</summary>
internal delegate void A2aResult(Utf8JsonWriter json);
