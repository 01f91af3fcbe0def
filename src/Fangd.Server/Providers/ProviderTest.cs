using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Protocols.Llm.OpenAi;
using Fangd.Server.Models;
using Fangd.Server.Usage;

namespace Fangd.Server.Providers;

/// <summary>What a test came to; <paramref name="Error"/> is null when the provider answered.</summary>
internal sealed record ProviderTestResult(string? Model, long LatencyMs, string? Error, bool IsKeyRefused);

/// <summary>Tries a provider with the smallest real call: the same way, key and address as a message's.</summary>
internal sealed class ProviderTest(ProviderSettings settings, ModelCatalog catalog, DefaultModel defaults, Metering metering, OpenAiModelList lists)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task<ProviderTestResult> Run(Provider provider, string? asked, CancellationToken aborted)
    {
        var time = metering.Time;
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(aborted, patience.Token);
        string? tested = null;
        var began = time.GetTimestamp();
        try
        {
            var model = await Choose(provider, asked, either.Token);
            tested = model.Model;
            began = time.GetTimestamp();
            await Call(model, either.Token);
            return new ProviderTestResult(tested, (long)time.GetElapsedTime(began).TotalMilliseconds, null, false);
        }
        catch (LlmException failed)
        {
            return Failed(failed.Message, failed.Fault == LlmFault.Auth);
        }
        catch (TurnException refused)
        {
            return Failed(refused.Message, false);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return Failed($"{provider.Name} did not answer within {Patience.TotalSeconds} s", false);
        }

        ProviderTestResult Failed(string why, bool isKeyRefused) => new(tested, (long)time.GetElapsedTime(began).TotalMilliseconds, why, isKeyRefused);
    }

    private async Task Call(ModelRef model, CancellationToken run)
    {
        var request = new LlmRequest { Model = model.Model, Messages = [LlmMessage.User("Answer with the word OK.")], MaxTokens = 16 };
        var isWhole = false;
        await foreach (var happened in metering.ForDaemon("").Stream(model, request, run))
            isWhole |= happened.Kind == LlmEventKind.Stop;
        if (!isWhole)
            throw new LlmException(LlmFault.Interrupted, "the answer broke off before its end");
    }

    /// <summary>The asked model, the default one when it is this provider's, the cheapest of the catalogue, or what the server lists.</summary>
    private async Task<ModelRef> Choose(Provider provider, string? asked, CancellationToken run)
    {
        if (asked is { Length: > 0 })
            return new ModelRef(provider.Id, asked);
        if (defaults.Model.Provider.Equals(provider.Id, StringComparison.OrdinalIgnoreCase))
            return metering.Resolve(defaults.Model);
        var known = catalog.Current.All.Where(m => m.Provider == provider.Id);
        if (settings.IsLocal(provider.Id))
            known = known.Where(m => m.Origin is ModelOrigin.Discovered or ModelOrigin.Custom);
        if (known.OrderBy(m => m.Price is { } price ? price.Input + price.Output : double.MaxValue).FirstOrDefault() is { } cheapest)
            return new ModelRef(provider.Id, cheapest.Id);
        var target = settings.Target(new ModelRef(provider.Id, ""), out _);
        var listed = await lists.Read(target, run);
        return listed.Count > 0
            ? new ModelRef(provider.Id, listed[0].Id)
            : throw new LlmException(LlmFault.ModelNotFound, $"{provider.Name} lists no models; name one with \"model\"");
    }
}
