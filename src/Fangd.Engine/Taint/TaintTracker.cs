using System.Text.Json;
using Fangd.Engine.Tools;
using Fangd.Protocols.Llm;

namespace Fangd.Engine.Taint;

/// <summary>
/// Finds out what a call's arguments are tainted with. Labels lie on the tool results that the model has read and stay on them in the
/// session; an argument that repeats a part of such a result takes over its labels, and one that holds a credential of the daemon is a
/// secret wherever it came from. Nothing is done for tools that refuse nothing.
/// </summary>
public sealed class TaintTracker(SecretWords secrets)
{
    /// <summary>What a model copies from a page is longer than what it would have written alike by itself.</summary>
    private const int Quoted = 20;

    /// <summary>Those labels of the arguments that the tool refuses, with the tool that each came from; null when there are none.</summary>
    public TaintFinding? Find(GatedCall call)
    {
        var refused = call.Tool.Spec.Refuses;
        if (refused == TaintLabels.None)
            return null;
        var texts = new List<string>();
        Collect(call.Arguments, texts);
        if (refused.HasFlag(TaintLabels.Secret) && texts.Exists(secrets.OccurIn))
            return new TaintFinding(TaintLabels.Secret, null);

        foreach (var piece in ContextTaint.Pieces(call.Scope))
        {
            if ((piece.Labels & refused) is not TaintLabels.None and var found && Repeated(texts, piece, found) is not TaintLabels.None and var repeated)
                return new TaintFinding(repeated, piece.From);
        }

        return refused.HasFlag(TaintLabels.Pii) && PersonalDataFlow.Find(texts, call.Scope) is { } shown ? new TaintFinding(TaintLabels.Pii, shown) : null;
    }

    /// <summary>Those of the labels that the texts have from this piece.</summary>
    private static TaintLabels Repeated(List<string> texts, TaintedText piece, TaintLabels labels)
    {
        // What can be told apart in a text is compared by itself: beside an address that must not leave there may stand one that may.
        if (labels.HasFlag(TaintLabels.Pii) && (piece.IsDigest || PersonalData.Find(piece.Text).Count > 0))
        {
            if (piece.IsDigest && PersonalDataFlow.ShareAPlace(texts, piece.Text))
                return TaintLabels.Pii;
            labels &= ~TaintLabels.Pii;
        }

        return labels != TaintLabels.None && Repeats(texts, piece.Text, labels) ? labels : TaintLabels.None;
    }

    private static bool Repeats(List<string> texts, string tainted, TaintLabels labels)
    {
        var stretch = (labels & ContextTaint.Confidential) != 0 ? ContextTaint.Mentioned : Quoted;
        return texts.Exists(text => TextOverlap.Exists(text, tainted, stretch));
    }

    private static void Collect(JsonElement value, List<string> texts)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                texts.Add(value.GetString()!);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    Collect(item, texts);
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                    Collect(property.Value, texts);
                break;
        }
    }
}

/// <summary>What the arguments of a call carry; <paramref name="From"/> is the tool whose result they repeat, null for the daemon's own secrets.</summary>
public sealed record TaintFinding(TaintLabels Labels, string? From)
{
    /// <summary>Whether it is about what must not get out, rather than about what must not get in.</summary>
    public bool IsConfidential => (Labels & ContextTaint.Confidential) != 0;

    /// <summary>The end of a sentence that says what is wrong.</summary>
    public string Reason => this switch
    {
        { From: null } => "its arguments hold a credential of this daemon",
        _ when Labels.HasFlag(TaintLabels.Secret) => $"its arguments repeat a secret that {From} showed",
        _ when Labels.HasFlag(TaintLabels.Pii) => $"its arguments repeat personal data that {From} showed",
        _ when Labels.HasFlag(TaintLabels.UntrustedAgent) => $"its arguments repeat what another agent said ({From})",
        _ => $"its arguments repeat text that came from outside ({From})",
    };
}
