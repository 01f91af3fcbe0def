using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fangd.Server;

namespace Fangd.UnitTests.Http;

public sealed class JsonContextTests
{
    [Fact]
    public void Every_feature_writes_its_json_by_the_same_rules()
    {
        var contexts = typeof(FangdServer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(JsonSerializerContext))).ToList();

        Assert.True(contexts.Count >= 10, "the contexts of the features are not found any more");
        Assert.All(contexts, type =>
        {
            var options = ((JsonSerializerContext)type.GetProperty("Default", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!).Options;
            Assert.Same(JsonNamingPolicy.SnakeCaseLower, options.PropertyNamingPolicy);
            Assert.Equal(JsonIgnoreCondition.WhenWritingNull, options.DefaultIgnoreCondition);
            Assert.False(options.WriteIndented || options.AllowTrailingCommas || options.PropertyNameCaseInsensitive);
            Assert.Equal(JsonCommentHandling.Disallow, options.ReadCommentHandling);
        });
    }
}
