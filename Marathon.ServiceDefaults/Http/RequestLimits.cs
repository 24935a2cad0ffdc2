namespace Marathon.ServiceDefaults.Http;

/// <summary>How much a caller may ask of a service at once.</summary>
public static class RequestLimits
{
    /// <summary>The largest request body, in bytes: many times the largest registration, and small enough for many at once.</summary>
    public const long BodyBytes = 64 * 1024;

    /// <summary>The largest file that a request may bring, in bytes.</summary>
    public const long FileBytes = 256 * 1024;

    /// <summary>The default and the largest <c>size</c> of a page of a list.</summary>
    public const int PageSize = 50, LargestPageSize = 500;

    /// <summary>The last <c>page</c> that can be asked for: times the largest size it is still a number of rows.</summary>
    public const int LastPage = 1_000_000;

    /// <summary>The last row of the longest list, everybody who is registered, that can be asked for by its page: whoever looks for one among so many narrows the list.</summary>
    public const int DeepestRegistration = 100_000;

    /// <summary>What is wrong about the page of a list that is asked for, by field; empty when nothing is. Page times size is <paramref name="deepest"/> at most.</summary>
    public static Dictionary<string, FormattableString> WrongPage(int page, int size, int deepest = int.MaxValue)
    {
        var errors = new Dictionary<string, FormattableString>();
        if (page is < 1 or > LastPage) errors["page"] = $"must be from {1} to {LastPage}";
        if (size is < 1 or > LargestPageSize) errors["size"] = $"must be from {1} to {LargestPageSize}";
        if (errors.Count == 0 && (long)page * size > deepest) errors["size"] = $"must be from 1 on, and page × size at most {deepest}: narrow the list";
        return errors;
    }
}
