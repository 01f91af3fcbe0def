namespace Fangd.Server.Http;

/// <summary>What a caller did wrong or met, by status.</summary>
public enum ApiFault
{
    BadRequest = 400,
    Unauthorized = 401,
    Forbidden = 403,
    NotFound = 404,
    Conflict = 409,
    TooLarge = 413,
    UnsupportedMediaType = 415,
    TooManyRequests = 429,
    Internal = 500,
    /// <summary>A peer or a model provider failed.</summary>
    BadGateway = 502,
    Unavailable = 503,
}

/// <summary>A refusal from deep inside. The message goes to the client word for word: no secret, no path, no key.</summary>
public sealed class ApiException(ApiFault fault, string message, TimeSpan? retryAfter = null, string? code = null) : Exception(message)
{
    public ApiFault Fault => fault;

    public int Status => (int)fault;

    /// <summary>A word for programs, where an error body has a place for it; or null.</summary>
    public string? Code => code;

    /// <summary>Becomes <c>Retry-After</c>, in whole seconds and at least 1.</summary>
    public TimeSpan? RetryAfter => retryAfter;

    public static ApiException BadRequest(string message) => new(ApiFault.BadRequest, message);

    public static ApiException NotFound(string message) => new(ApiFault.NotFound, message);

    public static ApiException Conflict(string message) => new(ApiFault.Conflict, message);
}
