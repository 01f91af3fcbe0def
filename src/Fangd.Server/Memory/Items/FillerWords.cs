
namespace Fangd.Server.Memory.Items;

/// <summary>
/// Words that are in most sentences and say nothing about what a sentence is about. Where many memories are stored their frequency shows
/// it; where few are, only a list can.
/// </summary>
internal static class FillerWords
{
    private static readonly HashSet<string> _words = (
        "a about also am an and any are as at be been but by can could did do does for from get had has have he her him his how i if in into is "
        + "it its just know like made make me my no not of off on or our out please she should so some tell than that the their them then there "
        + "these they this those to too up us very was we were what when where which who why will with would you your "
        + "aber als am auch auf aus bei bin bist das dass dem den der des die doch du ein eine einen einer er es für hat ich im in ist ja kann "
        + "man mein mich mir mit nach nicht noch oder sein sich sie sind so und uns vom von war was wenn wer wie wir wird wo zu zum zur "
        + "al como con de del el ella en es eso esta este la las le les lo los mi no para pero por que qué se si sin son su tu un una y yo "
        + "au ce ces cette dans des du elle est et il ils je leur ma mais me mes moi ne nous on ou où par pas pour qui sa se ses son sur te toi une vous")
        .Split(' ').ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether a phrase, quotes included, is one.</summary>
    public static bool Contain(string phrase) => phrase.Length <= 8 && _words.Contains(phrase[1..^1]);
}
