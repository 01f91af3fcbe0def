using Fangd.Engine.Agents;
using Fangd.Engine.Context;
using Fangd.Engine.Turns;
using Fangd.Protocols.Llm;
using Fangd.Server.Http;
using Fangd.Server.Models;
using Fangd.Server.Usage;

namespace Fangd.Server.Budgets;

/// <summary>What a call has claimed until it is settled.</summary>
internal readonly record struct BudgetClaim(double Usd, long Tokens);

/// <summary>Who makes a call.</summary>
internal readonly record struct BudgetHolder(string AgentId, string Name, AgentResources Resources);

/// <summary>What to tell of a limit that is nearly used up; <paramref name="IsNew"/> once a window.</summary>
internal sealed partial record BudgetWarning(string Text, string? AgentId, bool IsNew) : IAnswer;

/// <summary>
/// Keeps all spending in memory, beside the sums in the database from which it begins: a check or a settlement is a few additions under one
/// lock. A call claims an estimate first, so that calls side by side see one another; what it really cost is booked when it has ended.
/// </summary>
internal sealed class BudgetBook(TimeProvider time)
{
    /// <summary>A claim looks no further ahead: answers are seldom longer, and claims that are too large keep others out for nothing.</summary>
    private const int MostClaimedOutput = 1024;

    private static readonly TimeSpan WaitForOthers = TimeSpan.FromSeconds(5);

    // Guards everything below.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Spend> _agents = new(StringComparer.Ordinal);
    private readonly Spend _all = new();
    private GlobalLimits _limits = new(0, 0, 0, 0.8, 0);

    public GlobalLimits Limits
    {
        get
        {
            lock (_gate)
                return _limits;
        }
        set
        {
            lock (_gate)
                _limits = value;
        }
    }

    /// <summary>Begins with what was spent in the running windows. Reads the database; once, at start.</summary>
    public void Load(UsageStore usage)
    {
        var now = UsageBuckets.Of(time.GetUtcNow());
        lock (_gate)
        {
            foreach (var (agent, sum) in usage.ByAgent("agent-month", now.Month))
                Seed(agent, now, 0, 0, sum.CostUsd, 0);
            foreach (var (agent, sum) in usage.ByAgent("agent-day", now.Day))
                Seed(agent, now, 0, sum.CostUsd, 0, 0);
            foreach (var (agent, sum) in usage.ByAgent("agent-hour", now.Hour))
                Seed(agent, now, sum.CostUsd, 0, 0, sum.Input + sum.Output);
        }
    }

    /// <summary>Lets a call through and claims its estimate, or throws <see cref="TurnException"/> with <see cref="RunFault.Budget"/>.</summary>
    public BudgetClaim Claim(in BudgetHolder holder, LlmRequest request, CallPrice price)
    {
        var at = time.GetUtcNow();
        var now = UsageBuckets.Of(at);
        lock (_gate)
        {
            var (own, all) = (SpendLimits.Of(holder.Resources, _limits.TokensPerHour), _limits.Spend);
            if (!own.Any && !all.Any)
                return default;
            var agent = Of(holder.AgentId, now);
            _all.Roll(now);
            var isFree = price.Kind == PriceKind.Free;
            if (agent.Breaks(own, isFree) is { } breach)
                throw Refusal($"the {breach.Name} of agent '{holder.Name}'", breach, at);
            if (_all.Breaks(all, isFree) is { } global)
                throw Refusal($"the global {global.Name}", global, at);
            var estimate = new LlmUsage(ContextBudget.Tokens(request.Messages, request.Tools), Math.Min(request.MaxTokens ?? MostClaimedOutput, MostClaimedOutput));
            var claim = new BudgetClaim(price.Of(estimate), Math.Max(1, estimate.Total));
            agent.Claim(claim.Usd, claim.Tokens);
            _all.Claim(claim.Usd, claim.Tokens);
            return claim;
        }
    }

    /// <summary>Books what a call cost and gives its claim back; a warning when a limit is nearly used up.</summary>
    public BudgetWarning? Settle(in BudgetHolder holder, BudgetClaim claim, double usd, long tokens)
    {
        var now = UsageBuckets.Of(time.GetUtcNow());
        lock (_gate)
        {
            var agent = Of(holder.AgentId, now);
            _all.Roll(now);
            agent.Settle(claim.Usd, claim.Tokens, usd, tokens);
            _all.Settle(claim.Usd, claim.Tokens, usd, tokens);
            var own = SpendLimits.Of(holder.Resources, _limits.TokensPerHour);
            if (own.Any && agent.Warns(own, _limits.AlertThreshold) is { } warning)
                return Warning($"agent '{holder.Name}'", warning.Most, holder.AgentId, warning.IsNew);
            var all = _limits.Spend;
            return all.Any && _all.Warns(all, _limits.AlertThreshold) is { } global ? Warning("all agents together", global.Most, null, global.IsNew) : null;
        }
    }

    /// <summary>What was spent in the running windows; null is for all agents together.</summary>
    public SpendNow Spent(string? agentId)
    {
        var now = UsageBuckets.Of(time.GetUtcNow());
        lock (_gate)
        {
            var spend = agentId is null ? _all : _agents.GetValueOrDefault(agentId);
            if (spend is null)
                return default;
            spend.Roll(now);
            return new SpendNow(spend.HourUsd, spend.DayUsd, spend.MonthUsd, spend.HourTokens);
        }
    }

    private void Seed(string agent, UsageBuckets now, double hourUsd, double dayUsd, double monthUsd, long hourTokens)
    {
        _all.Roll(now);
        _all.Seed(hourUsd, dayUsd, monthUsd, hourTokens);
        Of(agent, now).Seed(hourUsd, dayUsd, monthUsd, hourTokens);
    }

    private Spend Of(string agentId, UsageBuckets now)
    {
        if (!_agents.TryGetValue(agentId, out var spend))
            _agents.Add(agentId, spend = new Spend());
        spend.Roll(now);
        return spend;
    }

    private static TurnException Refusal(string what, Breach breach, DateTimeOffset at)
    {
        if (!breach.IsSpent)
            return new TurnException(RunFault.Budget, $"the rest of {what} is claimed by calls in flight ({breach.Amounts})", WaitForOthers);
        var reset = FormattableString.Invariant($"{breach.ResetsAt:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        return new TurnException(RunFault.Budget, $"{what} is used up ({breach.Amounts}); it resets at {reset}", breach.ResetsAt - at);
    }

    private static BudgetWarning Warning(string who, Breach breach, string? agentId, bool isNew) =>
        new(FormattableString.Invariant($"{Math.Floor(breach.Used / breach.Limit * 100)} % of the {breach.Name} of {who} is used ({breach.Amounts})"), agentId, isNew);
}

/// <summary>Spent in the running hour, day and month (USD) and hour (tokens).</summary>
internal readonly record struct SpendNow(double HourUsd, double DayUsd, double MonthUsd, long HourTokens);
