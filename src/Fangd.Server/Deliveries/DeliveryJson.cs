using System.Text.Json.Serialization;

namespace Fangd.Server.Deliveries;

/// <summary>One message that went out. <paramref name="Status"/> is <c>sent</c>, <c>delivered</c>, <c>failed</c> or <c>best_effort</c>.</summary>
public sealed record DeliveryReceipt(
    string MessageId,
    string Channel,
    string Recipient,
    string Status,
    DateTimeOffset Timestamp,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Error);

public sealed record DeliveryList(string AgentId, int Count, IReadOnlyList<DeliveryReceipt> Receipts);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(DeliveryList))]
internal sealed partial class DeliveryJson : JsonSerializerContext;
