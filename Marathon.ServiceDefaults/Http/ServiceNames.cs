namespace Marathon.ServiceDefaults.Http;

/// <summary>The names under which the services find one another, as the application model gives them.</summary>
public static class ServiceNames
{
    /// <summary>The one way in from outside.</summary>
    public const string Gateway = "gateway";

    /// <summary>What the gateway stands before.</summary>
    public const string Registration = "registration", Payment = "payment", Fulfilment = "fulfilment", Notification = "notification", Dashboard = "dashboard";

    /// <summary>All of these: each has a database, and keeps an audit and dead letters.</summary>
    public static IReadOnlyList<string> BehindGateway { get; } = [Registration, Payment, Fulfilment, Notification, Dashboard];

    private static readonly HashSet<string> Names = new([Gateway, .. BehindGateway], StringComparer.OrdinalIgnoreCase);

    internal static bool IsService(string host) => Names.Contains(host);
}
