using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Fangd.JsonSource;

/// <summary>Looks at a record and says what its JSON has to be.</summary>
internal static class BodyReader
{
    private static readonly SymbolDisplayFormat _full = SymbolDisplayFormat.FullyQualifiedFormat;

    public static Body Read(INamedTypeSymbol record)
    {
        var faults = new List<Fault>();
        if (!record.IsSealed || record.ContainingType is not null)
            faults.Add(Fault.At(record, record.Name + " must be sealed and stand in no other type"));
        var constructor = record.InstanceConstructors.FirstOrDefault(one => one.Parameters.Length > 0 && !IsCopy(one, record));
        var fields = new List<Field>();
        foreach (var property in record.GetMembers().OfType<IPropertySymbol>())
        {
            if (Read(property, constructor, faults) is { } field)
                fields.Add(field);
        }

        return new Body(
            record.ContainingNamespace.ToDisplayString(),
            record.Name,
            record.AllInterfaces.Any(one => one.Name == "IAnswer"),
            record.AllInterfaces.Any(one => one.Name == "IRequest"),
            Declares(record, "Equals"),
            Declares(record, "ToString"),
            new Sequence<Field>(fields),
            new Sequence<Fault>(faults));
    }

    private static bool Declares(INamedTypeSymbol record, string method) => record.GetMembers(method).Any(one => !one.IsImplicitlyDeclared);

    private static bool IsCopy(IMethodSymbol constructor, INamedTypeSymbol record) =>
        constructor.Parameters.Length == 1 && SymbolEqualityComparer.Default.Equals(constructor.Parameters[0].Type, record);

    private static Field? Read(IPropertySymbol property, IMethodSymbol? constructor, List<Fault> faults)
    {
        if (property.IsStatic || property.IsIndexer || property.DeclaredAccessibility != Accessibility.Public)
            return null;
        var ignore = Attribute(property, "JsonIgnoreAttribute");
        if (ignore is not null && ignore.NamedArguments.Length == 0)
            return null;
        if (TypeOf(property.Type) is not { } type)
        {
            faults.Add(Fault.At(property, property.Name + ": no JSON is known for " + property.Type.ToDisplayString()));
            return null;
        }

        var parameter = constructor?.Parameters.FirstOrDefault(one => one.Name == property.Name);
        var absent = parameter is { HasExplicitDefaultValue: true, ExplicitDefaultValue: { } value }
            ? System.Convert.ToString(value, CultureInfo.InvariantCulture).ToLowerInvariant()
            : null;
        return new Field(
            property.Name,
            Attribute(property, "JsonPropertyNameAttribute")?.ConstructorArguments[0].Value as string ?? SnakeCase(property.Name),
            type,
            ignore is not null,
            property.SetMethod is not null,
            parameter?.Name,
            absent);
    }

    private static FieldType? TypeOf(ITypeSymbol type)
    {
        if (type is INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } nullable)
            return TypeOf(nullable.TypeArguments[0]) is { } inner ? inner with { IsNullable = true } : null;
        var isNullable = type.NullableAnnotation == NullableAnnotation.Annotated;
        var name = type.WithNullableAnnotation(NullableAnnotation.NotAnnotated).ToDisplayString(_full);
        if (KindOf(type, name) is { } kind)
            return new FieldType(kind, isNullable, name, null);
        if (type is not INamedTypeSymbol named)
            return null;
        if (named.Name == "IReadOnlyList" && TypeOf(named.TypeArguments[0]) is { } item)
            return new FieldType(Kind.List, isNullable, name, item);
        if (named.Name == "IReadOnlyDictionary" && TypeOf(named.TypeArguments[1]) is { } value)
            return new FieldType(Kind.Map, isNullable, name, value);
        return null;
    }

    private static Kind? KindOf(ITypeSymbol type, string name)
    {
        switch (type.SpecialType)
        {
            case SpecialType.System_String:
                return Kind.Text;
            case SpecialType.System_Boolean:
                return Kind.Flag;
            case SpecialType.System_Int32:
            case SpecialType.System_Int64:
            case SpecialType.System_Double:
                return Kind.Number;
        }

        if (type.TypeKind == TypeKind.Enum)
            return Kind.Enum;
        switch (name)
        {
            case "global::System.DateTimeOffset":
                return Kind.Moment;
            case "global::System.Text.Json.JsonElement":
                return Kind.Raw;
        }

        return type.AllInterfaces.Any(one => one.Name is "IAnswer" or "IRequest") ? Kind.Object : null;
    }

    private static AttributeData? Attribute(ISymbol symbol, string name) => symbol.GetAttributes().FirstOrDefault(one => one.AttributeClass?.Name == name);

    /// <summary>As JsonNamingPolicy.SnakeCaseLower does it: <c>CostUsd</c> is <c>cost_usd</c>, <c>IPAddress</c> is <c>ip_address</c>.</summary>
    internal static string SnakeCase(string name)
    {
        var text = new System.Text.StringBuilder(name.Length + 4);
        for (var i = 0; i < name.Length; i++)
        {
            var isWord = char.IsUpper(name[i]) && i > 0 && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (isWord)
                text.Append('_');
            text.Append(char.ToLowerInvariant(name[i]));
        }

        return text.ToString();
    }
}
