namespace Fangd.Server.Security;

/// <summary>The sixteen protections of the documents, by name and in their order.</summary>
internal static class SecuritySystems
{
    public const string AuditTrail = "merkle_audit_trail";
    public const string TaintTracking = "taint_tracking";
    public const string WasmMetering = "wasm_dual_metering";
    public const string SecurityHeaders = "security_headers";
    public const string HealthRedaction = "health_redaction";
    public const string SubprocessSandbox = "subprocess_sandbox";
    public const string ManifestSigning = "manifest_signing";
    public const string RateLimiter = "gcra_rate_limiter";
    public const string SecretZeroization = "secret_zeroization";
    public const string PathTraversal = "path_traversal_prevention";
    public const string SsrfProtection = "ssrf_protection";
    public const string CapabilityInheritance = "capability_inheritance_validation";
    public const string OfpAuth = "ofp_hmac_auth";
    public const string PromptScanning = "prompt_injection_scanning";
    public const string LoopGuard = "loop_guard";
    public const string SessionRepair = "session_repair";

    public static IReadOnlyList<string> All { get; } =
    [
        AuditTrail, TaintTracking, WasmMetering, SecurityHeaders, HealthRedaction, SubprocessSandbox, ManifestSigning, RateLimiter,
        SecretZeroization, PathTraversal, SsrfProtection, CapabilityInheritance, OfpAuth, PromptScanning, LoopGuard, SessionRepair,
    ];
}
