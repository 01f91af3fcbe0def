using System.Reflection;

namespace Fangd.Server.Providers;

/// <summary>The known providers, embedded; read at the first look.</summary>
public static class ProviderList
{
    private static readonly Lazy<Dictionary<string, Provider>> Known = new(Read);

    public static IReadOnlyCollection<Provider> All => Known.Value.Values;

    public static Provider? Find(string id) => Known.Value.GetValueOrDefault(id);

    private static Dictionary<string, Provider> Read()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("providers.tsv")!;
        using var reader = new StreamReader(stream);
        reader.ReadLine();
        var providers = new Dictionary<string, Provider>(StringComparer.OrdinalIgnoreCase);
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            var cells = line.Split('\t');
            providers.Add(cells[0], new Provider(cells[0], cells[1], cells[2], cells[3], cells[4] == "true", Family(cells[5])));
        }

        return providers;
    }

    private static WireFamily Family(string word) => word switch
    {
        "openai" => WireFamily.OpenAi,
        "anthropic" => WireFamily.Anthropic,
        "gemini" => WireFamily.Gemini,
        _ => WireFamily.None,
    };
}
