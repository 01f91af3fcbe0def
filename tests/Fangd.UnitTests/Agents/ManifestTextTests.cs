using System.Text.Json;
using Fangd.Server.Agents;
using Fangd.Toml;

namespace Fangd.UnitTests.Agents;

public sealed class ManifestTextTests
{
    private const string Text = "# my agent\nname = \"a\" # short\nfuture = { x = 1 }\n\n[model]\nname = 'old' # pinned on purpose\n\n[metadata]\nowner = 'me'\n";

    [Fact]
    public void A_change_keeps_every_other_field_and_comment()
    {
        var changed = ManifestText.Set(ManifestText.Set(Text, ["description"], new TomlString("new")), ["model", "system_prompt"], new TomlString("Be\nkind"));

        Assert.Equal(
            "# my agent\nname = \"a\" # short\nfuture = { x = 1 }\ndescription = \"new\"\n\n[model]\nname = 'old' # pinned on purpose\nsystem_prompt = \"\"\"\nBe\nkind\"\"\"\n\n[metadata]\nowner = 'me'\n",
            changed);
        var manifest = ManifestReader.Read(changed).Manifest!;
        Assert.Equal(("new", "Be\nkind", "old"), (manifest.Description, manifest.Model.SystemPrompt, manifest.Model.Model));
    }

    [Fact]
    public void The_models_name_is_set_under_the_word_that_is_there()
    {
        var changed = ManifestText.Set(Text, ["model", "model"], new TomlString("new"));

        Assert.Contains("name = \"new\" # pinned on purpose", changed);
        Assert.Equal("new", ManifestReader.Read(changed).Manifest!.Model.Model);
    }

    [Fact]
    public void A_field_is_removed()
    {
        Assert.DoesNotContain("metadata", ManifestText.Remove(Text, ["metadata"]));
        Assert.Equal(Text, ManifestText.Remove(Text, ["no", "such"]));
    }

    [Fact]
    public void A_text_with_faults_is_not_changed() => Assert.Throws<TomlException>(() => ManifestText.Set("name = ", ["name"], new TomlString("x")));

    [Fact]
    public void The_json_form_of_agentos_becomes_a_manifest()
    {
        var (toml, fault) = Convert("""
            {"name": "j", "description": "from JSON", "model": {"provider": "openai", "model": "m", "maxTokens": 321},
             "systemPrompt": "You are\nJSON.", "toolProfile": "coding", "tags": ["json"],
             "capabilities": {"tools": ["file_read"], "memoryScopes": ["self.*"], "networkHosts": ["example.com"]},
             "resources": {"maxTokensPerHour": 1000, "dailyBudget": 2, "monthlyBudget": 2.5},
             "persona": {"tone": "dry", "none": null}, "codeAgentMode": true, "id": null}
            """);

        Assert.Null(fault);
        var read = ManifestReader.Read(toml!);
        Assert.Equal("", string.Join('\n', read.Problems.All));
        var manifest = read.Manifest!;
        Assert.Equal(("j", "from JSON", "coding", "json"), (manifest.Name, manifest.Description, manifest.Profile, Assert.Single(manifest.Tags)));
        Assert.Equal(("openai", "m", 321, "You are\nJSON."), (manifest.Model.Provider, manifest.Model.Model, manifest.Model.MaxTokens, manifest.Model.SystemPrompt));
        Assert.Equal(("file_read", "self.*", "self.*", "example.com"), (manifest.Capabilities.Tools[0], manifest.Capabilities.MemoryRead[0], manifest.Capabilities.MemoryWrite[0], manifest.Capabilities.Network[0]));
        Assert.Equal((1000, 2d, 2.5), (manifest.Resources.MaxLlmTokensPerHour, manifest.Resources.MaxCostPerDayUsd, manifest.Resources.MaxCostPerMonthUsd));
        Assert.Equal("dry", read.Metadata.GetTable("persona")!.GetString("tone"));
        Assert.True(read.Metadata.GetBoolean("codeAgentMode"));
        Assert.False(read.Metadata.Contains("id"));
    }

    [Theory]
    [InlineData("""{"name": 5}""", "name is not a string")]
    [InlineData("""{"name": "a", "model": {"maxTokens": 1.5}}""", "model.maxTokens is not an integer")]
    [InlineData("""{"name": "a", "capabilities": {"tools": "x"}}""", "capabilities.tools is not a list of strings")]
    [InlineData("""{"name": "a", "resources": []}""", "resources is not an object")]
    [InlineData("""["name"]""", "the body is not a JSON object")]
    public void A_wrong_type_is_named(string json, string fault) => Assert.Equal((null, fault), Convert(json));

    [Fact]
    public void A_body_without_a_name_becomes_a_manifest_that_is_refused_for_it() =>
        Assert.Equal("name", Assert.Single(ManifestReader.Read(Convert("{}").Toml!).Problems.Faults).KeyPath);

    private static (string? Toml, string? Fault) Convert(string json)
    {
        using var body = JsonDocument.Parse(json);
        return ManifestText.FromAgentOs(body.RootElement);
    }
}
