using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fangd.Bench;

/// <summary>What was measured, beside its budget.</summary>
internal sealed class Report(Budget budget, bool smoke)
{
    private readonly List<Row> rows = [];

    public IEnumerable<string> Broken => rows.Where(row => !row.Holds).Select(row =>
        string.Create(CultureInfo.InvariantCulture, $"{row.Name}: {row.Median:0.###} {row.Unit}, the limit is {row.Limit!.Describe(smoke)}"));

    /// <summary>Adds samples of one measurement; the median is what its budget is held against.</summary>
    public void Add(string name, string unit, params double[] samples)
    {
        Array.Sort(samples);
        var row = new Row(name, unit, samples[0], Statistics.Median(samples), samples[^1], samples.Length, budget.Find(name), smoke);
        rows.Add(row);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {name,-34} {row.Median,10:0.###} {unit,-6} [{row.Min:0.###}..{row.Max:0.###}]{(row.Holds ? "" : "  OVER BUDGET " + row.Limit!.Describe(smoke))}"));
    }

    public void Write(Stream output, string binary)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("mode", smoke ? "smoke" : "full");
        json.WriteString("binary", Path.GetFileName(binary));
        json.WriteStartObject("machine");
        json.WriteString("processor", Processor());
        json.WriteNumber("cores", Environment.ProcessorCount);
        json.WriteString("system", RuntimeInformation.OSDescription);
        json.WriteEndObject();
        json.WriteStartObject("results");
        foreach (var row in rows)
        {
            json.WriteStartObject(row.Name);
            json.WriteString("unit", row.Unit);
            Number(json, "min", row.Min);
            Number(json, "median", row.Median);
            Number(json, "max", row.Max);
            json.WriteNumber("samples", row.Samples);
            if (row.Limit is { } limit)
            {
                json.WriteString("limit", limit.Describe(smoke));
                json.WriteBoolean("holds", row.Holds);
            }
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        output.WriteByte((byte)'\n');
    }

    private static void Number(Utf8JsonWriter json, string name, double value) => json.WriteNumber(name, Math.Round((decimal)value, 3));

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";

    private sealed record Row(string Name, string Unit, double Min, double Median, double Max, int Samples, Limit? Limit, bool Smoke)
    {
        public bool Holds => Limit is null || Limit.Holds(Median, Smoke);
    }
}
