namespace Fangd
{
    /// <summary>
    /// Stands in for <see cref="Enumerable.Select{TSource, TResult}(IEnumerable{TSource}, Func{TSource, TResult})"/> everywhere below this
    /// namespace. There, Select is a generic virtual method of the iterators, so ahead-of-time compilation makes each kind of iterator for
    /// each pair of a source and a result type that occur anywhere: 1.5 MB of binary for ours. .NET 10 has a switch for it,
    /// UseSizeOptimizedLinq.
    /// </summary>
    [Microsoft.CodeAnalysis.Embedded]
    internal static class Projections
    {
        public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, TResult> selector)
        {
            foreach (var item in source)
                yield return selector(item);
        }
    }
}

namespace Microsoft.CodeAnalysis
{
    /// <summary>Keeps a type to its own assembly, also from those that see its internals: there the same type of two assemblies would clash.</summary>
    [Embedded]
    internal sealed class EmbeddedAttribute : Attribute;
}
