namespace Marathon.Gateway;

/// <summary>Everything that the outside may call. What is not named here does not exist for it.</summary>
internal static class PublicApi
{
    private const string Registration = "registration", Dashboard = "dashboard";

    public static readonly IReadOnlyList<PublicRoute> Routes =
    [
        new("GET", "/races", Registration),
        new("GET", "/races/{raceId}", Registration),

        new("POST", "/registrations", Registration),
        new("POST", "/registrations/register", Registration),
        new("GET", "/registrations/{number}", Registration),
        new("PATCH", "/registrations/{number}", Registration),
        new("POST", "/registrations/{number}/cancel", Registration),
        new("PATCH", "/registrations/cancel/{number}", Registration),

        new("GET", "/mypage/{number}", Dashboard),
    ];

    /// <summary>The services that have a public call; their descriptions are public too, at <c>/openapi/{service}.json</c>.</summary>
    public static readonly IReadOnlyList<string> Services = [.. Routes.Select(route => route.Service).Distinct()];
}

/// <summary>A call from outside and the service that answers it, under the same path.</summary>
/// <param name="Method">The only method; another one on a known path is 405.</param>
/// <param name="Path">Its path, with <c>{parameters}</c>.</param>
/// <param name="Service">Who answers.</param>
/// <param name="Seconds">Until when the caller has an answer, whatever happens behind the gateway. 0: no end, for a stream of events.</param>
internal sealed record PublicRoute(string Method, string Path, string Service, double Seconds = 5);
