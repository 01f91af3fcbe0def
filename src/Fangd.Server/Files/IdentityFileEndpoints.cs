using System.Text;
using Fangd.Engine.Tools.Files;
using Fangd.Server.Agents;
using Fangd.Server.Http;

namespace Fangd.Server.Files;

/// <summary>Reads and writes an agent's identity files, and no other file.</summary>
internal sealed class IdentityFileEndpoints(AgentRegistry registry, AgentWorkspaces workspaces)
{
    public void Map(RouteTable routes)
    {
        routes.Get("/api/agents/{id}/files", List);
        routes.Get("/api/agents/{id}/files/{name}", Get);
        routes.Put("/api/agents/{id}/files/{name}", Put);
    }

    private async Task List(Exchange exchange)
    {
        var workspace = workspaces.Of(registry.Of(exchange));
        var files = await Task.Run(() => IdentityFiles.Names.Select(name => Look(workspace, name)).ToList(), exchange.Aborted);
        await exchange.Ok(new IdentityFileList(files));
    }

    private async Task Get(Exchange exchange)
    {
        var (workspace, name) = (workspaces.Of(registry.Of(exchange)), Name(exchange));
        var bytes = await Guarded(() => WorkspaceFiles.Find(workspace, name, IdentityFiles.MaxBytes), exchange)
            ?? throw ApiException.NotFound($"{name} was not written yet");
        await exchange.Ok(new IdentityFile(name, Encoding.UTF8.GetString(bytes), bytes.Length));
    }

    private async Task Put(Exchange exchange)
    {
        var (workspace, name) = (workspaces.Of(registry.Of(exchange)), Name(exchange));
        var content = (await exchange.ReadJson<IdentityFileRequest>()).Content ?? throw ApiException.BadRequest("content is missing");
        var bytes = Encoding.UTF8.GetBytes(content);
        if (bytes.Length > IdentityFiles.MaxBytes)
            throw new ApiException(ApiFault.TooLarge, $"content has {bytes.Length} bytes; at most {IdentityFiles.MaxBytes} are possible");
        await Guarded(
            () =>
            {
                WorkspaceFiles.Write(workspace, name, bytes);
                return true;
            },
            exchange);
        await exchange.Ok(new IdentityFileWritten("ok", name, bytes.Length));
    }

    private static async Task<T> Guarded<T>(Func<T> work, Exchange exchange)
    {
        try
        {
            return await Task.Run(work, exchange.Aborted);
        }
        catch (FileRefusal refusal)
        {
            throw ApiException.Conflict(refusal.Message);
        }
    }

    private static string Name(Exchange exchange)
    {
        var name = exchange.Value("name");
        return IdentityFiles.Names.Contains(name)
            ? name
            : throw ApiException.BadRequest($"name must be one of {string.Join(", ", IdentityFiles.Names)}");
    }

    private static IdentityFileEntry Look(string workspace, string name)
    {
        var file = new FileInfo(Path.Combine(workspace, name));
        var isThere = file.Exists && file.LinkTarget is null;
        return new IdentityFileEntry(name, isThere, isThere ? file.Length : 0);
    }
}
