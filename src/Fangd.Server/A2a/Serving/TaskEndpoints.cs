using Fangd.Protocols.A2a;
using Fangd.Server.A2a.Tasks;
using Fangd.Server.Http;

namespace Fangd.Server.A2a.Serving;

/// <summary>The documents' own routes: the agents, and tasks by themselves.</summary>
internal sealed class TaskEndpoints(A2aTasks tasks, A2aAgents agents, MessageContent content, A2aSwitch isOn, Foundation on)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/a2a/agents", Agents);
        routes.Post("/a2a/tasks/send", Send).In(RateClass.Message).Costs(3);
        routes.Get("/a2a/tasks/{id}", Get);
        routes.Post("/a2a/tasks/{id}/cancel", Cancel);
    }

    private Task Agents(Exchange exchange)
    {
        isOn.Demand();
        var listed = agents.Registry.All.Select(agent => new ListedAgent(agent.Id, agent.Name, agent.Summary.Description, [agent.Name])).ToList();
        return exchange.Ok(new ListedAgents(listed));
    }

    private async Task Send(Exchange exchange)
    {
        isOn.Demand();
        var live = await tasks.Start(Order(await exchange.ReadJson<TaskRequest>()));
        var task = await live.Done.WaitAsync(exchange.Aborted);
        await exchange.Ok(new TaskAnswer(task.Id, Word(task.State), Result(task) ?? Said("")));
    }

    private Task Get(Exchange exchange)
    {
        isOn.Demand();
        var task = Find(exchange);
        return exchange.Ok(
            new TaskDetail(task.Id, Word(task.State), task.CreatedAt, task.FinishedAt, Result(task)));
    }

    private async Task Cancel(Exchange exchange)
    {
        isOn.Demand();
        var task = Find(exchange);
        var cancelled = await tasks.Cancel(task.Id, exchange.Aborted)
            ?? throw ApiException.Conflict($"Task '{task.Id}' has ended ({Word(Find(exchange).State)}): it cannot be cancelled");
        await exchange.Ok(new TaskState(cancelled.Id, Word(cancelled.State)));
    }

    private TaskOrder Order(TaskRequest body)
    {
        string? taskId = null;
        if (body.TaskId is { } wanted)
            taskId = Guid.TryParseExact(wanted, "D", out var uuid) ? uuid.ToString("D") : throw ApiException.BadRequest("task_id is not a UUID");
        var agent = body.AgentId is { } named
            ? agents.Registry.ByIdOrName(named) ?? throw ApiException.NotFound($"Agent '{named}' not found")
            : agents.DefaultOrMissing;
        if (body.SessionId is { Length: 0 or > 256 })
            throw ApiException.BadRequest("session_id must be 1 to 256 characters");
        if (body.Message is not { ValueKind: System.Text.Json.JsonValueKind.Object } said)
            throw ApiException.BadRequest("message is missing, or not an object");
        try
        {
            var message = new A2aMessage { Id = on.NewId(), IsFromAgent = false, Parts = A2aReader.Parts(said, "message") };
            return new TaskOrder(agent, body.SessionId ?? on.NewId(), MessageContent.WithoutFiles(message), content.Read(message), taskId);
        }
        catch (A2aFault fault)
        {
            throw ApiException.BadRequest(fault.Message);
        }
    }

    private StoredTask Find(Exchange exchange)
    {
        var id = exchange.Value("id");
        return tasks.Find(id) ?? throw ApiException.NotFound($"Task '{(id.Length <= 64 ? id : id[..64])}' not found");
    }

    /// <summary>The answer, or why there is none; null while the task is under way.</summary>
    private static SaidMessage? Result(StoredTask task) => (task.Answer ?? task.Note) is { } text && task.FinishedAt is not null ? Said(text) : null;

    private static SaidMessage Said(string text) => new("agent", [new SaidPart(text)]);

    /// <summary>The documents' spelling.</summary>
    public static string Word(A2aState state) => state == A2aState.Canceled ? "cancelled" : state.Word(A2aVersion.V03);
}
