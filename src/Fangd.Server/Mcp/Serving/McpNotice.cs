namespace Fangd.Server.Mcp.Serving;

/// <summary>What clients can hear of.</summary>
internal enum McpNoticeKind
{
    ToolsChanged,
    PromptsChanged,
    ResourcesChanged,
    ResourceUpdated,
}

/// <summary>A change; <paramref name="Uri"/> is set for a resource that was updated.</summary>
internal readonly record struct McpNotice(McpNoticeKind Kind, string? Uri = null)
{
    public string Method => Kind switch
    {
        McpNoticeKind.ToolsChanged => "notifications/tools/list_changed",
        McpNoticeKind.PromptsChanged => "notifications/prompts/list_changed",
        McpNoticeKind.ResourcesChanged => "notifications/resources/list_changed",
        _ => "notifications/resources/updated",
    };
}
