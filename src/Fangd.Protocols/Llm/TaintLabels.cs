namespace Fangd.Protocols.Llm;

/// <summary>Where a text came from or what is in it; labels stay with the text and are checked where it could do harm.</summary>
[Flags]
public enum TaintLabels
{
    None = 0,

    /// <summary>Fetched from a network peer: pages, search results, answers of MCP servers.</summary>
    ExternalNetwork = 1,

    /// <summary>Sent by somebody who is not known to be the daemon's owner, over a channel or a webhook.</summary>
    UserInput = 2,

    /// <summary>Says something about a person.</summary>
    Pii = 4,

    /// <summary>Holds a credential of the daemon.</summary>
    Secret = 8,

    /// <summary>Said by another agent, of this daemon or elsewhere.</summary>
    UntrustedAgent = 16,
}
