using System.Text.Json.Serialization;
using Fangd.Server.Http;

namespace Fangd.Server.Deliveries;

/// <summary>One message that went out. <paramref name="Status"/> is <c>sent</c>, <c>delivered</c>, <c>failed</c> or <c>best_effort</c>.</summary>
public sealed partial record DeliveryReceipt(
    string MessageId,
    string Channel,
    string Recipient,
    string Status,
    DateTimeOffset Timestamp,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Error) : IAnswer;

public sealed partial record DeliveryList(string AgentId, int Count, IReadOnlyList<DeliveryReceipt> Receipts) : IAnswer;
