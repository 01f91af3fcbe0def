using Fangd.Server.Storage;

namespace Fangd.Server.Deliveries;

/// <summary>What was sent out over channels; the newest <see cref="KeptPerAgent"/> of each agent are kept.</summary>
internal sealed class DeliveryStore(Database database, TimeProvider time)
{
    public const int KeptPerAgent = 1000;

    public Task Add(string agentId, DeliveryReceipt receipt) => database.Write(sql =>
    {
        sql.Execute(
            """
            INSERT INTO deliveries (agent_id, message_id, channel, recipient, status, error, at)
            SELECT $agent, $message, $channel, $recipient, $status, $error, $at WHERE EXISTS (SELECT 1 FROM agents WHERE id = $agent)
            """,
            agentId, receipt.MessageId, receipt.Channel, receipt.Recipient, receipt.Status, receipt.Error, time.GetUtcNow());
        sql.Execute(
            """
            DELETE FROM deliveries WHERE agent_id = $agent AND id <=
                (SELECT id FROM deliveries WHERE agent_id = $agent ORDER BY id DESC LIMIT 1 OFFSET $kept)
            """,
            agentId, KeptPerAgent);
    });

    /// <summary>Newest first.</summary>
    public List<DeliveryReceipt> Of(string agentId, int limit) => database.Read(sql => sql.All(
        "SELECT message_id, channel, recipient, status, at, error FROM deliveries WHERE agent_id = $agent ORDER BY id DESC LIMIT $limit",
        row => new DeliveryReceipt(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Time(4), row.TextOrNull(5)),
        agentId, limit));
}
