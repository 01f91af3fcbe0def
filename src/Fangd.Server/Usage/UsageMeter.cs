using Fangd.Server.Models;
using Fangd.Server.Storage;
using Microsoft.Extensions.Logging;

namespace Fangd.Server.Usage;

/// <summary>Takes down every model call. Nobody waits for it: a row rides with the next commit there is anyway.</summary>
internal sealed partial class UsageMeter(Database database, ILogger<UsageMeter> log)
{
    private const int MostTold = 1000;

    /// <summary>
    /// Calls from one addition to the sums to the next. Adding up 500 takes the writer 2.4 ms; adding each to its six sums took four times as long in all.
    /// </summary>
    private const int RolledUpEvery = 500;

    private readonly Lock _telling = new();
    private readonly HashSet<(string, string)> _told = [];
    private int _recorded;

    public void Record(UsageRow row)
    {
        database.Writes.AddLater(new UsageWrite(row, this));
        if (Interlocked.Increment(ref _recorded) % RolledUpEvery == 0)
            database.WriteLater(UsageStore.RollUp, failed => NotRolledUp(failed.Message));
        // What has no tokens has no price by the token either.
        if (row.Price == PriceKind.Unknown && row.Usage.Total > 0)
            TellOnce(row.Provider, row.Model);
    }

    /// <summary>Ends when everything that was recorded before is in the database.</summary>
    public Task Settled() => database.Write(static _ => { });

    private void TellOnce(string provider, string model)
    {
        lock (_telling)
        {
            if (_told.Count >= MostTold || !_told.Add((provider, model)))
                return;
        }

        PriceUnknown(provider, model);
    }

    [LoggerMessage(LogLevel.Warning, "The price of {Provider}/{Model} is not known: its calls count as 0 USD. POST /api/models/custom tells it.")]
    private partial void PriceUnknown(string provider, string model);

    [LoggerMessage(LogLevel.Error, "A call of {Provider}/{Model} that cost {CostUsd} USD was not taken down: {Reason}")]
    private partial void NotStored(string provider, string model, double costUsd, string reason);

    [LoggerMessage(LogLevel.Error, "Calls were not added to the sums of usage, the next time tries again: {Reason}")]
    private partial void NotRolledUp(string reason);

    private sealed class UsageWrite(UsageRow row, UsageMeter meter) : WriteJob
    {
        public override void Run(SqlSession sql) => UsageStore.Insert(sql, row);

        public override void Committed()
        {
            // Nobody waits.
        }

        public override void Failed(Exception exception) => meter.NotStored(row.Provider, row.Model, row.CostUsd, exception.Message);
    }
}
