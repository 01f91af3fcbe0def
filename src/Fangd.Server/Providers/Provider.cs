using Fangd.Server.Http;

namespace Fangd.Server.Providers;

/// <summary>Which wire format a provider speaks.</summary>
public enum WireFamily
{
    /// <summary>None that this daemon speaks.</summary>
    None,
    OpenAi,
    Anthropic,
    Gemini,
}

/// <summary>A provider of language models as it is known before any configuration.</summary>
public sealed partial record Provider(string Id, string Name, string KeyVariable, string BaseUrl, bool NeedsKey, WireFamily Family) : IAnswer, IRequest<Provider>;
