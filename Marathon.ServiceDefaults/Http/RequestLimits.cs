namespace Marathon.ServiceDefaults.Http;

/// <summary>How much a caller may ask of a service at once.</summary>
public static class RequestLimits
{
    /// <summary>The largest request body, in bytes: many times the largest registration, and small enough for many at once.</summary>
    public const long BodyBytes = 64 * 1024;

    /// <summary>The largest file that a request may bring, in bytes.</summary>
    public const long FileBytes = 256 * 1024;

    /// <summary>The longest list of reports that a provider may bring, in bytes: of some thousand messages.</summary>
    public const long ReportBytes = 1024 * 1024;

    /// <summary>The last row of the longest list, everybody who is registered, that can be asked for by its page: whoever looks for one among so many narrows the list.</summary>
    public const int DeepestRegistration = 100_000;
}
