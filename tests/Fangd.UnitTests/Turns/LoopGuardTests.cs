using System.Text.Json;
using Fangd.Engine.Turns;

namespace Fangd.UnitTests.Turns;

public sealed class LoopGuardTests
{
    private readonly LoopGuard _guard = new(50);

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private LoopAction Check(string tool, string arguments) => _guard.Check(tool, Json(arguments), out _).Action;

    private LoopVerdict Run(string tool, string arguments, string outcome)
    {
        _guard.Check(tool, Json(arguments), out var key);
        return _guard.Record(tool, key, outcome);
    }

    [Fact]
    public void The_same_call_is_warned_about_the_third_time_and_blocked_the_fifth()
    {
        var verdicts = Enumerable.Range(0, 6).Select(_ => Check("file_read", """{"path":"a"}"""));

        Assert.Equal([LoopAction.Allow, LoopAction.Allow, LoopAction.Warn, LoopAction.Warn, LoopAction.Block, LoopAction.Block], verdicts);
    }

    [Fact]
    public void The_order_of_keys_and_white_space_do_not_make_another_call()
    {
        _guard.Check("t", Json("""{"a":{"x":1,"y":[2]},"b":2}"""), out var one);
        _guard.Check("t", Json("""{ "b" : 2, "a" : { "y" : [ 2 ], "x" : 1 } }"""), out var same);
        _guard.Check("t", Json("""{"a":{"x":1,"y":[3]},"b":2}"""), out var other);
        _guard.Check("u", Json("""{"a":{"x":1,"y":[2]},"b":2}"""), out var otherTool);

        Assert.Equal(one, same);
        Assert.NotEqual(one, other);
        Assert.NotEqual(one, otherTool);
    }

    [Fact]
    public void A_question_for_a_status_may_be_repeated_three_times_as_often()
    {
        var verdicts = Enumerable.Range(0, 15).Select(_ => Check("task", """{"op":"status"}""")).ToArray();

        Assert.All(verdicts[..8], verdict => Assert.Equal(LoopAction.Allow, verdict));
        Assert.Equal([LoopAction.Warn, LoopAction.Warn, LoopAction.Warn, LoopAction.Block], verdicts[8..12]);
    }

    [Fact]
    public void A_repeated_question_for_a_status_is_told_how_long_to_wait()
    {
        var texts = Enumerable.Range(0, 11).Select(i => _guard.Check("shell_exec", Json("""{"command":"docker ps"}"""), out _).Text).ToArray();

        Assert.Contains("5 seconds", texts[8]);
        Assert.Contains("10 seconds", texts[9]);
        Assert.Contains("30 seconds", texts[10]);
    }

    [Fact]
    public void The_same_call_with_the_same_outcome_is_warned_about_the_second_time_and_then_blocked()
    {
        Assert.Equal(LoopAction.Allow, Run("t", "{}", "same").Action);
        Assert.Equal(LoopAction.Warn, Run("t", "{}", "same").Action);
        Assert.Equal(LoopAction.Allow, Run("t", "{}", "same").Action);
        Assert.Equal(LoopAction.Block, Check("t", "{}"));
    }

    [Fact]
    public void Another_outcome_starts_the_count_of_outcomes_anew()
    {
        Run("t", "{}", "a");
        Run("t", "{}", "a");
        Run("t", "{}", "b");

        Assert.Equal(LoopAction.Warn, Check("t", "{}"));
    }

    [Fact]
    public void Two_calls_in_turn_are_blocked_after_three_rounds()
    {
        var verdicts = Enumerable.Range(0, 6).Select(i => Check("t", $$"""{"n":{{i % 2}}}""")).ToArray();

        Assert.Equal(LoopAction.Block, verdicts[5]);
        Assert.DoesNotContain(LoopAction.Block, verdicts[..5]);
    }

    [Fact]
    public void Three_calls_in_turn_are_blocked_after_three_rounds()
    {
        var verdicts = Enumerable.Range(0, 9).Select(i => Check("t", $$"""{"n":{{i % 3}}}""")).ToArray();

        Assert.Equal(LoopAction.Block, verdicts[8]);
        Assert.DoesNotContain(LoopAction.Block, verdicts[..8]);
    }

    [Theory]
    [InlineData(5, 30)]
    [InlineData(30, 30)]
    [InlineData(50, 150)]
    public void Too_many_calls_at_all_end_the_run(int maxIterations, int calls)
    {
        var guard = new LoopGuard(maxIterations);
        for (var i = 0; i < calls; i++)
            Assert.Equal(LoopAction.Allow, guard.Check("t", Json($$"""{"n":{{i}}}"""), out _).Action);

        Assert.Equal(LoopAction.Break, guard.Check("t", Json("{}"), out _).Action);
    }
}
