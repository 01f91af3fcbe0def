namespace Fangd.Protocols.A2a;

/// <summary>The versions of the protocol that are spoken here; each names a family of patch releases.</summary>
public enum A2aVersion
{
    /// <summary>0.3: every object says its <c>kind</c>, methods are named <c>message/send</c>.</summary>
    V03,

    /// <summary>1.0: unions go by the field that is there, methods are named <c>SendMessage</c>.</summary>
    V10,
}
