namespace Fangd.Engine.Tools.Browser;

/// <summary>Why a step in a browser did not succeed. The message is for the model.</summary>
internal sealed class BrowserFault(string message) : Exception(message)
{
    /// <summary>The page's own words, which are quoted as such.</summary>
    public string? Said { get; init; }
}
