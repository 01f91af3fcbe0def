using Fangd.Server.Http;

namespace Fangd.Server.Skills;

public sealed partial record SkillItem(string Name, string Version, string Runtime, string Description, bool Bundled) : IAnswer;

public sealed partial record SkillList(IReadOnlyList<SkillItem> Skills, int Total) : IAnswer;

public sealed partial record AgentSkills(IReadOnlyList<string> Assigned, IReadOnlyList<string> Available, string Mode) : IAnswer;

public sealed partial record AgentSkillsRequest(IReadOnlyList<string>? Skills) : IRequest<AgentSkillsRequest>;

public sealed partial record SkillsAssigned(string Status, IReadOnlyList<string> Skills) : IAnswer;
