using System.Buffers;
using System.Text.Json;
using Fangd.Server.Http;
using Fangd.Server.Providers;

namespace Fangd.Server.Agents;

/// <summary>The socket's frame <c>agents_updated</c>: all agents with their state.</summary>
internal static class AgentsUpdated
{
    public static byte[] Encode(AgentRegistry registry, DefaultModel defaults)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, JsonShape.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("type", "agents_updated");
            json.WriteStartArray("agents");
            foreach (var agent in registry.All)
            {
                var model = defaults.Resolve(agent.Summary.Provider, agent.Summary.Model);
                json.WriteStartObject();
                json.WriteString("id", agent.Id);
                json.WriteString("name", agent.Name);
                json.WriteString("state", agent.Summary.State);
                json.WriteString("model_provider", model.Provider);
                json.WriteString("model_name", model.Model);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
