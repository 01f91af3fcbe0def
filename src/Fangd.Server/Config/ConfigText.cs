namespace Fangd.Server.Config;

/// <summary>The text that a new <c>config.toml</c> starts with.</summary>
public static class ConfigText
{
    /// <summary>Every usual key with its default and what it is for. Read as it stands it changes nothing.</summary>
    public const string Default = """
        # The configuration of fangd. What is commented out shows the default.
        # "fangd config show" prints what is in force and where it came from.

        # The key that clients send as "Authorization: Bearer KEY". Needed before the daemon listens on anything but
        # loopback. FANGD_API_KEY in the environment wins.
        # api_key = ""

        # trace, debug, info, warn or error. FANGD_LOG_LEVEL wins.
        # log_level = "info"

        # Folders; relative ones start at the home, which is ~/.fangd, FANGD_HOME or --home.
        # data_dir = "data"
        # workspaces_dir = "workspaces"

        # Proxies whose X-Forwarded-For is believed, and web pages on other machines that may call the API.
        # trusted_proxies = []
        # cors_origins = []

        # How many of the newest messages a model is sent.
        # max_history_messages = 40

        # --- where to listen: one or more, each with the dialect librefang, openfang or agentos. FANGD_LISTEN moves the first.
        # [[listener]]
        # address = "127.0.0.1:4545"
        # dialect = "librefang"

        # Requests a second that one client may keep up; 0 turns the limit off.
        # [rate_limit]
        # requests_per_second = 30

        # --- the model of agents that name none. A local server needs no key:
        #       provider = "ollama", model = "qwen3:4b", base_url = "http://127.0.0.1:11434/v1"
        # [default_model]
        # provider = "openai"
        # model = "gpt-4o-mini"
        # api_key_env = "OPENAI_API_KEY"
        # base_url = ""

        # Tried in this order when the model above fails.
        # [[fallback_providers]]
        # provider = "groq"
        # model = "llama-3.3-70b-versatile"

        # How calls of models are guarded; [resilience.providers.NAME] says what differs at one provider.
        # [resilience]
        # retries = 2
        # base_delay_ms = 1000
        # max_delay_secs = 30
        # max_concurrent = 512
        # failures_to_open = 10
        # first_byte_timeout_secs = 120
        # chunk_timeout_secs = 60

        # Addresses of providers, where they differ from the usual ones.
        # [provider_urls]
        # ollama = "http://192.168.1.20:11434/v1"

        # --- the web as agents see it. The engine is the first of tavily, brave, perplexity, searxng and duckduckgo that is set up and answers.
        # [web]
        # search_provider = "auto"
        # cache_ttl_minutes = 15

        # Hosts of the own network that agents may fetch from: names, *.domain, addresses, networks, each with or without :port.
        # [web.fetch]
        # ssrf_allowed_hosts = []

        # The same for what an administrator configures: MCP servers, other agents, webhooks.
        # [security]
        # allow_loopback_targets = false
        # allowed_private_hosts = []

        # Chromium, for the browser tools.
        # [browser]
        # enabled = true
        # max_sessions = 5
        # idle_timeout_secs = 300

        # --- normal survives the death of the process; full also a power cut, and writes more slowly.
        # [storage]
        # durability = "normal"

        # --- tools that wait until a person approves the call: names, or patterns with one *. The key min_risk adds all tools
        # of a risk (low, medium, high, critical). With the second factor "totp" an approval takes a code too, for the tools
        # that match totp_tools or, without, for all.
        # [approval]
        # require_approval = ["shell_exec"]
        # min_risk = "none"
        # timeout_secs = 60
        # auto_approve = false
        # auto_approve_autonomous = false
        # second_factor = "none"
        # totp_issuer = "fangd"
        # totp_grace_period_secs = 300
        # totp_tools = []

        # --- what agents may run: deny, allowlist (one program at a time, of safe_bins and allowed_commands) or full (every program,
        # with pipes, lists and redirections). A manifest may have an exec_policy of its own. Programs see their workspace and these folders.
        # [exec_policy]
        # mode = "allowlist"
        # allowed_commands = ["git", "git log*"]
        # timeout_secs = 30
        # no_output_timeout_secs = 30
        # max_output_bytes = 102400
        # shell_env_passthrough = []
        # readable_folders = []
        # writable_folders = []

        # Secrets that were set over the API, encrypted. The key is FANGD_VAULT_KEY, systemd's credential fangd-vault-key or key_file.
        # [vault]
        # enabled = true
        # path = "vault.enc"
        # key_file = "vault.key"

        # Largest requests, in bytes.
        # [limits]
        # max_body_bytes = 2097152
        # max_message_bytes = 65536
        # max_manifest_bytes = 262144
        # max_upload_bytes = 10485760

        """;
}
