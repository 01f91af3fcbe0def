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

    /// <summary>Secrets and facts about people are short.</summary>
    private const int Mentioned = 12;

    private const TaintLabels Confidential = TaintLabels.Secret | TaintLabels.Pii;

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

        foreach (var message in call.Scope.Conversation?.Messages ?? [])
        {
            foreach (var part in message.Parts)
            {
                if (part is LlmToolResult result && (result.Taint & refused) is var found and not TaintLabels.None && Repeats(texts, result.Text, found))
                    return new TaintFinding(found, result.Name);
            }
        }
        return null;
    }

    private static bool Repeats(List<string> texts, string tainted, TaintLabels labels)
    {
        var stretch = (labels & Confidential) != 0 ? Mentioned : Quoted;
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
    public bool IsConfidential => (Labels & (TaintLabels.Secret | TaintLabels.Pii)) != 0;

    /// <summary>The end of a sentence that says what is wrong.</summary>
    public string Reason => this switch
    {
        { From: null } => "its arguments hold a credential of this daemon",
        _ when Labels.HasFlag(TaintLabels.Secret) => $"its arguments repeat a secret that {From} showed",
        _ when Labels.HasFlag(TaintLabels.Pii) => $"its arguments repeat personal data that {From} showed",
        _ when Labels.HasFlag(TaintLabels.UntrustedAgent) => $"its arguments repeat what another daemon's agent said ({From})",
        _ => $"its arguments repeat text that came from outside ({From})",
    };
}
