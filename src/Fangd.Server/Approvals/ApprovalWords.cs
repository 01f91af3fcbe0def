using Fangd.Engine.Tools;

namespace Fangd.Server.Approvals;

/// <summary>States and risks as they are stored and served.</summary>
internal static class ApprovalWords
{
    public static string Of(ApprovalStatus status) => status switch
    {
        ApprovalStatus.Approved => "approved",
        ApprovalStatus.Rejected => "rejected",
        ApprovalStatus.Expired => "expired",
        _ => "pending",
    };

    public static ApprovalStatus Status(string word) => word switch
    {
        "approved" => ApprovalStatus.Approved,
        "rejected" => ApprovalStatus.Rejected,
        "expired" => ApprovalStatus.Expired,
        _ => ApprovalStatus.Pending,
    };

    public static string Of(ToolRisk risk) => risk switch
    {
        ToolRisk.Low => "Low",
        ToolRisk.Medium => "Medium",
        ToolRisk.High => "High",
        _ => "Critical",
    };

    public static ToolRisk Risk(string word) => word switch
    {
        "Low" => ToolRisk.Low,
        "Medium" => ToolRisk.Medium,
        "High" => ToolRisk.High,
        _ => ToolRisk.Critical,
    };
}
