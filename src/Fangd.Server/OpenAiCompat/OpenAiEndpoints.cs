using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.OpenAiCompat;

/// <summary>The door for OpenAI-compatible clients. Each agent is a model.</summary>
internal sealed class OpenAiEndpoints(AgentRegistry registry, ModelNames names, ChatSessions sessions, DoorRuns runs, TimeProvider time, Func<string> newId)
{
    public void Map(RouteTable routes)
    {
        routes.Post("/v1/chat/completions", Complete).In(RateClass.Message).Costs(3);
        routes.Get("/v1/models", Models);
        routes.Get("/v1/models/{id+}", Model);
    }

    private Task Models(Exchange exchange)
    {
        var product = exchange.Dialect.Product;
        var entries = registry.All.Select(a => Entry(a, product)).ToList();
        return exchange.Ok(new ModelList("list", entries));
    }

    private Task Model(Exchange exchange)
    {
        var id = exchange.Value("id");
        var name = id[(id.IndexOf(':') + 1)..];
        var agent = registry.ByIdOrName(name) ?? registry.ByIdOrName(id)
            ?? throw new ApiException(ApiFault.NotFound, $"The model '{id}' does not exist", null, "model_not_found");
        return exchange.Ok(Entry(agent, exchange.Dialect.Product));
    }

    private async Task Complete(Exchange exchange)
    {
        var body = await exchange.ReadElement();
        var request = ChatRequestReader.Read(body);
        var agent = names.Resolve(request.Model);
        var (session, messages) = await sessions.Of(exchange, agent, request);
        var wanted = request.ToRun(agent, session, messages, "openai");
        var head = new ChatHead("chatcmpl-" + newId(), time.GetUtcNow().ToUnixTimeSeconds(), agent.Name);
        await (request.Stream
            ? runs.Stream(exchange, wanted, sse => new ChatStream(sse, head, request.IncludeUsage))
            : Answer(exchange, wanted, head));
    }

    private async Task Answer(Exchange exchange, RunRequest wanted, ChatHead head)
    {
        var result = await runs.Answer(exchange, wanted);
        var message = new ChatMessage("assistant", result.ClientCalls.Count > 0 && result.Text.Length == 0 ? null : result.Text, null, Calls(result.ClientCalls));
        await exchange.Ok(
            new ChatCompletion(head.Id, "chat.completion", head.Created, head.Model, [new ChatChoice(0, message, null, FinishReason(result))], Usage(result.Usage)));
    }

    public static string FinishReason(TurnResult result) => result.ClientCalls.Count > 0 ? "tool_calls" : result.Stop switch
    {
        LlmStop.MaxTokens => "length",
        LlmStop.ContentFilter => "content_filter",
        _ => "stop",
    };

    public static ChatUsage Usage(LlmUsage usage) => new(
        usage.Input,
        usage.Output,
        usage.Total,
        usage.CachedInput > 0 ? new CachedTokens(usage.CachedInput) : null,
        usage.Reasoning > 0 ? new ReasoningTokens(usage.Reasoning) : null);

    private static List<ChatToolCall>? Calls(IReadOnlyList<LlmToolCall> calls) =>
        calls.Count == 0 ? null : [.. calls.Select(c => new ChatToolCall(null, c.Id, "function", new ChatFunction(c.Name, c.Arguments)))];

    private static ModelEntry Entry(Agent agent, string product) => new($"{product}:{agent.Name}", "model", agent.CreatedAt.ToUnixTimeSeconds(), product);
}

/// <summary>What every chunk of one completion repeats.</summary>
internal sealed record ChatHead(string Id, long Created, string Model);
