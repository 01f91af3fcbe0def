using Fangd.Server.Vault;

namespace Fangd.Server.Providers.Resilience;

/// <summary>Several keys of one provider: separated by commas in one variable, or in <c>NAME</c>, <c>NAME_2</c>, <c>NAME_3</c> and so on.</summary>
internal static class KeyList
{
    /// <summary>Far more than anybody has; a bound for the look into the environment.</summary>
    private const int Most = 32;

    /// <summary>The first key and the further ones.</summary>
    public static (string First, IReadOnlyList<string> More) Read(KeyStore keys, string variable, string value)
    {
        var second = keys.Find(variable + "_2");
        if (second is null && !value.Contains(','))
            return (value, []);

        var all = new List<string>();
        Add(all, value);
        for (var i = 2; second is not null && all.Count < Most; second = keys.Find($"{variable}_{++i}"))
            Add(all, second);
        return all.Count == 0 ? (value, []) : (all[0], all[1..]);
    }

    private static void Add(List<string> all, string value)
    {
        foreach (var key in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!all.Contains(key))
                all.Add(key);
        }
    }
}
