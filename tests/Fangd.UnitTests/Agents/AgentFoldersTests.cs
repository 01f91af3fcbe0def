using Fangd.Server.Agents;

namespace Fangd.UnitTests.Agents;

/// <summary>Folders of agents: names that people and other agents choose, and that must not meet.</summary>
[Trait("suite", "escape")]
public sealed class AgentFoldersTests
{
    [Theory]
    [InlineData("gardener")]
    [InlineData("a.b-c_D9")]
    public void A_plain_name_is_its_folder(string name) => Assert.Equal(name, AgentFolders.FolderName(name));

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".ssh")]
    [InlineData("../victim")]
    [InlineData("a/../../victim")]
    [InlineData("/etc/cron.d")]
    [InlineData("a\0b")]
    [InlineData("a\\b")]
    [InlineData("my agent")]
    [InlineData("größe")]
    [InlineData("\uFF0E\uFF0E\uFF0Fvictim")]
    [InlineData("gardener~killed-20260301120000000")]
    public void Any_other_name_is_one_folder_and_nobody_elses(string name)
    {
        var folder = AgentFolders.FolderName(name);

        Assert.Matches("^[A-Za-z0-9._-]*~[0-9a-f]{32}$", folder);
        Assert.False(folder.StartsWith('.'));
        // Who takes that for a name, or a name like it, is not let into it.
        Assert.NotEqual(folder, AgentFolders.FolderName(folder));
        Assert.NotEqual(folder, AgentFolders.FolderName(folder.Replace('~', '-')));
        Assert.NotEqual(folder, AgentFolders.FolderName(name + " "));
    }
}
