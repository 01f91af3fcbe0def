using Fangd.Cli.Syntax;

namespace Fangd.Cli.Commands;

/// <summary>All commands, in the order in which the help lists them.</summary>
internal static class CommandTable
{
    public static IReadOnlyList<Command> All() =>
    [
        new StartCommand(),
        new StopCommand(),
        new StatusCommand(),
        new HealthCommand(),
        new DoctorCommand(),
        new AuditListCommand(),
        new AuditVerifyCommand(),
        new ChatCommand(),
        new MessageCommand(),
        new AgentListCommand(),
        new AgentSpawnCommand(),
        new AgentShowCommand(),
        new AgentKillCommand(),
        new AgentTemplatesCommand(),
        new ApprovalsListCommand(),
        new ApprovalsApproveCommand(),
        new ApprovalsRejectCommand(),
        new MemoryListCommand(),
        new MemoryGetCommand(),
        new MemorySetCommand(),
        new MemoryDeleteCommand(),
        new MemorySearchCommand(),
        new McpCommand(),
        new McpAuthCommand(),
        new InitCommand(),
        new ConfigShowCommand(),
        new ConfigGetCommand(),
        new ConfigSetCommand(),
        new VaultListCommand(),
        new VaultSetCommand(),
        new VaultRemoveCommand(),
        new CompletionCommand(),
        new VersionCommand(),
        new HelpCommand(),
    ];
}
