using Fangd.Protocols.A2a;

namespace Fangd.UnitTests.A2a;

/// <summary>What a client makes of the updates of a stream.</summary>
public sealed class A2aFoldTests
{
    private static readonly A2aStatus _working = new(A2aState.Working, default);

    [Fact]
    public void Pieces_follow_one_another_and_a_piece_that_does_not_append_takes_their_place()
    {
        var fold = new A2aFold();
        fold.Add(new TaskUpdate(new A2aTask { Id = "t", ContextId = "c", Status = _working }));
        fold.Add(Piece("one ", append: false));
        fold.Add(Piece("two", append: true));
        Assert.Equal(("one two", false), (fold.Task!.Answer, fold.IsAtRest));

        fold.Add(Piece("all of it", append: false));
        fold.Add(new StatusUpdate("t", "c", new A2aStatus(A2aState.Completed, default)));

        Assert.Equal(("all of it", true), (fold.Task!.Answer, fold.IsAtRest));
        Assert.Single(fold.Task.Artifacts[0].Parts);
    }

    [Fact]
    public void A_message_is_the_answer_and_the_end()
    {
        var fold = new A2aFold();

        fold.Add(new MessageUpdate(new A2aMessage { Id = "m", IsFromAgent = true, Parts = [A2aPart.Of("at once")] }));

        Assert.Equal(("at once", true, "m"), (fold.Task!.Answer, fold.IsAtRest, fold.Task.Id));
    }

    [Fact]
    public void A_stream_that_begins_in_the_middle_still_makes_a_task()
    {
        var fold = new A2aFold();

        fold.Add(Piece("x", append: true));

        Assert.Equal(("t", "c", "x"), (fold.Task!.Id, fold.Task.ContextId, fold.Task.Answer));
    }

    private static ArtifactUpdate Piece(string text, bool append) => new("t", "c", new A2aArtifact("answer", null, [A2aPart.Of(text)]), append, false);
}
