using System.Globalization;
using System.Reflection;

namespace Fangd.Server.Models;

/// <summary>Models as tab-separated text, one a line under a line of column names: the form of the built-in list and of a catalogue source.</summary>
internal static class ModelTable
{
    public static readonly IReadOnlyList<string> Tiers = ["frontier", "smart", "balanced", "fast", "local", "custom"];

    private const int LongestName = 200;

    public static List<ModelInfo> BuiltIn()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("models.tsv")!;
        using var reader = new StreamReader(stream);
        return Read(reader, ModelOrigin.BuiltIn);
    }

    /// <summary>Throws <see cref="InvalidDataException"/> that names the line and column.</summary>
    public static List<ModelInfo> Read(TextReader text, ModelOrigin origin)
    {
        var columns = new Columns((text.ReadLine() ?? "").TrimEnd('\r').Split('\t'));
        var models = new List<ModelInfo>(256);
        for (var line = 2; text.ReadLine() is { } row; line++)
        {
            if (row.Length > 0)
                models.Add(Check(columns.Read(row.TrimEnd('\r').Split('\t'), line, origin), $"line {line}"));
        }

        return models;
    }

    /// <summary>Throws <see cref="InvalidDataException"/> for an entry that cannot be right; <paramref name="where"/> begins the message.</summary>
    public static ModelInfo Check(ModelInfo model, string where)
    {
        if (!IsName(model.Id))
            throw new InvalidDataException($"{where}: id must be 1 to {LongestName} characters without control characters");
        if (!IsName(model.Provider) || model.Provider.Contains('/'))
            throw new InvalidDataException($"{where}: provider must be 1 to {LongestName} characters without slashes and control characters");
        if (!IsName(model.DisplayName))
            throw new InvalidDataException($"{where}: display_name must be 1 to {LongestName} characters without control characters");
        if (!Tiers.Contains(model.Tier))
            throw new InvalidDataException($"{where}: tier must be one of {string.Join(", ", Tiers)}");
        if (model.ContextWindow < 1 || model.MaxOutput < 0)
            throw new InvalidDataException($"{where}: context_window must be at least 1, max_output at least 0");
        if (model.Price is { } price && !(IsPrice(price.Input) && IsPrice(price.Cached) && IsPrice(price.Output)))
            throw new InvalidDataException($"{where}: costs must be finite numbers of at least 0");
        return model;
    }

    private static bool IsPrice(double usd) => double.IsFinite(usd) && usd >= 0;

    private static bool IsName(string text) => !string.IsNullOrWhiteSpace(text) && text.Length <= LongestName && !text.Any(char.IsControl);

    private sealed class Columns
    {
        private readonly string[] _names;
        private readonly int _id;
        private readonly int _provider;

        public Columns(string[] names)
        {
            _names = names;
            _id = Array.IndexOf(names, "id");
            _provider = Array.IndexOf(names, "provider");
            if (_id < 0 || _provider < 0)
                throw new InvalidDataException("line 1: the columns id and provider are missing");
        }

        public ModelInfo Read(string[] cells, int line, ModelOrigin origin)
        {
            var input = Price(cells, line, "input_cost_per_1m", "in_usd_per_M");
            var output = Price(cells, line, "output_cost_per_1m", "out_usd_per_M");
            var id = Cell(cells, _id);
            return new ModelInfo
            {
                Id = id,
                Provider = Cell(cells, _provider),
                DisplayName = Text(cells, "display_name") is { Length: > 0 } name ? name : id,
                Tier = Text(cells, "tier") is { Length: > 0 } tier ? tier.ToLowerInvariant() : "custom",
                ContextWindow = Whole(cells, line, "context_window") ?? ModelInfo.UnknownWindow,
                MaxOutput = Whole(cells, line, "max_output") ?? 0,
                Price = input is null || output is null ? null : new ModelPrice(input.Value, Price(cells, line, "cached_cost_per_1m") ?? input.Value, output.Value),
                HasTools = Text(cells, "tools") != "false",
                HasVision = Text(cells, "vision") == "true",
                HasStreaming = Text(cells, "streaming") != "false",
                WireName = Text(cells, "wire_name") is { Length: > 0 } wire ? wire : null,
                Aliases = Text(cells, "aliases").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                Origin = origin,
            };
        }

        private string Text(string[] cells, string name) => Cell(cells, Array.IndexOf(_names, name));

        private static string Cell(string[] cells, int column) => column >= 0 && column < cells.Length ? cells[column] : "";

        private int? Whole(string[] cells, int line, string name)
        {
            var text = Text(cells, name);
            if (text.Length == 0)
                return null;
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new InvalidDataException($"line {line}: {name} must be a whole number");
        }

        private double? Price(string[] cells, int line, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                var text = Text(cells, name);
                if (text.Length == 0)
                    continue;
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                    ? value
                    : throw new InvalidDataException($"line {line}: {name} must be a number");
            }

            return null;
        }
    }
}
