namespace Fangd.Server.Health;

/// <summary>Something of a feature that grows by itself and is tidied up every hour.</summary>
internal interface IHousework
{
    /// <summary>Takes out what is too old, in batches; ends early when the daemon stops.</summary>
    Task Tidy(CancellationToken stopping);
}
