using System.Text.Json;
using Fangd.Engine.Outbound;
using Fangd.Engine.Tools.Web;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Tools.Browser;

/// <summary>What the browser tools share: the agent's browser, the time limit, and failures as outcomes.</summary>
public abstract class BrowserTool(BrowserPool pool, ToolSpec spec, TimeProvider time) : ITool
{
    public ToolSpec Spec { get; } = spec with { Timeout = pool.Settings.Timeout + TimeSpan.FromSeconds(10) };

    internal BrowserPool Pool => pool;

    /// <summary>Whether the call may open a browser; the others need one with a page.</summary>
    internal virtual bool Opens => false;

    public async ValueTask<ToolOutcome> Run(JsonElement arguments, ToolScope scope, CancellationToken run)
    {
        using var timeout = new CancellationTokenSource(pool.Settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(run, timeout.Token);
        try
        {
            return await Step(arguments, scope, either.Token);
        }
        catch (BrowserFault fault) when (fault.Said is not null)
        {
            return Quoted($"{fault.Message}\n{fault.Said}") with { IsError = true };
        }
        catch (Exception fault) when (fault is BrowserFault or OutboundRefusal)
        {
            return ToolOutcome.Error(fault.Message);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !run.IsCancellationRequested)
        {
            return ToolOutcome.Error($"The page did not get there within {pool.Settings.Timeout.TotalSeconds} s; browser_read_page shows what it is at.");
        }
    }

    /// <summary>Throws <see cref="BrowserFault"/>.</summary>
    internal virtual Task<ToolOutcome> Step(JsonElement arguments, ToolScope scope, CancellationToken cancel) =>
        pool.Use(scope, Opens, session => Step(arguments, session, scope, cancel), cancel);

    /// <summary>Does the call's work in the agent's browser. Throws <see cref="BrowserFault"/>.</summary>
    internal abstract Task<ToolOutcome> Step(JsonElement arguments, BrowserSession session, ToolScope scope, CancellationToken cancel);

    /// <summary>What does not go where a page can send it on.</summary>
    internal const TaintLabels LeavesThePage = TaintLabels.Secret | TaintLabels.Pii;

    /// <summary>An outcome that quotes the page.</summary>
    internal static ToolOutcome Quoted(string text) =>
        ToolOutcome.Ok(ExternalContent.Wrap("the browser's page", text)) with { Labels = TaintLabels.ExternalNetwork };

    /// <summary>Where the page is now: its address and title, and what it was refused.</summary>
    internal static async Task<ToolOutcome> Arrived(BrowserSession session, string done, CancellationToken cancel)
    {
        var place = await session.Text("'URL: ' + location.href.slice(0, 500) + '\\nTitle: ' + document.title.slice(0, 300)", cancel);
        var refusal = session.TakeRefusal() is { } reason ? $"\nA request of the page was refused: {reason}" : "";
        return Quoted($"{done}\n{place}{refusal}");
    }

    internal static string Text(JsonElement arguments, string name) => arguments.GetProperty(name).GetString() ?? "";

    internal static int Number(JsonElement arguments, string name, int usual, int least, int most) =>
        arguments.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number) ? Math.Clamp(number, least, most) : usual;

    /// <summary>A text as a literal of JavaScript.</summary>
    internal static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
