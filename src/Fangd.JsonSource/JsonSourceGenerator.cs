using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Fangd.JsonSource;

/// <summary>
/// Writes <c>IAnswer.WriteTo</c> and <c>IRequest.Read</c> for each partial record that claims one of them. The serializer's own generator
/// makes twenty types of metadata for each type of a body, 6 KB of the binary where these methods take a tenth of it.
/// </summary>
[Generator]
public sealed class JsonSourceGenerator : IIncrementalGenerator
{
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var bodies = context.SyntaxProvider.CreateSyntaxProvider(
            static (node, _) => node is RecordDeclarationSyntax { BaseList: { } bases } record && Claims(bases),
            static (found, end) => BodyReader.Read((INamedTypeSymbol)found.SemanticModel.GetDeclaredSymbol(found.Node, end)!));
        context.RegisterSourceOutput(bodies, static (output, body) =>
        {
            foreach (var fault in body.Faults)
                output.ReportDiagnostic(fault.ToDiagnostic());
            if (body.Faults.Count == 0)
                output.AddSource(body.Space + "." + body.Name + ".g.cs", SourceText.From(BodyText.Write(body), Encoding.UTF8));
        });
    }

    private static bool Claims(BaseListSyntax bases)
    {
        foreach (var type in bases.Types)
        {
            if (type.Type is SimpleNameSyntax { Identifier.ValueText: "IAnswer" or "IRequest" })
                return true;
        }

        return false;
    }
}
