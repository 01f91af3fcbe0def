using Fangd.Server.Skills;
using Fangd.TestKit;

namespace Fangd.UnitTests.Skills;

public sealed class SkillFileTests
{
    [Fact]
    public void A_skill_has_a_head_and_a_text()
    {
        var skill = SkillFile.Read("---\r\nname: my-skill\r\ndescription: \"Does it\"\r\nmetadata:\r\n  name: other\r\n---\r\n\r\nDo it well.\r\n", isBundled: false);

        Assert.Equal(new Skill("my-skill", "0.1.0", "Does it", "Do it well.", false), skill);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no head")]
    [InlineData("---\nname: x")]
    [InlineData("---\ndescription: nameless\n---\ntext")]
    [InlineData("---\nname: ../etc\n---\ntext")]
    [InlineData("---\nname: Upper\n---\ntext")]
    public void Anything_else_is_no_skill(string text) => Assert.Null(SkillFile.Read(text, isBundled: false));

    [Fact]
    public void Every_bundled_skill_is_one()
    {
        using var home = new TempFolder();
        var skills = new SkillLibrary(home.Root).All();

        Assert.True(skills.Count >= 12);
        Assert.All(skills, skill => Assert.True(skill is { IsBundled: true, Description.Length: > 10, Text.Length: > 100 }, skill.Name));
    }

    [Fact]
    public void The_users_own_wins_and_shows_at_once()
    {
        using var home = new TempFolder();
        var library = new SkillLibrary(home.Root);
        Assert.True(library.Find("docker")!.IsBundled);

        Directory.CreateDirectory(home["skills/docker"]);
        File.WriteAllText(home["skills/docker/SKILL.md"], "---\nname: docker\n---\nMine.");

        Assert.Equal("Mine.", library.Find("docker")!.Text);
        Assert.Equal("## Skill: docker\nMine.", library.Prompt(["docker", "not-there"]));
        Assert.Null(library.Prompt([]));
        Assert.Null(library.Find("../docker"));
    }
}
