namespace Fangd.Server.Vault;

/// <summary>The vault cannot be used; the message says why and what to do, without secrets.</summary>
internal sealed class VaultException(string message) : Exception(message);
