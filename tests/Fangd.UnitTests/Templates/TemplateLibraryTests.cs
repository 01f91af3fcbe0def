using Fangd.Server.Agents;
using Fangd.Server.Templates;
using Fangd.TestKit;

namespace Fangd.UnitTests.Templates;

public sealed class TemplateLibraryTests
{
    [Fact]
    public void Every_embedded_template_is_a_manifest_without_faults_or_warnings()
    {
        using var home = new TempFolder();

        var templates = new TemplateLibrary(home.Root).All();

        Assert.Equal(30, templates.Count);
        foreach (var template in templates)
        {
            Assert.Empty(ManifestReader.Read(template.ManifestToml).Problems.All.Select(p => $"{template.Name}: {p}"));
            Assert.Equal(template.Name, template.Manifest.Name);
            Assert.InRange(template.Manifest.Model.SystemPrompt.Length, 200, 2000);
            Assert.NotEqual("", template.Manifest.Description);
        }
    }

    [Fact]
    public void A_template_of_the_user_wins_and_one_that_does_not_parse_is_passed_over()
    {
        using var home = new TempFolder();
        Write(home, "coder", "name = \"coder\"\ndescription = \"mine\"\n");
        Write(home, "broken", "name = = 1");
        var library = new TemplateLibrary(home.Root);

        Assert.Equal("mine", library.Find("coder")!.Manifest.Description);
        Assert.Null(library.Find("broken"));
        Assert.Equal(30, library.All().Count);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../..")]
    [InlineData("/etc/passwd")]
    [InlineData("Coder")]
    [InlineData("")]
    public void A_name_that_is_no_name_finds_nothing(string name)
    {
        using var home = new TempFolder();

        Assert.Null(new TemplateLibrary(home.Root).Find(name));
    }

    private static void Write(TempFolder home, string name, string text)
    {
        var folder = Directory.CreateDirectory(Path.Combine(home.Root, "templates", name));
        File.WriteAllText(Path.Combine(folder.FullName, "agent.toml"), text);
    }
}
