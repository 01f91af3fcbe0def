using System.Globalization;
using System.Text.Json;

namespace Fangd.Bench;

/// <summary>A limit on the median of one measurement.</summary>
/// <param name="Max">The most it may be, or null.</param>
/// <param name="Min">The least it may be, or null.</param>
/// <param name="IsTiming">Whether it depends on how busy the machine is; such limits are three times as wide in smoke mode.</param>
internal sealed record Limit(double? Max, double? Min, bool IsTiming)
{
    private const double SmokeAllowance = 3;

    public bool Holds(double value, bool smoke) => value <= Most(smoke) && value >= Least(smoke);

    public string Describe(bool smoke) => Max is not null
        ? string.Create(CultureInfo.InvariantCulture, $"<= {Most(smoke):0.##}")
        : string.Create(CultureInfo.InvariantCulture, $">= {Least(smoke):0.##}");

    private double Most(bool smoke) => (Max ?? double.MaxValue) * (Max is not null && smoke && IsTiming ? SmokeAllowance : 1);

    private double Least(bool smoke) => (Min ?? double.MinValue) / (Min is not null && smoke && IsTiming ? SmokeAllowance : 1);
}

/// <summary>The limits of budget.json by the name of the measurement.</summary>
internal sealed class Budget
{
    private readonly Dictionary<string, Limit> limits = [];

    public static Budget Read(string path)
    {
        var budget = new Budget();
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        foreach (var entry in document.RootElement.EnumerateObject())
            budget.limits[entry.Name] = new Limit(Number(entry.Value, "max"), Number(entry.Value, "min"), entry.Value.TryGetProperty("timing", out var timing) && timing.GetBoolean());
        return budget;
    }

    public Limit? Find(string name) => limits.GetValueOrDefault(name);

    private static double? Number(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) ? value.GetDouble() : null;
}
