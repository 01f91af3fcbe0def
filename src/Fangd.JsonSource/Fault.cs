using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Fangd.JsonSource;

/// <summary>What is wrong with a record, and where.</summary>
internal sealed record Fault(string Text, string Path, TextSpan Span, LinePositionSpan Lines)
{
    private static readonly DiagnosticDescriptor _rule =
        new("FJ0001", "A JSON body cannot be generated", "{0}", "Json", DiagnosticSeverity.Error, isEnabledByDefault: true);

    public static Fault At(ISymbol symbol, string text)
    {
        var place = symbol.Locations[0];
        return new Fault(text, place.SourceTree?.FilePath ?? "", place.SourceSpan, place.GetLineSpan().Span);
    }

    public Diagnostic ToDiagnostic() => Diagnostic.Create(_rule, Location.Create(Path, Span, Lines), Text);
}
