namespace Fangd.Server.Agents;

/// <summary>Where an agent's files live: a folder of its own below <c>workspaces_dir</c>. Made when a tool first needs it.</summary>
internal sealed class AgentWorkspaces(string root)
{
    public string Root => root;

    /// <summary>The absolute path. A manifest may name another folder, but only one below the root.</summary>
    public string Of(Agent agent)
    {
        var named = agent.Manifest.Workspace;
        if (string.IsNullOrEmpty(named))
            return Path.Combine(root, AgentFolders.FolderName(agent.Name));
        var path = Path.GetFullPath(Path.Combine(root, named));
        return path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : Path.Combine(root, AgentFolders.FolderName(agent.Name));
    }

    /// <summary>
    /// Sets a killed agent's files aside: they are the user's, but the next agent of this name must not inherit them, nor may any be named so
    /// that it does. An empty folder goes.
    /// </summary>
    public void SetAside(string name, DateTimeOffset now)
    {
        var folder = Path.Combine(root, AgentFolders.FolderName(name));
        if (!Directory.Exists(folder))
            return;
        if (Directory.EnumerateFileSystemEntries(folder).Any())
            Directory.Move(folder, $"{folder}~killed-{now:yyyyMMddHHmmssfff}");
        else
            Directory.Delete(folder);
    }
}
