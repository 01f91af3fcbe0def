namespace System.Runtime.CompilerServices;

/// <summary>The framework of the compiler's components lacks it; records need it.</summary>
internal static class IsExternalInit;
