using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Agents;
using Fangd.Server.Http;
using Fangd.Server.Runs;

namespace Fangd.Server.OpenAiCompat;

/// <summary>The door for OpenAI-compatible clients. Each agent is a model.</summary>
internal sealed class OpenAiEndpoints(AgentRegistry registry, ModelNames names, ChatSessions sessions, RunQueue runs, TimeProvider time, Func<string> newId)
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
        return exchange.Ok(new ModelList("list", entries), OpenAiJson.Default.ModelList);
    }

    private Task Model(Exchange exchange)
    {
        var id = exchange.Value("id");
        var name = id[(id.IndexOf(':') + 1)..];
        var agent = registry.ByIdOrName(name) ?? registry.ByIdOrName(id)
            ?? throw new ApiException(ApiFault.NotFound, $"The model '{id}' does not exist", null, "model_not_found");
        return exchange.Ok(Entry(agent, exchange.Dialect.Product), OpenAiJson.Default.ModelEntry);
    }

    private async Task Complete(Exchange exchange)
    {
        var body = await exchange.ReadJson(OpenAiJson.Default.JsonElement);
        var request = ChatRequestReader.Read(body);
        var agent = names.Resolve(request.Model);
        var (session, messages) = await sessions.Of(exchange, agent, request);
        var wanted = new RunRequest
        {
            Agent = agent,
            Session = session,
            Messages = messages,
            Origin = "openai",
            CallerSystem = request.System,
            Temperature = request.Temperature,
            MaxTokens = request.MaxTokens,
            Options = request.Options,
            ClientTools = request.Tools,
        };
        var head = new ChatHead("chatcmpl-" + newId(), time.GetUtcNow().ToUnixTimeSeconds(), agent.Name);
        await (request.Stream ? Stream(exchange, wanted, head, request.IncludeUsage) : Answer(exchange, wanted, head));
    }

    private async Task Answer(Exchange exchange, RunRequest wanted, ChatHead head)
    {
        var run = runs.Start(wanted);
        await using var leaving = exchange.Aborted.UnsafeRegister(static r => ((Run)r!).Abandon(), run);
        TurnResult result;
        try
        {
            result = await run.Done;
        }
        catch (TurnException failure)
        {
            throw RunFailure.Of(failure);
        }

        var message = new ChatMessage("assistant", result.ClientCalls.Count > 0 && result.Text.Length == 0 ? null : result.Text, null, Calls(result.ClientCalls));
        await exchange.Ok(
            new ChatCompletion(head.Id, "chat.completion", head.Created, head.Model, [new ChatChoice(0, message, null, FinishReason(result))], Usage(result.Usage)),
            OpenAiJson.Default.ChatCompletion);
    }

    private async Task Stream(Exchange exchange, RunRequest wanted, ChatHead head, bool includeUsage)
    {
        RunSubscription? subscribed = null;
        var run = runs.Start(wanted, started => subscribed = started.Subscribe(SseStream.KeepAlive));
        try
        {
            using var events = subscribed!;
            // Headers wait for the first event, at most one keep-alive interval: a run that fails at once is still an ordinary error.
            var happened = await events.Next(exchange.Aborted);
            while (happened is [RunStarted])
                happened = await events.Next(exchange.Aborted);
            if (happened.OfType<RunFailed>().FirstOrDefault() is { } failed && !happened.OfType<TextDelta>().Any())
                throw RunFailure.Of(new TurnException(failed.Fault, failed.Message, failed.RetryAfter));
            var sse = await SseStream.Open(exchange);
            var stream = new ChatStream(sse, head, includeUsage);
            while (true)
            {
                await stream.Write(happened, events.IsCutOff);
                if (stream.IsEnded)
                    return;
                happened = await events.Next(exchange.Aborted);
            }
        }
        finally
        {
            run.Abandon();
        }
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
