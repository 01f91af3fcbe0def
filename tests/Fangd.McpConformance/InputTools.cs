using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fangd.Protocols.Mcp.Serving;

namespace Fangd.McpConformance;

/// <summary>Tools that ask for input by their result (2026-07-28). State goes out signed, and what comes back changed is refused.</summary>
internal static class InputTools
{
    private static readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public static IReadOnlyList<(string Name, McpMethod Call)> All { get; } =
    [
        ("test_input_required_result_elicitation", Elicitation),
        ("test_input_required_result_sampling", Sampling),
        ("test_input_required_result_list_roots", Roots),
        ("test_input_required_result_request_state", State),
        ("test_input_required_result_multiple_inputs", Several),
        ("test_input_required_result_multi_round", Rounds),
        ("test_input_required_result_tampered_state", State),
        ("test_input_required_result_capabilities", Capable),
    ];

    public static ValueTask Elicitation(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        if (Answers.Field(request.InputResponses, "user_name", "name") is { } name)
            ToolFixtures.Say(result, $"Hello, {name}!");
        else
            request.NeedInput(result, json => Answers.Elicit(json, "user_name", "What is your name?", "name", "string"));
        return ValueTask.CompletedTask;
    }

    private static ValueTask Sampling(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        if (Answers.Sampled(request.InputResponses, "capital_question") is { } answer)
            ToolFixtures.Say(result, answer);
        else
            request.NeedInput(result, json => Answers.Sample(json, "capital_question", "What is the capital of France?", 100));
        return ValueTask.CompletedTask;
    }

    private static ValueTask Roots(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        if (Answers.RootsOf(request.InputResponses, "client_roots") is { } roots)
            ToolFixtures.Say(result, $"Roots: {roots}");
        else
            request.NeedInput(result, json => Answers.Roots(json, "client_roots"));
        return ValueTask.CompletedTask;
    }

    private static ValueTask State(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var state = Opened(request.RequestState);
        if (state is not null && Answers.Field(request.InputResponses, "confirm", "ok") is not null)
            ToolFixtures.Say(result, $"state-ok: {state}");
        else
            request.NeedInput(result, json => Answers.Elicit(json, "confirm", "Please confirm", "ok", "boolean"), Sealed("waiting for the confirmation"));
        return ValueTask.CompletedTask;
    }

    private static ValueTask Several(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var given = request.InputResponses;
        if (Opened(request.RequestState) is not null && Answers.Field(given, "user_name", "name") is { } name &&
            Answers.Sampled(given, "greeting") is { } greeting && Answers.RootsOf(given, "client_roots") is { } roots)
        {
            ToolFixtures.Say(result, $"{greeting} {name}: {roots}");
            return ValueTask.CompletedTask;
        }

        request.NeedInput(
            result,
            json =>
            {
                Answers.Elicit(json, "user_name", "What is your name?", "name", "string");
                Answers.Sample(json, "greeting", "Generate a greeting", 50);
                Answers.Roots(json, "client_roots");
            },
            Sealed("several"));
        return ValueTask.CompletedTask;
    }

    private static ValueTask Rounds(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        var state = Opened(request.RequestState);
        if (state?.StartsWith("name ", StringComparison.Ordinal) == true && Answers.Field(request.InputResponses, "step2", "color") is { } color)
            ToolFixtures.Say(result, $"{state[5..]} likes {color}.");
        else if (state == "first" && Answers.Field(request.InputResponses, "step1", "name") is { } name)
            request.NeedInput(result, json => Answers.Elicit(json, "step2", "Step 2: What is your favorite color?", "color", "string"), Sealed($"name {name}"));
        else
            request.NeedInput(result, json => Answers.Elicit(json, "step1", "Step 1: What is your name?", "name", "string"), Sealed("first"));
        return ValueTask.CompletedTask;
    }

    private static ValueTask Capable(McpRequest request, Utf8JsonWriter result, CancellationToken cancel)
    {
        if (request.InputResponses.ValueKind == JsonValueKind.Object)
        {
            ToolFixtures.Say(result, "Thank you.");
            return ValueTask.CompletedTask;
        }

        request.NeedInput(result, json =>
        {
            if (request.ClientHas("sampling"))
                Answers.Sample(json, "question", "Say something", 50);
            if (request.ClientHas("elicitation"))
                Answers.Elicit(json, "user_name", "What is your name?", "name", "string");
            if (request.ClientHas("roots"))
                Answers.Roots(json, "client_roots");
        });
        return ValueTask.CompletedTask;
    }

    private static string Sealed(string state) =>
        $"{Convert.ToBase64String(Encoding.UTF8.GetBytes(state))}.{Convert.ToBase64String(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(state)))}";

    /// <summary>The state as it was sealed; null when there is none. Throws when it was changed.</summary>
    private static string? Opened(string? seal)
    {
        if (seal is null)
            return null;
        var parts = seal.Split('.');
        var (state, mac) = (new byte[seal.Length], new byte[seal.Length]);
        if (parts.Length == 2 && Convert.TryFromBase64String(parts[0], state, out var length) && Convert.TryFromBase64String(parts[1], mac, out var size) &&
            CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(_key, state.AsSpan(0, length)), mac.AsSpan(0, size)))
            return Encoding.UTF8.GetString(state, 0, length);
        throw McpFault.Params("requestState was changed on its way");
    }
}
