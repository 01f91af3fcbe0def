namespace Fangd.TestKit;

/// <summary>One line of a table of requests and what they have to answer.</summary>
/// <param name="Name">What holds, as a sentence; it is the name of the test.</param>
/// <param name="Request">Method and path, as in "GET /api/agents".</param>
/// <param name="Status">The status to answer.</param>
/// <param name="Expected">The body to answer as a <see cref="JsonPattern"/>; null for any.</param>
/// <param name="Body">The body to send; null for none.</param>
public sealed record ApiCase(string Name, string Request, int Status, string? Expected = null, string? Body = null)
{
    /// <summary>Headers to send beside the key; an empty value takes one away.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Sends the request and fails the test when the answer is another.</summary>
    public async Task<ApiResponse> Run(ApiClient api, CancellationToken cancel)
    {
        var answer = await api.Send(Request, cancel, Body, Headers);
        Assert.True((int)answer.Status == Status, $"{Name}: {Request} answered {(int)answer.Status} in place of {Status}: {answer.Text}");
        if (Expected is not null)
            JsonPattern.Matches(Expected, answer.Json, $"{Name}: {Request}");
        return answer;
    }

    public override string ToString() => Name;
}
