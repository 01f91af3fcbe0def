using Fangd.Server.Config;

namespace Fangd.UnitTests.Config;

public sealed class ResilienceConfigTests
{
    [Fact]
    public void One_provider_may_differ_from_the_rest()
    {
        var load = Load("""
            [resilience]
            retries = 4
            chunk_timeout_secs = 30

            [resilience.providers.ollama]
            max_concurrent = 1
            first_byte_timeout_secs = 900
            """);
        Assert.Empty(load.Problems.All);
        var read = load.Config!.Resilience;
        Assert.Equal(new CallLimits { Retries = 4, ChunkTimeout = TimeSpan.FromSeconds(30) }, read.Of("groq"));
        Assert.Equal(read.Usual with { MaxConcurrent = 1, FirstByteTimeout = TimeSpan.FromSeconds(900) }, read.Of("Ollama"));
    }

    [Fact]
    public void What_is_wrong_is_named_with_its_place()
    {
        var load = Load("""
            [resilience]
            retries = 99
            [resilience.providers]
            groq = 5
            [resilience.providers.ollama]
            retrys = 1
            """);
        Assert.Equal(
            ["resilience.retries", "resilience.providers.groq", "resilience.providers.ollama.retrys"],
            load.Problems.Faults.Select(problem => problem.KeyPath));
    }

    [Fact]
    public void Memory_ages_as_configured_and_only_what_cannot_be_chosen_warns()
    {
        var load = Load("[memory]\ndecay_rate = 0.2\nconsolidation_threshold = 5\nconsolidation_interval_hours = 6\nbackend = \"sqlite\"");

        Assert.Equal((0.2, 5, TimeSpan.FromHours(6)), (load.Config!.Memory.DecayRate, load.Config.Memory.ConsolidationThreshold, load.Config.Memory.ConsolidationInterval));
        Assert.Equal("memory.backend", Assert.Single(load.Problems.Warnings).KeyPath);
        Assert.Equal("memory.decay_rate", Assert.Single(Load("[memory]\ndecay_rate = 2").Problems.Faults).KeyPath);
    }

    [Fact]
    public void An_embedding_provider_needs_a_model()
    {
        Assert.Equal("memory.embedding_model", Assert.Single(Load("[memory]\nembedding_provider = \"ollama\"").Problems.Faults).KeyPath);
        var read = Load("[memory]\nembedding_provider = \"ollama\"\nembedding_model = \"nomic\"\ndecay_rate = 0.1").Config!.Memory.Embedding;
        Assert.Equal(new EmbeddingConfig("ollama", "nomic", null), read);
    }

    private static ConfigLoad Load(string text) =>
        ConfigFile.Parse(System.Text.Encoding.UTF8.GetBytes(text), "/nowhere/config.toml", "/nowhere", _ => null, new Problems());
}
